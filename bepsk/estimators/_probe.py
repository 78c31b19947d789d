"""A probe: small networks, on a part of the training samples, choose what parameters leave open.

The rest of the samples then says which encoder and how much noise suit the data, and how far to
trust the logits of samples that a network has not learned from.
"""

import warnings
from copy import copy
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np
from sklearn.base import clone

from bepsk.encoders import RandomProjectionEncoder
from bepsk.estimators._encoding import make_encoder
from bepsk.estimators._rule import is_auto
from bepsk.estimators._validation import hold_out, set_aside, take
from bepsk.training import Spread, train

FEWEST_ROWS = 100
MOST_ROWS = 4000
SHARE = 0.2
"""Share of the rows that are held out."""
MOST_NEURONS = 128
N_COMPONENTS = 1024
MAX_ITER = 25


@dataclass(frozen=True)
class Plan:
    """What a fit takes from its probe.

    Parameters
    ----------
    encoder : str or transformer
        The encoder to fit.
    noise : float or None, default=None
        Share of flipped bits; None means what the estimator takes without a probe.
    sharpness : float or None, default=None
        Temperature of the logits per neuron of the last layer; None if it is not known.
    """

    encoder: object
    noise: float | None = None
    sharpness: float | None = None


def adopt(plan, estimator, n_samples):
    """Tell an estimator the noise, and the temperature where the plan knows it.

    `_sharpness` is None where no probe has told the temperature.
    """
    known = plan.noise is not None
    estimator.noise_ = plan.noise if known else estimator._choose_noise(n_samples)
    estimator._sharpness = plan.sharpness
    if plan.sharpness is not None:
        estimator.temperature_ = plan.sharpness * estimator._widths()[-1]


def make_plan(estimator, X, y, sample_weight, seed, *, noise, temperature):
    """Probe what an estimator leaves open.

    The first plan stands unless the loss of another is lower by more than a standard error: on few
    samples the least loss of several is mostly luck.

    Parameters
    ----------
    estimator : estimator with `hidden_layer_sizes`
        Its parameters are those of the fit to come; it does not change.
    X, y, sample_weight
        The training samples.
    seed : int
        Seed of the probe.
    noise, temperature : bool
        Whether to look for them, besides the encoder.

    Returns
    -------
    plan : Plan
        What to fit.
    """
    plans = list_plans(estimator, noise)
    if len(y) < FEWEST_ROWS or not (temperature or len(plans) > 1):
        return plans[0]
    samples = X, y, sample_weight
    if len(y) > MOST_ROWS:
        _, rows = hold_out(len(y), MOST_ROWS / len(y), estimator._strata(y), seed)
        samples = take(rows, *samples)
    if isinstance(X, Spread):
        samples = (samples[0].whole(), *samples[1:])
    given, unseen = set_aside(samples, SHARE, estimator._strata(samples[1]), seed)
    trials = [try_out(plan, estimator, given, unseen, seed) for plan in plans]
    (first, error, _), (least, _, best) = trials[0], min(trials, key=itemgetter(0))
    return best if least < first - error else trials[0][-1]


def try_out(plan, estimator, given, unseen, seed):
    """Train a small network by a plan.

    Returns
    -------
    loss, error : float
        Mean loss of the unseen samples, and its standard error.
    plan : Plan
        The same, with the sharpness that suits the unseen samples.
    """
    small = copy(estimator)
    small.hidden_layer_sizes = [min(width, MOST_NEURONS) for width in estimator._widths()]
    small.early_stopping = False
    small._auto_batch_size = lambda n_samples: 2 * estimator._auto_batch_size(n_samples)
    encoder = plan.encoder
    if isinstance(encoder, RandomProjectionEncoder) and is_auto(encoder.n_components):
        encoder = clone(encoder).set_params(n_components=N_COMPONENTS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the fit itself will warn
        rule = small.make_rule()
        small._fit_encoder(*given[:2], seed, encoder)
        data, n_bits = small._encode(*given, first=True)
        rest, _ = small._encode(*unseen)
    small.noise_ = small._choose_noise(len(data.y)) if plan.noise is None else plan.noise
    network, progress = small._start(data, n_bits, seed)
    settings = small._settings(rule, data)
    network = train(network, data, settings, progress, max_iter=MAX_ITER)
    losses, sharpness = small._judge(network, rest)
    loss = np.average(losses, weights=rest.sample_weight)
    variance = np.average((losses - loss) ** 2, weights=rest.sample_weight)
    return loss, (variance / len(losses)) ** 0.5, replace(plan, sharpness=sharpness)


def list_plans(estimator, noise):
    """Return the plans that the parameters of an estimator leave open."""
    if not is_auto(estimator.encoder):
        return [Plan(estimator.encoder)]
    noise = noise and estimator.rule != "paper"
    return [
        Plan(make_encoder(name), share if noise else None)
        for name, share in [("sparse", estimator._probed_noise), ("projection", 0.0)]
    ]
