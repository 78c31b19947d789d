import numpy as np
import pytest

from bepsk.kernels.merge import append_entries, number_named


def ints(*values):
    return np.array(values, dtype=np.int32)


def test_entries_of_each_neuron_follow_each_other():
    ends, sources, steps = ints(0, 3, 3), np.empty((2, 6), dtype=np.int32)[0], ints(*[0] * 6)
    append_entries(ints(0, 1, 1, 3), ints(7, 8, 9), ints(2, -2, 4), 0, ends, sources, steps)
    assert ends.tolist() == [1, 3, 5]
    append_entries(ints(0, 2, 2, 3), ints(0, 1, 0), ints(6, 8, 2), 10, ends, sources, steps)
    assert ends.tolist() == [3, 3, 6]
    assert sources.tolist() == [7, 10, 11, 8, 9, 10]
    assert steps.tolist() == [2, 6, 8, -2, 4, 2]


@pytest.mark.parametrize("ends", [(-1, 0), (0, 2), (5, 0)])
def test_nothing_is_written_past_the_end(ends):
    sources, steps = ints(*[3] * 3), ints(*[4] * 3)
    with pytest.raises(ValueError, match="leave room"):
        append_entries(ints(0, 1, 3), ints(0, 1, 2), ints(2, 2, 2), 0, ints(*ends), sources, steps)
    assert sources.tolist() == [3, 3, 3]


@pytest.mark.parametrize("sources", [[], [0], [4, 4], [3, 0, 3, 1], [4, 3, 2, 1, 0]])
def test_named_rows_are_numbered_in_order(sources):
    named, expected = np.unique(sources, return_inverse=True)
    numbers, renumbered = ints(*[7] * 5), ints(*[7] * len(sources))
    number_named(ints(*sources), numbers, renumbered)
    assert np.flatnonzero(numbers >= 0).tolist() == named.tolist()
    assert renumbered.tolist() == expected.tolist()


@pytest.mark.parametrize("outside", [-1, 2])
def test_sources_must_be_rows(outside):
    with pytest.raises(ValueError, match="sources"):
        number_named(ints(0, outside), ints(0, 0), ints(0, 0))
