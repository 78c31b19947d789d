"""Models side by side on many sets: the same folds and seeds for all, mean scores, seconds."""

import argparse
import json
import warnings
from time import process_time

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold

from benchmarks.common import DOCS, RESULTS, git_commit, markdown, versions, write_section

N_FOLDS = 5
PAGE = DOCS / "targets.md"


def with_seed(model, seed):
    """Return a fresh copy with every `random_state` set."""
    names = [name for name in model.get_params() if name.split("__")[-1] == "random_state"]
    return clone(model).set_params(**dict.fromkeys(names, seed))


def run(sets, models, score, n_seeds):
    """Fit each model to each fold of each set.

    Parameters
    ----------
    sets : dict of str to (X, y)
    models : dict of str to estimator
    score : callable
        Takes what is true and what is predicted.
    n_seeds : int
        A seed sets the folds and the models.

    Returns
    -------
    scores, seconds : float arrays, shape (n_sets, n_models)
        Means over folds and seeds; seconds of this process per fit.
    """
    scores = np.zeros((len(sets), len(models), n_seeds, N_FOLDS))
    seconds = np.zeros_like(scores)
    warnings.simplefilter("ignore", ConvergenceWarning)
    for i, (name, (X, y)) in enumerate(sets.items()):
        for seed in range(n_seeds):
            folds = KFold(N_FOLDS, shuffle=True, random_state=seed).split(X)
            for fold, (train, test) in enumerate(folds):
                for j, model in enumerate(models.values()):
                    start = process_time()
                    fitted = with_seed(model, seed).fit(X[train], y[train])
                    seconds[i, j, seed, fold] = process_time() - start
                    scores[i, j, seed, fold] = score(y[test], fitted.predict(X[test]))
        print(name, scores[i].mean(axis=(1, 2)).round(3), flush=True)
    return scores.mean(axis=(2, 3)), seconds.mean(axis=(2, 3))


def main(title, sets, models, score):
    """Compare, and write the table to its page; the command line says how many seeds.

    Parameters
    ----------
    title : str
        Name of the section of the page, and of the file of results.
    sets, models, score
        As in `run`.
    """
    parser = argparse.ArgumentParser(description=f"Compare models: {title}.")
    parser.add_argument("--seeds", type=int, default=3, help="how often to shuffle the folds")
    parser.add_argument("--only", nargs="+", choices=sets, help="these sets alone; writes nothing")
    options = parser.parse_args()
    chosen = {name: sets[name] for name in options.only or sets}
    scores, seconds = run(chosen, models, score, options.seeds)
    head = ["", "samples, features", *models]
    body = [
        [name, f"{X.shape[0]:,}, {X.shape[1]}", *(f"{value:.3f}" for value in row)]
        for (name, (X, _)), row in zip(chosen.items(), scores, strict=True)
    ]
    body.append(["mean", "", *(f"{value:.3f}" for value in scores.mean(axis=0))])
    body.append(["seconds per fit, mean", "", *(f"{value:.2f}" for value in seconds.mean(axis=0))])
    table = markdown(head, body)
    print(table)
    if options.only:
        return
    record = {
        "commit": git_commit(),
        "versions": versions(["numpy", "scikit-learn"]),
        "n_seeds": options.seeds,
        "n_folds": N_FOLDS,
        "sets": list(chosen),
        "models": list(models),
        "scores": scores.round(5).tolist(),
        "seconds": seconds.round(4).tolist(),
    }
    path = RESULTS / f"tables-{title}.json"
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    write_section(PAGE, title, table)
