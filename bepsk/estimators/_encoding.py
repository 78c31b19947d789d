"""The encoder inside an estimator: from the `encoder` parameter to packed bits."""

import warnings

from sklearn.base import clone

from bepsk._numbers import check_numbers
from bepsk.encoders import (
    BinaryEncoder,
    BitEncoder,
    RandomProjectionEncoder,
    ThermometerEncoder,
    check_binary,
)
from bepsk.network.packed import pack_bits

ENCODERS = {
    "projection": RandomProjectionEncoder,
    "thermometer": ThermometerEncoder,
    "binary": BinaryEncoder,
}


def make_encoder(encoder):
    """Return an unfitted transformer for the parameter `encoder`, a name or a transformer."""
    return ENCODERS[encoder]() if isinstance(encoder, str) else clone(encoder)


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
    if not hasattr(encoder, "transform"):
        raise ValueError(
            f"encoder_ must be a fitted transformer; got {encoder!r}. Put the one back that the "
            "estimator was fitted with, or fit again."
        )
    name = f"{type(encoder).__name__}.transform(X)"
    encoded = check_numbers(encoder.transform(X), name=name)
    return pack_bits(check_binary(encoded)), encoded.shape[1]
