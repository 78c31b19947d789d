import numpy as np
import pytest

from bepsk.encoders import RandomProjectionEncoder
from bepsk.export._fixed_point import level, make_scale


def levels(scale, x):
    clipped = np.clip(x, scale.low, scale.high) - scale.low
    sums = clipped * scale.factor + scale.start
    assert np.abs(sums).max() <= scale.widest
    return np.clip(sums >> scale.shift, 0, scale.top) + scale.base


@pytest.mark.parametrize("input_type", ["uint8", "int8", "int16"])
@pytest.mark.parametrize("sigma", [1e-9, 0.3, 1.0, 7.7, 128.0, 1000 / 3, 5000.0, 1e30])
@pytest.mark.parametrize("offset", [0.0, 0.5, -7.25, 1e5, -1e300])
def test_all_values_of_a_type_are_exact(input_type, sigma, offset):
    info = np.iinfo(input_type)
    x = np.arange(info.min, info.max + 1)[:, np.newaxis]
    for smallest, largest in [(-1023, 1023), (0, 255)]:
        bounds = smallest, largest
        scale = make_scale(np.array([offset]), np.array([128 / sigma]), *bounds, input_type)
        np.testing.assert_array_equal(levels(scale, x), level(x, offset, 128 / sigma, *bounds))


def test_wide_types_are_exact_at_every_jump_and_at_the_ends():
    rng = np.random.default_rng(0)
    offsets, scales = rng.uniform(-1e4, 1e4, 5), 128 / np.array([1.0, 30, 400, 5000, 60_000])
    scale = make_scale(offsets, scales, -1023, 1023, "int32")
    x = np.concatenate(
        [rng.normal(size=(10_000, 5)) * 300_000, [[-(2.0**31)] * 5, [2**31 - 1] * 5]]
    )
    x = np.rint(x).astype(np.int64)
    np.testing.assert_array_equal(levels(scale, x), level(x, offsets, scales, -1023, 1023))


def test_levels_are_those_of_the_encoder():
    X = np.random.default_rng(0).integers(-3000, 3000, (200, 1)).astype(float)
    encoder = RandomProjectionEncoder(400, random_state=0).fit(X)
    found = level(X, encoder.offset_, encoder.scale_, -1023, 1023)
    sums = found @ encoder.components_.T.astype(np.int64)
    lower, upper = encoder.thresholds_.T
    np.testing.assert_array_equal(encoder.transform(X), (sums <= lower) | (sums > upper))


def test_what_cannot_be_exact_is_refused():
    with pytest.raises(ValueError, match="feature 1 cannot be computed exactly"):
        make_scale(np.array([0, 0.3]), np.array([1.0, 128 / 77_777_000]), -1023, 1023, "int32")
