"""The encoder inside an estimator: from the `encoder` parameter to packed bits."""

import warnings
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import partial

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from bepsk._all_or_nothing import all_or_nothing
from bepsk._numbers import check_numbers
from bepsk._sklearn_compat import HasMethods
from bepsk._state import CheckedEstimator, settled
from bepsk.encoders import (
    BinaryEncoder,
    BitEncoder,
    RandomProjectionEncoder,
    ThermometerEncoder,
    check_binary,
)
from bepsk.network import Sequences
from bepsk.network.packed import append_ones, bit_means, count_ones, pack_bits

FEW_FEATURES = 4
ENCODERS: dict[str, Callable] = {
    "projection": RandomProjectionEncoder,
    "sparse": partial(RandomProjectionEncoder, max_features=FEW_FEATURES),
    "thermometer": ThermometerEncoder,
    "binary": BinaryEncoder,
}


class Transformer(HasMethods):
    """The constraint on an `encoder` that is no name: an instance, not its class."""

    def __init__(self):
        super().__init__(["fit", "transform"])

    def is_satisfied_by(self, val):
        """Say whether a value is one."""
        return not isinstance(val, type) and super().is_satisfied_by(val)


class EncodedEstimator(CheckedEstimator):
    """Base of estimators whose parameter `encoder` is a name or a transformer."""

    encoder: object

    def set_params(self, **params):
        """Set parameters, those of the encoder as well.

        If `encoder` is a name and one of its parameters is set, it becomes the encoder that the
        name stands for, "auto" a `RandomProjectionEncoder`.

        Parameters
        ----------
        **params
            Parameters by name; those of the encoder begin with ``encoder__``.

        Returns
        -------
        self : estimator
            This estimator.

        Raises
        ------
        ValueError
            If there is no such parameter.

        Examples
        --------
        >>> from bepsk import BEPMLPClassifier
        >>> BEPMLPClassifier().set_params(encoder="thermometer", encoder__n_bits=4).encoder
        ThermometerEncoder(n_bits=4)
        """
        nested = {name for name in params if name.startswith("encoder__")}
        super().set_params(**{name: params[name] for name in params.keys() - nested})
        if nested and isinstance(self.encoder, str):
            name = "projection" if self.encoder == "auto" else self.encoder
            self.encoder = self._make_encoder(name)
        return super().set_params(**{name: params[name] for name in nested})

    @all_or_nothing
    def refit_encoder(self, X):
        """Move the encoder's thresholds to recent samples of a stream that drifts.

        The encoder of a stream is fitted on its first chunk. When values leave their range later,
        bits stand still, and learning goes on from what little they say. This keeps the network,
        and what each bit looks at; only the range moves, so that the next chunk is read as it
        would have been before the drift. Call it between two calls of `partial_fit`.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Recent samples, as in `fit`, typical of what follows; a few hundred or more.

        Returns
        -------
        self : estimator
            The same estimator.

        Raises
        ------
        ValueError
            If X is invalid, or the encoder is none of `bepsk.encoders`, nor a Pipeline with one;
            the estimator stays as it was.

        Examples
        --------
        >>> import numpy as np
        >>> from bepsk import BEPMLPClassifier
        >>> X = np.random.default_rng(0).normal(size=(300, 4))
        >>> y = X[:, 0] > 0
        >>> clf = BEPMLPClassifier((64,), random_state=0).fit(X, y)
        >>> drifted = 5 * X + 100
        >>> round(clf.score(drifted, y), 2)
        0.44
        >>> round(clf.refit_encoder(drifted).score(drifted, y), 2)
        1.0
        """
        model = settled(self)
        rows = model._encoder_rows(model._check_input(X, reset=False))
        self.encoder_ = refit(vars(model).get("encoder_"), rows)

    def _encoder_rows(self, X):
        """Return what the encoder was fitted on, for checked samples."""
        return X

    def _make_encoder(self, encoder):
        """Return an unfitted transformer for what the parameter `encoder` may be."""
        return make_encoder(encoder)


def make_encoder(encoder):
    """Return the transformer that a name stands for, or an unfitted clone of a transformer."""
    if not isinstance(encoder, str):
        return clone(encoder)
    if encoder not in ENCODERS:
        raise ValueError(
            f"encoder={encoder!r} is no name of an encoder; give one of {list(ENCODERS)}, or an "
            "encoder itself, whose parameters can be set."
        )
    return ENCODERS[encoder]()


def refit(encoder, X):
    """Return a copy of a fitted encoder with thresholds moved to new rows."""
    if isinstance(encoder, BitEncoder):
        return copy(encoder).refit(X)
    if not has_bit_encoder(encoder):
        raise ValueError(
            f"refit_encoder moves thresholds of the encoders in bepsk.encoders; encoder_ is "
            f"{encoder!r}. Fit the estimator anew."
        )
    twin, twin.steps = copy(encoder), []
    for name, step in encoder.steps:
        if twin.steps:
            X = twin[-1:].transform(X)
        twin.steps.append((name, refit(step, X) if has_bit_encoder(step) else step))
    return twin


def has_bit_encoder(encoder):
    """Say whether an encoder is one of bepsk, or a pipeline with one."""
    if isinstance(encoder, Pipeline):
        return any(has_bit_encoder(step) for _, step in encoder.steps)
    return isinstance(encoder, BitEncoder)


def encoder_tags(encoder):
    """Return what the parameter `encoder` accepts; None if it does not say, or is not valid."""
    if isinstance(encoder, str):
        encoder = ENCODERS.get("projection" if encoder == "auto" else encoder)
        encoder = encoder and encoder()
    if isinstance(encoder, type) or not hasattr(encoder, "__sklearn_tags__"):
        return None
    return get_tags(encoder).input_tags


def seed_encoder(encoder, seed):
    """Set every `random_state` of the encoder that is None to the seed."""
    for name, value in encoder.get_params(deep=True).items():
        if name.split("__")[-1] == "random_state" and value is None:
            encoder.set_params(**{name: seed})
    return encoder


def encode(encoder, X, n_threads=1):
    """Encode X with a fitted transformer; ValueError if it is none.

    Returns
    -------
    inputs : packed bits, shape (n_samples, words)
        The encoded samples.
    n_bits : int
        Number of bits per sample.
    """
    if hasattr(encoder, "feature_names_in_") != hasattr(X, "columns"):
        # The estimator has warned already, in its own name.
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "X (has|does not have valid) feature names")
            return encode_checked(encoder, X, n_threads)
    return encode_checked(encoder, X, n_threads)


def encode_checked(encoder, X, n_threads):
    """Do the same without a look at feature names."""
    if isinstance(encoder, BitEncoder):
        return encoder.transform_packed(X, n_threads), encoder.n_features_out_
    if isinstance(encoder, Pipeline) and len(encoder) > 1 and isinstance(encoder[-1], BitEncoder):
        return encode_checked(encoder[-1], transform(encoder[:-1], X), n_threads)
    encoded = check_numbers(transform(encoder, X), name=f"{type(encoder).__name__}.transform(X)")
    return pack_bits(check_binary(encoded)), encoded.shape[1]


def transform(encoder, X):
    """Transform X; ValueError if the encoder is no fitted transformer."""
    if not hasattr(encoder, "transform"):
        raise ValueError(
            f"encoder_ must be a fitted transformer; got {encoder!r}. Put the one back that the "
            "estimator was fitted with, or fit again."
        )
    return encoder.transform(X)


def append_bias(inputs, n_bits, n_bias):
    """Append `n_bias` ones to encoded samples, or to each step of encoded series."""
    if not n_bias:
        return inputs
    if isinstance(inputs, Sequences):
        return replace(inputs, bits=append_ones(inputs.bits, n_bits, n_bias))
    return append_ones(inputs, n_bits, n_bias)


COUNTED_ROWS = 2**16
WEIGHT_UNIT = 256
"""Bits are counted with the weights of their samples, in this fraction of 1."""


def centre(network, progress, data, **options):
    """Count the bits of new samples, and tell the first layer of a network their means.

    Parameters
    ----------
    network : BinaryNetwork
    progress : Progress
        Of its training; counts the bits.
    data : TrainingData
        The new samples.
    **options
        Passed to `bit_means`.
    """
    layer, rows = network.layers[0], data.inputs
    weights = np.maximum(np.rint(WEIGHT_UNIT * data.own(data.sample_weight)), 1).astype(np.int64)
    if isinstance(rows, Sequences):
        live = np.arange(rows.bits.shape[1]) >= rows.first[:, np.newaxis]
        rows, weights = rows.bits[live], np.repeat(weights, live.sum(axis=1))
    counts = np.zeros(layer.n_inputs + 1, dtype=np.int64)
    for start in range(0, len(rows), COUNTED_ROWS):
        block = slice(start, start + COUNTED_ROWS)
        bits, weight = rows[block], weights[block]
        for digit in range(int(weight.max()).bit_length()):
            counts[:-1] += count_ones(bits[weight >> digit & 1 == 1], layer.n_inputs) << digit
    counts[-1] = weights.sum()
    counts = data.total(counts)
    if progress.bit_counts is not None:
        warn_if_unlike(counts, progress.bit_counts, len(rows))
        counts += progress.bit_counts
    progress.bit_counts = counts
    layer.input_means = bit_means(counts, layer.n_bias, **options)


FEW_ROWS = 20
"""Fewer rows say too little about their bits."""


def warn_if_unlike(counts, earlier, n_rows):
    """Warn if the bits of a chunk hardly vary, or have other means and yet vary as before.

    Either happens where the encoder was fitted on a range far from that of the chunk, too wide or
    too narrow, but not where a chunk holds a part of what came before, such as a single class.
    """
    share, before = (c[:-1] / c[-1] for c in (counts, earlier))
    variation, usual = ((p * (1 - p)).mean() for p in (share, before))
    moved = np.abs(share - before).mean() > 0.2 and variation > 0.75 * usual
    if n_rows >= FEW_ROWS and (moved or variation < usual / 8):
        warnings.warn(
            "X is unlike the samples before it, and the encoder stays as it was fitted: its bits "
            "may tell little about these samples. Let the first chunk be larger and more typical, "
            "or call refit_encoder with recent samples.",
            stacklevel=2,
        )
