"""Prediction with a perceptron 784-525-525 on FashionMNIST: many rows, and one."""

from itertools import pairwise

import numpy as np

from benchmarks.speed import ours
from benchmarks.speed.contest import THREADS, Contender, contest, threads_label
from benchmarks.speed.report import Table

SIZES = (784, 525, 525, 10)
ROUNDS = 9
BLOCK_ROWS = 512
"""PyTorch and onnxruntime are fastest in blocks of about so many rows."""
BITS, PIXELS, DIGITS = "bepsk, packed bits", "bepsk, uint8 pixels", "bepsk, default encoder, digits"
ENCODING = "bepsk, ThermometerEncoder.transform_packed"
TORCH, ONNX, SKLEARN = "PyTorch float", "onnxruntime float", "scikit-learn MLPClassifier"


def fashion_mnist(lap, quick, what, n_rows):
    """Time a part of prediction: its "bits" alone, its "encoding" alone, or all, from "pixels"."""
    classifier, X, y = ours.fashion_mnist(quick)
    classifier.set_params(max_iter=1, n_jobs=lap.threads).fit(X, y)
    X = X[:n_rows]
    network, bits = classifier.network_, classifier.encoder_.transform_packed(X)
    calls = {
        "bits": lambda: network.logits(bits, lap.threads),
        "encoding": lambda: classifier.encoder_.transform_packed(X),
        "pixels": lambda: classifier.predict(X),
    }
    lap.repeat(calls[what])


def digits(lap, n_rows):
    """Time prediction from numbers with all defaults."""
    from sklearn.datasets import load_digits

    from bepsk import BEPMLPClassifier

    X, y = load_digits(return_X_y=True)
    classifier = BEPMLPClassifier(encoder="projection", max_iter=1, random_state=0).fit(X, y)
    lap.repeat(lambda: classifier.predict(X[:n_rows]))


def floats(n_rows):
    """Draw what the float networks read."""
    return np.random.default_rng(0).random((n_rows, SIZES[0]), dtype=np.float32)


def torch_float(lap, n_rows):
    """Time PyTorch with ReLU between float layers."""
    import torch

    from benchmarks import torch_networks

    torch.set_num_threads(lap.threads)
    network = torch_networks.float_mlp(SIZES)
    blocks = torch.from_numpy(floats(n_rows)).split(BLOCK_ROWS)
    with torch.inference_mode():
        lap.repeat(lambda: [network(block) for block in blocks])


def onnxruntime_float(lap, n_rows):
    """Time the same network in onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = lap.threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(onnx_mlp(), options, ["CPUExecutionProvider"])
    X = floats(n_rows)
    feeds = [{"x0": X[start : start + BLOCK_ROWS]} for start in range(0, n_rows, BLOCK_ROWS)]
    lap.repeat(lambda: [session.run(None, feed) for feed in feeds])


def onnx_mlp():
    """Return an ONNX model of float layers, serialised."""
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    nodes, weights = [], []
    shapes = list(pairwise(SIZES))
    for i, shape in enumerate(shapes, start=1):
        values = rng.normal(0, shape[0] ** -0.5, shape).astype(np.float32)
        weights.append(numpy_helper.from_array(values, f"w{i}"))
        weights.append(numpy_helper.from_array(np.zeros(shape[1], dtype=np.float32), f"b{i}"))
        nodes.append(helper.make_node("Gemm", [f"x{i - 1}", f"w{i}", f"b{i}"], [f"z{i}"]))
        nodes.append(helper.make_node("Relu", [f"z{i}"], [f"x{i}"]))
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size])
        for name, size in (("x0", SIZES[0]), (f"z{len(shapes)}", SIZES[-1]))
    ]
    graph = helper.make_graph(nodes[:-1], "mlp", ends[:1], ends[1:], weights)
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, ir_version=9, opset_imports=[opset])
    return model.SerializeToString()


def sklearn_float(lap, n_rows):
    """Time the same network in scikit-learn."""
    from sklearn.neural_network import MLPClassifier

    network = MLPClassifier(SIZES[1:-1]).partial_fit(
        floats(100), np.arange(100) % SIZES[-1], classes=np.arange(SIZES[-1])
    )
    X = floats(n_rows)
    lap.repeat(lambda: network.predict(X))


def contenders(quick):
    """Return those of many rows, of one row, and the encoder beside the network it feeds."""
    many, most = (200, 400) if quick else (10_000, 60_000)
    parts = {
        BITS: (fashion_mnist, {"quick": quick, "what": "bits"}),
        PIXELS: (fashion_mnist, {"quick": quick, "what": "pixels"}),
        ENCODING: (fashion_mnist, {"quick": quick, "what": "encoding"}),
        DIGITS: (digits, {}),
        TORCH: (torch_float, {}),
        ONNX: (onnxruntime_float, {}),
        SKLEARN: (sklearn_float, {}),
    }
    peers = [TORCH, ONNX, SKLEARN]
    blocks = [
        *((many, threads, [BITS, PIXELS, *peers]) for threads in THREADS),
        (most, 1, [BITS, ENCODING]),
        (1, 1, [BITS, PIXELS, DIGITS, *peers]),
    ]
    for n_rows, threads, rows in blocks:
        for row in rows:
            function, arguments = parts[row]
            yield Contender(
                row, column(n_rows, threads), function, {**arguments, "n_rows": n_rows}, threads
            )


def column(n_rows, threads):
    """Return the name of a column."""
    return f"{n_rows:,} row{'s' * (n_rows > 1)}, {threads_label(threads)}"


def measure(quick):
    """Return the table."""
    results = contest(list(contenders(quick)), 2 if quick else ROUNDS)
    columns = list(dict.fromkeys(record["column"] for record in results))
    figures = {
        f"{name}: times faster than {peer}, from {ours_row.removeprefix('bepsk, ')}": results.ratio(
            peer, ours_row, name
        )
        for name in columns[: len(THREADS)]
        for peer in (TORCH, ONNX)
        for ours_row in (BITS, PIXELS)
    }
    figures["encoding, as a share of the forward pass it feeds"] = results.ratio(
        ENCODING, BITS, columns[-2]
    )
    return Table(*results.pivot("µs per call", lambda r: 1e6 * r["seconds"]), figures, results)
