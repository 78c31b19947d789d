"""Networks that go on learning in C: their constants and functions."""

from math import isqrt

import numpy as np

from bepsk.export._learner import state_words, to_planes
from bepsk.export._networks import pack
from bepsk.export._text import Part, n_words


def write_learner(learner):
    """Write the constants of a network that learns."""
    part, planes = Part(), learner.count_planes
    layers, last = learner.layers, learner.layers[-1]
    words = [n_words(layer.n_inputs) for layer in layers] + [n_words(last.n_neurons)]
    part.defines = {
        "BEPSK_PLANES": planes,
        "BEPSK_COUNT_PLANES": planes,
        "BEPSK_WEIGHT_PLANES": learner.n_planes,
        "BEPSK_ROW_WORDS": sum(words),
        "BEPSK_LAST_WORDS": words[-1],
        "BEPSK_MOST_WORDS": max(words),
        "BEPSK_BLOCKS": learner.n_blocks,
        "BEPSK_WINDOW_WORDS": learner.n_window_words,
        "BEPSK_WEIGHT_WORDS": learner.n_weight_words,
    }
    for index, layer in enumerate(layers):
        sums = layer.begin[:, np.newaxis] + 2 ** (planes - 1)
        part.array("uint32_t", f"begin_{index + 1}", ~to_planes(sums, planes))
    if learner.means is not None:
        part.array("uint32_t", "means", learner.means.ravel())
    windows, weights = state_words(learner)
    part.array("uint32_t", "first_windows", windows)
    part.array("uint32_t", "first_weights", weights)
    part.stack = 4 * (sum(words) + 5 * max(words) + planes * learner.n_blocks)
    for layer in layers:
        groups = -(-layer.n_inputs // 16)
        part.operations += n_words(layer.n_neurons) * (60 + 165 * groups)
    part.array("uint32_t", "prototypes", pack(learner.prototypes).ravel())
    n_classes, n_outputs = learner.prototypes.shape
    part.operations += n_classes * (10 + 17 * n_words(n_outputs))
    return part


def state_type(learner, name):
    """Return the type of the state in C."""
    return f"""/* What learns: about {learner.n_bytes} bytes. */
typedef struct {{
    uint32_t random;
    uint32_t windows[{learner.n_window_words}];
    uint32_t weights[{learner.n_weight_words}];
}} {name}_state;

"""


def learning_functions(learner, name, output):
    """Write the functions of a network that learns; `encode` comes before."""
    n_classes, n_outputs = learner.prototypes.shape
    top, passing, learning = n_words(n_outputs), [], []
    inputs = counts = weights = 0
    for index, layer in enumerate(learner.layers):
        means = "means" if index == 0 and learner.means is not None else "0"
        below = index % 2, 1 - index % 2
        error = f"errors[{below[0]}], nonzeros[{below[0]}]"
        error_below = f"errors[{below[1]}], nonzeros[{below[1]}]" if index else "0, 0"
        sizes = f"{layer.n_inputs}, {layer.n_neurons}"
        trace = f"trace->inputs + {inputs}, trace->counts + {counts}"
        planes = f"state->weights + {weights}, {sizes}"
        inputs += n_words(layer.n_inputs)
        passing.append(
            f"    bepsk_pass({planes}, begin_{index + 1}, {trace},\n"
            f"               trace->inputs + {inputs});\n"
        )
        learning.append(
            f"    bepsk_learn({planes}, {layer.fan_in % 2}, {isqrt(layer.fan_in)},\n"
            f"                state->windows + {counts}, &state->random, {means},\n"
            f"                {trace},\n"
            f"                {error}, {error_below});\n"
        )
        counts += n_words(layer.n_neurons) * learner.count_planes
        weights += learner.words_of(layer)
    last = (len(learner.layers) - 1) % 2
    return [
        f"""static void pass(const {name}_state *state, const {name}_input *x, bepsk_trace *trace,
                 int16_t *logits)
{{
    encode(x, trace->inputs);
{"".join(passing)}    bepsk_logits(prototypes, {n_classes}, {n_outputs},
                 trace->inputs + {inputs}, 0, logits);
}}

static void learn({name}_state *state, const bepsk_trace *trace, int label, int rival)
{{
    uint32_t errors[2][BEPSK_MOST_WORDS], nonzeros[2][BEPSK_MOST_WORDS];
    bepsk_contrast(prototypes + {top} * label, prototypes + {top} * rival, errors[{last}],
                   nonzeros[{last}]);
{"".join(reversed(learning))}}}

void {name}_init({name}_state *state)
{{
    state->random = UINT32_C({learner.random});
    bepsk_copy(state->windows, first_windows, BEPSK_WINDOW_WORDS);
    bepsk_copy(state->weights, first_weights, BEPSK_WEIGHT_WORDS);
}}
""",
        f"""void {name}_logits(const {name}_state *state, const {name}_input *x, int16_t *logits)
{{
    bepsk_trace trace;
    pass(state, x, &trace, logits);
}}
""",
        output.predict(f"const {name}_state *state, const {name}_input *x", "state, x"),
        f"""int {name}_partial_fit({name}_state *state, const {name}_input *x, int label)
{{
    bepsk_trace trace;
    int16_t logits[{n_classes}];
    pass(state, x, &trace, logits);
    const int best = bepsk_best(logits, {n_classes});
    if (label < 0 || label >= {n_classes})
        return best;
    const int rival = bepsk_rival(logits, {n_classes}, label);
    if (logits[label] - logits[rival] < {learner.bound})
        learn(state, &trace, label, rival);
    return best;
}}
""",
        f"""void {name}_export_weights(const {name}_state *state, uint8_t *bytes)
{{
    bytes = bepsk_put(bytes, UINT32_C({learner.fingerprint}));
    bytes = bepsk_put(bytes, state->random);
    for (uint32_t k = 0; k < BEPSK_WINDOW_WORDS; k++)
        bytes = bepsk_put(bytes, state->windows[k]);
    for (uint32_t k = 0; k < BEPSK_WEIGHT_WORDS; k++)
        bytes = bepsk_put(bytes, state->weights[k]);
}}
""",
        f"""int {name}_import_weights({name}_state *state, const uint8_t *bytes)
{{
    if (bepsk_get(bytes) != UINT32_C({learner.fingerprint}) || !bepsk_get(bytes + 4))
        return 1;
    state->random = bepsk_get(bytes + 4);
    bytes += 8;
    for (uint32_t k = 0; k < BEPSK_WINDOW_WORDS; k++, bytes += 4)
        state->windows[k] = bepsk_get(bytes);
    for (uint32_t k = 0; k < BEPSK_WEIGHT_WORDS; k++, bytes += 4)
        state->weights[k] = bepsk_get(bytes);
    return 0;
}}
""",
    ]


def learning_prototypes(learner, name):
    """Return the lines that declare the functions, besides `predict` and `logits`."""
    return [
        "/* Begin with the weights of the export. */",
        f"void {name}_init({name}_state *state);",
        "",
        "/* Learn from a row whose class has this number; return the number of the class that was",
        " * predicted for it before. Equal, bit for bit, to partial_fit in Python. */",
        f"int {name}_partial_fit({name}_state *state, const {name}_input *x, int label);",
        "",
        "/* Write the state as bytes, for bepsk.export.load_weights; and read them: 1 if they are",
        " * another model's, else 0. */",
        f"#define {name.upper()}_N_BYTES {learner.n_bytes}",
        f"void {name}_export_weights(const {name}_state *state, uint8_t *bytes);",
        f"int {name}_import_weights({name}_state *state, const uint8_t *bytes);",
        "",
    ]
