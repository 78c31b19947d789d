import inspect

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from bepsk.encoders import (
    BinaryExpansionEncoder,
    RandomProjectionEncoder,
    SparseSumEncoder,
    ThermometerEncoder,
)

STRICT = (
    {"xfail_strict": True}
    if "xfail_strict" in inspect.signature(parametrize_with_checks).parameters
    else {}
)


@parametrize_with_checks(
    [
        ThermometerEncoder(),
        ThermometerEncoder(n_bits=1),
        ThermometerEncoder(n_bits=5, strategy="uniform"),
        ThermometerEncoder(n_bits=70, strategy="gaussian"),
        RandomProjectionEncoder(),
        RandomProjectionEncoder(n_components=1, random_state=0),
        RandomProjectionEncoder(n_components=65, threshold="median", random_state=0),
        RandomProjectionEncoder(n_components=65, max_features=4, random_state=0),
    ],
    **STRICT,
)
def test_scikit_learn_finds_no_fault(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("encoder", "name"),
    [
        (ThermometerEncoder(n_bits=0), "n_bits"),
        (ThermometerEncoder(n_bits="many"), "n_bits"),
        (ThermometerEncoder(strategy="best"), "strategy"),
        (BinaryExpansionEncoder(0), "n_components"),
        (BinaryExpansionEncoder("auto"), "n_components"),
        (BinaryExpansionEncoder(random_state="x"), "random_state"),
        (SparseSumEncoder(0), "n_components"),
        (SparseSumEncoder(max_features=1), "max_features"),
        (RandomProjectionEncoder(n_components=0), "n_components"),
        (RandomProjectionEncoder(threshold="mean"), "threshold"),
        (RandomProjectionEncoder(random_state="x"), "random_state"),
        (RandomProjectionEncoder(max_features=0), "max_features"),
        (RandomProjectionEncoder(max_features="sqrt"), "max_features"),
    ],
)
def test_an_error_names_the_bad_parameter(encoder, name):
    with pytest.raises(ValueError, match=name):
        encoder.fit(np.eye(3))
