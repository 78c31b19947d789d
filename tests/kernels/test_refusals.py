"""What does not fit is refused before anything is read or written past an array."""

import numpy as np
import pytest
import reference

from bepsk.kernels import update as kernels
from bepsk.network.layer import survival_tables
from bepsk.network.packed import interleave

NEVER = survival_tables(0.0)


def trigger_arguments():
    return {
        "logits": np.zeros((4, 3), dtype=np.int32),
        "classes": np.array([0, 1, 2, 0]),
        "sample_weight": np.ones(4, dtype=np.int32),
        "bound": 1.0,
        "prototypes": np.zeros((3, 2), dtype=np.uint64),
        "triggered": np.empty(4, dtype=np.int32),
        "desired": np.empty((4, 2), dtype=np.uint64),
    }


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("classes", np.zeros(3, dtype=np.intp)),
        ("classes", np.array([0, 1, 3, 0])),
        ("classes", np.array([0, -1, 2, 0])),
        ("sample_weight", np.ones(5, dtype=np.int32)),
        ("prototypes", np.zeros((2, 2), dtype=np.uint64)),
        ("triggered", np.empty(3, dtype=np.int32)),
        ("desired", np.empty((4, 1), dtype=np.uint64)),
    ],
)
def test_triggers_that_do_not_fit_are_refused(name, bad):
    with pytest.raises(ValueError, match=f"^{name} "):
        kernels.trigger(**{**trigger_arguments(), name: bad})
    assert kernels.trigger(**trigger_arguments()) == (4, 4, 2, 4)


def gate_arguments():
    return {
        "z": np.zeros((4, 70), dtype=np.int32),
        "triggered": np.array([3, 0], dtype=np.int32),
        "gate_width": 0,
        "nonzero": np.zeros((0, 2), dtype=np.uint64),
        "out": np.empty((2, 2), dtype=np.uint64),
        "n_threads": 1,
    }


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("triggered", np.array([4, 0], dtype=np.int32)),
        ("triggered", np.array([3, -1], dtype=np.int32)),
        ("nonzero", np.zeros((1, 2), dtype=np.uint64)),
        ("nonzero", np.zeros((2, 1), dtype=np.uint64)),
        ("out", np.empty((1, 2), dtype=np.uint64)),
        ("out", np.empty((2, 1), dtype=np.uint64)),
    ],
)
def test_gates_that_do_not_fit_are_refused(name, bad):
    with pytest.raises(ValueError, match=f"^{name} "):
        kernels.gate(**{**gate_arguments(), name: bad})
    kernels.gate(**gate_arguments())


def winner_arguments():
    return {
        "values": np.zeros((4, 70), dtype=np.int32),
        "actual": np.zeros((4, 2), dtype=np.uint64),
        "triggered": np.array([3, 0], dtype=np.int32),
        "signs": np.zeros((2, 2), dtype=np.uint64),
        "nonzero": np.zeros((2, 2), dtype=np.uint64),
        "sample_weight": np.ones(4, dtype=np.int32),
        "group_size": 20,
        "winners": np.empty((2, 4), dtype=np.int32),
        "starts": np.empty(71, dtype=np.int32),
        "sources": np.empty(8, dtype=np.int32),
        "steps": np.empty(8, dtype=np.int32),
        "n_threads": 1,
    }


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("actual", np.zeros((3, 2), dtype=np.uint64)),
        ("actual", np.zeros((4, 1), dtype=np.uint64)),
        ("triggered", np.array([4, 0], dtype=np.int32)),
        ("signs", np.zeros((1, 2), dtype=np.uint64)),
        ("nonzero", np.zeros((0, 2), dtype=np.uint64)),
        ("sample_weight", np.ones(3, dtype=np.int32)),
        ("group_size", 0),
        ("winners", np.empty((2, 3), dtype=np.int32)),
        ("starts", np.empty(70, dtype=np.int32)),
        ("sources", np.empty(7, dtype=np.int32)),
        ("steps", np.empty(7, dtype=np.int32)),
    ],
)
def test_winners_that_do_not_fit_are_refused(name, bad):
    with pytest.raises(ValueError, match=f"^{name} "):
        kernels.choose_winners(**{**winner_arguments(), name: bad})
    kernels.choose_winners(**winner_arguments())


def update_arguments():
    """Return arguments that fit: two entries, of neurons 0 and 2."""
    H = np.ones((3, 70), dtype=np.int16)
    return {
        "hidden_weights": H,
        "panels": interleave(reference.pack(H)),
        "starts": np.array([0, 1, 1, 2], dtype=np.int32),
        "sources": np.array([0, 3], dtype=np.int32),
        "steps": np.array([2, -2], dtype=np.int32),
        "inputs": reference.pack(np.ones((4, 70))),
        "known": reference.pack(np.ones((4, 70))),
        "limit": 7,
        "survival": NEVER[0],
        "at_least": NEVER[1],
        "key": 0,
        "n_threads": 1,
    }


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("panels", np.zeros((1, 1, 16), dtype=np.uint64)),
        ("panels", np.zeros((0, 2, 16), dtype=np.uint64)),
        ("starts", np.array([0, 1, 2], dtype=np.int32)),
        ("starts", np.array([1, 1, 1, 2], dtype=np.int32)),
        ("starts", np.array([0, 2, 1, 2], dtype=np.int32)),
        ("starts", np.array([0, 1, 1, 3], dtype=np.int32)),
        ("sources", np.array([0, 4], dtype=np.int32)),
        ("sources", np.array([-1, 0], dtype=np.int32)),
        ("steps", np.array([2], dtype=np.int32)),
        ("inputs", np.zeros((4, 1), dtype=np.uint64)),
        ("known", np.zeros((3, 2), dtype=np.uint64)),
        ("survival", np.zeros(255, dtype=np.uint32)),
        ("survival", np.ones(256, dtype=np.uint32)),
    ],
)
def test_updates_that_do_not_fit_are_refused_before_anything_is_written(name, bad):
    arguments = update_arguments()
    with pytest.raises(ValueError, match=name):
        kernels.update_weights(**{**arguments, name: bad})
    np.testing.assert_array_equal(arguments["hidden_weights"], 1)
    kernels.update_weights(**arguments)
    np.testing.assert_array_equal(arguments["hidden_weights"][:, 0], [3, 1, -1])
