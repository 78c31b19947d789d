"""The binary product z = W a: 512 samples, 1024 neurons, K inputs."""

import ctypes
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.speed.contest import Contender, contest
from benchmarks.speed.report import Table
from benchmarks.speed.worker import Unavailable

N_SAMPLES, N_NEURONS = 512, 1024
N_INPUTS = (512, 1024, 2048)
NUMPY_ROWS = 32
ROUNDS = 15


def random_words(n_rows, n_inputs, seed):
    """Draw packed bits."""
    shape = n_rows, n_inputs // 64
    return np.random.default_rng(seed).integers(2**64, size=shape, dtype=np.uint64)


def bepsk(lap, n_inputs):
    """Time the kernel, which also packs the signs."""
    from bepsk.kernels.product import binary_product
    from bepsk.network.layer import Layer
    from bepsk.network.packed import aligned_words

    panels = Layer.random(N_NEURONS, n_inputs, key=0).visible_weights
    inputs = random_words(N_SAMPLES, n_inputs, seed=1)
    z = aligned_words(N_SAMPLES, N_NEURONS // 2).view(np.int32)
    signs = np.empty((N_SAMPLES, N_NEURONS // 64), dtype=np.uint64)
    lap.repeat(lambda: binary_product(inputs, panels, n_inputs, z, signs, lap.threads))


def sgemm(lap, n_inputs):
    """Time the same product of +-1 in float32, by the BLAS of numpy."""
    rng = np.random.default_rng(0)
    inputs, weights = (
        rng.choice(np.float32([-1, 1]), size=(n_rows, n_inputs))
        for n_rows in (N_SAMPLES, N_NEURONS)
    )
    z = np.empty((N_SAMPLES, N_NEURONS), dtype=np.float32)
    lap.repeat(lambda: np.matmul(inputs, weights.T, out=z))


def faiss_search(lap, n_inputs):
    """Time an exhaustive search for the nearest of 1024 codes; it returns no distances but one."""
    import faiss

    faiss.omp_set_num_threads(lap.threads)
    index = faiss.IndexBinaryFlat(n_inputs)
    index.add(random_words(N_NEURONS, n_inputs, seed=0).view(np.uint8))
    queries = random_words(N_SAMPLES, n_inputs, seed=1).view(np.uint8)
    lap.repeat(lambda: index.search(queries, 1))


def numpy_bitwise_count(lap, n_inputs):
    """Time broadcasting, word by word in blocks that stay in the cache."""
    weights = np.ascontiguousarray(random_words(N_NEURONS, n_inputs, seed=0).T)
    inputs = random_words(N_SAMPLES, n_inputs, seed=1).T
    z = np.empty((N_SAMPLES, N_NEURONS), dtype=np.int32)
    differ = np.empty((NUMPY_ROWS, N_NEURONS), dtype=np.uint64)
    counts = np.empty((NUMPY_ROWS, N_NEURONS), dtype=np.uint8)

    def product():
        for start in range(0, N_SAMPLES, NUMPY_ROWS):
            rows = slice(start, start + NUMPY_ROWS)
            z[rows] = n_inputs
            for word, weight in zip(inputs[:, rows], weights, strict=True):
                np.bitwise_xor(word[:, np.newaxis], weight, out=differ)
                np.bitwise_count(differ, out=counts)
                z[rows] -= 2 * counts

    lap.repeat(product)


def register_limit(lap, n_inputs):
    """Time as many bit-MACs on registers alone, see limit.c."""
    source = Path(__file__).with_name("limit.c")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "limit.so")
        command = [os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", "-o", library, source]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            raise Unavailable("no C compiler") from None
        limit = ctypes.CDLL(str(library))
    if not limit.supported():
        raise Unavailable("no AVX-512 VPOPCNTDQ")
    n_rounds = ctypes.c_longlong(N_SAMPLES * N_NEURONS * n_inputs // (8 * 512))
    lap.repeat(lambda: limit.count(n_rounds))


OURS, SGEMM, FAISS = "bepsk", "OpenBLAS sgemm, ±1 floats", "faiss IndexBinaryFlat, nearest only"
LIMIT = "limit: xor, vpopcntq, add on registers"
METHODS = {
    OURS: bepsk,
    SGEMM: sgemm,
    FAISS: faiss_search,
    "numpy bitwise_count": numpy_bitwise_count,
    LIMIT: register_limit,
}


def measure(quick):
    """Return the table."""
    columns = {f"K = {n_inputs}": n_inputs for n_inputs in N_INPUTS[: 1 if quick else None]}
    results = contest(
        [
            Contender(method, column, function, {"n_inputs": n_inputs})
            for column, n_inputs in columns.items()
            for method, function in METHODS.items()
        ],
        2 if quick else ROUNDS,
    )
    figures = {}
    for column in columns:
        figures[f"{column}: times faster than sgemm"] = results.ratio(SGEMM, OURS, column)
        figures[f"{column}: times faster than faiss"] = results.ratio(FAISS, OURS, column)
        figures[f"{column}: share of the limit"] = results.ratio(LIMIT, OURS, column)
    return Table(*results.pivot("T bit-MAC/s, 1 thread", rate), figures, results)


def rate(record):
    """Return 10^12 multiply-accumulates of bits in a second."""
    return N_SAMPLES * N_NEURONS * record["arguments"]["n_inputs"] / record["seconds"] / 1e12
