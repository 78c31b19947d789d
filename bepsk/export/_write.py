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
from bepsk.export._outputs import OUTPUTS
from bepsk.export._text import C_TYPES, Part, comment, fill, function, n_words

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
    output = OUTPUTS[type(model.networks[0].top)](model, name)
    part, text, state, ram = functions(model, name, output)
    flash, stack = CODE + part.flash + output.flash, FRAMES + part.stack + output.stack
    sizes = Sizes(flash, ram, stack, round(part.operations))
    head = comment(describe_sizes(model, name, version, sizes, output))
    header = write_header(model, name, head, state, output)
    defines = [f"#define {key} {value}\n" for key, value in sorted(part.defines.items())]
    source = [
        head,
        "".join(defines),
        f'#include "{runtime.name}"\n#include "{name}.h"\n',
        *part.data,
        output.data(),
        *text,
        write_self_test(model, name, output),
    ]
    return header, "\n".join(source), sizes


def feed_forward_functions(model, name, output):
    """Write the functions of a model that sees one row at a time."""
    encoder, n_bits = model.encoder, model.encoder.n_bits
    part = Part(stack=4 * n_words(n_bits))
    reading, network = write_encoder(encoder, model.input_type), write_feed_forward(model.networks)
    part.add(reading)
    part.add(network)
    text = [
        function(f"static void encode(const {name}_input *x, uint32_t *bits)", reading.code),
        function(
            output.scores(f"const {name}_input *x"),
            [
                f"uint32_t bits[{n_words(n_bits)}];",
                "encode(x, bits);",
                f"bepsk_pair(bits, {n_bits}, bits);",
                *network.code,
            ],
        ),
        output.predict(f"const {name}_input *x", "x"),
    ]
    return part, text, "", 0


def functions_that_learn(model, name, output):
    """Write the functions of a model that goes on learning."""
    part = write_encoder(model.encoder, model.input_type)
    reading = part.code
    part.add(write_learner(model.learner))
    text = [
        function(f"static void encode(const {name}_input *x, uint32_t *bits)", reading),
        *learning_functions(model.learner, name, output),
    ]
    return part, text, state_type(model.learner, name), model.learner.n_bytes


def recurrent_functions(model, name, output):
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
        function(output.scores(f"const {name}_state *state"), top.code),
        output.predict(f"const {name}_state *state", "state"),
    ]
    state = "typedef struct {\n" + "".join(f"    {member}\n" for member in members)
    return part, text, f"{state}}} {name}_state;\n\n", ram


def describe_sizes(model, name, version, sizes, output):
    """Return the lines of the comment on top."""
    recurrent = model.networks[0].state is not None
    kinds = "one step of a series" if recurrent else "one prediction"
    lines = [
        f"{name}: a binary neural network, written by bepsk {version}.",
        "",
        f"It takes about {sizes.flash} bytes of flash, {sizes.ram} of RAM and {sizes.stack} of "
        f"stack;",
        f"{kinds} takes about {sizes.operations} instructions of a Cortex-M4, compiled with -O2.",
        f"Compile {name}.c as C99 or C++17, with the headers beside it.",
        "",
        *output.describe(),
    ]
    row = f"{C_TYPES[model.input_type]} x[{model.encoder.n_features}] = {{...}};"
    if recurrent:
        predict, meaning = output.usage("&state")
        calls = [
            (f"{name}_state state;", ""),
            (f"{name}_reset(&state);", "at the beginning of a series"),
            (row.replace("x[", "window["), "what a step sees, oldest first"),
            (f"{name}_step(&state, window);", "for each step"),
            (predict, meaning),
        ]
    elif model.learner is not None:
        predict, meaning = output.usage("&state, x")
        calls = [
            (f"static {name}_state state;", ""),
            (f"{name}_init(&state);", "once"),
            (row, ""),
            (predict, meaning),
            (f"{name}_partial_fit(&state, x, number);", "learn; the number of its true class"),
        ]
    else:
        calls = [(row, ""), output.usage("x")]
    width = max(len(call) for call, note in calls)
    lines += [f"    {call:{width}}  // {note}" if note else f"    {call}" for call, note in calls]
    if recurrent:
        lines += ["", "Missing values must have been filled in."]
    return lines


def write_header(model, name, head, state, output):
    """Write the header."""
    guard, recurrent = f"{name.upper()}_H", model.networks[0].state is not None
    parameters = f"const {name}_state *state" if recurrent else f"const {name}_input *x"
    if model.learner is not None:
        parameters = f"const {name}_state *state, {parameters}"
    functions = output.declarations(parameters)
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
{chr(10).join(output.defines())}

typedef {C_TYPES[model.input_type]} {name}_input;

{state}"""
        + "\n".join(functions)
        + f"""

#ifdef BEPSK_SELF_TEST
/* Return 0 if a known example has the logits, or the sum, that it had in Python. */
int {name}_self_test(void);
#endif

#ifdef __cplusplus
}}
#endif

#endif
"""
    )


def write_self_test(model, name, output):
    """Write the test of a known example."""
    n_steps, n = model.example.shape
    rows = fill(map(number, model.example.ravel().tolist()))
    before, arguments = [], "example"
    if model.networks[0].state is not None:
        arguments = "&state"
        before = [
            f"{name}_state state;",
            f"{name}_reset(&state);",
            f"for (int t = 0; t < {n_steps}; t++)",
            f"    {name}_step(&state, example + {n} * t);",
        ]
    elif model.learner is not None:
        arguments = "&state, example"
        before = [f"static {name}_state state;", f"{name}_init(&state);"]
    expected, compare = output.self_test(arguments)
    return f"""#ifdef BEPSK_SELF_TEST
static const {name}_input example[{n_steps * n}] = {{
{rows}}};

{expected}
{function(f"int {name}_self_test(void)", before + compare)}#endif
"""


def number(value):
    """Return an input in C."""
    if isinstance(value, float):
        return f"{value:#.9g}f"
    return str(value) if value > -(2**31) else "INT32_MIN"
