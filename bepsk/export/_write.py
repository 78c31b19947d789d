"""From the description of a model to its header and its source."""

from dataclasses import dataclass
from pathlib import Path

from bepsk.export._encoders import write_encoder
from bepsk.export._learning import (
    learning_functions,
    learning_prototypes,
    state_type,
    write_learner,
)
from bepsk.export._networks import (
    write_feed_forward,
    write_reading,
    write_state,
    write_step,
)
from bepsk.export._text import C_TYPES, Part, comment, fill, n_words, string

RUNTIME, SERIES_RUNTIME, LEARNING_RUNTIME = RUNTIMES = [
    Path(__file__).with_name(name) for name in ("bepsk.h", "bepsk_series.h", "bepsk_train.h")
]
CODE = 950
"""Bytes of machine code, more or less."""
CODE_OF_PLACES = 400
"""As many more for a place code."""
FRAMES = 184
"""Bytes of stack besides local arrays, more or less."""


@dataclass(frozen=True)
class Sizes:
    """What a model takes on a Cortex-M4, compiled with -O2; estimates.

    Parameters
    ----------
    flash : int
        Bytes of constants and code.
    ram : int
        Bytes of the state of a series; 0 for other models.
    stack : int
        Bytes of stack.
    operations : int
        Instructions per prediction; of a recurrent network per step.
    """

    flash: int
    ram: int
    stack: int
    operations: int


def write_model(model, name, version):
    """Write a model.

    Returns
    -------
    header, source : str
    sizes : Sizes
    """
    recurrent = model.networks[0].state is not None
    functions, runtime = feed_forward_functions, RUNTIME
    if recurrent:
        functions, runtime = recurrent_functions, SERIES_RUNTIME
    elif model.learner is not None:
        functions, runtime = functions_that_learn, LEARNING_RUNTIME
    part, text, state, ram = functions(model, name)
    labels = write_labels(model.labels, name)
    n_classes = len(model.labels)
    stack = FRAMES + part.stack + 2 * n_classes
    sizes = Sizes(CODE + part.flash + 4 * n_classes, ram, stack, round(part.operations))
    head = comment(describe_sizes(model, name, version, sizes, recurrent))
    header = write_header(model, name, head, state, recurrent)
    defines = [f"#define {key} {value}\n" for key, value in sorted(part.defines.items())]
    source = [
        head,
        "".join(defines),
        f'#include "{runtime.name}"\n#include "{name}.h"\n',
        *part.data,
        labels,
        *text,
        write_self_test(model, name, recurrent),
    ]
    return header, "\n".join(source), sizes


def function(signature, code):
    """Return the definition of a function."""
    return f"{signature}\n{{\n" + "".join(f"    {line}\n" for line in code) + "}\n"


def feed_forward_functions(model, name):
    """Write the functions of a model that sees one row at a time."""
    encoder, n_bits = model.encoder, model.encoder.n_bits
    part = Part(stack=4 * n_words(n_bits))
    reading, network = write_encoder(encoder, model.input_type), write_feed_forward(model.networks)
    part.add(reading)
    part.add(network)
    text = [
        function(f"static void encode(const {name}_input *x, uint32_t *bits)", reading.code),
        function(
            f"void {name}_logits(const {name}_input *x, int16_t *logits)",
            [
                f"uint32_t bits[{n_words(n_bits)}];",
                "encode(x, bits);",
                f"bepsk_pair(bits, {n_bits}, bits);",
                *network.code,
            ],
        ),
        predict(model, name, f"const {name}_input *x", "x"),
    ]
    return part, text, "", 0


def functions_that_learn(model, name):
    """Write the functions of a model that goes on learning."""
    part = write_encoder(model.encoder, model.input_type)
    reading = part.code
    part.add(write_learner(model.learner))
    text = [
        function(f"static void encode(const {name}_input *x, uint32_t *bits)", reading),
        *learning_functions(model.learner, name),
    ]
    return part, text, state_type(model.learner, name), model.learner.n_bytes


def recurrent_functions(model, name):
    """Write the functions of a model that goes through a series step by step."""
    encoder, n_bits, networks = model.encoder, model.encoder.n_bits, model.networks
    n_states = networks[0].state.n_neurons
    begin = 0 if networks[0].single_step else n_words(n_states)
    members, reset, ram = write_state(networks, model.place_seed is not None)
    n_inputs = max(begin + n_words(n_bits), n_words(n_states))
    part = Part(stack=4 * n_inputs)
    reading, step = write_encoder(encoder, model.input_type), write_step(networks, n_bits)
    top = write_reading(networks)
    for other in (reading, step, top):
        part.add(other)
    part.operations -= top.operations  # once at the end
    code = [f"uint32_t inputs[{n_inputs}];", f"encode(window, inputs + {begin});"]
    if model.place_seed is not None:
        seed = f"UINT64_C({model.place_seed})"
        part.flash += CODE_OF_PLACES
        code.append(f"bepsk_flip({seed}, state->place++, {n_bits}, inputs + {begin});")
    code.append(f"bepsk_pair(inputs + {begin}, {n_bits}, inputs + {begin});")
    text = [
        function(f"static void encode(const {name}_input *x, uint32_t *bits)", reading.code),
        function(f"void {name}_reset({name}_state *state)", reset),
        function(
            f"void {name}_step({name}_state *state, const {name}_input *window)", code + step.code
        ),
        function(f"void {name}_logits(const {name}_state *state, int16_t *logits)", top.code),
        predict(model, name, f"const {name}_state *state", "state"),
    ]
    state = "typedef struct {\n" + "".join(f"    {member}\n" for member in members)
    return part, text, f"{state}}} {name}_state;\n\n", ram


def predict(model, name, parameter, argument):
    """Write the function that finds the first largest logit."""
    return function(
        f"int {name}_predict({parameter})",
        [
            f"int16_t logits[{len(model.labels)}];",
            f"{name}_logits({argument}, logits);",
            f"return bepsk_best(logits, {len(model.labels)});",
        ],
    )


def label_type(labels):
    """Return the type of labels in C."""
    return "int32_t " if isinstance(labels[0], int) else "char *const "


def write_labels(labels, name):
    """Write the array of labels."""
    values = map(str, labels) if isinstance(labels[0], int) else map(string, labels)
    return f"const {label_type(labels)}{name}_labels[{len(labels)}] = {{\n{fill(values)}}};\n"


def describe_sizes(model, name, version, sizes, recurrent):
    """Return the lines of the comment on top."""
    kinds = "one step of a series" if recurrent else "one prediction"
    lines = [
        f"{name}: a binary neural network, written by bepsk {version}.",
        "",
        f"It takes about {sizes.flash} bytes of flash, {sizes.ram} of RAM and {sizes.stack} of "
        f"stack;",
        f"{kinds} takes about {sizes.operations} instructions of a Cortex-M4, compiled with -O2.",
        f"Compile {name}.c as C99 or C++17, with the headers beside it.",
        "",
        *label_lines(model.labels),
        "",
    ]
    n, c_type = model.encoder.n_features, C_TYPES[model.input_type]
    if recurrent:
        lines += [
            f"    {name}_state state;",
            f"    {name}_reset(&state);                 // at the beginning of a series",
            f"    {c_type} window[{n}];                // what a step sees, oldest first",
            f"    {name}_step(&state, window);          // for each step",
            f"    int best = {name}_predict(&state);    // {name}_labels[best] is the label",
            "",
            "Missing values must have been filled in.",
        ]
    elif model.learner is not None:
        lines += [
            f"    static {name}_state state;",
            f"    {name}_init(&state);                      // once",
            f"    {c_type} x[{n}] = {{...}};",
            f"    int best = {name}_predict(&state, x);     // {name}_labels[best] is the label",
            f"    {name}_partial_fit(&state, x, number);    // learn; the number of its true class",
        ]
    else:
        lines += [
            f"    {c_type} x[{n}] = {{...}};",
            f"    int best = {name}_predict(x);    // {name}_labels[best] is the label",
        ]
    return lines


def label_lines(labels):
    """Return lines that list the labels."""
    shown = ", ".join(str(label) if isinstance(label, int) else string(label) for label in labels)
    shown = shown if len(shown) < 2000 else f"{shown[:2000]} ..."
    return fill_words(["Labels:", *shown.split(" ")])


def fill_words(words):
    """Break words into lines."""
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) > 90:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{word}"
    return lines


def write_header(model, name, head, state, recurrent):
    """Write the header."""
    guard, n_classes = f"{name.upper()}_H", len(model.labels)
    argument = f"const {name}_state *state" if recurrent else f"const {name}_input *x"
    if model.learner is not None:
        argument = f"const {name}_state *state, {argument}"
    functions = [
        f"/* Return the number of the class: its label is {name}_labels[number]. */",
        f"int {name}_predict({argument});",
        "",
        f"/* Write {n_classes} logits; the first largest decides. */",
        f"void {name}_logits({argument}, int16_t *logits);",
        "",
        f"extern const {label_type(model.labels)}{name}_labels[{n_classes}];",
    ]
    if model.learner is not None:
        functions = [*learning_prototypes(model.learner, name), *functions]
    if recurrent:
        functions = [
            "/* Begin a series. */",
            f"void {name}_reset({name}_state *state);",
            "",
            f"/* Go one step; it sees {model.encoder.n_features} numbers. */",
            f"void {name}_step({name}_state *state, const {name}_input *window);",
            "",
            *functions,
        ]
    return (
        f"""{head}#ifndef {guard}
#define {guard}

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

#define {name.upper()}_N_FEATURES {model.encoder.n_features}
#define {name.upper()}_N_CLASSES {n_classes}

typedef {C_TYPES[model.input_type]} {name}_input;

{state}"""
        + "\n".join(functions)
        + f"""

#ifdef BEPSK_SELF_TEST
/* Return 0 if a known example has the logits that it had in Python. */
int {name}_self_test(void);
#endif

#ifdef __cplusplus
}}
#endif

#endif
"""
    )


def write_self_test(model, name, recurrent):
    """Write the test of a known example."""
    n_steps, n = model.example.shape
    rows = fill(map(number, model.example.ravel().tolist()))
    logits = fill(map(str, model.example_logits.tolist()))
    n_classes = len(model.labels)
    run = f"    {name}_logits(example, logits);\n"
    if recurrent:
        run = f"""    {name}_state state;
    {name}_reset(&state);
    for (int t = 0; t < {n_steps}; t++)
        {name}_step(&state, example + {n} * t);
    {name}_logits(&state, logits);
"""
    if model.learner is not None:
        run = f"""    static {name}_state state;
    {name}_init(&state);
    {name}_logits(&state, example, logits);
"""
    return f"""#ifdef BEPSK_SELF_TEST
static const {name}_input example[{n_steps * n}] = {{
{rows}}};

static const int16_t example_logits[{n_classes}] = {{
{logits}}};

int {name}_self_test(void)
{{
    int16_t logits[{n_classes}];
    int differ = 0;
{run}    for (int c = 0; c < {n_classes}; c++)
        differ |= logits[c] != example_logits[c];
    return differ;
}}
#endif
"""


def number(value):
    """Return an input in C."""
    if isinstance(value, float):
        return f"{value:#.9g}f"
    return str(value) if value > -(2**31) else "INT32_MIN"
