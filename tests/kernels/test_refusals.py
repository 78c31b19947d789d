"""What does not fit is refused before anything is read or written past an array."""

import numpy as np
import pytest
import reference
from common import integers, words

from bepsk.kernels import learners
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
        "triggered": np.empty(4, dtype=np.int32),
        "rivals": np.empty(4, dtype=np.int32),
    }


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("classes", np.zeros(3, dtype=np.intp)),
        ("classes", np.array([0, 1, 3, 0])),
        ("classes", np.array([0, -1, 2, 0])),
        ("sample_weight", np.ones(5, dtype=np.int32)),
        ("triggered", np.empty(3, dtype=np.int32)),
        ("rivals", np.empty(5, dtype=np.int32)),
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
        "widths": np.zeros(70, dtype=np.int32),
        "nonzero": np.zeros((0, 2), dtype=np.uint64),
        "out": np.empty((2, 2), dtype=np.uint64),
        "n_threads": 1,
    }


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("triggered", np.array([4, 0], dtype=np.int32)),
        ("triggered", np.array([3, -1], dtype=np.int32)),
        ("widths", np.zeros(69, dtype=np.int32)),
        ("widths", np.zeros(0, dtype=np.int32)),
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
        learners.choose_winners(**{**winner_arguments(), name: bad})
    learners.choose_winners(**winner_arguments())


LEARNERS = {
    "choose_learners": {
        "z": integers(4, 70),
        "rows": np.array([3, 0, 3], dtype=np.int32),
        "nonzero": words(3, 2),
        "weights": integers(3),
        "windows": integers(70),
        "learning": words(3, 2),
        "starts": integers(71),
        "asked": integers(70),
        "learned": integers(70),
        "n_threads": 1,
    },
    "list_learners": {
        "learning": words(3, 2),
        "signs": words(3, 2),
        "rows": integers(3),
        "weights": integers(3),
        "starts": np.array([0] * 70 + [5], dtype=np.int32),
        "sources": integers(5),
        "steps": integers(5),
        "n_threads": 1,
    },
    "adapt_windows": {
        "windows": integers(70),
        "asked": integers(70),
        "learned": integers(70),
        "share": 0.5,
    },
}
"""Arguments that fit: 3 errors of 70 neurons."""


@pytest.mark.parametrize(
    ("kernel", "name", "bad"),
    [
        ("choose_learners", "rows", np.array([3, 0, 4], dtype=np.int32)),
        ("choose_learners", "rows", np.array([3, -1, 0], dtype=np.int32)),
        ("choose_learners", "nonzero", words(2, 2)),
        ("choose_learners", "nonzero", words(0, 2)),
        ("choose_learners", "nonzero", words(3, 1)),
        ("choose_learners", "weights", integers(2)),
        ("choose_learners", "windows", integers(69)),
        ("choose_learners", "windows", integers(0)),
        ("choose_learners", "learning", words(2, 2)),
        ("choose_learners", "learning", words(3, 1)),
        ("choose_learners", "starts", integers(70)),
        ("choose_learners", "asked", integers(69)),
        ("choose_learners", "learned", integers(71)),
        ("list_learners", "learning", words(2, 2)),
        ("list_learners", "learning", words(3, 1)),
        ("list_learners", "signs", words(2, 2)),
        ("list_learners", "signs", words(3, 1)),
        ("list_learners", "weights", integers(2)),
        ("list_learners", "starts", np.array([0] * 70 + [6], dtype=np.int32)),
        ("list_learners", "starts", np.array([1] * 70 + [5], dtype=np.int32)),
        ("list_learners", "starts", np.array([0, 2, 1] + [2] * 67 + [5], dtype=np.int32)),
        ("list_learners", "starts", np.array([0, -1] + [2] * 68 + [5], dtype=np.int32)),
        ("list_learners", "steps", integers(4)),
        ("adapt_windows", "asked", integers(69)),
        ("adapt_windows", "learned", integers(71)),
    ],
)
def test_learners_that_do_not_fit_are_refused(kernel, name, bad):
    with pytest.raises(ValueError, match=f"^{name} "):
        getattr(learners, kernel)(**{**LEARNERS[kernel], name: bad})
    getattr(learners, kernel)(**LEARNERS[kernel])


def test_starts_without_any_are_refused():
    nothing = {"learning": words(3, 0), "signs": words(3, 0), "starts": integers(0)}
    with pytest.raises(ValueError, match=r"^starts "):
        learners.list_learners(**{**LEARNERS["list_learners"], **nothing})


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
        "centring": np.empty((0, 0), dtype=np.uint16),
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


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("centring", np.zeros((2, 2, 64), dtype=np.uint16)),
        ("centring", np.zeros((1, 3, 64), dtype=np.uint16)),
        ("centring", np.zeros((2, 3, 63), dtype=np.uint16)),
        ("known", reference.pack(np.ones((4, 70)))),
    ],
)
def test_centring_that_does_not_fit_is_refused_before_anything_is_written(name, bad):
    arguments = update_arguments()
    arguments["known"] = arguments["known"][:0]
    arguments["centring"] = np.empty((2, 3, 64), dtype=np.uint16)
    means = np.array([32768, -32768] * 35, dtype=np.int32)
    kernels.draw_centring(means, 0, arguments["centring"])
    with pytest.raises(ValueError, match=name):
        kernels.update_weights(**{**arguments, name: bad})
    np.testing.assert_array_equal(arguments["hidden_weights"], 1)
    kernels.update_weights(**arguments)
    np.testing.assert_array_equal(arguments["hidden_weights"][:, 0], [1, 1, 1])
    np.testing.assert_array_equal(arguments["hidden_weights"][:, 1], [5, 1, -3])


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("means", integers(70) + 32769),
        ("means", integers(70) - 32769),
        ("means", ~integers(70) - (2**31 - 1)),
        ("centring", np.zeros((2, 3, 63), dtype=np.uint16)),
        ("centring", np.zeros((1, 3, 64), dtype=np.uint16)),
        ("centring", np.zeros((2, 2, 64), dtype=np.uint16)),
    ],
)
def test_means_that_do_not_fit_are_refused(name, bad):
    arguments = {"means": integers(70), "key": 0, "centring": np.zeros((2, 3, 64), dtype=np.uint16)}
    with pytest.raises(ValueError, match=name):
        kernels.draw_centring(**{**arguments, name: bad})


def window_arguments():
    return {
        "windows": np.full(8, 3, dtype=np.int32),
        "asked": np.ones(8, dtype=np.int32),
        "learned": np.zeros(8, dtype=np.int32),
        "share": 0.5,
    }


READ_ONLY = np.ones(8, dtype=np.int32)
READ_ONLY.flags.writeable = False
MISALIGNED = np.zeros(33, dtype=np.uint8)[1:].view(np.int32)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("windows", READ_ONLY),
        ("asked", np.ones(8, dtype=np.int64)),
        ("asked", np.ones(8, dtype=np.uint32)),
        ("asked", np.ones(8, dtype=np.float32)),
        ("asked", np.ones(8, dtype=np.dtype(np.int32).newbyteorder())),
        ("asked", np.ones(16, dtype=np.int32)[::2]),
        ("asked", np.ones(8, dtype=np.int32)[::-1]),
        ("asked", MISALIGNED),
        ("asked", np.ones((8, 1), dtype=np.int32)),
        ("asked", np.ones((), dtype=np.int32)),
        ("windows", np.ones((), dtype=np.int32)),
        ("windows", np.ones((8, 8), dtype=np.int32)),
    ],
)
def test_other_memory_than_the_kernel_reads_is_refused(name, bad):
    given = {**window_arguments(), name: bad}
    with pytest.raises(ValueError, match=f"^{name} "):
        learners.adapt_windows(**given)
    if name != "windows":
        assert (given["windows"] == 3).all()
    for same in (READ_ONLY, np.ones(8, dtype=np.intc), np.ones(8, dtype="<i4")):
        learners.adapt_windows(**{**window_arguments(), "asked": same})


@pytest.mark.parametrize("bad", [None, [1] * 8, b"\0" * 32, memoryview(READ_ONLY)])
def test_what_is_no_array_is_refused(bad):
    with pytest.raises(TypeError, match="asked"):
        learners.adapt_windows(**{**window_arguments(), "asked": bad})
