import numpy as np
import pytest
import reference
from common import ROWS, THREADS, WIDTHS, dirty_words

from bepsk.kernels import encode as kernels


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_bits", WIDTHS)
def test_pack_outside_equals_the_reference(n_rows, n_bits, dtype):
    rng = np.random.default_rng(0)
    values = rng.integers(-2, 4, size=(n_rows, n_bits)).astype(dtype)
    lower, upper = np.sort(rng.integers(-2, 3, size=(2, n_bits)), axis=0).astype(dtype)
    lower[::3] = np.iinfo(np.int32).min
    for n_threads in THREADS:
        out = dirty_words(n_rows, n_bits)
        kernels.pack_outside(values, lower, upper, out, n_threads)
        np.testing.assert_array_equal(out, reference.pack(reference.outside(values, lower, upper)))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_thresholds", [[0], [1], [64], [3, 0, 130], [63, 64, 65], [1] * 70])
def test_thermometer_equals_the_reference(n_rows, n_thresholds, dtype):
    rng = np.random.default_rng(1)
    thresholds = [np.sort(rng.choice(500, size=n, replace=False) / 2) for n in n_thresholds]
    missing = np.arange(len(thresholds)) % 2 == 0
    values = rng.choice(np.concatenate([*thresholds, [0, 255]]), size=(n_rows, len(thresholds)))
    if dtype != np.uint8:
        values[rng.random(values.shape) < 0.2] = np.nan
    values = values.astype(dtype)

    expected = [reference.thermometer(row, thresholds, missing) for row in values]
    n_bits = sum(n_thresholds) + missing.sum()
    expected = reference.pack(np.reshape(expected, (n_rows, n_bits)))
    for n_threads in THREADS:
        out = dirty_words(n_rows, n_bits)
        kernels.thermometer(
            values,
            np.concatenate(thresholds),
            np.cumsum([0, *n_thresholds]),
            np.cumsum([0, *n_thresholds + missing]),
            out,
            n_threads,
        )
        np.testing.assert_array_equal(out, expected)
