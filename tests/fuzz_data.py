"""Data for the fuzzer: ordinary ones, and every odd form in which somebody will bring them."""

import warnings
from contextlib import suppress

import numpy as np
import pandas as pd
from scipy.sparse import csr_array


def put(value):
    """Return a function that writes a value to a random place."""

    def into(rng, X):
        if X.size:
            X[tuple(rng.integers(size) for size in X.shape)] = value
        return X

    return into


def column_of(value):
    """Return a function that fills the first column, of all rows and steps, with a value."""

    def into(rng, X):
        X[..., :1] = value
        return X

    return into


VALUES = {
    "nan": put(np.nan),
    "inf": put(np.inf),
    "-inf": put(-np.inf),
    "one huge": put(1.7e308),
    "column of nan": column_of(np.nan),
    "column of huge": column_of(1e300),
    "all huge": lambda rng, X: X * 1e300,
    "both ends": lambda rng, X: np.where(X > 0, 1.7e308, -1.7e308),
    "float32's end": lambda rng, X: X * 1e38,
    "tiny": lambda rng, X: X * 1e-310,
    "far away": lambda rng, X: X + 1e16,
    "all nan": lambda rng, X: X * np.nan,
    "constant": lambda rng, X: np.full_like(X, 0.1),
    "zero": lambda rng, X: np.zeros_like(X),
    "whole": lambda rng, X: np.rint(X),
    "bits": lambda rng, X: (X > 0).astype(float),
    "signs": lambda rng, X: np.where(X > 0, 1.0, -1.0),
    "three values": lambda rng, X: np.sign(np.rint(X)),
    "no rows": lambda rng, X: X[:0],
    "no columns": lambda rng, X: X[:, :0],
    "one row": lambda rng, X: X[:1],
    "two rows": lambda rng, X: X[:2],
    "one column": lambda rng, X: X[:, :1],
    "a column more": lambda rng, X: np.concatenate([X, X[:, :1]], axis=1),
    "wide": lambda rng, X: np.tile(X, 12),
    "row of nan": lambda rng, X: np.concatenate([X[:1] * np.nan, X[1:]]),
}

DTYPES = ["f4", "f2", "g", ">f8", "i1", "i8", "u1", "u8", "?", "c16", "O", "U9", "S9", "M8[s]"]

LAYOUTS = {
    "fortran": lambda X: np.asfortranarray(X),
    "strided": lambda X: np.repeat(X, 2, axis=-1)[..., ::2],
    "backwards": lambda X: X[::-1],
    "read-only": lambda X: np.frombuffer(X.tobytes(), X.dtype).reshape(X.shape),
    "list": lambda X: X.tolist(),
    "tuple": lambda X: tuple(map(tuple, X.tolist())),
    "frame": lambda X: pd.DataFrame(flat(X)).add_prefix("f"),
    "frame, other names": lambda X: pd.DataFrame(flat(X)).add_prefix("g"),
    "frame, numbers as names": lambda X: pd.DataFrame(flat(X)),
    "frame, mixed names": lambda X: pd.DataFrame(flat(X)).rename(columns={0: "a"}),
    "frame of objects": lambda X: pd.DataFrame(flat(X).astype(object)),
    "frame, nullable": lambda X: pd.DataFrame(flat(X)).convert_dtypes(),
    "frame with text": lambda X: pd.DataFrame(flat(X)).assign(text="a"),
    "series": lambda X: pd.Series(flat(X)[:, :1].ravel()),
    "vector": lambda X: X.ravel(),
    "channels first": lambda X: X[:, np.newaxis],
    "channels last": lambda X: X[..., np.newaxis],
    "four axes": lambda X: X.reshape(*X.shape[:1], 1, 1, -1) if X.size else X,
    "list of vectors": lambda X: [x.ravel() for x in X],
    "list of tables": lambda X: [x.reshape(-1, 1) for x in X],
    "unequal vectors": lambda X: [x.ravel()[i % 3 :] for i, x in enumerate(X)],
    "unequal lists": lambda X: [x.ravel()[i % 3 :].tolist() for i, x in enumerate(X)],
    "unequal tables": lambda X: [x.reshape(-1, 1)[i % 3 :] for i, x in enumerate(X)],
    "unequal features": lambda X: [np.ones((3, 1 + i % 2)) for i in range(len(X))],
    "one empty series": lambda X: [*(x.ravel() for x in X[1:]), X.ravel()[:0]],
    "list with None": lambda X: [*X[1:], None],
    "array of arrays": lambda X: np.array([*X, None], dtype=object)[:-1],
    "sparse": lambda X: csr_array(flat(X)),
    "masked": lambda X: np.ma.masked_equal(X, X.ravel()[0] if X.size else 0),
    "empty list": lambda X: [],
    "list of empty lists": lambda X: [[] for _ in X],
    "None": lambda X: None,
    "number": lambda X: 3.5,
    "text": lambda X: "abc",
    "dict": lambda X: {"a": X},
    "type": lambda X: float,
}


def flat(X):
    """Return X with two axes."""
    return X.reshape(len(X), -1) if X.size else X.reshape(len(X), 0)


TEXT = np.array(["ham", "eggs", "spam", "", "é"])

LABELS = {
    "strings": lambda y: TEXT[y],
    "objects": lambda y: TEXT[y].astype(object),
    "bytes": lambda y: TEXT[y].astype("S") if y.max(initial=0) < 4 else y.astype("S"),
    "bools": lambda y: y > 0,
    "whole floats": lambda y: y.astype(float),
    "fractions": lambda y: y + 0.5,
    "big": lambda y: y + 2**62,
    "unsigned": lambda y: y.astype("u8") + np.uint64(2**63),
    "bytes of numbers": lambda y: y.astype("u1"),
    "negative": lambda y: -y,
    "huge floats": lambda y: y * 1e300,
    "nan": lambda y: np.where(y > 0, y, np.nan),
    "inf": lambda y: np.where(y > 0, y, np.inf),
    "with None": lambda y: np.where(y > 0, TEXT[y].astype(object), None),
    "mixed": lambda y: np.where(y > 0, TEXT[y].astype(object), 7),
    "complex": lambda y: y * 1j,
    "dates": lambda y: y.astype("M8[D]"),
    "None": lambda y: None,
    "one class": lambda y: 0 * y,
    "each its own": lambda y: np.arange(len(y)),
    "short": lambda y: y[1:],
    "long": lambda y: np.append(y, y[:1]),
    "empty": lambda y: y[:0],
    "column": lambda y: y[:, np.newaxis],
    "matrix": lambda y: np.stack([y, y], axis=1),
    "one-hot": lambda y: (y[:, np.newaxis] == np.unique(y)).astype(int),
    "list": lambda y: y.tolist(),
    "list of strings": lambda y: TEXT[y].tolist(),
    "series": lambda y: pd.Series(y, index=np.arange(len(y))[::-1]),
    "series of strings": lambda y: pd.Series(TEXT[y]),
    "nullable series": lambda y: pd.Series(y, dtype="Int64"),
    "missing in series": lambda y: pd.Series(np.where(y > 0, y, np.nan)).astype("Int64"),
    "categorical": lambda y: pd.Series(TEXT[y], dtype="category"),
    "frame": lambda y: pd.DataFrame({"y": y}),
    "number": lambda y: 1,
    "text": lambda y: "spam",
}

WEIGHTS = {
    "ones": np.ones_like,
    "whole": lambda w: np.arange(len(w)) % 3,
    "fractions": lambda w: w / 3,
    "zero": lambda w: 0 * w,
    "one left": lambda w: np.where(np.arange(len(w)) == 1, w, 0),
    "one class left": lambda w: np.where(np.arange(len(w)) % 3 == 1, 1.0, 0.0),
    "negative": lambda w: w - 1,
    "nan": lambda w: w * np.nan,
    "inf": lambda w: w * np.inf,
    "huge": lambda w: w * 1e300,
    "large": lambda w: w * 9999,
    "beyond the floats": lambda w: [10**400] * len(w),
    "tiny": lambda w: w * 1e-310,
    "short": lambda w: w[1:],
    "column": lambda w: w[:, np.newaxis],
    "matrix": lambda w: np.stack([w, w], axis=1),
    "text": lambda w: np.full(len(w), "heavy"),
    "numbers as text": lambda w: w.astype(str),
    "bools": lambda w: w > 0.5,
    "list": lambda w: w.tolist(),
    "objects": lambda w: w.astype(object),
    "series": lambda w: pd.Series(w),
    "number": lambda w: 2.0,
    "balanced": lambda w: "balanced",
}


def pick(rng, values):
    """Return one of the values of a list, or one of the items of a dict."""
    values = list(values.items()) if isinstance(values, dict) else values
    return values[rng.integers(len(values))]


def ordinary(rng, n_axes=2):
    """Return separable X and y that nobody could object to, and a description."""
    n_samples, n_features = int(rng.integers(12, 30)), int(rng.integers(1, 9))
    y = np.arange(n_samples) % rng.integers(2, 5)
    centres = rng.normal(size=(y.max() + 1, n_features))
    X = 2 * centres[y] + rng.normal(size=(n_samples, n_features))
    if n_axes == 3:
        X = X[:, np.newaxis] + 0.1 * rng.normal(size=(n_samples, rng.integers(1, 30), n_features))
    return X, y, "ordinary"


def distort(rng, X):
    """Return X in an odd form or with odd values, and a description."""
    steps = []
    if rng.random() < 0.6:
        name, change = pick(rng, VALUES)
        steps.append((name, lambda X: change(rng, X)))
    if rng.random() < 0.25:
        dtype = pick(rng, DTYPES)
        steps.append((dtype, lambda X: (X.astype("i8") if dtype[0] == "M" else X).astype(dtype)))
    if rng.random() < 0.4 or not steps:
        steps.append(pick(rng, LAYOUTS))
    X, names = X.copy(), []
    for name, step in steps:
        # Not every dtype goes into every layout.
        with np.errstate(all="ignore"), warnings.catch_warnings(), suppress(TypeError, ValueError):
            warnings.simplefilter("ignore")
            X = step(X)
            names.append(name)
    return X, ", ".join(names) or "ordinary"
