"""The training loop (Sec. 3.3): the same for any network that can compute and apply an update."""

import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bepsk.network import Rule
from bepsk.network.noise import SILENCE, Noise
from bepsk.network.randomness import Stream, derive_key, random_permutation, stochastic_round
from bepsk.network.threads import paced
from bepsk.training.checkpoint import Unsaved
from bepsk.training.progress import Course
from bepsk.training.schedules import annealing_epochs, next_divisor

MOST_AVERAGED = 10


@dataclass(frozen=True)
class Settings:
    """What stays the same while a network trains; `BEPMLPClassifier` explains more.

    Parameters
    ----------
    rule : Rule
        The learning rule; its `group_sizes`, if any, are replaced by those of `Progress`.
    batch_size : int
        Samples per mini-batch.
    shuffle : bool, default=True
        Whether to take the samples in a new random order in each epoch.
    noise : int, default=0
        Share of the bits that layers read, but those of biases, that are flipped, in 256ths.
    group_patience : int or None, default=None
        Epochs without a better score until the groups grow; None means never.
    annealing : float, default=0.0
        Share of the epochs of `train`, at their end, over which hidden weights are tripled.
    average : int or None, default=1
        Number of last epochs whose hidden weights `train` averages; None means a tenth of the
        epochs so far, within 1 and 10.
    early_stopping : bool, default=False
        Whether `train` watches the validation score, rather than losses and training accuracy,
        and returns the best network.
    scorer : callable or None, default=None
        Called with a network and the validation samples, returns their score: more is better.
        None means the score of the network's targets.
    n_iter_no_change : int or None, default=None
        Epochs without improvement until training ends; None means no end.
    tol : float, default=0.0
        An improvement counts for `n_iter_no_change` if it exceeds this.
    n_threads : int, default=1
        Number of threads.

    Examples
    --------
    >>> from bepsk.network import ContrastiveRule
    >>> from bepsk.training import Settings
    >>> Settings(ContrastiveRule(0.5), batch_size=100).n_threads
    1
    """

    rule: Rule
    batch_size: int
    shuffle: bool = True
    noise: int = 0
    group_patience: int | None = None
    annealing: float = 0.0
    average: int | None = 1
    early_stopping: bool = False
    scorer: Callable | None = None
    n_iter_no_change: int | None = None
    tol: float = 0.0
    n_threads: int = 1


def run_epoch(network, data, settings, progress, *, combine=None):
    """Train one pass over the data.

    Parameters
    ----------
    network : BinaryNetwork
        Trained in place.
    data : TrainingData
        The training samples.
    settings : Settings
        How to train.
    progress : Progress
        Updated in place.
    combine : callable or None, default=None
        Called with the `Update` of each mini-batch, returns the one to apply: where several
        workers hold parts of the data, the sum of theirs. If None, the update itself.

    Examples
    --------
    >>> import numpy as np
    >>> from bepsk.network import ClassTargets, ContrastiveRule, FeedForwardNetwork
    >>> from bepsk.training import Progress, Settings, TrainingData, run_epoch
    >>> from bepsk.network.packed import pack_bits
    >>> bits, y = np.eye(8, dtype=np.uint8), np.arange(8) % 2
    >>> targets = ClassTargets.random(n_classes=2, n_outputs=16, key=0)
    >>> network = FeedForwardNetwork.random(8, (16, 16), targets, seed=0)
    >>> data = TrainingData(pack_bits(bits), y, np.ones(8))
    >>> settings = Settings(ContrastiveRule(0.5), batch_size=4)
    >>> progress = Progress(seed=0, group_sizes=[])
    >>> run_epoch(network, data, settings, progress)
    >>> progress.n_epochs, progress.n_steps
    (1, 2)
    """
    n_samples = len(data.y)
    key = derive_key(progress.seed, Stream.ROUNDING, progress.n_epochs)
    sample_weight = stochastic_round(data.sample_weight, key)
    order = np.arange(n_samples)
    if settings.shuffle:
        key = derive_key(progress.seed, Stream.SHUFFLE, progress.n_epochs)
        order = random_permutation(key, n_samples)

    noise_key = derive_key(progress.seed, Stream.NOISE, progress.n_epochs)
    update_key = derive_key(progress.seed, Stream.REINFORCEMENT)
    rule = settings.rule.with_group_sizes(progress.group_sizes)
    lap = paced(settings.n_threads, network, settings.batch_size)
    n_triggered = n_wrong = n_counted = 0
    for start in range(0, n_samples, settings.batch_size):
        batch = order[start : start + settings.batch_size]
        rows, inputs = data.take(batch)
        noise = Noise(settings.noise, noise_key, rows) if settings.noise else SILENCE
        with lap as n_threads:
            counts = network.learn(
                inputs,
                data.y[rows],
                sample_weight[rows],
                rule,
                combine=combine,
                apply=data.apply,
                error=progress.error,
                share=len(batch) / settings.batch_size,
                key=derive_key(update_key, progress.n_steps),
                n_threads=n_threads,
                noise=noise,
            )
        progress.n_steps += 1
        n_triggered += counts[0]
        n_wrong += counts[1]
        n_counted += counts[2]

    data.complete(network)
    progress.n_epochs += 1
    progress.n_seen += n_samples
    if n_counted:
        progress.error = n_wrong / n_counted
    progress.losses.append(n_triggered / n_counted if n_counted else 0.0)
    progress.train_scores.append(1.0 - progress.error)


def train(
    network,
    data,
    settings,
    progress,
    *,
    max_iter,
    validation=None,
    begin=None,
    callback=None,
    checkpoint=None,
):
    """Train until `max_iter` epochs are over, nothing is left to learn, or nothing improves.

    Training continues from `progress` as if it had never paused, except for `annealing`, `average`
    and `early_stopping`, which look at the epochs of one call. If it is interrupted from the
    keyboard, `network` keeps what the last epoch has taught it so far, but `progress` does not
    count that epoch. With `SpreadData` it then keeps that epoch only in part, see there.

    Parameters
    ----------
    network : BinaryNetwork
        Trained in place.
    data : TrainingData
        The training samples.
    settings : Settings
        How to train.
    progress : Progress
        Updated in place.
    max_iter : int
        Maximum number of epochs.
    validation : TrainingData or None, default=None
        Scored after each epoch, for group growth and early stopping; the training score is used
        if None.
    begin : callable or None, default=None
        Called without arguments before each epoch.
    callback : callable or None, default=None
        Called with `network` and `progress` after each epoch; training ends if it returns true.
    checkpoint : Checkpoint or None, default=None
        Where to go on from, if it has been saved, and what to save after each epoch.

    Returns
    -------
    network : BinaryNetwork
        The network after the last epoch, or `progress.best`.

    Examples
    --------
    >>> import numpy as np
    >>> from bepsk.network import ClassTargets, ContrastiveRule, FeedForwardNetwork
    >>> from bepsk.training import Progress, Settings, TrainingData, train
    >>> from bepsk.network.packed import pack_bits
    >>> bits, y = np.eye(8, dtype=np.uint8), np.arange(8) % 2
    >>> targets = ClassTargets.random(n_classes=2, n_outputs=16, key=0)
    >>> network = FeedForwardNetwork.random(8, (16, 16), targets, seed=0)
    >>> data = TrainingData(pack_bits(bits), y, np.ones(8))
    >>> settings = Settings(ContrastiveRule(0.5), batch_size=4)
    >>> progress = Progress(seed=0, group_sizes=[])
    >>> best = train(network, data, settings, progress, max_iter=20)
    >>> best.logits(data.inputs).argmax(axis=1)
    array([0, 1, 0, 1, 0, 1, 0, 1])
    """
    begin, callback = begin or nothing, callback or nothing
    progress.best = None
    course = Course(deque(maxlen=int(min(settings.average or MOST_AVERAGED, max_iter))))
    course.watched.stale = 0 if settings.early_stopping else sys.maxsize
    annealing = annealing_epochs(settings.annealing, max_iter)
    checkpoint = checkpoint or Unsaved()
    checkpoint.restore(network, progress, course)

    def averaged():
        if settings.average == 1:
            return network
        tenth = max(1, min(course.epoch // 10, MOST_AVERAGED))
        return average(network, list(course.recent)[-int(settings.average or tenth) :])

    try:
        while course.place < max_iter:
            network.anneal(annealing.count(course.place))
            course.epoch, course.place = course.epoch + 1, course.place + 1
            begin()
            after = progress.copy()
            run_epoch(network, data, settings, after)
            if settings.average != 1:
                course.recent.append([layer.hidden_weights.copy() for layer in network.layers])
            score, candidate = after.train_scores[-1], None
            if validation is not None:
                candidate = averaged()
                score = evaluate(candidate, validation, settings)
                after.validation_scores.append(score)
            if settings.early_stopping and score >= course.best_score:  # the last of equals
                after.best, course.best_score = (candidate or averaged()).copy(), score
            stalled = has_stalled(network, settings, after, score, course.watched)
            vars(progress).update(vars(after))  # in one go: an interrupt finds whole epochs only
            # Nothing is left to learn if no sample triggers, and none was rounded away.
            learned = after.losses[-1] == 0 and data.sample_weight.min() >= 1
            if callback(network, progress) or learned:
                course.place = max_iter
            elif stalled:
                course.place = annealing[0] if course.place < annealing[0] else max_iter
            checkpoint.save(network, progress, course, last=course.place >= max_iter)
    finally:  # after an interrupt as well
        if not settings.early_stopping and settings.average != 1 and course.recent:
            progress.best = averaged()
    return progress.best or network


def nothing(*_):
    """Do nothing."""


def average(network, recent):
    """Return the network whose hidden weights are the means of recent ones, made odd.

    Their signs, the weights of the network, are those of the sums.
    """
    layers = []
    for layer, weights in zip(network.layers, zip(*recent, strict=True), strict=True):
        total = sum(H.astype(np.int32) for H in weights)
        sizes = abs(total) // len(weights) | 1
        hidden_weights = np.where(total >= 0, sizes, -sizes).astype(np.int16)
        layers.append(layer.with_weights(hidden_weights))
    return network.with_layers(layers)


def has_stalled(network, settings, progress, score, watched):
    """Say whether nothing has improved for long, and let the groups grow (Sec. 3.3)."""
    if is_at_chance(progress.losses[-1], progress.train_scores[-1], network.targets.chance):
        return False
    stopping, growth = progress.stopping, progress.growth
    # Of many classes the accuracy rises long before the losses fall.
    stopping.improved(progress.train_scores[-1] - progress.losses[-1], settings.tol)
    if settings.early_stopping:
        watched.improved(score, settings.tol)
    limit = settings.n_iter_no_change
    if limit is not None and stopping.stale >= limit and watched.stale >= limit:
        stopping.stale = 0
        return True
    if not growth.improved(score) and growth.stale == settings.group_patience:
        growth.stale = 0
        widths = zip(network.widths, progress.group_sizes, strict=True)
        progress.group_sizes = [next_divisor(width, size) for width, size in widths]
    return False


def is_at_chance(loss, score, chance):
    """Say whether training is still on its first plateau, at chance level.

    There nearly all samples trigger, and epochs without a better score do not mean stagnation.

    Parameters
    ----------
    loss : float
        Fraction of samples that triggered in the last epoch.
    score : float
        Their accuracy.
    chance : float
        The accuracy of a guess.

    Returns
    -------
    at_chance : bool
        Whether nothing has been learned yet.

    Examples
    --------
    >>> from bepsk.training import is_at_chance
    >>> is_at_chance(1.0, 0.2, chance=0.1), is_at_chance(0.9, 0.2, chance=0.1)
    (True, False)
    """
    return loss >= 0.99 and (score - chance) / (1 - chance) <= 0.25


def evaluate(network, data, settings):
    """Return the score of a network on these samples."""
    if settings.scorer is not None:
        return settings.scorer(network, data)
    logits = network.logits(data.inputs, settings.n_threads)
    return network.targets.score(logits, data.y, data.sample_weight)
