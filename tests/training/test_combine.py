"""Workers that hold parts of the data train the network of one that holds all."""

import pickle
import queue
import threading
from dataclasses import replace

import numpy as np
import pytest
import reference
from common import random_feedforward, random_recurrent, random_signs
from strategies import pack_series

from bepsk.network import ContrastiveRule, PaperRule
from bepsk.training import Progress, Settings, TrainingData, run_epoch

N, BATCH_SIZE = 48, 8
PAPER = PaperRule(0.5, 0.2, (), reinforcement=1.0, clip=True)


def train(network, data, batch_size, rule, combine=None):
    """Return the hidden weights and the windows after two epochs, and the progress."""
    progress = Progress(seed=5, group_sizes=[5, 7])
    settings = Settings(rule, batch_size, shuffle=False)
    for _ in range(2):
        run_epoch(network, data, settings, progress, combine=combine)
    arrays = [array for layer in network.layers for array in (layer.hidden_weights, layer.windows)]
    return arrays, progress


def perceptron():
    rng = np.random.default_rng(0)
    return random_feedforward(70, [33, 20], 3, seed=1), reference.pack(random_signs(rng, N, 70))


def recurrent():
    rng = np.random.default_rng(0)
    series = [random_signs(rng, length, 70) for length in rng.integers(1, 5, size=N)]
    return random_recurrent(70, 33, 20, 3, seed=1, inertia=128), pack_series(series, 70)


def begin(make, centred):
    network, inputs = make()
    if centred:
        network.layers[0].input_means = np.arange(-35, 35, dtype=np.int32) * 900
    return network, inputs


@pytest.mark.parametrize("make", [perceptron, recurrent])
@pytest.mark.parametrize(
    ("rule", "centred"),
    [
        (PAPER, False),
        (replace(PAPER, clip=False), True),
        (ContrastiveRule(0.5), False),
        (ContrastiveRule(0.5), True),
    ],
)
def test_two_workers_equal_one(make, rule, centred):
    network, inputs = begin(make, centred)
    y = np.arange(N) % 3
    one = train(network, TrainingData(inputs, y, np.ones(N)), BATCH_SIZE, rule)

    mail = [queue.Queue(), queue.Queue()]
    results = [None, None]

    def work(rank):
        # Every mini-batch is half this worker's.
        rows = np.flatnonzero(np.arange(N) % BATCH_SIZE // (BATCH_SIZE // 2) == rank)

        def combine(update):
            mail[1 - rank].put(pickle.dumps(update))
            return update + pickle.loads(mail[rank].get(timeout=60))

        network, inputs = begin(make, centred)
        data = TrainingData(inputs[rows], y[rows], np.ones(len(rows)))
        results[rank] = train(network, data, BATCH_SIZE // 2, rule, combine)

    workers = [threading.Thread(target=work, args=(rank,)) for rank in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for arrays, progress in results:
        for array, expected in zip(arrays, one[0], strict=True):
            np.testing.assert_array_equal(array, expected)
        for name in ("losses", "train_scores", "n_steps", "error"):
            assert getattr(progress, name) == getattr(one[1], name)
