import numpy as np
import pytest
import reference
from common import ROWS, THREADS, WIDTHS, dirty_words, integers, random_signs, words

from bepsk.kernels import through_time as kernels
from bepsk.network.packed import unpack_bits

STEPS = [1, 2, 5]


def pack_steps(signs):
    return np.stack([reference.pack(step) for step in signs])


def random_series(rng, n_steps, n_rows, n_neurons, n_inputs=1):
    """Return z, desired states, inputs and first steps, some of them the last step."""
    z = rng.integers(-3, 4, size=(n_steps, n_rows, n_neurons), dtype=np.int32)
    desired = random_signs(rng, n_steps, n_rows, n_neurons)
    inputs = random_signs(rng, n_steps, n_rows, n_inputs)
    return z, desired, inputs, rng.integers(0, n_steps, size=n_rows, dtype=np.int32)


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("inertia", [0, 1, 100, 255])
@pytest.mark.parametrize("recurs", [True, False])
def test_a_step_adds_what_the_step_before_brings(n_rows, inertia, recurs):
    rng = np.random.default_rng(0)
    recurrent, previous, z = rng.integers(-3000, 3000, size=(3, n_rows, 65), dtype=np.int32)
    first = rng.integers(0, 6, size=n_rows, dtype=np.int32)
    expected = z + recurs * (recurrent + inertia * previous // 256)
    expected[first > 3] = 0  # padding
    for n_threads in THREADS:
        out, states = z.copy(), dirty_words(n_rows, 65)
        kernels.advance(
            recurrent[: n_rows * recurs], previous, inertia, first, 3, out, states, n_threads
        )
        np.testing.assert_array_equal(out, expected)
        np.testing.assert_array_equal(states, reference.pack(reference.sign(expected)))


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_neurons", WIDTHS)
@pytest.mark.parametrize("inertia", [1, 6, 1000])
def test_inertia_adds_to_the_sums_what_is_not_zero(n_rows, n_neurons, inertia):
    rng = np.random.default_rng(0)
    sums = rng.integers(-8, 9, size=(n_rows, n_neurons), dtype=np.int32)
    signs, nonzero = random_signs(rng, n_rows, n_neurons), rng.integers(2, size=sums.shape)
    sums[:1] = -inertia * (signs * nonzero)[:1]  # ties everywhere
    expected = sums + inertia * signs * nonzero
    for n_threads in THREADS:
        out_signs, out_nonzero = (dirty_words(n_rows, n_neurons) for _ in range(2))
        kernels.carry_back(
            sums,
            reference.pack(signs),
            reference.pack(2 * nonzero - 1),
            inertia,
            out_signs,
            out_nonzero,
            n_threads,
        )
        np.testing.assert_array_equal(out_signs, reference.pack(reference.sign(expected)))
        np.testing.assert_array_equal(out_nonzero, reference.pack(expected != 0))


@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("n_neurons", WIDTHS)
@pytest.mark.parametrize("n_steps", STEPS)
def test_stability_sums_from_the_first_step_of_each_series(n_rows, n_neurons, n_steps):
    z, desired, _, first = random_series(np.random.default_rng(1), n_steps, n_rows, n_neurons)
    triggered = np.arange(n_rows, dtype=np.int32)[::-1].copy()
    live = np.arange(n_steps)[:, np.newaxis] >= first
    expected = (desired * z[:, triggered] * live[..., np.newaxis]).sum(axis=0)
    for n_threads in THREADS:
        out = np.full((n_rows, n_neurons), -9, dtype=np.int32)
        kernels.stability(z, triggered, pack_steps(desired), first, out, n_threads)
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("n_entries", [0, 1, 20])
@pytest.mark.parametrize("n_inputs", WIDTHS)
@pytest.mark.parametrize("n_steps", [*STEPS, 3, 4, 7, 8, 31, 64])
def test_majority_is_the_sign_of_the_sum_through_time(n_entries, n_inputs, n_steps):
    rng, n_rows, n_neurons = np.random.default_rng(3), 4, 66
    _, desired, inputs, first = random_series(rng, n_steps, n_rows, n_neurons, n_inputs)
    triggered = np.array([2, 0, 3, 1], dtype=np.int32)
    samples = rng.integers(0, n_rows, size=n_entries, dtype=np.int32)
    neurons = rng.integers(0, n_neurons, size=n_entries, dtype=np.int32)
    expected = np.zeros((n_entries, n_inputs), dtype=int)
    for row, i, j in zip(expected, samples, neurons, strict=True):
        steps = slice(first[i], None)
        row[:] = np.sign(
            (desired[steps, i, j, np.newaxis] * inputs[steps, triggered[i]]).sum(axis=0)
        )
    for n_threads in THREADS:
        bits, known = (dirty_words(n_entries, n_inputs) for _ in range(2))
        kernels.majority(
            pack_steps(desired),
            pack_steps(inputs),
            triggered,
            first,
            samples,
            neurons,
            bits,
            known,
            n_threads,
        )
        signs = (2 * unpack_bits(bits, n_inputs).astype(int) - 1) * unpack_bits(known, n_inputs)
        np.testing.assert_array_equal(signs, expected)


FIT = {
    "advance": {
        "recurrent": integers(4, 70),
        "previous": integers(4, 70),
        "inertia": 1,
        "first": integers(4),
        "t": 0,
        "z": integers(4, 70),
        "states": words(4, 2),
    },
    "carry_back": {
        "sums": integers(4, 70),
        "signs": words(4, 2),
        "nonzero": words(4, 2),
        "inertia": 1,
        "out_signs": words(4, 2),
        "out_nonzero": words(4, 2),
    },
    "stability": {
        "z": integers(5, 4, 70),
        "triggered": np.array([3, 0], dtype=np.int32),
        "desired": words(5, 2, 2),
        "first": np.array([5, 0], dtype=np.int32),
        "out": integers(2, 70),
    },
    "majority": {
        "desired": words(5, 2, 2),
        "inputs": words(5, 4, 3),
        "triggered": np.array([3, 0], dtype=np.int32),
        "first": np.array([5, 0], dtype=np.int32),
        "samples": np.array([1, 0, 1], dtype=np.int32),
        "neurons": np.array([0, 127, 1], dtype=np.int32),
        "bits": words(3, 3),
        "known": words(3, 3),
    },
}
"""Arguments that fit: 5 steps of 4 series, 70 neurons."""


@pytest.mark.parametrize(
    ("kernel", "name", "bad"),
    [
        ("advance", "recurrent", integers(3, 70)),
        ("advance", "previous", integers(4, 69)),
        ("advance", "first", integers(3)),
        ("advance", "states", words(4, 1)),
        ("carry_back", "signs", words(4, 1)),
        ("carry_back", "nonzero", words(0, 2)),
        ("carry_back", "out_signs", words(3, 2)),
        ("carry_back", "out_nonzero", words(3, 2)),
        ("stability", "triggered", np.array([4, 0], dtype=np.int32)),
        ("stability", "desired", words(4, 2, 2)),
        ("stability", "desired", words(5, 2, 1)),
        ("stability", "first", integers(1)),
        ("stability", "first", np.array([0, -1], dtype=np.int32)),
        ("stability", "first", np.array([0, 6], dtype=np.int32)),
        ("stability", "out", integers(2, 69)),
        ("majority", "desired", words(5, 1, 2)),
        ("majority", "triggered", np.array([4, 0], dtype=np.int32)),
        ("majority", "first", np.array([0, -1], dtype=np.int32)),
        ("majority", "samples", np.array([2, 0, 0], dtype=np.int32)),
        ("majority", "neurons", np.array([128, 0, 0], dtype=np.int32)),
        ("majority", "neurons", integers(2)),
        ("majority", "bits", words(2, 3)),
        ("majority", "known", words(3, 2)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(kernel, name, bad):
    with pytest.raises(ValueError, match=f"^{name} "):
        getattr(kernels, kernel)(**{**FIT[kernel], name: bad}, n_threads=1)
    getattr(kernels, kernel)(**FIT[kernel], n_threads=1)
