"""What a fit depends on: a checkpoint goes on with no other."""

import numpy as np

from bepsk._state import own_version
from bepsk.training.checkpoint import digest, digest_inputs

WITHOUT_EFFECT = {"n_jobs", "verbose"}


def claim(checkpoint, estimator, network, progress, data, validation):
    """Tell a checkpoint all that the result of a fit depends on.

    Parameters
    ----------
    checkpoint : Checkpoint or None
        None is told nothing.
    estimator : estimator
        Its parameters are those of the fit.
    network : BinaryNetwork
        Before the first epoch.
    progress : Progress
        Of its training.
    data : TrainingData
        The training samples. The encoder is known by what it has made of them.
    validation : TrainingData or None
        The validation samples.

    Returns
    -------
    n_epochs : int
        How many epochs of this fit are over.
    """
    if checkpoint is None:
        return 0
    facts = {"bepsk": own_version(), "estimator": type(estimator).__name__, "seed": progress.seed}
    parameters = estimator.get_params(deep=True)
    facts |= {name: plain(parameters[name]) for name in parameters if name not in WITHOUT_EFFECT}
    start = [digest(layer.hidden_weights) + digest(layer.windows) for layer in network.layers]
    facts["the weights to start from"] = b"".join(start)
    facts |= digests(data, "X", "y") | {"sample_weight": digest(data.sample_weight)}
    if validation is not None:
        facts |= digests(validation, "X_val", "y_val")
    checkpoint.claim(facts)
    return checkpoint.n_epochs


def digests(data, *names):
    """Return the digests of inputs and y under these names."""
    return dict(zip(names, (digest_inputs(data), digest(data.y)), strict=True))


def plain(value):
    """Return the value of a parameter in terms of JSON; an object is known by its class."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, dict):
        return [[plain(key), plain(item)] for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return list(map(plain, value))
    if isinstance(value, float) and not np.isfinite(value):
        return repr(value)  # NaN would differ from itself
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return getattr(value, "__qualname__", type(value).__qualname__)
