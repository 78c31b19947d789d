import numpy as np
import pytest
import reference
from common import random_feedforward, random_recurrent, random_signs, visible
from strategies import pack_series

from bepsk.network import ClassTargets, ContrastiveRule, PaperRule, Update
from bepsk.network.layer import Layer
from bepsk.network.network import BinaryNetwork
from bepsk.training import Patience, Progress, Settings, TrainingData, train, trainer


class Scripted(BinaryNetwork):
    """A network that learns nothing and tells its epoch by its copies."""

    widths = 12, 7

    def __init__(self, losses=(), epoch=0, accuracy=0.5):
        self.losses, self.epoch, self.accuracy = losses, epoch, accuracy
        self.annealed, self.group_sizes = [], []
        super().__init__([], ClassTargets(np.ones((10, 7), dtype=np.int8)))

    def compute_update(self, inputs, y, sample_weight, rule, n_threads, noise):
        self.epoch += 1
        self.group_sizes.append(rule.group_sizes)
        loss = self.losses[self.epoch - 1] if self.losses else 1
        return Update([], n_triggered=loss * 100, n_wrong=100 * (1 - self.accuracy), n_samples=100)

    def apply_update(self, update, rule, **settings):
        pass

    def anneal(self, times):
        self.annealed += [self.epoch] * times

    def copy(self):
        return Scripted(self.losses, self.epoch, self.accuracy)


RULE = PaperRule(margin=1, gate=1, group_sizes=())
DATA = TrainingData(np.zeros((2, 1), dtype=np.uint64), np.zeros(2, dtype=int), np.ones(2))


def run(monkeypatch, scores=None, losses=(), max_iter=10, accuracy=0.5, progress=None, **settings):
    """Train the scripted network; return the network, the progress, its group sizes by epoch."""
    scores = iter(scores or ())
    monkeypatch.setattr(trainer, "evaluate", lambda *_: next(scores))
    progress = progress or Progress(seed=0, group_sizes=[2, 2])
    scripted = Scripted(losses, accuracy=accuracy)
    network = train(
        scripted,
        DATA,
        Settings(RULE, batch_size=2, **settings),
        progress,
        max_iter=max_iter,
        validation=DATA if settings.get("early_stopping") or scores else None,
    )
    return network, progress, scripted.group_sizes


def test_group_sizes_move_to_the_next_divisor_when_patience_ends(monkeypatch):
    scores = [0.1, 0.2, 0.2, 0.1, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]
    _, progress, sizes = run(monkeypatch, scores, group_patience=2)
    assert [size[0] for size in sizes] == [2, 2, 2, 2, 3, 3, 3, 4, 4, 6]
    assert [size[1] for size in sizes] == [2, 2, 2, 2, *[7] * 6]
    assert progress.validation_scores == scores


def test_without_patience_group_sizes_stay(monkeypatch):
    _, progress, _ = run(monkeypatch, [0.1] * 10)
    assert progress.group_sizes == [2, 2]


def test_without_validation_the_training_accuracy_steers_the_groups():
    progress = Progress(seed=0, group_sizes=[2, 2])
    settings = Settings(RULE, batch_size=2, group_patience=3)
    train(Scripted(), DATA, settings, progress, max_iter=4)
    assert progress.train_scores == [0.5] * 4
    assert progress.group_sizes == [3, 7]


@pytest.mark.parametrize(
    ("annealing", "max_iter", "before"),
    [
        (0, 10, []),
        (0.4, 10, [6, 7, 8, 9]),
        (1, 20, [0, 5, 10, 15]),
        (0.5, 4, [2, 2, 3]),
        (0.4, 1, []),
        (1, 1, [0, 0]),
    ],
)
def test_annealing_is_spread_over_the_last_epochs(monkeypatch, annealing, max_iter, before):
    scores = [0.1] * max_iter
    network, *_ = run(monkeypatch, scores, max_iter=max_iter, annealing=annealing)
    assert network.annealed == before


def test_early_stopping_returns_the_best_network_the_last_of_equals(monkeypatch):
    scores = [0.5, 0.8, 0.7, 0.8, 0.6]
    network, progress, _ = run(
        monkeypatch, scores, early_stopping=True, n_iter_no_change=3, max_iter=50
    )
    assert network.epoch == 4
    assert progress.n_epochs == 5


def test_early_stopping_returns_the_best_network_also_within_the_tolerance(monkeypatch):
    scores = [0.50, 0.54, 0.52, 0.53]
    network, _, _ = run(
        monkeypatch, scores, early_stopping=True, n_iter_no_change=3, tol=0.1, max_iter=50
    )
    assert network.epoch == 2


def test_gains_within_the_tolerance_do_not_postpone_early_stopping(monkeypatch):
    scores = [0.1 + 0.001 * epoch for epoch in range(50)]
    _, progress, _ = run(
        monkeypatch, scores, early_stopping=True, n_iter_no_change=3, tol=0.01, max_iter=50
    )
    assert progress.n_epochs == 4


@pytest.mark.parametrize(("max_iter", "n_epochs"), [(50, 23), (20, 11)])
def test_a_stall_brings_annealing_forward(monkeypatch, max_iter, n_epochs):
    """Of 50 epochs the last 20 anneal; after a stall they begin, whatever the epoch."""
    losses = [0.5] * 3 + [0.4 - 0.001 * epoch for epoch in range(50)]
    settings = {"losses": losses, "annealing": 0.4, "n_iter_no_change": 2}
    network, progress, _ = run(monkeypatch, [0.1] * 50, max_iter=max_iter, **settings)
    assert progress.n_epochs == n_epochs
    assert len(network.annealed) == 4


def test_early_stopping_waits_while_training_gets_better(monkeypatch):
    losses = [0.9, 0.8, 0.7, 0.6, 0.5, 0.5, 0.5, 0.5]
    _, progress, _ = run(
        monkeypatch, [0.1] * 9, losses=losses, early_stopping=True, n_iter_no_change=2
    )
    assert progress.n_epochs == 7


def test_a_scorer_takes_the_place_of_the_accuracy():
    network, data = random_feedforward(20, [9], 3, seed=0), learnable()
    settings = Settings(RULE, batch_size=2, scorer=lambda *given: given)
    assert trainer.evaluate(network, data, settings) == (network, data)


def test_training_stops_when_nothing_triggers(monkeypatch):
    _, progress, _ = run(monkeypatch, [0.1] * 9, losses=[1, 0.5, 0, 1])
    assert progress.losses == [1, 0.5, 0]


def test_training_stops_when_the_loss_does_not_improve(monkeypatch):
    losses = [0.5, 0.4, 0.4, 0.5, 0.1]
    _, progress, _ = run(monkeypatch, [0.1] * 9, losses=losses, n_iter_no_change=2)
    assert progress.losses == [0.5, 0.4, 0.4, 0.5]


def test_the_plateau_at_chance_level_is_not_stagnation(monkeypatch):
    _, progress, _ = run(
        monkeypatch, [0.1] * 10, accuracy=0.1, group_patience=1, n_iter_no_change=1
    )
    assert progress.n_epochs == 10
    assert progress.group_sizes == [2, 2]


@pytest.mark.parametrize("early_stopping", [False, True])
def test_without_a_limit_on_stale_epochs_training_takes_all(monkeypatch, early_stopping):
    scores = [0.1] * 10
    _, progress, _ = run(monkeypatch, scores, early_stopping=early_stopping, n_iter_no_change=None)
    assert progress.n_epochs == 10


@pytest.mark.parametrize("interrupted_call", [1, 2, 5])
def test_an_interrupt_within_an_update_leaves_a_consistent_network(monkeypatch, interrupted_call):
    network = random_feedforward(20, [9, 8], 3, seed=0)
    n_calls, apply_update = 0, Layer.apply_update

    def interrupted(self, *arguments):
        nonlocal n_calls
        n_calls += 1
        apply_update(self, *arguments)
        if n_calls == interrupted_call:
            raise KeyboardInterrupt

    monkeypatch.setattr("bepsk.network.layer.Layer.apply_update", interrupted)
    data = TrainingData(
        reference.pack(reference.random_signs(0, 6, 20)), np.arange(6) % 3, np.ones(6)
    )
    settings = Settings(RULE, batch_size=3)
    progress = Progress(0, [3, 2])
    with pytest.raises(KeyboardInterrupt):
        train(network, data, settings, progress, max_iter=5)
    assert n_calls == interrupted_call
    assert progress.n_epochs == len(progress.losses) == (n_calls - 1) // 4
    for layer in network.layers:
        np.testing.assert_array_equal(visible(layer), reference.pack(layer.hidden_weights))


def test_an_interrupt_under_early_stopping_leaves_the_best_network(monkeypatch):
    def scores():
        yield from [0.5, 0.9, 0.6]
        raise KeyboardInterrupt

    progress = Progress(seed=0, group_sizes=[2, 2])
    with pytest.raises(KeyboardInterrupt):
        run(monkeypatch, scores(), early_stopping=True, progress=progress)
    assert progress.best.epoch == 2
    assert progress.validation_scores == [0.5, 0.9, 0.6]
    assert progress.n_epochs == len(progress.losses) == len(progress.train_scores) == 3


def test_accuracy_weighs_its_samples():
    network = random_feedforward(20, [9], 3, seed=0)
    inputs = reference.pack(reference.random_signs(0, 5, 20))
    predicted = network.logits(inputs).argmax(axis=1)
    classes = (predicted + np.array([0, 0, 1, 1, 0])) % 3
    data = TrainingData(inputs, classes, np.array([1.0, 2, 3, 0, 2]))
    assert trainer.evaluate(network, data, Settings(RULE, batch_size=2)) == 5 / 8


def test_groups_of_a_recurrent_network_can_grow():
    network = random_recurrent(10, 6, 8, 2, seed=0)
    series = [reference.random_signs(i, 3, 10) for i in range(6)]
    data = TrainingData(pack_series(series, 10), np.zeros(6, dtype=int), np.ones(6))
    progress = Progress(0, [1, 2], growth=Patience(best=1.0))
    settings = Settings(RULE, batch_size=2, group_patience=1)
    train(network, data, settings, progress, max_iter=1)
    assert progress.group_sizes == [2, 4]


def averaged(*weights):
    """Return the layers of the average of networks with these weights."""
    network = random_feedforward(weights[0].shape[1], [len(weights[0])], 2, seed=0)
    before = network.layers[0].hidden_weights.copy()
    layer = trainer.average(network, [[H.astype(np.int16)] for H in weights]).layers[0]
    np.testing.assert_array_equal(network.layers[0].hidden_weights, before)
    assert layer.hidden_weights.dtype == np.int16
    np.testing.assert_array_equal(visible(layer), reference.pack(layer.hidden_weights))
    return layer.hidden_weights


@pytest.mark.parametrize(
    ("weights", "mean"),
    [
        ([5], 5),
        ([-5], -5),
        ([1, 3], 3),  # 2 becomes 3
        ([-1, -3], -3),
        ([1, -1], 1),  # the sum is 0
        ([1, -3], -1),
        ([3, -1], 1),
        ([9, -1, -1], 3),  # 7 / 3
        ([1, 1, -3], -1),
        ([-9, 3, 3], -1),
        ([32767] * 9, 32767),
        ([-32767] * 9, -32767),
        ([32767, 32765], 32767),
    ],
)
def test_the_average_is_the_mean_made_odd_with_the_sign_of_the_sum(weights, mean):
    assert averaged(*[np.array([[H]]) for H in weights]).tolist() == [[mean]]


@pytest.mark.parametrize("n_epochs", [1, 2, 3, 10])
def test_the_average_stays_odd_and_votes(n_epochs):
    rng = np.random.default_rng(0)
    weights = 2 * rng.integers(-(2**14), 2**14, size=(n_epochs, 7, 65)) + 1
    weights[:, 0] = random_signs(rng, n_epochs, 65)
    average, total = averaged(*weights), weights.sum(axis=0)
    np.testing.assert_array_equal(average, reference.sign(total) * (abs(total) // n_epochs | 1))
    assert (average % 2 == 1).all()


def learnable(n_samples=40, n_inputs=20):
    inputs = reference.random_signs(0, n_samples, n_inputs)
    y = (inputs[:, :5].sum(axis=1) > 0).astype(int)
    return TrainingData(reference.pack(inputs), y, np.ones(n_samples))


@pytest.mark.parametrize("rule", [RULE, ContrastiveRule(1.0)])
@pytest.mark.parametrize(
    ("average", "max_iter"),
    [(1, 4), (2, 4), (3, 4), (9, 4), (None, 4), (None, 19), (None, 20), (None, 33)],
)
def test_training_returns_the_average_of_its_last_epochs(rule, average, max_iter):
    network = random_feedforward(20, [9, 8], 2, seed=0)
    progress, weights = Progress(0, [3, 2]), []

    def keep(network, progress):
        weights.append([layer.hidden_weights.copy() for layer in network.layers])

    settings = Settings(rule, batch_size=3, average=average)
    returned = train(network, learnable(), settings, progress, max_iter=max_iter, callback=keep)
    assert len(weights) == progress.n_epochs == max_iter
    last = weights[-(average or max(1, max_iter // 10)) :]
    for layer, *history in zip(returned.layers, *last, strict=True):
        total = np.sum([H.astype(int) for H in history], axis=0)
        expected = reference.sign(total) * (abs(total) // len(history) | 1)
        np.testing.assert_array_equal(layer.hidden_weights, expected)
        np.testing.assert_array_equal(visible(layer), reference.pack(expected))
    # Training goes on from the last epoch, not from the average.
    for layer, H in zip(network.layers, weights[-1], strict=True):
        np.testing.assert_array_equal(layer.hidden_weights, H)
    assert (progress.best is None) == (average == 1)
    assert returned is (network if average == 1 else progress.best)


def test_by_default_a_tenth_of_the_epochs_is_averaged_and_at_most_ten(monkeypatch):
    averaged, average = [], trainer.average

    def spy(network, recent):
        averaged.append(len(recent))
        return average(network, recent)

    monkeypatch.setattr(trainer, "average", spy)
    network, data, progress = (
        random_feedforward(20, [9, 8], 2, seed=0),
        learnable(),
        Progress(0, []),
    )
    data.sample_weight[0] = 0  # so that training does not end early
    settings = Settings(ContrastiveRule(1.0), 40, average=None)
    train(network, data, settings, progress, max_iter=125, validation=data)
    # Each epoch is scored by the average, which is taken once more at the end.
    tenths = [max(1, min(n // 10, 10)) for n in range(1, 126)]
    assert averaged == [*tenths, tenths[-1]]
    # Epochs of earlier calls do not count.
    train(network, data, settings, progress, max_iter=12)
    assert averaged[126:] == [1]


def test_the_average_by_default_scores_each_epoch(monkeypatch):
    """What is scored, kept and returned is the average, also while it is of one epoch."""
    scores = iter([0.1, 0.5, 0.9, 0.2, 0.9])
    monkeypatch.setattr(trainer, "evaluate", lambda *_: next(scores))
    network, kept, data = random_feedforward(20, [9, 8], 2, seed=0), [], learnable()

    def keep(network, progress):
        kept.append([layer.hidden_weights.copy() for layer in network.layers])

    settings = Settings(ContrastiveRule(1.0), 3, average=None, early_stopping=True)
    progress = Progress(0, [])
    best = train(network, data, settings, progress, max_iter=5, validation=data, callback=keep)
    for layer, H in zip(best.layers, kept[4], strict=True):
        np.testing.assert_array_equal(layer.hidden_weights, H)
    assert best is progress.best


def test_with_early_stopping_the_best_average_is_returned(monkeypatch):
    network, returned = random_feedforward(20, [9, 8], 2, seed=0), []
    scores = iter([0.1, 0.5, 0.9, 0.2, 0.9])

    def evaluate(network, *_):
        returned.append([layer.hidden_weights.copy() for layer in network.layers])
        return next(scores)

    monkeypatch.setattr(trainer, "evaluate", evaluate)
    settings = Settings(ContrastiveRule(1.0), 3, average=2, early_stopping=True)
    data = learnable()
    best = train(network, data, settings, Progress(0, []), max_iter=5, validation=data)
    for layer, H in zip(best.layers, returned[4], strict=True):
        np.testing.assert_array_equal(layer.hidden_weights, H)


def test_a_rule_without_groups_trains_without_them():
    network, progress = random_feedforward(20, [9, 8], 2, seed=0), Progress(0, [])
    settings = Settings(ContrastiveRule(0.5), batch_size=4)
    train(network, learnable(), settings, progress, max_iter=30)
    assert progress.group_sizes == []
    assert progress.train_scores[-1] > 0.9
