"""The training loop (Sec. 3.3): the same for any network that can compute and apply an update."""

import warnings
from dataclasses import dataclass, field

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from bepsk.network.randomness import Stream, derive_key, random_permutation, stochastic_round
from bepsk.training.schedules import Patience, annealing_epochs, next_divisor


@dataclass(frozen=True)
class Settings:
    """What stays the same while a network trains; see `BEPMLPClassifier` for the meanings."""

    margin: float
    gate: float
    reinforcement: float
    batch_size: int
    shuffle: bool = True
    group_patience: int | None = None
    annealing: float = 0.0
    early_stopping: bool = False
    n_iter_no_change: int | None = None
    tol: float = 0.0
    n_threads: int = 1


@dataclass(frozen=True)
class TrainingData:
    """Encoded samples.

    Attributes
    ----------
    inputs : uint64 array of packed bits, samples along the first axis; or Sequences
    classes : integer array, shape (n_samples,)
    weights : float array, shape (n_samples,)
        How often each sample's update counts; fractions are rounded at random each epoch.
    """

    inputs: np.ndarray
    classes: np.ndarray
    weights: np.ndarray


@dataclass
class Progress:
    """All that training carries from one epoch to the next, besides the weights.

    Attributes
    ----------
    seed : int
        Seed of every random stream.
    group_sizes : list of int
        gamma of each layer (Sec. 3.3).
    n_steps, n_epochs, n_seen : int
        Mini-batches, epochs and samples so far.
    error : float
        Fraction wrong in the previous epoch, 1.0 before the first.
    losses, train_scores, validation_scores : list of float
        For each epoch: fraction of triggered samples; accuracy on the training samples as they
        were met, before their update; accuracy on the validation samples.
    """

    seed: int
    group_sizes: list
    n_steps: int = 0
    n_epochs: int = 0
    n_seen: int = 0
    error: float = 1.0
    losses: list = field(default_factory=list)
    train_scores: list = field(default_factory=list)
    validation_scores: list = field(default_factory=list)


def run_epoch(network, data, settings, progress):
    """Train one pass over the data, changing `network` and `progress` in place."""
    n_samples = len(data.classes)
    key = derive_key(progress.seed, Stream.ROUNDING, progress.n_epochs)
    weights = stochastic_round(data.weights, key)
    order = np.arange(n_samples)
    if settings.shuffle:
        key = derive_key(progress.seed, Stream.SHUFFLE, progress.n_epochs)
        order = random_permutation(key, n_samples)

    n_triggered = n_wrong = n_counted = 0
    for start in range(0, n_samples, settings.batch_size):
        batch = order[start : start + settings.batch_size]
        update = network.compute_update(
            data.inputs[batch],
            data.classes[batch],
            weights[batch],
            margin=settings.margin,
            gate=settings.gate,
            group_sizes=progress.group_sizes,
            n_threads=settings.n_threads,
        )
        # p_r is meant for a whole batch; a shorter one reinforces in proportion.
        rate = settings.reinforcement * progress.error**0.5 * len(batch) / settings.batch_size
        key = derive_key(progress.seed, Stream.REINFORCEMENT, progress.n_steps)
        network.apply_update(update.deltas, settings.n_threads, rate=rate, key=key)
        progress.n_steps += 1
        n_triggered += update.n_triggered
        n_wrong += update.n_wrong
        n_counted += update.n_samples

    progress.n_epochs += 1
    progress.n_seen += n_samples
    if n_counted:
        progress.error = n_wrong / n_counted
    progress.losses.append(n_triggered / n_counted if n_counted else 0.0)
    progress.train_scores.append(1.0 - progress.error)


def train(network, data, settings, progress, *, max_iter, validation=None, report=None):
    """Train until `max_iter` epochs are over, nothing is left to learn, or nothing improves.

    Parameters
    ----------
    network : BinaryNetwork
        Trained in place.
    data : TrainingData
    settings : Settings
    progress : Progress
        Brought up to date in place.
    max_iter : int
        Epochs at most.
    validation : TrainingData or None, default=None
        Scored after each epoch; steers the group sizes and early stopping.
    report : callable or None, default=None
        Called with `progress` after each epoch.

    Returns
    -------
    network : BinaryNetwork
        The last one, or with early stopping the one that scored best on `validation`.

    Warns
    -----
    ConvergenceWarning
        If interrupted from the keyboard; the network is usable all the same.
    """
    growth, stopping = Patience(), Patience(settings.tol)
    best, best_score = None, -1.0
    annealing = annealing_epochs(settings.annealing, max_iter)
    try:
        for epoch in range(max_iter):
            network.anneal(annealing.count(epoch))
            run_epoch(network, data, settings, progress)
            score = progress.train_scores[-1]
            if validation is not None:
                score = accuracy(network, validation, settings.n_threads)
                progress.validation_scores.append(score)
            if report is not None:
                report(progress)
            if settings.early_stopping and score > best_score:
                best, best_score = network.copy(), score
            if progress.losses[-1] == 0 and data.weights.min() >= 1:
                break  # nothing is left to learn, and no sample was rounded away
            if not taken_off(network, progress):
                continue
            stopping.improved(score if settings.early_stopping else -progress.losses[-1])
            if stopping.stale == settings.n_iter_no_change:
                break
            if not growth.improved(score) and growth.stale == settings.group_patience:
                grow_groups(network, progress)
                growth.stale = 0
    except KeyboardInterrupt:
        warnings.warn("Training interrupted by user.", ConvergenceWarning, stacklevel=2)
    return network if best is None else best


def taken_off(network, progress):
    """Say whether training has left the plateau at chance level where it begins.

    There nearly all samples trigger, and waiting is not stagnation.
    """
    chance = 1 / len(network.prototypes)
    above_chance = (progress.train_scores[-1] - chance) / (1 - chance)
    return progress.losses[-1] < 0.99 or above_chance > 0.25


def grow_groups(network, progress):
    """Move each layer's group size to the next larger divisor of its width (Sec. 3.3)."""
    progress.group_sizes = [
        next_divisor(layer.n_neurons, size)
        for layer, size in zip(network.layers, progress.group_sizes, strict=True)
    ]


def accuracy(network, data, n_threads):
    """Return the weighted fraction of samples whose class has the first largest logit."""
    right = network.logits(data.inputs, n_threads).argmax(axis=1) == data.classes
    return float(np.average(right, weights=data.weights))
