"""Thresholds that move with the data."""

import copy
import pickle

import numpy as np
import pytest
from common import same
from sklearn.exceptions import NotFittedError
from tampering import HOLES, fitted_encoders

from bepsk.encoders import (
    BinaryEncoder,
    BinaryExpansionEncoder,
    LocalPatchEncoder,
    RandomProjectionEncoder,
    SparseSumEncoder,
    ThermometerEncoder,
)

ENCODERS = pytest.mark.parametrize(
    ("encoder", "data"), fitted_encoders(), ids=lambda value: type(value).__name__
)
RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 100, size=(400, 6)).astype(float)
MOVING = pytest.mark.parametrize(
    "encoder",
    [
        ThermometerEncoder(7),
        ThermometerEncoder(7, strategy="uniform"),
        ThermometerEncoder(7, strategy="gaussian"),
        RandomProjectionEncoder(70, random_state=0),
        RandomProjectionEncoder(70, max_features=2, random_state=0),
        SparseSumEncoder(70, random_state=0),
        LocalPatchEncoder((2, 3), 20, patch_size=(2, 2), random_state=0),
    ],
    ids=str,
)


@ENCODERS
def test_on_the_data_of_fit_nothing_changes(encoder, data):
    before = copy.deepcopy(encoder)
    assert encoder.refit(data) is encoder
    assert same(vars(encoder), vars(before))


def test_on_many_rows_of_fit_nothing_changes():
    X = RNG.integers(0, 100, size=(3000, 5))
    for encoder in (
        RandomProjectionEncoder(64, random_state=0),
        SparseSumEncoder(64, random_state=0),
    ):
        before = copy.deepcopy(encoder.fit(X))
        assert same(vars(encoder.refit(X)), vars(before))


@MOVING
def test_data_that_moved_and_stretched_are_read_as_before(encoder):
    expected = encoder.fit_transform(GREY)
    n_bits, moved = encoder.n_features_out_, 4 * GREY + 1000
    assert (encoder.transform(moved) != expected).mean() > 0.2
    np.testing.assert_array_equal(encoder.refit(moved).transform(moved), expected)
    assert encoder.n_features_out_ == n_bits
    restored = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(restored.transform(moved), expected)


SCALING = pytest.mark.parametrize(
    "encoder", [ThermometerEncoder(7), RandomProjectionEncoder(70, random_state=0)], ids=str
)


@SCALING
def test_each_feature_moves_alone(encoder):
    expected = encoder.fit_transform(GREY)
    moved = GREY * [1, 2, 4, 8, 0.5, 0.25] + np.arange(6)
    np.testing.assert_array_equal(encoder.refit(moved).transform(moved), expected)


@SCALING
def test_a_constant_feature_stays_as_it_is(encoder):
    before = copy.deepcopy(encoder.fit(GREY))
    encoder.refit(np.tile(GREY[:1], (50, 1)))
    assert same(vars(encoder), vars(before))


@pytest.mark.parametrize("n", [1, 3, 10])
def test_ties_leave_as_many_thresholds(n):
    encoder = ThermometerEncoder(10).fit(np.arange(100.0)[:, np.newaxis])
    values = np.r_[np.zeros(90), np.arange(10), np.full(50, np.nan)][:, np.newaxis]
    if n < 10:
        encoder.thresholds_ = (encoder.thresholds_[0][:n].copy(),)
    before = encoder.thresholds_[0]
    thresholds = encoder.refit(values).thresholds_[0]
    assert len(thresholds) == n
    if n == 10:  # more than there are gaps between values
        assert same(thresholds, before)
    else:
        assert (np.diff(encoder.transform(values)[:100].mean(axis=0)) < 0).all()
        assert same(thresholds[0], 0.5)


def test_missing_values_are_left_out():
    for encoder in (ThermometerEncoder(4), RandomProjectionEncoder(70, random_state=0)):
        bits = encoder.fit_transform(HOLES)
        np.testing.assert_array_equal(encoder.refit(2 * HOLES - 8).transform(2 * HOLES - 8), bits)
        encoder.refit(np.full_like(HOLES, np.nan))
        np.testing.assert_array_equal(encoder.transform(2 * HOLES - 8), bits)


@pytest.mark.parametrize("encoder", [BinaryEncoder(), BinaryExpansionEncoder(9)], ids=str)
def test_encoders_of_bits_have_nothing_to_move(encoder):
    bits = (GREY > 50).astype(int)
    expected = encoder.fit_transform(bits)
    np.testing.assert_array_equal(encoder.refit(bits[:9]).transform(bits), expected)
    with pytest.raises(ValueError, match="must hold bits"):
        encoder.refit(GREY)


@ENCODERS
@pytest.mark.parametrize("bad", ["width", "infinity", "rows"])
def test_a_failed_refit_changes_nothing(encoder, data, bad):
    wrong = {
        "width": data[:, 1:],
        "infinity": np.where(np.arange(6) == 2, np.inf, data),
        "rows": data[:0],
    }[bad]
    before = copy.copy(vars(encoder))
    with pytest.raises(ValueError, match="X"):
        encoder.refit(wrong)
    assert same(vars(encoder), before)


@MOVING
def test_before_fit_it_says_so(encoder):
    with pytest.raises(NotFittedError):
        type(encoder)(**encoder.get_params()).refit(GREY)


def test_quantiles_are_shares():
    encoder = SparseSumEncoder(5, random_state=0).fit(GREY)
    encoder.quantiles_ = np.full(5, 1.5)
    with pytest.raises(ValueError, match=r"quantiles_ must be shares from 0 to 1"):
        encoder.transform(GREY)


def test_parameters_are_checked():
    encoder = ThermometerEncoder(3).fit([[1.0], [2.0], [3.0], [4.0]])
    with pytest.raises(ValueError, match="n_bits"):
        encoder.set_params(n_bits=None).refit([[1.0], [2.0]])
