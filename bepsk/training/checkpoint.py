"""Checkpoints: training that is killed at any moment goes on from its last whole epoch."""

import json
import os
import time
import warnings
from contextlib import suppress
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path

import numpy as np

from bepsk.network.randomness import Stream, derive_key, random_words
from bepsk.network.sequences import Sequences
from bepsk.training.schedules import Patience

FORMAT = 1
"""Of the file; it rises whenever the meaning of an entry changes."""
MOST_TIME = 0.1
"""Share of the time, at most, that goes into saving."""
BLOCK_ROWS = 2**14
COUNTERS = "n_steps", "n_epochs", "n_seen", "error", "group_sizes"
PATIENCES = "growth", "stopping"
SCORES = "losses", "train_scores", "validation_scores"


class Checkpoint:
    """A file that training saves itself to, and goes on from.

    The file is an `.npz` of NumPy, without pickles. A new one is written aside and then takes the
    place of the old one, so that there is a whole one at any moment.

    Parameters
    ----------
    path : str or path-like
        The file; it may not exist yet, its folder must.
    writes : bool, default=True
        Whether to save anything; of several workers one does.

    Attributes
    ----------
    n_epochs : int
        Number of epochs that the file was found with; 0 if there was none.

    Raises
    ------
    ValueError
        If the folder does not exist, or the file is no whole checkpoint.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from bepsk import BEPMLPClassifier
    >>> from bepsk.training import Checkpoint
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "fit.npz")
    ...     clf = BEPMLPClassifier((16,), max_iter=3, random_state=0)
    ...     clf = clf.fit([[0.0], [1.0]], ["a", "b"], checkpoint=path)
    ...     Checkpoint(path).facts["max_iter"]
    3
    """

    def __init__(self, path, *, writes=True):
        try:
            self.path = Path(path)
        except TypeError:
            raise TypeError(f"checkpoint must be a path or None; got {path!r}.") from None
        self.writes = writes
        self.facts: dict = {}
        self._due = 0.0
        self._saved: dict = {}
        if not self.path.parent.is_dir():
            raise ValueError(
                f"{self}: there is no folder {str(self.path.parent)!r}. Make it first."
            )
        if self.path.is_dir():
            raise ValueError(f"{self} is a folder. Name a file in it.")
        if self.path.exists():
            self._read()
        self.n_epochs = self._saved.get("epoch", 0)

    def __str__(self):
        return f"checkpoint={str(self.path)!r}"

    def _read(self):
        try:
            with open(self.path, "rb") as content, np.load(content, allow_pickle=False) as file:
                saved = {name: file[name] for name in file}
            about = json.loads(str(saved["about"]))
            if about["format"] != FORMAT:
                raise ValueError(f"format {about['format']}, not {FORMAT}")
            self.facts, self._saved = dict(about["facts"]), saved | about
        except Exception as error:
            raise ValueError(
                f"{self} is no whole checkpoint of this version of bepsk ({error}). Delete the "
                "file, or give another path."
            ) from error

    def claim(self, facts):
        """Make sure that the file is of this training, and none of another.

        Parameters
        ----------
        facts : dict
            All that the training depends on, by name; values that JSON knows, or bytes, which
            are not shown in errors.

        Raises
        ------
        ValueError
            If the file is of a training with other facts.
        """
        hidden = {name for name, value in facts.items() if isinstance(value, bytes)}
        facts = {name: v.hex() if name in hidden else v for name, v in facts.items()}
        facts = json.loads(json.dumps(facts))
        before = self.facts or facts
        differing = [n for n in {**facts, **before} if facts.get(n) != before.get(n)]
        if differing:
            shown = [
                n if n in hidden else f"{n} (was {before.get(n)!r}, is {facts.get(n)!r})"
                for n in differing
            ]
            raise ValueError(
                f"{self} is of another fit; it differs in {', '.join(shown)}. Give what that fit "
                "was given, to go on with it; or give another path, or delete the file."
            )
        self.facts = facts

    def restore(self, network, progress, course):
        """Go on from where the file says; nothing happens if there is none.

        Parameters
        ----------
        network : BinaryNetwork
            Its layers are replaced.
        progress : Progress
            Updated in place.
        course : Course
            Updated in place.

        Raises
        ------
        ValueError
            If what the file holds does not fit the network.
        """
        if not self._saved:
            return
        saved, n_layers = self._saved, len(network.layers)
        try:
            layers, after = self._restore_layers("layer", network), progress.copy()
            if f"best_weights_{n_layers - 1}" in saved:
                after.best = network.with_layers(self._restore_layers("best", network))
            recent = [saved[f"recent_{i}"] for i in range(n_layers) if f"recent_{i}" in saved]
            course.recent.extend(map(list, zip(*recent, strict=True)))
            for name in (*COUNTERS, *SCORES):
                setattr(after, name, saved[name])
            for name in PATIENCES:
                setattr(after, name, Patience(**saved[name]))
            course.watched = Patience(**saved["watched"])
            course.epoch, course.place = saved["epoch"], saved["place"]
            course.best_score = saved["best_score"]
        except (KeyError, TypeError) as error:
            raise ValueError(f"{self} lacks {error}. Delete the file.") from error
        network.layers[:] = layers
        vars(progress).update(vars(after))  # in one go, as `train` does
        self._saved = {}

    def _restore_layers(self, name, network):
        layers = []
        for i, layer in enumerate(network.layers):
            parts = "weights", "windows"
            weights, windows = (self._saved[f"{name}_{part}_{i}"] for part in parts)
            if weights.shape != layer.hidden_weights.shape or windows.shape != layer.windows.shape:
                raise ValueError(f"{self} is of a network of another shape. Delete the file.")
            layers.append(layer.with_weights(weights.astype(np.int16)))
            layers[-1].windows = windows.astype(np.int32)
        return layers

    def save(self, network, progress, course, *, last=False):
        """Save how far training has come, unless saving takes too much of the time.

        If that fails, for example on a full disk, the file stays as it was, and a warning says so.

        Parameters
        ----------
        network : BinaryNetwork
            After an epoch.
        progress : Progress
            Of its training.
        course : Course
            Of this call of `train`.
        last : bool, default=False
            Whether this is the last epoch, which is always saved.
        """
        start = time.monotonic()
        if not self.writes or (start < self._due and not last):
            return
        about = {"format": FORMAT, "facts": self.facts}
        about |= {name: getattr(progress, name) for name in (*COUNTERS, *SCORES)}
        about |= {name: asdict(getattr(progress, name)) for name in PATIENCES}
        about |= {name: getattr(course, name) for name in ("epoch", "place", "best_score")}
        about["watched"] = asdict(course.watched)
        arrays = {
            "about": np.array(json.dumps(about, default=lambda number: number.item())),
            **named_layers("layer", network),
        }
        if progress.best is not None:
            arrays |= named_layers("best", progress.best)
        for i, weights in enumerate(zip(*course.recent, strict=True)):
            arrays[f"recent_{i}"] = np.stack(weights)
        try:
            replace_file(self.path, arrays)
        except OSError as error:
            warnings.warn(
                f"{self} could not be written ({error}); training goes on. The file, if there is "
                "one, is that of an earlier epoch.",
                RuntimeWarning,
                stacklevel=2,
            )
        end = time.monotonic()
        self._due = end + (end - start) * (1 / MOST_TIME - 1)


class Unsaved:
    """What stands for no checkpoint."""

    def restore(self, network, progress, course):
        """Do nothing."""

    def save(self, network, progress, course, *, last):
        """Do nothing."""


def named_layers(name, network):
    """Return the arrays of all layers by name."""
    arrays = {}
    for i, layer in enumerate(network.layers):
        arrays[f"{name}_weights_{i}"] = layer.hidden_weights
        arrays[f"{name}_windows_{i}"] = layer.windows
    return arrays


def replace_file(path, arrays):
    """Write arrays to a file aside, and let it take the place of the old one when it is whole."""
    aside = path.with_name(path.name + ".part")
    try:
        with open(aside, "wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        with suppress(OSError):
            aside.unlink()
        raise


def digest(array):
    """Return 16 bytes that tell an array from others."""
    array = np.ascontiguousarray(array)
    head = f"{array.dtype} {array.shape}".encode()
    return blake2b(array.data, digest_size=16, key=blake2b(head, digest_size=16).digest()).digest()


def digest_inputs(data):
    """Return 8 bytes that tell encoded samples from others, on however many workers they are.

    Sums over the samples a hash of the words of each times a random factor of its place.

    Parameters
    ----------
    data : TrainingData
        The samples.

    Returns
    -------
    digest : bytes
        The same on all workers.
    """
    key = derive_key(0, Stream.PLACES)
    factors = data.own(random_words(derive_key(key, 0), len(data.y)))
    total = np.zeros(1, dtype=np.uint64)
    for start in range(0, len(factors), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        words = as_words(data.inputs[rows])
        values = (words * random_words(derive_key(key, 1), words.shape[1])).sum(axis=1)
        total += ((values ^ values >> 32) * factors[rows]).sum(keepdims=True)
    return data.total(total).tobytes()


def as_words(inputs):
    """Return the words of each sample; of series from their end, so that padding is zeros."""
    if not isinstance(inputs, Sequences):
        return inputs
    lengths = inputs.bits.shape[1] - inputs.first
    steps = inputs.bits[:, ::-1].reshape(len(inputs), -1)
    return np.hstack([lengths[:, np.newaxis].astype(np.uint64), steps])
