"""Exported C against Python on random models: python tests/exported.py [models] [rows] [--seed]."""

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from sklearn.pipeline import make_pipeline

import bepsk.export
from bepsk import (
    BEPMLPClassifier,
    BEPMLPRegressor,
    BEPRNNClassifier,
    TrajectoryEnsembleClassifier,
)
from bepsk.encoders import (
    BinaryExpansionEncoder,
    LocalPatchEncoder,
    RandomProjectionEncoder,
    SparseSumEncoder,
    ThermometerEncoder,
)
from bepsk.export import to_c

WIDTHS = [1, 31, 32, 33, 64, 100]
N_STEPS = 5
"""Steps of each series."""
RUNNER = Path(__file__).with_name("exported.c")
RUNTIME = Path(bepsk.export.__file__).with_name("bepsk.h")
STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]
SANITIZED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"]


def compilers():
    """Return commands for C99 and C++17, of each compiler that is there."""
    languages = [("gcc", "-std=c99"), ("g++", "-std=c++17"), ("clang", "-std=c99")]
    languages.append(("clang++", "-std=c++17"))
    return [[name, flag] for name, flag in languages if shutil.which(name)]


def call(command, **options):
    """Run a command without the sanitizers that Python itself may run under; return its output."""
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, **options)
    return done.stdout


def build(model, folder, command, *flags):
    """Compile a model together with the runner; return the program."""
    model.write(folder)
    language = ["-x", "c++"] if "++" in command[0] else ["-x", "c"]
    program = Path(folder) / "program"
    n = defined(model, "N_FEATURES")
    names = [f"-DN_FEATURES={n}", f"-DMODEL={model.name}", f'-DHEADER="{model.name}.h"']
    kinds = {"_step": "RECURRENT", "_sum": "NUMBER", "_N_LABELS": "LABELS"}
    names += [f"-D{kind}" for part, kind in kinds.items() if part in model.header]
    names.append(f"-DN_LOGITS={n_logits(model)}")
    sources = [str(Path(folder) / f"{model.name}.c"), str(RUNNER)]
    flags = [*STRICT, "-pedantic", "-DBEPSK_SELF_TEST", *flags, *names, f"-I{folder}"]
    call([*command, *flags, *language, *sources, "-o", str(program)])
    return program


def defined(model, name):
    """Return the value of a macro of a model's header, or None."""
    lines = [line.split() for line in model.header.splitlines() if f"_{name} " in line]
    return next((line[2] for line in lines if line[0] == "#define"), None)


def n_logits(model):
    """Return how many logits a model writes, 1 for its sum."""
    return int(defined(model, "N_CLASSES") or defined(model, "N_LABELS") or 1)


def run(program, X, n_logits, n_steps):
    """Return what a program answers: the prediction and the logits of each row."""
    answers = call([str(program), str(n_steps)], input=X.tobytes())
    answers = np.frombuffer(answers, dtype=np.int64).reshape(len(X), 1 + n_logits)
    return answers[:, 0], answers[:, 1:]


def expected(estimator, X, n_steps):
    """Return the logits in Python: of rows, or after each step of series of so many steps."""
    members = getattr(estimator, "estimators_", [estimator])
    X = X.astype(np.float64) if X.dtype.kind in "iu" else X
    if isinstance(estimator, BEPMLPRegressor):
        targets = estimator.network_.targets
        return 512 * targets.decode(estimator.network_.logits(estimator.encode(X)))[:, np.newaxis]
    if not hasattr(members[0], "step"):
        return sum(m.network_.logits(m.encode(X)) for m in members)
    return sum(steps(m, X, n_steps) for m in members)


def wrong(predicted, estimator, model, X, logits):
    """Say of each prediction of the C, made from these logits, whether Python makes another one."""
    if isinstance(estimator, BEPMLPRegressor):
        offset, scale = float(defined(model, "OFFSET")), float(defined(model, "SCALE"))
        numbers = estimator.predict(X.astype(np.float64))
        error = predicted - np.ldexp(numbers, int(defined(model, "FRACTION_BITS")))
        return (np.abs(error) >= 2) | (offset + scale * logits[:, 0] != numbers)
    if defined(model, "N_LABELS"):
        return predicted != (logits > 0) @ (1 << np.arange(logits.shape[1]))
    return predicted != logits.argmax(axis=1)


def steps(member, X, n_steps):
    window = (1 + member.overlap_) * member.patch_length_
    logits, state = [], None
    for t, x in enumerate(X.reshape(len(X), window, -1)):
        state, now = member.step(x[0] if window == 1 else x, state if t % n_steps else None)
        logits.append(now)
    return np.array(logits)


def table(rng, kind):
    """Return a small table, labels and an input type."""
    y = np.arange(120) % rng.integers(2, 6)
    n = int(rng.integers(1, 12))
    scale = {"uint8": 40, "int8": 30, "int16": 2000, "int32": 10.0 ** rng.uniform(1, 5)}
    X = rng.normal(size=(120, n)) * scale.get(kind, 1) + y[:, np.newaxis] * scale.get(kind, 1) / 3
    if kind == "uint8":
        X = np.abs(X)
    if kind != "float32":
        info = np.iinfo(kind)
        X = np.clip(np.rint(X), info.min, info.max)
    return X, np.array(["b", "a", "ü", "*/", "d"])[y], kind


def perceptron(rng, encoder="thermometer", widths=WIDTHS):
    widths = rng.choice(widths, rng.integers(1, 4)).tolist()
    return BEPMLPClassifier(widths, encoder=encoder, max_iter=2, random_state=0)


def mlp_thermometer(rng):
    X, y, kind = table(rng, rng.choice(["uint8", "int8", "int16", "int32"]))
    return perceptron(rng, ThermometerEncoder(int(rng.integers(1, 40)))).fit(X, y), kind


def mlp_floats(rng):
    X, y, kind = table(rng, "float32")
    if rng.integers(2):
        X[rng.random(X.shape) < 0.2] = np.nan
    return perceptron(rng, ThermometerEncoder(int(rng.integers(1, 40)))).fit(X, y), kind


def mlp_missing(rng):
    X, y, kind = table(rng, "int16")
    X[rng.random(X.shape) < 0.2] = np.nan
    return perceptron(rng, ThermometerEncoder(7)).fit(X, y), kind


def mlp_binary(rng):
    X, y, _ = table(rng, "float32")
    return perceptron(rng, "binary").fit(X > 0, y), rng.choice(["auto", "uint8", "int32"])


def mlp_projection(rng):
    X, y, kind = table(rng, rng.choice(["uint8", "int8", "int16", "int32"]))
    encoder = RandomProjectionEncoder(int(rng.integers(1, 200)), random_state=0)
    return perceptron(rng, encoder).fit(X, y), kind


def mlp_sparse(rng):
    X, y, kind = table(rng, rng.choice(["uint8", "int8", "int16", "int32"]))
    X = np.tile(X, 4)
    if rng.integers(2):
        X[rng.random(X.shape) < 0.1] = np.nan
    encoder = RandomProjectionEncoder(int(rng.integers(1, 200)), max_features=3, random_state=0)
    return perceptron(rng, encoder).fit(X, y), kind


def mlp_sums(rng):
    X, y, kind = table(rng, rng.choice(["uint8", "int8", "int16"]))
    encoder = SparseSumEncoder(int(rng.integers(1, 200)), random_state=0)
    return perceptron(rng, encoder).fit(np.tile(X, 4), y), kind


def mlp_expansion(rng):
    X, y, kind = table(rng, "int16")
    steps = [ThermometerEncoder(5), BinaryExpansionEncoder(70), BinaryExpansionEncoder(33)]
    return perceptron(rng, make_pipeline(*steps[: rng.integers(2, 4)])).fit(X, y), kind


def mlp_patches(rng):
    images = rng.integers(0, 200, (120, 5 * 6 * 2))
    y = np.arange(120) % 3
    images[y == 1] //= 2
    encoder = LocalPatchEncoder((5, 6, 2), int(rng.integers(1, 90)), patch_size=(2, 4))
    return perceptron(rng, encoder).fit(images, y), rng.choice(["auto", "uint8", "int16"])


def mlp_labels(rng):
    X, _, kind = table(rng, "int16")
    Y = (X[:, :1] > np.quantile(X[:, 0], rng.random(rng.integers(2, 9)))).astype(int)
    encoder = ThermometerEncoder(int(rng.integers(1, 20)))
    return perceptron(rng, encoder, WIDTHS[1:]).fit(X, Y), kind


def mlp_numbers(rng):
    X, y, kind = table(rng, rng.choice(["uint8", "int16"]))
    y = (X.sum(axis=1) + rng.normal(size=len(X))) * 10.0 ** rng.integers(-8, 12)
    y += rng.choice([0, 1000]) * y.std()
    widths = rng.choice(WIDTHS, rng.integers(1, 4)).tolist()
    encoder = ThermometerEncoder(int(rng.integers(1, 40)))
    reg = BEPMLPRegressor(widths, encoder=encoder, max_iter=2, random_state=0)
    return reg.fit(X, y), kind


def mlp_ensemble(rng):
    X, y, kind = table(rng, "int8")
    one = perceptron(rng, ThermometerEncoder(9)).set_params(max_iter=4)
    return TrajectoryEnsembleClassifier(one, n_members=3).fit(X, y), kind


def series(rng, **parameters):
    y = np.arange(60) % rng.integers(2, 4)
    X = rng.integers(-100, 100, (60, 30, rng.integers(1, 3))) + 40 * y[:, np.newaxis, np.newaxis]
    sizes = {"hidden_size": int(rng.choice(WIDTHS)), "output_size": int(rng.choice(WIDTHS))}
    model = BEPRNNClassifier(**sizes, max_iter=2, random_state=0, **parameters)
    return model, X, y


def rnn_projection(rng):
    model, X, y = series(rng, n_steps=int(rng.integers(1, 9)))
    return model.fit(X, y), "int16"


def rnn_inertia(rng):
    encoder = ThermometerEncoder(int(rng.integers(1, 30)))
    inertia = float(rng.choice([0.5, 0.75, 0.999]))
    model, X, y = series(rng, encoder=encoder, n_steps="raw", inertia=inertia)
    return model.fit(X, y), "int16"


def rnn_places(rng):
    model, X, y = series(rng, encoder=ThermometerEncoder(11), place_code=True, overlap=0)
    return model.fit(X, y), "int32"


def rnn_sums(rng):
    encoder = SparseSumEncoder(50, random_state=0)
    model, X, y = series(rng, encoder=encoder, place_code=bool(rng.integers(2)))
    return model.fit(X, y), "int16"


def rnn_bits(rng):
    model, X, y = series(rng, encoder="binary", n_steps="raw", place_code=bool(rng.integers(2)))
    return model.fit(X > 0, y), "int8"


def rnn_strict(rng):
    model, X, y = series(rng)
    strict = BEPRNNClassifier.strict(model.hidden_size, max_iter=2, random_state=0)
    return strict.fit(X, y), "int16"


def rnn_labels(rng):
    model, X, y = series(rng, encoder=ThermometerEncoder(9))
    model.set_params(output_size=33, max_iter=4)
    Y = np.stack([y > 0, y > 1, y < 2], axis=1).astype(int)
    return TrajectoryEnsembleClassifier(model, n_members=2).fit(X, Y), "int16"


def rnn_ensemble(rng):
    model, X, y = series(rng, inertia=float(rng.choice([0, 0.75])))
    model.set_params(max_iter=4)
    return TrajectoryEnsembleClassifier(model, n_members=3).fit(X, y), "int16"


MAKERS = [
    mlp_thermometer,
    rnn_projection,
    mlp_floats,
    rnn_inertia,
    mlp_binary,
    rnn_places,
    mlp_projection,
    rnn_bits,
    mlp_sparse,
    rnn_strict,
    mlp_expansion,
    rnn_ensemble,
    mlp_patches,
    mlp_missing,
    mlp_numbers,
    mlp_labels,
    mlp_ensemble,
    mlp_sums,
    rnn_sums,
    rnn_labels,
]


def random_model(number, seed=0):
    """Return a fitted estimator and the input type to export it for."""
    rng = np.random.default_rng([seed, number])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MAKERS[number % len(MAKERS)](rng)


def random_rows(model_in_c, n_rows, seed=0):
    """Return rows of the input type, a third of them of extreme values."""
    kind = next(line for line in model_in_c.header.splitlines() if line.startswith("typedef "))
    kind = kind.split()[1].removesuffix("_t").replace("float", "float32")
    n = int(defined(model_in_c, "N_FEATURES"))
    rng = np.random.default_rng(seed)
    if "bepsk_binary" in model_in_c.source:
        return rng.integers(0, 2, (n_rows, n)).astype(kind)
    if kind == "float32":
        X = rng.standard_normal((n_rows, n)).astype(kind)
        X[rng.random(X.shape) < 0.1] = 0
        X[rng.random(X.shape) < 0.1] = -0.0
        if "mark_missing" in model_in_c.source:
            X[rng.random(X.shape) < 0.1] = np.nan
            X[rng.random(X.shape) < 0.1] = -np.float32(np.nan)
        return X
    info = np.iinfo(kind)
    X = rng.normal(size=(n_rows, n)) * 2.0 ** rng.uniform(2, np.log2(info.max), (n_rows, 1))
    X[::7] = np.abs(X[::7])
    return np.clip(np.rint(X), info.min, info.max).astype(kind)


def task(estimator, input_type, n_rows, seed=0):
    """Return an estimator in C, rows for it, and the logits that Python has for them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = to_c(estimator, name="exported", input_type=input_type)
    X = random_rows(model, n_rows, seed)
    return model, X, expected(estimator, X, N_STEPS)


def count_differences(estimator, input_type, n_rows, command, flags, seed=0):
    """Return how many answers of the C differ from those of Python."""
    model, X, logits = task(estimator, input_type, n_rows, seed)
    with tempfile.TemporaryDirectory() as folder:
        program = build(model, folder, command, *flags)
        predicted, answers = run(program, X, logits.shape[1], N_STEPS)
    differ = (answers != logits).any(axis=1) | wrong(predicted, estimator, model, X, logits)
    return int(differ.sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=int, nargs="?", default=30)
    parser.add_argument("rows", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    ways = itertools.cycle(itertools.product(compilers(), ["-O0", "-Os", "-O2"]))
    total = 0
    for number, (command, level) in zip(range(options.models), ways, strict=False):
        estimator, input_type = random_model(number, options.seed)
        flags = [level, *SANITIZED]
        differ = count_differences(estimator, input_type, options.rows, command, flags)
        maker = MAKERS[number % len(MAKERS)].__name__
        print(f"{number} {maker} {input_type} {' '.join(command)} {level}: {differ} differences")
        total += differ
    print(f"{options.models} models, {options.rows} rows each: {total} differences")
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main())
