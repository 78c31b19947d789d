"""Fuzz the estimators: `python tests/fuzz.py 2000 --seed 1`.

A call may return what it should or raise a ValueError or TypeError that says what is wrong, and
then the estimator is as it was. Anything else is a finding: other errors, internal messages,
warnings of numpy, a changed state, a crash, a hang. Each case is a function of seed and number, and
runs in a child process. `python tests/fuzz.py --seed 1 --case 77` shows one case.
"""

import argparse
import contextlib
import io
import pickle
import re
import sys
import textwrap
import traceback
import warnings
from collections import defaultdict
from functools import partial
from pathlib import Path

import numpy as np
from children import watch
from common import same
from fuzz_cases import SUBJECTS, draw
from sklearn.base import clone

import bepsk

NAMES = {"X", "y", "x", "state", "classes", "sample_weight", "X_val", "y_val", "callback"} | {
    name for subject in SUBJECTS for name in [*subject.parameters, subject.make.__name__]
}
READING = {"clone", "pickle"}.union(*(subject.methods for subject in SUBJECTS)) - {"fit_transform"}
PACKAGE = str(Path(bepsk.__file__).parent)
OUR_WARNINGS = RuntimeWarning | DeprecationWarning | FutureWarning | PendingDeprecationWarning

THEIR_ERRORS = {"_discretization.py", "r2_score"}
"""A file and a function of scikit-learn, which fail on values near 1e-310 and on huge weights."""
THEIR_WARNINGS = {"_assert_all_finite", "type_of_target"}
"""Functions of scikit-learn that warn of values near 1e308 and of huge whole labels."""


def main():
    """Run the cases and print what was found; return the exit status."""
    parser = argparse.ArgumentParser(description="Fuzz the estimators of bepsk.")
    parser.add_argument("n_cases", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--case", type=int, help="show one case, in this process")
    parser.add_argument("--texts", action="store_true", help="print the messages of all errors")
    options = parser.parse_args()
    if options.case is not None:
        show(options.seed, options.case)
        return 0
    findings, texts = fuzz(options.seed, range(options.first, options.first + options.n_cases))
    if options.texts:
        print_groups(texts, options.seed)
    print_groups(findings, options.seed)
    print(f"{options.n_cases} cases of seed {options.seed}, {len(findings)} kinds of findings")
    return int(bool(findings))


def print_groups(groups, seed):
    """Print each group, the largest first, with the cases that show it."""
    for what, numbers in sorted(groups.items(), key=lambda item: -len(item[1])):
        print(f"{len(numbers):6} {what}\n       --seed {seed} --case", *numbers[:4], flush=True)


def fuzz(seed, numbers):
    """Run cases in child processes; return the numbers of the cases by finding and by message."""
    findings, texts = defaultdict(list), defaultdict(list)
    for number, outcome in watch(partial(run_number, seed), numbers):
        if isinstance(outcome, str):
            outcome = [f"{draw(seed, number).subject.make.__name__}: {outcome}"], []
        for groups, lines in zip((findings, texts), outcome, strict=True):
            for line in lines:
                groups[line].append(number)
    return findings, texts


def run_number(seed, number):
    """Return the findings of the case with this number, and the messages of its errors."""
    return run(draw(seed, number))


def run(case, tell=lambda *what: None):
    """Return the findings of a case, and the messages of its errors."""
    findings, texts, trained_on = [], [], None
    name, estimator = case.subject.make.__name__, case.subject.make(**case.parameters)
    for call in case.calls:
        training, X = "fit" in call.method, call.arguments.get("X")
        before, inputs = frozen(estimator), frozen_arrays(call.arguments)
        error, result, warned = attempt(estimator, call)
        tell(call, error, result)
        findings += warned
        found = []
        if error is None:
            found += judge_result(estimator, call, result)
            if training and -1 in case.verdicts.values():
                found.append(f"accepts {bad_parameters(case, estimator)}")
        else:
            texts.append(describe(error))
            findings += judge_error(error)
            known = X is trained_on or (training and trained_on is None)
            if call.ordinary and known and is_ordinary(case, estimator, call.arguments.get("y")):
                found.append(f"refuses ordinary input: {describe(error)}")
        if (error is not None or call.method in READING) and frozen(estimator) != before:
            found.append("the state has changed" + " after an error" * (error is not None))
        if frozen_arrays(call.arguments) != inputs:
            found.append("its input has changed")
        if training and error is None:
            trained_on = X
        case.verdicts |= call.verdicts
        findings += [f"{name}.{call.method}: {what}" for what in found]
    return list(dict.fromkeys(findings)), list(dict.fromkeys(texts))


def is_ordinary(case, estimator, y):
    """Say whether all parameters must work; values that are good alone need not go together."""
    if getattr(estimator, "online", False) and (
        estimator.rule == "paper" or estimator.class_weight is not None
    ):
        return False
    weights = getattr(estimator, "class_weight", None)
    named = weights.keys() if isinstance(weights, dict) and y is not None else set()
    if not named <= set(np.ravel(y).tolist()):
        return False
    return (
        len(case.verdicts.keys() - {"rule", "online"}) <= 1
        and min(case.verdicts.values(), default=1) == 1
    )


def settled(estimator):
    """Return an estimator's state, but for random generators, which are never the same.

    What learns online in place is left out: it is the same arrays again, and gone after a copy.
    """
    random = np.random.RandomState | np.random.Generator
    return {
        name: value
        for name, value in vars(estimator).items()
        if name != "_live" and not isinstance(value, random)
    }


def frozen(estimator):
    """Return an estimator's state as bytes."""
    return pickle.dumps(settled(estimator))


def frozen_arrays(arguments):
    """Return arrays and lists as bytes; pandas and scipy.sparse fill caches when they are read."""
    values = arguments.values()
    return pickle.dumps([value for value in values if isinstance(value, np.ndarray | list)])


def attempt(estimator, call):
    """Call the method; return its error, its result, and a line for each warning of ours."""
    error = result = None
    warned = []

    def note(message, category, *where, **also):
        frames = traceback.extract_stack()
        theirs = THEIR_WARNINGS & {frame.name for frame in frames}
        if issubclass(category, OUR_WARNINGS) and not theirs:
            warned.append(f"{place(frames)}: {category.__name__}: {blur(message)}")

    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        warnings.showwarning = note
        try:
            if call.method == "clone":
                result = clone(estimator)
            elif call.method == "pickle":
                result = pickle.loads(pickle.dumps(estimator))
            else:
                result = getattr(estimator, call.method)(**call.arguments)
        except Exception as e:
            error = e
    return error, result, warned


def place(frames):
    """Return the file and function of the innermost frame of bepsk, if there is one."""
    ours = [frame for frame in frames if frame.filename.startswith(PACKAGE)]
    return f"{Path(ours[-1].filename).name}, {ours[-1].name}" if ours else ""


def describe(error):
    """Return the kind of an error and its message."""
    return f"{type(error).__name__}: {blur(error)}"


def blur(message):
    """Return the first line of a message, without what differs from case to case."""
    text = re.sub(r"\[[^\]]*\]?|\([^)]*\)", "[..]", str(message).split("\n")[0])
    return re.sub(r"-?\b\d+(\.\d+)?(e[+-]?\d+)?\b", "#", text)[:150]


def judge_error(error):
    """Yield what is wrong about an error."""
    frames = traceback.extract_tb(error.__traceback__)
    words = set(re.findall(r"\w+", str(error)))
    if THEIR_ERRORS & {
        part for frame in frames for part in (Path(frame.filename).name, frame.name)
    }:
        return
    if not isinstance(error, ValueError | TypeError):
        yield f"{place(frames)}: {describe(error)}"
    elif place(frames) and "sklearn" not in frames[-1].filename and not words & NAMES:
        yield f"{place(frames)}, names nothing: {describe(error)}"


def bad_parameters(case, estimator):
    """Write down the parameters that should have been refused."""
    bad = [name for name, verdict in case.verdicts.items() if verdict == -1]
    return ", ".join(f"{name}={getattr(estimator, name)!r}" for name in bad)


def judge_result(estimator, call, result):
    """Yield what is wrong about a result."""
    method = call.method
    X = call.arguments.get("X")
    n = X.shape[0] if hasattr(X, "shape") else len(X) if hasattr(X, "__len__") else None
    if method in ("fit", "partial_fit", "set_params"):
        if result is not estimator:
            yield "does not return the estimator"
        yield from judge_state(estimator)
    elif method == "clone":
        parameters = {k: v for k, v in settled(estimator).items() if k in vars(result)}
        if not same(settled(result), parameters):
            yield "another parameter"
    elif method == "pickle":
        if not same(settled(result), settled(estimator)):
            yield "another state"
    elif method == "step":
        state, logits = result
        if state.dtype != np.int32 or logits.shape != (len(estimator.classes_),):
            yield f"{state.dtype}, {logits.shape}"
    elif "transform" in method or method in ("get_feature_names_out", "encode"):
        yield from judge_bits(estimator, method, result, n)
    else:
        yield from judge_prediction(estimator, method, result, n)


def judge_state(estimator):
    """Yield what is wrong about fitted attributes."""
    for H in getattr(estimator, "hidden_weights_", []):
        if H.dtype != np.int16 or not (H % 2 == 1).all():
            yield "hidden weights are not odd int16"
    if not 0 < getattr(estimator, "temperature_", 1.0) < np.inf:
        yield f"temperature {estimator.temperature_}"
    names = ["loss_curve_", "train_scores_", "validation_scores_"]
    if not hasattr(estimator, "classes_") or getattr(estimator, "scoring", None) == "log_loss":
        names.pop()
    for name in names:
        if not all(0 <= value <= 1 for value in getattr(estimator, name, [])):
            yield f"{name} outside of [0, 1]"


def judge_bits(estimator, method, result, n):
    """Yield what is wrong about encoded rows or the names of their bits."""
    if method == "get_feature_names_out":
        if len(result) != estimator.n_features_out_:
            yield f"{len(result)} names of {estimator.n_features_out_} bits"
    elif method in ("transform", "fit_transform"):
        if result.dtype != np.uint8 or result.shape != (n, estimator.n_features_out_):
            yield f"{result.dtype}, wrong shape"
        elif not (result <= 1).all():
            yield "not bits"
    elif len(result) != n or getattr(result, "bits", result).dtype != np.uint64:
        yield "wrong shape or dtype"


def judge_prediction(estimator, method, result, n):
    """Yield what is wrong about predictions."""
    if not hasattr(estimator, "classes_"):
        yield from judge_numbers(estimator, method, result, n)
        return
    model = getattr(estimator, "estimators_", [estimator])[0]
    several = model.prototypes_.ndim == 1
    n_classes = len(estimator.classes_)
    columns = () if method[0] == "d" and n_classes == 2 and not several else (n_classes,)
    if method == "score":
        if not 0 <= result <= 1:
            yield f"{result}"
    elif method == "predict":
        labels = [0, 1] if several else estimator.classes_
        if result.shape != (n, *columns * several) or not np.isin(result, labels).all():
            yield "wrong shape or strange labels"
    elif result.shape != (n, *columns):
        yield "wrong shape"
    elif not np.isfinite(result).all():
        yield "not finite"
    elif method == "predict_proba" and not ((result >= 0) & (result <= 1)).all():
        yield "probabilities outside of [0, 1]"
    elif method == "predict_proba" and not several and not np.allclose(result.sum(axis=1), 1):
        yield "probabilities do not sum to 1"


def judge_numbers(estimator, method, result, n):
    """Yield what is wrong about predictions of a regressor."""
    if method == "score":
        if not (result <= 1 or n < 2):
            yield f"{result}"
    elif result.dtype != np.float64 or result.shape != (n,):
        yield f"{result.dtype}, wrong shape"
    elif not np.isfinite(result).all():
        yield "not finite"


def show(seed, number):
    """Print a case, call by call."""
    case = draw(seed, number)
    parameters = ", ".join(f"{name}={value!r}" for name, value in case.parameters.items())
    print(f"{case.subject.make.__name__}({parameters})")

    def tell(call, error, result):
        print(f"\n{call.method}  {call.data}")
        for name, value in call.arguments.items():
            print(f"  {name} = {textwrap.indent(repr(value), ' ' * 8).lstrip()}")
        if error is not None:
            print(*traceback.format_exception(error), sep="", end="")
        else:
            print("  ->", repr(result))

    findings, _ = run(case, tell)
    print("\nfindings:", *findings, sep="\n  ")


if __name__ == "__main__":
    sys.exit(main())
