import numpy as np
import pytest

from bepsk.encoders import BinaryEncoder


@pytest.mark.parametrize(
    "X",
    [
        [[0, 1], [1, 0]],
        [[False, True], [True, False]],
        [[-1, 1], [1, -1]],
        [[0.0, 1.0], [1.0, 0.0]],
        np.array([[0, 1], [1, 0]], dtype=np.uint8),
        np.array([[-1, 1], [1, -1]], dtype=np.int8),
    ],
)
def test_all_kinds_of_bits_are_taken(X):
    assert BinaryEncoder().fit_transform(X).tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize("X", [[[1, 1]], [[0, 0]], [[-1, -1]]])
def test_constant_bits_are_taken(X):
    assert BinaryEncoder().fit_transform(X).tolist() == [[int(x == 1) for x in X[0]]]


@pytest.mark.parametrize(
    ("X", "found"),
    [
        ([[0, 2]], "2"),
        ([[0.5, 1]], "0.5"),
        ([[-1, 7]], "7"),
        ([[-1, 0, 1]], "both 0 and -1"),
        ([[0, -1, 3]], "3"),
        ([[0, np.nan]], "NaN"),
    ],
)
def test_other_numbers_are_a_clear_error(X, found):
    with pytest.raises(ValueError, match=found):
        BinaryEncoder().fit(X)
    with pytest.raises(ValueError, match=found):
        BinaryEncoder().fit(np.eye(len(X[0]))).transform(X)


def test_feature_names_pass_through():
    encoder = BinaryEncoder().fit([[0, 1]])
    assert encoder.get_feature_names_out(["a", "b"]).tolist() == ["a", "b"]
