"""Encoders whose fitted attributes were assigned by hand or damaged in a file."""

import copy
import pickle

import numpy as np
import pytest
from common import same
from tampering import BITS, HOLES, X, fitted_encoders, problems

from bepsk.encoders import (
    BinaryEncoder,
    BinaryExpansionEncoder,
    LocalPatchEncoder,
    RandomProjectionEncoder,
    SparseSumEncoder,
    ThermometerEncoder,
)

FITTED = fitted_encoders()
ENCODERS = pytest.mark.parametrize(("encoder", "data"), FITTED, ids=lambda v: type(v).__name__)


def test_whatever_is_changed_the_encoder_works_or_says_what_is_wrong():
    assert list(problems(FITTED, range(200))) == []


@ENCODERS
def test_arrays_cannot_be_written_to(encoder, data):
    for clone in (encoder, pickle.loads(pickle.dumps(encoder)), copy.deepcopy(encoder)):
        for name, value in vars(clone).items():
            if not name.endswith("_") or name == "feature_names_in_":
                continue
            for array in value if isinstance(value, tuple) else [value]:
                if isinstance(array, np.ndarray) and array.size:
                    with pytest.raises(ValueError, match="WRITEABLE"):
                        array.flags.writeable = True


@ENCODERS
def test_pickles_hold_a_format_and_nothing_derived(encoder, data):
    state = encoder.__getstate__()
    assert state["_bepsk_format"] == 3
    assert not state.keys() & {"_checked", *encoder._derived}
    restored = pickle.loads(pickle.dumps(encoder))
    assert same(vars(restored), vars(encoder))
    np.testing.assert_array_equal(restored.transform(data), encoder.transform(data))


@ENCODERS
def test_a_copy_shares_all_arrays(encoder, data):
    for name, value in vars(copy.copy(encoder)).items():
        assert value is vars(encoder)[name]


@ENCODERS
def test_another_format_is_refused(encoder, data):
    state = encoder.__getstate__()
    del state["_bepsk_format"], state["_bepsk_version"]
    with pytest.raises(ValueError, match=r"0\.1\.0 or before in format 1; .* reads format 3: fit"):
        copy.copy(encoder).__setstate__(state)


@pytest.mark.parametrize(
    ("encoder", "data", "changed"),
    [
        (BinaryExpansionEncoder(70, random_state=0), BITS, {"components_": np.negative}),
        (RandomProjectionEncoder(70, random_state=0), X, {"thresholds_": lambda t: t + 50}),
        (RandomProjectionEncoder(70, random_state=0), X, {"offset_": lambda t: t + 1}),
        (ThermometerEncoder(5), HOLES, {"thresholds_": lambda ts: [t[1:] + 1 for t in ts]}),
        (
            LocalPatchEncoder((2, 3), 20, patch_size=(2, 2), random_state=0),
            X,
            {
                "components_": lambda patches: patches[:7],
                "places_": lambda places: places[:7],
                "thresholds_": lambda thresholds: thresholds[:7],
            },
        ),
    ],
)
def test_assigned_attributes_count(encoder, data, changed):
    encoder.fit(data)
    original = encoder.transform(data)
    for name, change in changed.items():
        setattr(encoder, name, change(getattr(encoder, name)))
    before = copy.copy(vars(encoder))
    bits = encoder.transform(data)
    assert vars(encoder) == before
    assert bits.shape == (len(data), encoder.n_features_out_)
    assert bits.shape != original.shape or (bits != original).any()
    restored = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(restored.transform(data), bits)


@pytest.mark.parametrize(
    ("encoder", "data", "name", "value", "message"),
    [
        (BinaryEncoder(), BITS, "n_features_in_", 0, "an int in the range"),
        (BinaryExpansionEncoder(5), BITS, "components_", np.zeros((5, 6), np.int8), r"-1 and \+1"),
        (RandomProjectionEncoder(5), X, "components_", np.ones((5, 7), np.int8), r"\(any, 6\)"),
        (RandomProjectionEncoder(5), X, "thresholds_", np.ones((5, 2)), "int32 array"),
        (RandomProjectionEncoder(5), X, "scale_", np.full(6, np.nan), "NaN"),
        (RandomProjectionEncoder(5), X, "missing_", np.zeros(5, bool), "bool array"),
        (SparseSumEncoder(5), BITS, "components_", np.ones((5, 7), np.int8), r"\(any, 6\)"),
        (ThermometerEncoder(5), X, "thresholds_", [np.arange(3.0)] * 5, "a tuple of 6 arrays"),
        (ThermometerEncoder(5), X, "thresholds_", [np.zeros(3)] * 6, "in ascending order"),
        (ThermometerEncoder(5), X, "thresholds_", [np.zeros(0)] * 6, "at least one array"),
        (ThermometerEncoder(5), X, "missing_", np.zeros(6), "bool array"),
        (LocalPatchEncoder((2, 3), 5, patch_size=(2, 2)), X, "_shape", (3, 3, 1), "product of 6"),
        (
            LocalPatchEncoder((2, 3), 5, patch_size=(2, 2)),
            X,
            "places_",
            np.ones((5, 3), np.int32),
            "inside of the image",
        ),
        (
            LocalPatchEncoder((2, 3), 5, patch_size=(2, 2)),
            X,
            "components_",
            [np.full((2, 2, 1), -128, np.int8)] * 5,
            "fit 32 bits",
        ),
    ],
)
def test_an_error_names_the_attribute(encoder, data, name, value, message):
    setattr(encoder.fit(data), name, value)
    for use in (encoder.transform, lambda X: pickle.loads(pickle.dumps(encoder))):
        with pytest.raises(ValueError, match=rf"\.{name}.* must be .*{message}.*fit again"):
            use(data)


def test_weights_whose_sums_overflow_are_refused():
    encoder = RandomProjectionEncoder(1).fit(np.eye(2))
    n = 2**31 // (1023 * 127) + 1
    encoder.n_features_in_ = n
    encoder.offset_, encoder.scale_, encoder.relevance_ = np.ones((3, n))
    encoder.missing_ = np.zeros(n, dtype=bool)
    encoder.components_ = np.full((1, n), 127, dtype=np.int8)
    with pytest.raises(ValueError, match="fit 32 bits"):
        encoder.transform(np.ones((1, n)))
