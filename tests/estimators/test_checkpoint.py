"""A fit that goes on from its checkpoint ends with the bits of one that never stopped."""

import errno
import json
import os
from pathlib import Path

import kills
import numpy as np
import pytest
from common import blobs, waves
from crew import assert_same_fit, run_crew, stretches
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from bepsk import BEPMLPClassifier, BEPMLPRegressor, BEPRNNClassifier
from bepsk.encoders import ThermometerEncoder
from bepsk.estimators.shards import fit_shard
from bepsk.training import checkpoint as module

X, y = blobs(150)
noisy = np.random.default_rng(0).permutation(y)
SERIES, pitch = waves(60)
SMALL = {"max_iter": 8, "random_state": 0, "n_iter_no_change": None}


class Killed(Exception):  # noqa: N818
    """What a callback raises: nothing of the fit is left but its checkpoint."""


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_TIME", 1)  # each epoch is saved
    return tmp_path / "fit.npz"


def mlp(**parameters):
    defaults = {"hidden_layer_sizes": (32, 24), "encoder": "thermometer", "margin": 1}
    return BEPMLPClassifier(**{**defaults, **SMALL, **parameters})


def after(n_epochs):
    def callback(estimator):
        if estimator.n_iter_ == n_epochs + 1:
            raise Killed

    return callback


def fit_and_kill(estimator, X, y, path, n_epochs, **options):
    with pytest.raises(Killed):
        clone(estimator).fit(X, y, checkpoint=path, callback=after(n_epochs), **options)


@pytest.mark.parametrize("n_epochs", [0, 1, 3, 7])
@pytest.mark.parametrize(
    ("estimator", "X", "y"),
    [
        (mlp(encoder="auto"), X, noisy),
        (mlp(average=3, annealing=0.5), X, noisy),
        (mlp(average=4, early_stopping=True), X, noisy),
        (mlp(rule="paper", group_patience=1), X, noisy),
        (mlp(noise=0.1, early_stopping=True, scoring="log_loss", random_state=3), X, noisy),
        (BEPRNNClassifier(32, margin=1, **SMALL), SERIES, pitch),
        (BEPRNNClassifier(32, rule="paper", margin=1, **SMALL), SERIES, pitch),
        (BEPMLPRegressor((32,), encoder="projection", **SMALL), X, X[:, 0]),
    ],
)
def test_a_fit_goes_on_after_any_epoch(estimator, X, y, n_epochs, path):
    fit_and_kill(estimator, X, y, path, n_epochs)
    assert path.exists() == (n_epochs > 0)
    seen = []
    resumed = clone(estimator).fit(
        X, y, checkpoint=path, callback=lambda fitted: seen.append(fitted.n_iter_)
    )
    assert seen == list(range(n_epochs + 1, 9))
    assert_same_fit(resumed, clone(estimator).fit(X, y))


def test_patience_goes_on_where_it_was(path):
    clf = mlp(max_iter=60, n_iter_no_change=4, early_stopping=True)
    whole = clone(clf).fit(X, noisy)
    assert 8 < whole.n_iter_ < 60
    fit_and_kill(clf, X, noisy, path, whole.n_iter_ - 2)
    assert_same_fit(clone(clf).fit(X, noisy, checkpoint=path), whole)


def test_what_has_ended_does_not_begin_again(path):
    def stop(estimator):
        return estimator.n_iter_ == 3

    first = mlp().fit(X, y, checkpoint=path, callback=stop)
    assert_same_fit(mlp().fit(X, y, checkpoint=str(path)), first)
    assert first.n_iter_ == 3


def test_the_lines_of_verbose_count_the_epochs_before(path, capsys):
    fit_and_kill(mlp(), X, noisy, path, 5)
    mlp(verbose=1).fit(X, noisy, checkpoint=path)
    assert capsys.readouterr().out.startswith("epoch   6 of 8 ")


def test_the_seed_is_kept_where_none_is_given(path):
    clf = mlp(random_state=None, encoder="projection")
    fit_and_kill(clf, X, noisy, path, 2)  # y may be learned in two epochs, which ends a fit
    resumed = clone(clf).fit(X, noisy, checkpoint=path)
    assert_same_fit(resumed, clone(clf).fit(X, noisy, checkpoint=path))
    assert resumed._seed == module.Checkpoint(path).facts["seed"]


def test_a_warm_start_goes_on_too(path):
    before = mlp(warm_start=True, max_iter=3).fit(X, y)
    expected = fit_warm(before, None)
    with pytest.raises(Killed):
        fit_warm(before, path, callback=after(5))
    assert_same_fit(fit_warm(before, path), expected)
    with pytest.raises(ValueError, match="it differs in the weights to start from"):
        mlp(warm_start=True).fit(X, y, checkpoint=path)


def fit_warm(before, path, **options):
    warm = clone(before)
    vars(warm).update(vars(before))
    return warm.set_params(max_iter=8).fit(X, y, checkpoint=path, **options)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"y": 2 - y}, r"in y\. "),
        ({"X": X[::-1]}, r"in X\. "),
        ({"sample_weight": 1 + y}, r"in sample_weight\. "),
        ({"X_val": X, "y_val": y}, r"in X_val, y_val\. "),
    ],
)
def test_other_data_are_refused(change, found, path):
    mlp().fit(X, y, checkpoint=path)
    before = path.read_bytes()
    clf = mlp()
    with pytest.raises(ValueError, match=f"checkpoint='.*' is of another fit; it differs {found}"):
        clf.fit(**{"X": X, "y": y, **change}, checkpoint=path)
    assert not hasattr(clf, "classes_")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"max_iter": 9}, r"max_iter \(was 8, is 9\)"),
        ({"random_state": 1}, r"random_state \(was 0, is 1\)"),
        ({"hidden_layer_sizes": 16}, r"hidden_layer_sizes \(was \[32, 24\], is 16\)"),
        ({"class_weight": {0: 1, 1: 1, 2: 1}}, "class_weight"),
        ({"encoder": "sparse"}, r"encoder \(was 'thermometer', is 'sparse'\)"),
    ],
)
def test_other_parameters_are_refused(parameters, found, path):
    mlp().fit(X, y, checkpoint=path)
    with pytest.raises(ValueError, match=found):
        mlp(**parameters).fit(X, y, checkpoint=path)


def test_another_version_is_refused(path, monkeypatch):
    mlp().fit(X, y, checkpoint=path)
    monkeypatch.setattr("bepsk.__version__", "99.0")
    with pytest.raises(ValueError, match=r"bepsk \(was '.*', is '99.0'\)"):
        mlp().fit(X, y, checkpoint=path)


def test_what_does_not_change_the_result_may_differ(path):
    fit_and_kill(mlp(), X, y, path, 2)
    assert_same_fit(mlp(n_jobs=2).fit(X, y, checkpoint=path), mlp().fit(X, y))


@pytest.mark.parametrize("content", [b"", b"some text", "half"])
def test_a_damaged_file_is_refused(content, path):
    mlp().fit(X, y, checkpoint=path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    with pytest.raises(ValueError, match=r"is no whole checkpoint .* Delete the file"):
        mlp().fit(X, y, checkpoint=path)


def test_a_changed_byte_is_found(path):
    mlp().fit(X, y, checkpoint=path)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    with pytest.raises(ValueError, match="no whole checkpoint"):
        mlp().fit(X, y, checkpoint=path)


def test_pickles_are_not_read(path):
    np.savez(path, about=np.array([{"format": 1}], dtype=object))
    with pytest.raises(ValueError, match="no whole checkpoint"):
        mlp().fit(X, y, checkpoint=path)


@pytest.mark.parametrize("left_out", ["layer_weights_1", "layer_windows_0"])
def test_a_file_that_lacks_something_is_refused(left_out, path):
    fit_and_kill(mlp(), X, y, path, 2)
    with np.load(path) as file:
        np.savez(path, **{name: file[name] for name in file if name != left_out})
    with pytest.raises(ValueError, match=f"lacks '{left_out}'"):
        mlp().fit(X, y, checkpoint=path)


def test_a_file_of_another_format_is_refused(path):
    fit_and_kill(mlp(), X, y, path, 2)
    with np.load(path) as file:
        arrays = dict(file)
    about = json.loads(str(arrays["about"])) | {"format": 99}
    np.savez(path, **{**arrays, "about": json.dumps(about)})
    with pytest.raises(ValueError, match="format 99"):
        mlp().fit(X, y, checkpoint=path)


def test_the_folder_must_exist(tmp_path):
    with pytest.raises(ValueError, match=r"there is no folder '.*nowhere'. Make it first"):
        mlp().fit(X, y, checkpoint=tmp_path / "nowhere" / "fit.npz")
    with pytest.raises(TypeError, match="checkpoint must be a path or None; got 3"):
        mlp().fit(X, y, checkpoint=3)


def test_a_full_disk_leaves_the_old_file_and_a_warning(path, monkeypatch):
    fit_and_kill(mlp(), X, y, path, 2)
    before = path.read_bytes()

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(module.os, "fsync", fail)
        with pytest.warns(RuntimeWarning, match="could not be written .*No space left"):
            clf = mlp().fit(X, y, checkpoint=path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]
    assert_same_fit(clf, mlp().fit(X, y, checkpoint=path))


def test_saving_takes_a_small_part_of_the_time(tmp_path, monkeypatch):
    n_saved, replace_file = 0, module.replace_file

    def count(*arguments):
        nonlocal n_saved
        n_saved += 1
        replace_file(*arguments)

    monkeypatch.setattr(module, "replace_file", count)
    monkeypatch.setattr(module, "MOST_TIME", 1e-6)
    mlp().fit(X, y, checkpoint=tmp_path / "fit.npz")
    assert n_saved == 2  # after the first epoch and after the last


def test_a_search_cannot_share_a_file(path):
    search = GridSearchCV(mlp(), {"max_iter": [2, 3]}, cv=2, error_score="raise")
    with pytest.raises(ValueError, match="is of another fit"):
        search.fit(X, y, checkpoint=path)


@pytest.mark.parametrize("shares", [[1], [3, 1], [0, 2, 1]])
@pytest.mark.parametrize(
    ("estimator", "X", "y"),
    [(mlp(average=3), X, y), (BEPRNNClassifier(32, margin=1, **SMALL), SERIES, pitch)],
)
def test_any_number_of_workers_goes_on(estimator, X, y, shares, path):
    expected = clone(estimator).fit(X, y)

    def work(workers, callback=None):
        mine = stretches(len(y), shares)[workers.rank]
        options = {"checkpoint": path, "callback": callback}
        return fit_shard(clone(estimator), X[mine], y[mine], workers=workers, **options)

    fit_and_kill(estimator, X, y, path, 3)
    for fitted in run_crew(len(shares), work):
        assert_same_fit(fitted, expected, but=["feature_means_"])
    path.unlink()
    results = run_crew(len(shares), lambda workers: work(workers, after(3)))
    assert all(isinstance(result, Killed) for result in results)
    resumed = clone(estimator).fit(X, y, checkpoint=path)
    assert_same_fit(resumed, expected)


@pytest.mark.once
def test_kills_at_random_moments(monkeypatch):
    monkeypatch.setattr("sys.argv", ["kills.py", "6", "--seed", "5"])
    assert kills.main() == 0
    assert Path(kills.__file__).exists()


@pytest.mark.parametrize(
    "estimator",
    [
        BEPMLPClassifier(
            (8,), encoder=make_pipeline(SimpleImputer(), ThermometerEncoder(4)), max_iter=2
        ),
        BEPMLPClassifier((8,), max_iter=np.int32(30), n_iter_no_change=2),
        BEPRNNClassifier(16, rule="paper", group_size=np.int64(4), max_iter=2),
    ],
    ids=["NaN", "numbers of NumPy", "group sizes of NumPy"],
)
def test_parameters_of_any_kind_are_kept(estimator, path):
    X = np.random.default_rng(0).normal(size=(40, 4))
    y = (X[:, 0] > 0).astype(int)
    estimator.set_params(random_state=0).fit(X, y, checkpoint=path)
    again = clone(estimator).fit(X, y, checkpoint=path)
    for H, same in zip(estimator.hidden_weights_, again.hidden_weights_, strict=True):
        np.testing.assert_array_equal(H, same)


def test_a_folder_is_no_checkpoint(tmp_path):
    with pytest.raises(ValueError, match="is a folder"):
        BEPMLPClassifier((8,)).fit([[0.0], [1.0]], [0, 1], checkpoint=tmp_path)


def test_an_interrupt_while_it_is_written_leaves_no_other_file(path, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        BEPMLPClassifier((8,), max_iter=2).fit([[0.0], [1.0]], [0, 1], checkpoint=path)
    assert not list(path.parent.iterdir())
