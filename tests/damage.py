"""Damaged files of fitted estimators: `python tests/damage.py 20000 --seed 1`.

Files are cut off at every hundredth byte, and so many others are changed at random. Loading one may
fail in the way of its format, or with a ValueError of ours that says what is wrong; or it gives an
estimator, each of whose methods works or raises a ValueError. Anything else is a finding: other
errors of ours, warnings of numpy, a crash, a hang. Each case is a function of seed and number, and
runs in a child process. `--case 77` shows one.
"""

import argparse
import io
import json
import pickle
import re
import resource
import sys
import traceback
import warnings
import zipfile
from collections import Counter, defaultdict
from functools import cache, partial
from pathlib import Path

import joblib
import numpy as np
import skops.io
from children import watch
from fuzz import blur
from tampering import BITS, HOLES, SERIES, SEVERAL, TABLE, X, fitted_encoders, targets_of, uses

import bepsk
from bepsk import (
    SKOPS_TRUSTED_TYPES,
    BEPMLPClassifier,
    BEPMLPRegressor,
    BEPRNNClassifier,
    TrajectoryEnsembleClassifier,
)
from bepsk.encoders import RandomProjectionEncoder, ThermometerEncoder
from bepsk.export import inference_only

STRIDE = 100
MEMORY = 2 * 2**30
"""Bytes of address space of a child: a damaged size may ask for any."""
PACKAGE = str(Path(bepsk.__file__).parent)
DTYPE = re.compile(
    rb"(?:\x8c.[^\x94]{2,3}\x94?\x89\x88\x87\x94?R\x94?)?"
    rb"\(K\x03.{2,5}?NNNJ\xff{4}J\xff{4}K.t\x94?b",
    re.DOTALL,
)
"""A dtype in a pickle. It stays whole: numpy crashes over others while it loads."""


def main():
    """Run the cases and print what was found; return the exit status."""
    parser = argparse.ArgumentParser(description="Damage files of fitted estimators.")
    parser.add_argument("n_cases", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--case", type=int, help="show one case, in this process")
    options = parser.parse_args()
    if options.case is not None:
        show(options.seed, options.case)
        return 0
    findings, counts = damage(options.seed, range(len(cuts()) + options.n_cases))
    for what, numbers in sorted(findings.items(), key=lambda item: -len(item[1])):
        print(f"{len(numbers):6} {what}\n       --seed {options.seed} --case", *numbers[:4])
    for what, count in sorted(counts.items()):
        print(f"{count:6} {what}")
    print(f"{counts.total()} cases of seed {options.seed}, {len(findings)} kinds of findings")
    return int(bool(findings))


def damage(seed, numbers):
    """Run cases in child processes; return their numbers by finding, and how many ended how."""
    findings, counts = defaultdict(list), Counter()
    for number, outcome in watch(partial(run, seed), numbers):
        if isinstance(outcome, str):
            ending = f"{describe(seed, number)}: {outcome}"
            outcome = ending, [ending]
        ending, found = outcome
        counts[ending] += 1
        for what in found:
            findings[what].append(number)
    return findings, counts


@cache
def fitted():
    """Return pairs of a small fitted estimator and data for it."""
    mlp = {"hidden_layer_sizes": (9, 7), "max_iter": 2, "random_state": 0}
    rnn = {"hidden_size": 9, "max_iter": 2, "random_state": 0}
    dense, bits = RandomProjectionEncoder(33, random_state=0), ThermometerEncoder(3)
    cases = [
        (BEPMLPClassifier(**mlp, encoder=dense), X),
        (BEPMLPClassifier(**mlp, encoder=bits), HOLES),
        (BEPMLPClassifier(**mlp, encoder="binary", rule="paper"), BITS),
        (BEPMLPClassifier(**mlp, encoder=bits, online=True), X),
        (BEPMLPClassifier(**mlp, encoder=bits), X, SEVERAL),
        (BEPMLPClassifier(**mlp, encoder=bits, categorical_features=[0]), np.rint(X)),
        (BEPMLPRegressor(**mlp, encoder=dense), X),
        (BEPRNNClassifier(**rnn), SERIES),
        (BEPRNNClassifier(**rnn, n_steps="raw", encoder=bits, inertia=0.5), TABLE),
        (TrajectoryEnsembleClassifier(BEPMLPClassifier(**mlp, encoder=bits), 2), X),
    ]
    pairs = [(model.fit(data, *(y or [targets_of(model)])), data) for model, data, *y in cases]
    return [*pairs, (inference_only(pairs[0][0]), X), *fitted_encoders()]


def dump_joblib(estimator):
    file = io.BytesIO()
    joblib.dump(estimator, file)
    return file.getvalue()


def load_joblib(content):
    return joblib.load(io.BytesIO(content))


def dump_skops(estimator):
    """Return a file of skops in which addresses of memory are replaced by their ranks."""
    members = read_zip(skops.io.dumps(estimator))
    schema = members.pop("schema.json").decode()
    ids = {}

    def rank(match):
        return ids.setdefault(match[0], str(10**14 + len(ids)))

    schema = re.sub(r"\b\d{12,}\b(?=[,.\s])", rank, schema)
    arrays = {f"{ids[Path(name).stem]}.npy": members[name] for name in members}
    return write_zip(arrays | {"schema.json": schema.encode()})


def load_skops(content):
    return skops.io.loads(content, trusted=[*SKOPS_TRUSTED_TYPES, "numpy.dtype"])


def read_zip(content):
    """Return the members of a zip file, dict of bytes by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def write_zip(members):
    """Return a zip file of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


FORMATS = {
    "pickle": (pickle.dumps, pickle.loads),
    "joblib": (dump_joblib, load_joblib),
    "skops": (dump_skops, load_skops),
}


@cache
def saved(index, kind):
    """Return the whole file of a fitted estimator."""
    return FORMATS[kind][0](fitted()[index][0])


@cache
def cuts():
    """Return every estimator's number, format and size of a file that is cut off."""
    return [
        (index, kind, size)
        for index in range(len(fitted()))
        for kind in FORMATS
        for size in range(0, len(saved(index, kind)), STRIDE)
    ]


def draw(seed, number):
    """Return the number of an estimator, a format, and a damaged file."""
    if number < len(cuts()):
        index, kind, size = cuts()[number]
        return index, kind, saved(index, kind)[:size]
    rng = np.random.default_rng([seed, number])
    index = int(rng.integers(len(fitted())))
    kind = str(rng.choice(list(FORMATS)))
    content = saved(index, kind)
    if kind != "skops":
        changed = change_bytes(content, rng)
        while DTYPE.findall(changed) != DTYPE.findall(content):
            changed = change_bytes(content, rng)
        return index, kind, changed
    if rng.random() < 0.2:
        return index, kind, change_bytes(content, rng)
    # Most changes of a zip file fail its checksums: change what it holds.
    members = read_zip(content)
    name = "schema.json" if rng.random() < 0.7 else str(rng.choice(list(members)))
    change = change_json if name == "schema.json" and rng.random() < 0.7 else change_bytes
    members[name] = change(members[name], rng)
    return index, kind, write_zip(members)


def change_bytes(content, rng):
    """Set, flip, delete, insert or copy a few bytes."""
    content = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        place, length = int(rng.integers(len(content))), int(rng.choice([1, 2, 8]))
        match rng.choice(["set", "set", "flip", "delete", "insert", "copy"]):
            case "set":
                content[place] = int(rng.integers(256))
            case "flip":
                content[place] ^= 1 << int(rng.integers(8))
            case "delete":
                del content[place : place + length]
            case "insert":
                content[place:place] = rng.bytes(length)
            case "copy":
                other = int(rng.integers(len(content)))
                content[place : place + length] = content[other : other + length]
    return bytes(content)


VALUES = [None, True, -1, 0, 1, 2, 7, 1000, 2**31, 2**63, 10**30, 0.5, -1e300, "", "x", "NaN", "-1"]
VALUES += ["7", "0.5", "1e300", "null", "[1]", "1000", "4294967296", [], {}, ["7"]]


def change_json(text, rng):
    """Put another value in the place of one, or exchange two."""
    tree = json.loads(text)
    places = [(owner, key) for owner, key in walk(tree) if key not in ("__id__", "__loader__")]
    owner, key = places[rng.integers(len(places))]
    if rng.random() < 0.5:
        owner[key] = VALUES[rng.integers(len(VALUES))]
    elif rng.random() < 0.5:
        other, key2 = places[rng.integers(len(places))]
        owner[key], other[key2] = other[key2], owner[key]
    else:
        del owner[key]
    return json.dumps(tree).encode()


def walk(tree):
    """Yield the container and the key of everything in a tree of JSON."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        yield tree, key
        if isinstance(value, dict | list):
            yield from walk(value)


def run(seed, number):
    """Return how a case ended, and its findings."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    index, kind, content = draw(seed, number)
    ending, found = use(*fitted()[index], FORMATS[kind][1], content)
    return f"{describe(seed, number)}: {ending}", list(dict.fromkeys(found))


def use(original, data, load, content):
    """Load a file and use what it holds as one uses the original; return the same."""
    error, estimator, found = attempt(load, content)
    if error is not None:
        return "refused by us" if frames_of(error) else "refused by the format", found
    if type(estimator) is not type(original):
        return "holds something else", found
    refused = False
    for method in uses(original, data):
        error, _, more = attempt(method, estimator)
        refused |= error is not None
        found += more
    return "loads, a method refuses" if refused else "loads and works", found


def attempt(call, argument):
    """Return the error and the result of a call, and a line for each finding."""
    error = result = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call(argument)
        except Exception as e:
            error = e
    found = [
        f"{Path(w.filename).name}:{w.lineno}: {w.category.__name__}: {blur(w.message)}"
        for w in caught
        if w.filename.startswith(PACKAGE) and not issubclass(w.category, UserWarning)
    ]
    if error is not None and frames_of(error) and not is_clear(error):
        frame = frames_of(error)[-1]
        found.append(
            f"{Path(frame.filename).name}, {frame.name}: {type(error).__name__}: {blur(error)}"
        )
    return error, result, found


def is_clear(error):
    """Say whether an error is a ValueError, or the AttributeError of an object left blank.

    A file may have lost the call that gives an object its state, and scikit-learn's own objects
    do not check theirs.
    """
    if not isinstance(error, AttributeError):
        return isinstance(error, ValueError)
    last = traceback.extract_tb(error.__traceback__)[-1].filename
    return "sklearn" in last or getattr(error.obj, "__dict__", None) == {}


def frames_of(error):
    """Return the frames of bepsk through which an error came."""
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if frame.filename.startswith(PACKAGE)]


def describe(seed, number):
    """Name the format and the kind of damage of a case."""
    _, kind, _ = draw(seed, number)
    return f"{kind}, {'cut off' if number < len(cuts()) else 'changed'}"


def show(seed, number):
    """Print a case, and the error that it ends with."""
    index, kind, content = draw(seed, number)
    print(fitted()[index][0], describe(seed, number), len(content), "bytes")
    print(*run(seed, number), sep="\n")
    estimator = FORMATS[kind][1](content)
    for method in uses(*fitted()[index]):
        method(estimator)


if __name__ == "__main__":
    sys.exit(main())
