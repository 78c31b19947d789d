import mmap

import numpy as np
import pytest

from bepsk import store_rows
from bepsk.training import mapped
from bepsk.training.mapped import StoredBits, memory_map, row_blocks, store_bits, take_columns


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(mapped, "BLOCK_BYTES", 1000)


def in_a_file(path, array, mode="r"):
    np.save(path, array)
    return np.load(path, mmap_mode=mode)


TABLE = np.random.default_rng(0).normal(size=(103, 7))


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_views_of_a_map_are_found(tmp_path, mode):
    X = in_a_file(tmp_path / "X.npy", TABLE, mode)
    for view in (X, X[10:20], np.asarray(X)[5:], X.reshape(-1, 7, 1), X.T):
        assert isinstance(memory_map(view).base, mmap.mmap)
    for other in (TABLE, X + 1, X[[1, 2]], TABLE.tolist(), None):
        assert memory_map(other) is None


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_blocks_are_all_rows_in_order(tmp_path, small_blocks, mode):
    X = in_a_file(tmp_path / "X.npy", TABLE, mode)
    blocks = list(row_blocks(X))
    assert [len(rows) for rows in blocks] == [17, 17, 17, 17, 17, 17, 1]
    np.testing.assert_array_equal(np.concatenate(blocks), TABLE)
    assert [len(rows) for rows in row_blocks(X, 50)] == [50, 50, 3]
    np.testing.assert_array_equal(np.stack(list(take_columns(X))), TABLE.T)
    rows = np.random.default_rng(1).permutation(103)
    np.testing.assert_array_equal(mapped.take_rows(X, rows), TABLE[rows])


def test_what_is_in_memory_is_one_block(small_blocks):
    (rows,) = row_blocks(TABLE)
    assert rows is TABLE
    (rows,) = row_blocks(TABLE[:0])
    assert len(rows) == 0
    assert [len(rows) for rows in row_blocks(TABLE, 60)] == [60, 43]


def test_changes_that_are_in_memory_alone_stay(tmp_path, small_blocks):
    X = in_a_file(tmp_path / "X.npy", TABLE, "c")
    X[:] += 1
    np.testing.assert_array_equal(np.concatenate(list(row_blocks(X))), TABLE + 1)
    np.testing.assert_array_equal(np.concatenate(list(row_blocks(X))), TABLE + 1)


def test_stored_bits_are_those_of_an_array(monkeypatch):
    bits = np.random.default_rng(0).integers(2**63, size=(100, 3)).astype(np.uint64)
    assert isinstance(store_bits(100, 3), np.ndarray)
    monkeypatch.setattr(mapped, "MOST_BYTES_IN_MEMORY", 2399)
    stored = store_bits(100, 3)
    assert isinstance(stored, StoredBits)
    for start in (0, 30, 60, 90):
        stored[start : start + 30] = bits[start : start + 30]
    assert len(stored) == 100
    assert stored.shape == (100, 3)
    for rows in (slice(0, 100), slice(17, 53), slice(90, 200), slice(4, 4), slice(None)):
        np.testing.assert_array_equal(stored[rows], bits[rows])
    for rows in (np.array([5, 99, 0, 5]), np.empty(0, dtype=int)):
        np.testing.assert_array_equal(stored.take(rows, axis=0), bits.take(rows, axis=0))


def test_chunks_become_mapped_arrays():
    rng = np.random.default_rng(0)
    chunks = [(rng.normal(size=(n, 3)).astype(np.float32), rng.random(n) > 0.5) for n in (4, 0, 7)]
    X, y = store_rows(iter(chunks))
    for array, parts in zip((X, y), zip(*chunks, strict=True), strict=True):
        np.testing.assert_array_equal(array, np.concatenate(parts))
        assert array.dtype == parts[0].dtype
        assert memory_map(array) is array
        assert not array.flags.writeable


def test_chunks_of_one_array_and_of_other_types():
    chunks = [np.zeros((2, 4, 3)), np.ones((1, 4, 3), dtype=np.int32), [np.full((4, 3), 2)]]
    series = store_rows(chunks)
    assert series.shape == (4, 4, 3)
    assert series.dtype == np.float64
    assert series[:, 0, 0].tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize(
    ("chunks", "message"),
    [
        ([], "must hold rows; got none. Is the iterator used up"),
        ([np.zeros((0, 3))], "must hold rows; got none"),
        ([np.zeros((2, 3)), np.zeros((2, 4))], "chunk 1 has float64, rows of shape .4,.; the"),
        ([np.zeros(2, dtype=int), np.zeros(2)], "chunk 1 has float64"),
        ([(np.zeros((2, 3)), np.zeros(3))], "chunk 0 must be 2 arrays of as many rows each"),
        ([(np.zeros(2), np.zeros(2)), np.zeros(2)], "chunk 1 must be 2 arrays"),
        ([np.zeros(2), 3.0], "chunk 1 must be 1 arrays"),
        ([["a", "b"]], "must hold arrays of numbers; got <U1"),
    ],
)
def test_chunks_that_do_not_fit_are_refused(chunks, message):
    with pytest.raises(ValueError, match=f"chunks.*{message}"):
        store_rows(chunks)
