"""Send Ctrl-C at random moments: `python tests/interrupts.py 50 --seed 1`.

Each case starts a child that trains, and sends it SIGINT after a random time. In the child
KeyboardInterrupt must come up, no epoch may begin after the signal, and the estimator must be whole
or as it was. A case that fails is printed, with the error of the child above it.
"""

import argparse
import pickle
import signal
import subprocess
import sys
import time

import numpy as np
import reference
from common import blobs, same, visible, waves
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bepsk import BEPMLPClassifier, BEPRNNClassifier, TrajectoryEnsembleClassifier
from bepsk.training import trainer

X, y = blobs(400, n_features=20)
SERIES, pitch = waves(200)
MLP = BEPMLPClassifier((64, 64), margin=1, n_iter_no_change=None, max_iter=60, random_state=0)
RNN = BEPRNNClassifier(64, margin=1, n_iter_no_change=None, max_iter=60, random_state=0)


def check_classifier(clf, fresh, X):
    """Check that a classifier is whole, or has not been fitted at all."""
    if not hasattr(clf, "classes_"):
        assert same(vars(clf), vars(fresh))
        return
    assert clf.n_iter_ == len(clf.loss_curve_) == len(clf.train_scores_)
    assert len(clf.validation_scores_) == clf.n_iter_ * clf.early_stopping
    assert clf.best_validation_score_ == max(clf.validation_scores_, default=None)
    for layer in clf.network_.layers:
        np.testing.assert_array_equal(visible(layer), reference.pack(layer.hidden_weights))
    loaded = pickle.loads(pickle.dumps(clf))
    np.testing.assert_allclose(loaded.predict_proba(X).sum(axis=1), 1)
    assert loaded.partial_fit(X, loaded.predict(X)).n_iter_ == clf.n_iter_ + 1


def check_ensemble(ensemble, fresh, X):
    """Check all members."""
    members = getattr(ensemble, "estimators_", [])
    for member in members:
        check_classifier(member, fresh.estimator, X)
    assert not members or ensemble.predict_proba(X).shape == (len(X), 3)


def check_pipeline(pipeline, fresh, X):
    """Check the last step."""
    check_classifier(pipeline[-1], fresh[-1], pipeline[:-1].fit_transform(X))


def check_search(search, fresh, X):
    """Check the best estimator; scikit-learn sets it before it fits it, and its results after."""
    best = getattr(search, "best_estimator_", None)
    assert best is not None or not hasattr(search, "cv_results_")
    if best is not None:
        check_classifier(best, clone(best), X)


def check_nothing(*_):
    """Accept anything."""


def fit(estimator, X, y):
    """Fit."""
    estimator.fit(X, y)


def validate(estimator, X, y):
    """Cross-validate."""
    cross_val_score(estimator, X, y, cv=4)


EARLY = clone(MLP).set_params(early_stopping=True)
PAPER = {"rule": "paper", "centering": True}
SEARCH = GridSearchCV(MLP, {"margin": [0.1, 0.5, 1.0]}, cv=2)
CASES = {
    "fit": (MLP, fit, check_classifier, X, y),
    "recurrent fit": (RNN, fit, check_classifier, SERIES, pitch),
    "the paper's rule": (clone(MLP).set_params(**PAPER), fit, check_classifier, X, y),
    "average": (clone(EARLY).set_params(average=5), fit, check_classifier, X, y),
    "early stopping": (EARLY, fit, check_classifier, X, y),
    "ensemble": (TrajectoryEnsembleClassifier(MLP, 30), fit, check_ensemble, X, y),
    "pipeline": (make_pipeline(StandardScaler(), MLP), fit, check_pipeline, X, y),
    "grid search": (SEARCH, fit, check_search, X, y),
    "cross validation": (MLP, validate, check_nothing, X, y),
}


def main():
    """Run the cases and print what was found; return the exit status."""
    parser = argparse.ArgumentParser(description="Interrupt training at random moments.")
    parser.add_argument("n_cases", type=int, nargs="?", default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", choices=CASES, help="run one case and wait for the signal")
    options = parser.parse_args()
    if options.child:
        return run_case(*CASES[options.child])
    rng = np.random.default_rng(options.seed)
    durations: dict[str, float] = {}
    n_failed = n_early = 0
    for number in range(options.n_cases):
        name = list(CASES)[number % len(CASES)]
        if name not in durations:
            durations[name] = interrupt(name)["seconds"]
        delay = durations[name] * rng.random()
        found = interrupt(name, delay)
        n_failed += found["status"] != 0
        n_early += not found["ended"]
        verdict = "FAILED" if found["status"] else "ended before" if found["ended"] else "ok"
        print(f"{name}, after {delay:.3f} of {durations[name]:.3f} s: {verdict}", flush=True)
    print(f"{options.n_cases} interrupts, {n_early} before the end, {n_failed} failures")
    return int(n_failed > 0)


def interrupt(name, delay=None):
    """Run a case in a child, and send SIGINT after so many seconds, or when it has ended."""
    child = subprocess.Popen(
        [sys.executable, __file__, "--child", name], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "begins\n"
    start = time.perf_counter()
    line = ""
    if delay is None:
        line = child.stdout.readline()
    else:
        time.sleep(delay)
    seconds = time.perf_counter() - start
    child.send_signal(signal.SIGINT)
    line += child.communicate(timeout=600)[0]
    return {"status": child.returncode, "seconds": seconds, "ended": "ended" in line}


def run_case(fresh, call, check, X, y):
    """Train until the signal comes, then check what there is: the work of the child."""
    n_epochs, n_at_signal, run_epoch = 0, None, trainer.run_epoch

    def counted(*arguments):
        nonlocal n_epochs
        n_epochs += 1
        run_epoch(*arguments)

    def handler(*_):
        nonlocal n_at_signal
        n_at_signal = n_epochs
        raise KeyboardInterrupt

    trainer.run_epoch = counted
    signal.signal(signal.SIGINT, handler)
    estimator = clone(fresh)
    try:
        print("begins", flush=True)
        call(estimator, X, y)
        print("ended", flush=True)
        signal.pause()
        return 1  # the signal has been swallowed
    except KeyboardInterrupt:
        n_after = n_epochs - n_at_signal
    check(estimator, fresh, X)
    return int(n_after > 0)


if __name__ == "__main__":
    sys.exit(main())
