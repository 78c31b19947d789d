import numpy as np
import pytest
import reference
from common import WIDTHS, before_a_guard_page, dirty_words, random_signs
from reference_online import Generator, draw_changes

from bepsk.kernels import online
from bepsk.network.packed import unpack_bits

NO_MEANS = np.empty((0, 1), dtype=np.uint64)


def digits_of(sixteenths):
    return reference.pack(2 * (sixteenths >> np.arange(4)[:, np.newaxis] & 1) - 1)


def drawn(state, signs, sixteenths, n_bits):
    means = NO_MEANS if sixteenths is None else digits_of(sixteenths)
    out = dirty_words(1, len(signs))[0]
    state = online.draw_changes(state, reference.pack(signs[np.newaxis])[0], means, n_bits, out)
    return out, state


@pytest.mark.parametrize("width", [*WIDTHS, 31, 32, 33, 95, 96, 97])
@pytest.mark.parametrize("n_bias", [0, 1, 40])
@pytest.mark.parametrize("with_means", [False, True])
def test_changes_equal_the_reference(width, n_bias, with_means):
    rng = np.random.default_rng(width)
    signs, n_bits = random_signs(rng, width), max(0, width - n_bias)
    sixteenths = rng.integers(16, size=width) if with_means else None
    generator, state = Generator(1 + width), 1 + width
    for _ in range(3):
        out, state = drawn(state, signs, sixteenths, n_bits)
        expected = draw_changes(generator, signs, sixteenths, n_bits)
        np.testing.assert_array_equal(out, reference.pack(2 * expected[np.newaxis] - 1)[0])
        assert state == generator.state


def test_an_input_takes_part_as_often_as_it_differs_from_the_background():
    width, n = 320, 4000
    rng = np.random.default_rng(0)
    signs, sixteenths = random_signs(rng, width), rng.integers(16, size=width)
    state, rows = 12345, []
    for _ in range(n):
        out, state = drawn(state, signs, sixteenths, width)
        rows.append(out)
    changes = unpack_bits(np.array(rows), width).astype(float)
    p = np.where(signs > 0, 16 - sixteenths, sixteenths) / 32
    assert abs(changes.mean(axis=0) - p).max() < 5 * 0.5 / n**0.5
    correlations = np.corrcoef(changes[:, p > 0].T) - np.eye((p > 0).sum())
    assert abs(correlations).max() < 6 / n**0.5
    later = np.corrcoef(changes[1:, p > 0].T, changes[:-1, p > 0].T)
    assert abs(later[: (p > 0).sum(), (p > 0).sum() :]).max() < 6 / n**0.5


def test_nothing_is_read_or_written_past_the_arrays():
    row, means = np.zeros(3, dtype=np.uint64), np.zeros((4, 3), dtype=np.uint64)
    out = before_a_guard_page(row)
    online.draw_changes(1, before_a_guard_page(row), before_a_guard_page(means), 192, out)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"state": 0}, "state"),
        ({"n_bits": -1}, "n_bits"),
        ({"n_bits": 129}, "n_bits"),
        ({"means": np.zeros((4, 1), np.uint64)}, "means"),
        ({"means": np.zeros((3, 2), np.uint64)}, "means"),
        ({"changes": np.zeros(1, np.uint64)}, "changes"),
    ],
)
def test_what_does_not_fit_is_refused(changed, message):
    arguments = {
        "state": 1,
        "row": np.zeros(2, np.uint64),
        "means": np.zeros((4, 2), np.uint64),
        "n_bits": 128,
        "changes": np.zeros(2, np.uint64),
    }
    with pytest.raises(ValueError, match=message):
        online.draw_changes(*(arguments | changed).values())
