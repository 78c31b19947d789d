import numpy as np
import pytest
import reference
from common import ROWS, THREADS, WIDTHS, dirty_words

from bepsk.kernels import encode as kernels


def pair_up(components):
    n_rows, n_columns = components.shape
    panels = np.zeros((-(-n_rows // 16), -(-n_columns // 2), 16, 2), dtype=np.int8)
    for r, k in np.ndindex(n_rows, n_columns):
        panels[r // 16, k // 2, r % 16, k % 2] = components[r, k]
    return panels


@pytest.mark.parametrize("n_features", [1, 2, 5, 70])
@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_bits", [1, 15, 16, 17, 64, 65, 129])
@pytest.mark.parametrize("largest", [2, 127])
def test_project_equals_the_reference(n_rows, n_bits, n_features, largest):
    rng = np.random.default_rng(0)
    components = rng.integers(-largest, largest + 1, size=(n_bits, n_features), dtype=np.int8)
    levels = rng.integers(-1023, 1024, size=(n_rows, n_features))
    sums = levels @ components.T.astype(int)
    lower, upper = np.sort(rng.choice([-300, 0, 1, 500], size=(2, n_bits)), axis=0).astype(np.int32)
    if n_rows:
        upper[0] = sums[0, 0]  # not above
    lower[::3] = np.iinfo(np.int32).min
    expected = reference.pack(reference.outside(sums, lower, upper))
    padded = np.pad(levels, [(0, 0), (0, n_features % 2)]).astype(np.int16)
    for n_threads in THREADS:
        out = dirty_words(n_rows, n_bits)
        kernels.project(padded, pair_up(components), lower, upper, out, n_threads)
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("n_features", [1, 2, 5, 70])
@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_more", [0, 1])
def test_round_levels_equals_the_formula(n_rows, n_features, n_more):
    rng = np.random.default_rng(0)
    offset, scale = rng.normal(size=n_features), rng.choice([1e-320, 1, 3.7, 1e300], n_features)
    values = rng.normal(0, 300, size=(n_rows, n_features))
    special = [np.nan, np.inf, -np.inf, 1e308, -1e308, 0.5, -0.5, 2.5, -1023.5, 1022.5, 1023.5]
    values = np.where(rng.random(values.shape) < 0.3, rng.choice(special, values.shape), values)
    offset[::2] = 0
    with np.errstate(over="ignore", invalid="ignore"):
        expected = np.clip(np.floor((values - offset) * scale + 0.5), -1023, 1023)
    expected[np.isnan(expected)] = 0
    out = np.full((n_rows, n_features + n_more), 7, dtype=np.int16)
    kernels.round_levels(values, offset, scale, 1023, out)
    np.testing.assert_array_equal(out[:, :n_features], expected)
    assert (out[:, n_features:] == 7).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_bits", WIDTHS)
@pytest.mark.parametrize("n_features", [None, 1, 5])
def test_pack_above_equals_the_comparison(n_rows, n_bits, n_features, dtype):
    rng = np.random.default_rng(1)
    features = rng.integers(0, n_features or 1, size=n_bits, dtype=np.int32)
    thresholds = rng.integers(0, 9, size=n_bits) / 2
    values = rng.choice(np.append(thresholds, 255), size=(n_rows, n_features or n_bits))
    if dtype != np.uint8:
        values[rng.random(values.shape) < 0.2] = np.nan
    values = values.astype(dtype)
    expected = reference.pack((values[:, features] if n_features else values) > thresholds)
    for n_threads in THREADS:
        out = dirty_words(n_rows, n_bits)
        kernels.pack_above(
            values,
            features if n_features else features[:0],
            thresholds,
            thresholds.astype(np.float32),
            out,
            n_threads,
        )
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_missing_values_are_marked(dtype):
    values = np.array([[np.nan, 1, 2], [np.nan, np.nan, 3], [1, 2, np.nan]], dtype=dtype)
    out = np.zeros((3, 2), dtype=np.uint64)
    kernels.mark_missing(values, np.array([0, 2], np.int32), np.array([1, 64], np.int32), out)
    assert out.tolist() == [[2, 0], [2, 0], [0, 1]]


def words(*shape):
    return np.zeros(shape, dtype=np.uint64)


def integers(*shape):
    return np.zeros(shape, dtype=np.int32)


FIT = {
    "pack_above": {
        "values": np.zeros((4, 5)),
        "features": np.array([4] * 70, dtype=np.int32),
        "thresholds": np.zeros(70),
        "thresholds32": np.zeros(70, dtype=np.float32),
        "out": words(4, 2),
        "n_threads": 1,
    },
    "mark_missing": {
        "values": np.zeros((4, 5)),
        "features": np.array([0, 4], dtype=np.int32),
        "bits": np.array([0, 127], dtype=np.int32),
        "out": words(4, 2),
    },
    "round_levels": {
        "values": np.zeros((4, 5)),
        "offset": np.zeros(5),
        "scale": np.zeros(5),
        "largest": 1023,
        "out": np.zeros((4, 6), dtype=np.int16),
    },
    "project": {
        "levels": np.zeros((4, 6), dtype=np.int16),
        "panels": np.zeros((5, 3, 16, 2), dtype=np.int8),
        "lower": integers(70),
        "upper": integers(70),
        "out": words(4, 2),
        "n_threads": 1,
    },
}
"""Arguments that fit: 4 samples, 5 or 6 features, 70 bits."""


@pytest.mark.parametrize(
    ("kernel", "name", "bad"),
    [
        ("pack_above", "values", np.zeros((4, 4))),
        ("pack_above", "features", integers(69)),
        ("pack_above", "thresholds32", np.zeros(69, dtype=np.float32)),
        ("pack_above", "out", words(3, 2)),
        ("mark_missing", "values", np.zeros((4, 4))),
        ("mark_missing", "features", np.array([-1, 0], dtype=np.int32)),
        ("mark_missing", "bits", np.array([128, 0], dtype=np.int32)),
        ("mark_missing", "bits", integers(1)),
        ("mark_missing", "out", words(5, 2)),
        ("round_levels", "values", np.zeros((4, 6))),
        ("round_levels", "offset", np.zeros(6)),
        ("round_levels", "scale", np.zeros(4)),
        ("round_levels", "out", np.zeros((4, 4), dtype=np.int16)),
        ("round_levels", "out", np.zeros((3, 6), dtype=np.int16)),
        ("project", "levels", np.zeros((4, 5), dtype=np.int16)),
        ("project", "panels", np.zeros((4, 3, 16, 2), dtype=np.int8)),
        ("project", "panels", np.zeros((5, 3, 16, 1), dtype=np.int8)),
        ("project", "upper", integers(69)),
        ("project", "out", words(4, 1)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(kernel, name, bad):
    with pytest.raises(ValueError, match=r"has the shape|must be in"):
        getattr(kernels, kernel)(**{**FIT[kernel], name: bad})
    getattr(kernels, kernel)(**FIT[kernel])


def test_patches_outside_of_the_image_are_refused():
    pairs, best = np.zeros((1, 9, 16, 2), dtype=np.int16), np.zeros((1, 1, 16), dtype=np.int32)
    weights = np.zeros(4, dtype=np.int16)
    for place in (
        [0, 0, 2, 3],
        [6, 0, 2, 1],
        [0, 1, 2, 1],
        [-1, 0, 2, 2],
        [0, -1, 2, 2],
        [0, 0, 0, 2],
        [0, 0, 2, -1],
    ):
        with pytest.raises(ValueError, match="Patch 0 does not lie inside"):
            kernels.match_patches(pairs, np.array([place], np.int32), weights, 3, 1, best, 1)
    place = np.array([[0, 0, 2, 2]], np.int32)
    for row, step in ((0, 1), (10, 1), ((2**64 + 2) // 3, 1), (3, 0), (3, 10), (3, 2**62)):
        with pytest.raises(ValueError, match=r"not in 1 \.\. 9"):
            kernels.match_patches(pairs, place, weights, row, step, best, 1)
    kernels.match_patches(pairs, place, weights, 3, 1, best, 1)
