"""Other models of digits on the same emulated boards: python -m benchmarks.device.peers.

Floats and forests by emlearn (`pip install emlearn`), and int8 networks that are
written here in the plainest way: int8 weights, int32 sums, activations of 7 bits. Networks in fixed
point by emlearn 0.23.2 have no bodies yet; see its eml_net_fixedpoint.h.
"""

import contextlib
import tempfile
from itertools import chain
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from benchmarks.device.__main__ import digits
from benchmarks.device.emulator import BOARDS, build_and_run, hash_of, missing_tools

GLUE = """#include <stdint.h>

int model_predict(const int16_t *x);
static const int16_t rows[{n_rows}][64] = {{
{rows}
}};
extern const uint32_t n_rows;
const uint32_t n_rows = {n_rows};

uint32_t answer(uint32_t row, uint32_t hash);
uint32_t answer(uint32_t row, uint32_t hash)
{{
    return (hash ^ (uint16_t)model_predict(rows[row])) * UINT32_C(16777619);
}}

void predict(uint32_t row);
void predict(uint32_t row)
{{
    volatile int best = model_predict(rows[row]);
    (void)best;
}}
"""

INT8 = """#include <stdint.h>

int model_predict(const int16_t *x);

static void layer(const int16_t *in, int n_in, const int8_t *weights, const int32_t *biases,
                  int n_out, int32_t *out)
{
    for (int j = 0; j < n_out; j++) {
        int32_t sum = biases[j];
        for (int i = 0; i < n_in; i++)
            sum += in[i] * *weights++;
        out[j] = sum;
    }
}
"""


def c_array(c_type, name, values):
    """Return a constant array in C."""
    numbers = ", ".join(map(str, np.ravel(values).tolist()))
    return f"static const {c_type} {name}[{np.size(values)}] = {{{numbers}}};\n"


def int8_network(weights, biases, X):
    """Round a ReLU network to int8, and write it in C; X sets the range of the activations.

    Returns
    -------
    source : str
    predict : callable
        The same in Python.
    """
    layers, scale, signal = [], 1.0, X
    for index, (w, b) in enumerate(zip(weights, biases, strict=True)):
        unit = np.abs(w).max() / 127
        rounded = np.rint(w.T / unit).astype(np.int64), np.rint(b / (unit * scale)).astype(np.int64)
        sums = signal @ rounded[0].T + rounded[1]
        shift = max(0, int(np.ceil(np.log2(max(1, sums.max()) / 127))))
        layers.append((*rounded, shift))
        if index < len(weights) - 1:
            signal = np.clip(sums >> shift, 0, 127)
            scale *= unit * 2.0**shift
    source, code, read = INT8, "", "x"
    for index, (w, b, shift) in enumerate(layers):
        source += c_array("int8_t", f"w{index}", w) + c_array("int32_t", f"b{index}", b)
        code += f"    int32_t s{index}[{len(w)}];\n"
        code += f"    layer({read}, {w.shape[1]}, w{index}, b{index}, {len(w)}, s{index});\n"
        if index < len(layers) - 1:
            read = f"a{index}"
            code += f"    int16_t {read}[{len(w)}];\n    for (int j = 0; j < {len(w)}; j++) {{\n"
            code += f"        int32_t a = s{index}[j] < 0 ? 0 : s{index}[j] >> {shift};\n"
            code += f"        {read}[j] = (int16_t)(a > 127 ? 127 : a);\n    }}\n"
    last = f"s{len(layers) - 1}"
    source += f"""
int model_predict(const int16_t *x)
{{
{code}    int best = 0;
    for (int c = 1; c < 10; c++)
        if ({last}[c] > {last}[best])
            best = c;
    return best;
}}
"""

    def predict(rows):
        for w, b, shift in layers:
            sums = rows @ w.T + b
            rows = np.clip(sums >> shift, 0, 127)
        return sums.argmax(axis=1)

    return source, predict


def int8_models(X, y):
    """Yield names, sources and predictions of int8 networks."""
    linear = LogisticRegression(C=0.01, max_iter=2000).fit(X, y)
    yield "linear, int8", *int8_network([linear.coef_.T], [linear.intercept_], X)
    for width in (32, 64):
        mlp = MLPClassifier((width,), max_iter=600, random_state=0).fit(X, y)
        yield f"MLP ({width},), int8", *int8_network(mlp.coefs_, mlp.intercepts_, X)


def emlearn_models(X, y):
    """Yield names, sources and predictions of models that emlearn writes; none without it."""
    try:
        import emlearn
    except ImportError:
        print("emlearn not found: its models are left out")
        return
    mlp = MLPClassifier((64,), max_iter=600, random_state=0).fit(X / 16, y)
    model = emlearn.convert(mlp, method="loadable")
    source = f"""{model.save(name="net")}
int model_predict(const int16_t *x);
int model_predict(const int16_t *x)
{{
    float values[64];
    for (int k = 0; k < 64; k++)
        values[k] = (float)x[k] / 16;
    return eml_net_predict(&net, values, 64);
}}
"""
    yield "MLP (64,), emlearn, floats", source, lambda rows: model.predict(rows / 16)
    for n_trees in (10, 30):
        forest = RandomForestClassifier(n_trees, min_samples_leaf=2, random_state=0).fit(X, y)
        trees = emlearn.convert(forest, method="inline", dtype="int16_t")
        source = f"""{trees.save(name="forest")}
int model_predict(const int16_t *x);
int model_predict(const int16_t *x)
{{
    return forest_predict(x, 64);
}}
"""
        yield f"{n_trees} trees, emlearn", source, trees.predict


def main():
    """Print the table."""
    if missing_tools():
        print(f"nothing measured: {', '.join(missing_tools())} not found")
        return
    X, X_test, y, y_test = (values.astype(np.int64) for values in digits())
    rows = X_test[:200]
    texts = ",\n".join("{" + ", ".join(map(str, row)) + "}" for row in rows.tolist())
    glue = GLUE.format(n_rows=len(rows), rows=texts)
    print("| digits | accuracy | flash | stack |", *(f"{board} |" for board in BOARDS))
    print("|---|---|---|---|" + "---|" * len(BOARDS))
    flags = include_flags()
    # emlearn leaves files in the working directory.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, source, predict in chain(int8_models(X, y), emlearn_models(X, y)):
            file = Path(folder, "model.c")
            file.write_text(source)
            measured = [
                build_and_run([str(file)], glue, len(rows), folder, board, "-O2", *flags)
                for board in BOARDS
            ]
            same = all(m.hash == hash_of(predict(rows)) for m in measured)
            counts = "".join(f" {m.instructions:,} |" for m in measured)
            sizes = f"{measured[-1].flash / 1024:.2f} KiB | {measured[-1].stack} B"
            score = 100 * (predict(X_test) == y_test).mean()
            note = "" if same else " (the board answers otherwise than this machine)"
            print(f"| {name}{note} | {score:.1f} | {sizes} |{counts}", flush=True)


def include_flags():
    """Return where the headers of emlearn are, if it is there."""
    try:
        import emlearn
    except ImportError:
        return []
    return [f"-I{Path(emlearn.__file__).parent}"]


if __name__ == "__main__":
    main()
