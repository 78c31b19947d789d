"""What a model in C says: a class, several labels, or a number."""

import numpy as np
import pytest

from bepsk import BEPMLPClassifier, BEPMLPRegressor
from bepsk.encoders import ThermometerEncoder
from bepsk.export import to_c
from bepsk.export._outputs import FixedPoint

X = np.arange(160).reshape(40, 4)
OPTIONS = {"encoder": ThermometerEncoder(9), "max_iter": 3, "random_state": 0}


def numbers(y, widths=(33,)):
    return BEPMLPRegressor(widths, **OPTIONS).fit(X, y)


def labels():
    Y = np.stack([X[:, 0] > 50, X[:, 0] > 99, X[:, 0] < 20], axis=1).astype(int)
    return BEPMLPClassifier((33, 8), **OPTIONS).fit(X, Y)


@pytest.mark.parametrize("largest", [1, 512, 2**31, 2**40 - 512])
@pytest.mark.parametrize("span", [0.0, 1e-300, 1e-3, 7.0, 1e9, 1e300])
@pytest.mark.parametrize("offset", [0.0, 1e-300, -5.0, 2011.5, 1e12, -1e300])
def test_fixed_point_is_that_of_floats_to_within_2(offset, span, largest):
    unit = span / largest
    fixed = FixedPoint(offset, unit, largest)
    for total in np.linspace(0, largest, 33).astype(np.int64).tolist():
        product = total * fixed.factor + fixed.half
        found = fixed.lowest + (product >> fixed.shift)
        assert product < 2**63
        assert abs(found) < 2**31
        assert abs(found - np.ldexp(offset + unit * total, fixed.bits)) < 2
    assert abs(fixed.lowest) <= 2**30


@pytest.mark.parametrize("y", [X[:, 0] / 7, X[:, 0] * 1e-200, X[:, 0] * 1e200, 0 * X[:, 0] - 5])
@pytest.mark.parametrize("widths", [(33,), (9, 40)])
def test_the_header_says_what_a_number_means(y, widths):
    reg = numbers(y, widths)
    header = to_c(reg, name="tank").header
    lines = [line.split() for line in header.splitlines() if line.startswith("#define TANK_")]
    defined = {line[1]: line[2] for line in lines if len(line) > 2}
    assert float(defined["TANK_OFFSET"]) == reg.offset_
    assert float(defined["TANK_SCALE"]) == reg.scale_ / 512
    largest = np.ldexp(np.abs(reg.predict(X)).max(), int(defined["TANK_FRACTION_BITS"]))
    assert 2**5 < largest < 2**30
    for declared in ("int32_t tank_predict(const tank_input *x)", "int64_t tank_sum("):
        assert declared in header
    assert "labels" not in header


def test_the_header_says_what_labels_mean():
    header = to_c(labels(), name="tags").header
    assert "void tags_predict(const tags_input *x, uint8_t *labels);" in header
    assert "#define TAGS_N_LABELS 3" in header
    assert "tags_labels" not in header


def test_sizes_do_not_come_as_a_surprise():
    with pytest.warns(UserWarning, match="Large"):
        large = to_c(BEPMLPRegressor((512,), max_iter=1).fit(X, X[:, 0]), input_type="int16")
    small = to_c(numbers(X[:, 0]))
    assert small.sizes.flash < 6000 < large.sizes.flash
    assert small.sizes.operations < 6000 < large.sizes.operations


def test_only_classes_are_learned_on_a_device():
    with pytest.raises(ValueError, match="C that learns is for one label per sample"):
        to_c(labels(), trainable=True)
    with pytest.raises(TypeError, match="trainable=True needs a BEPMLPClassifier"):
        to_c(numbers(X[:, 0]), trainable=True)
