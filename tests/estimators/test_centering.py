"""Inputs centred by their means, and the constant bits of the MLP that make up for them."""

import copy
import pickle

import numpy as np
import pytest
from common import RULES, SMALL, SMALL_RNN, blobs, same, unequal_waves, waves
from scipy.sparse import csr_array
from sklearn.base import clone

from bepsk import BEPMLPClassifier, BEPRNNClassifier
from bepsk.encoders import RandomProjectionEncoder, ThermometerEncoder
from bepsk.estimators._encoding import WEIGHT_UNIT
from bepsk.network.packed import unpack_bits

X, y = blobs()
SERIES, LABELS = waves()
UNEQUAL, _ = unequal_waves()
MLP = BEPMLPClassifier(**SMALL)
RNN = BEPRNNClassifier(**SMALL_RNN)
STRAIGHT = BEPRNNClassifier(**SMALL_RNN, rule="paper", clip_updates=False)
ALL = pytest.mark.parametrize(
    ("clf", "X", "y"),
    [
        (MLP, X, y),
        (clone(MLP).set_params(rule="paper"), X, y),
        (RNN, SERIES, LABELS),
        (RNN, UNEQUAL, LABELS),
        (STRAIGHT, SERIES, LABELS),
    ],
    ids=["mlp", "mlp paper", "rnn", "rnn unequal", "rnn paper"],
)


def agrees(clf, X):
    """Say whether encode, network_, decision_function and predict tell the same."""
    logits = clf.network_.logits(clf.encode(X))
    winners = clf.classes_[logits.argmax(axis=1)]
    assert same(logits, clf._logits(X))
    return np.array_equal(winners, clf.predict(X))


@ALL
@pytest.mark.parametrize("centering", [True, False])
def test_encode_and_network_agree_with_predict(clf, X, y, centering):
    clf = clone(clf).set_params(centering=centering).fit(X, y)
    assert agrees(clf, X)
    assert agrees(pickle.loads(pickle.dumps(clf)), X)
    assert agrees(clf.partial_fit(X, y), X)
    assert (clf._bit_counts is not None) is centering
    n_bits = clf.encoder_.n_features_out_
    mlp = isinstance(clf, BEPMLPClassifier)
    assert clf.n_bias_ == (round(2 * n_bits**0.5) if mlp and centering else 0)
    assert clf.network_.layers[0].n_inputs == n_bits + clf.n_bias_


@pytest.mark.parametrize("n_bits", [1, 2, 49, 63, 64, 65, 128])
@RULES
def test_constant_ones_follow_the_bits(n_bits, rule):
    encoder = RandomProjectionEncoder(n_bits, random_state=0)
    clf = clone(MLP).set_params(encoder=encoder, rule=rule, centering=True).fit(X, y)
    n_bias = clf.n_bias_
    assert n_bias == round(2 * n_bits**0.5)
    bits = unpack_bits(clf.encode(X), 64 * clf.encode(X).shape[1])
    np.testing.assert_array_equal(bits[:, :n_bits], clf.encoder_.transform(X))
    assert (bits[:, n_bits : n_bits + n_bias] == 1).all()
    assert (bits[:, n_bits + n_bias :] == 0).all()
    assert agrees(clf, X)


@ALL
def test_bits_are_counted_once_and_after_each_chunk(clf, X, y):
    clf = clone(clf).set_params(centering=True, warm_start=True).fit(X, y)
    counts = clf._bit_counts
    assert counts.dtype == np.int64
    assert counts.shape == (clf.hidden_weights_[0].shape[1] + 1,)
    assert (counts[-clf.n_bias_ - 1 :] == counts[-1]).all()
    assert same(clf.fit(X, y)._bit_counts, counts)
    first = X if isinstance(clf, BEPMLPClassifier) else list(X)
    clf.partial_fit(first[:10], y[:10]).partial_fit(first[10:], y[10:])
    assert same(clf._bit_counts, 2 * counts)


@ALL
def test_centering_makes_a_difference(clf, X, y):
    centred, plain = (clone(clf).set_params(centering=c).fit(X, y) for c in (True, False))
    n_bits = plain.hidden_weights_[0].shape[1]
    assert not same(centred.hidden_weights_[0][:, :n_bits].copy(), plain.hidden_weights_[0])


@pytest.mark.parametrize("clip_updates", ["auto", True])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_centering_and_clipped_updates_do_not_go_together(clip_updates, method):
    clf = clone(RNN).set_params(rule="paper", centering=True, clip_updates=clip_updates)
    before = copy.deepcopy(vars(clf))
    classes = {"classes": [0, 1, 2]} if method == "partial_fit" else {}
    with pytest.raises(ValueError, match=r"centering.*clip_updates=False"):
        getattr(clf, method)(SERIES, LABELS, **classes)
    assert same(vars(clf), before)
    clf.set_params(clip_updates=False).fit(SERIES, LABELS)
    assert agrees(clf, SERIES)


@pytest.mark.parametrize("n_steps", ["raw", 5, 1])
@pytest.mark.parametrize("options", [{}, {"inertia": 0.5, "place_code": True}])
@pytest.mark.parametrize("clf", [RNN, STRAIGHT])
def test_steps_add_up_to_centred_series(clf, n_steps, options):
    clf = clone(clf).set_params(n_steps=n_steps, overlap=0, centering=True, **options)
    clf.fit(SERIES, LABELS)
    n_whole = SERIES.shape[1] // clf.patch_length_ * clf.patch_length_
    whole, width = SERIES[:9, :n_whole], clf.patch_length_
    expected = clf._logits(whole[:, :, np.newaxis])
    for x, logits in zip(whole, expected, strict=True):
        state = None
        for start in range(0, n_whole, width):
            state, scores = clf.step(x[start : start + width], state)
        np.testing.assert_array_equal(scores, logits)


@RULES
@pytest.mark.parametrize("centering", [True, False])
@pytest.mark.parametrize("value", [0, 1])
def test_constant_bits_are_taken(rule, centering, value):
    bits = np.random.default_rng(0).integers(0, 2, size=(90, 20))
    bits[:, 5:] = value
    bits[:, 0] = y == 0
    options = {"rule": rule, "centering": centering, "encoder": "binary"}
    clf = clone(MLP).set_params(max_iter=20, **options).fit(bits, y == 0)
    assert agrees(clf, 1 - bits)
    if centering:  # as biases they drown the only bit that tells anything
        assert clf.score(bits, y == 0) > 0.9
        assert set(clf._bit_counts[5:20]) == {90 * value * WEIGHT_UNIT}


@pytest.mark.parametrize("value", [0, 1])
def test_bits_that_never_change_teach_nothing(value):
    """A centred constant bit has no increments, so that its weights stay +-1."""
    bits = np.full((90, 70), value)
    bits[:, :3] = np.random.default_rng(0).integers(0, 2, size=(90, 3))
    clf = clone(MLP).set_params(encoder="binary", margin=1.0, annealing=0, average=1).fit(bits, y)
    assert (abs(clf.hidden_weights_[0][:, 3:70]) == 1).all()
    assert (abs(clf.hidden_weights_[0][:, :3]) != 1).any()


@pytest.mark.parametrize("n_samples", [2, 3, 5])
@pytest.mark.parametrize("n_columns", [1, 2])
@pytest.mark.parametrize("encoder", ["projection", "thermometer", ThermometerEncoder(1)])
@RULES
def test_small_data_are_taken(n_samples, n_columns, encoder, rule):
    X, y = np.arange(1.0, 1 + n_samples * n_columns).reshape(n_samples, -1), [0, 1, 0, 1, 0]
    options = {"encoder": encoder, "rule": rule, "centering": True, "max_iter": 3}
    clf = clone(MLP).set_params(**options).fit(X, y[:n_samples])
    assert agrees(clf, X)
    clf.partial_fit(X[:1], y[:1])
    assert clf.predict_proba(X).shape == (n_samples, 2)
    series = X[:, :, np.newaxis]
    clf = clone(RNN if rule == "contrastive" else STRAIGHT).set_params(encoder=encoder)
    clf.set_params(centering=True, max_iter=3).fit(series, y[:n_samples])
    assert agrees(clf, series)


@RULES
def test_sparse_rows_are_dense_rows(rule):
    clf = clone(MLP).set_params(rule=rule, centering=True)
    sparse, dense = clone(clf).fit(csr_array(X), y), clone(clf).fit(X, y)
    assert same(vars(sparse)["hidden_weights_"], dense.hidden_weights_)
    assert same(sparse._bit_counts, dense._bit_counts)
    assert same(sparse.encode(csr_array(X)), dense.encode(X))
    chunks = clone(clf).partial_fit(csr_array(X[:30]), y[:30], classes=[0, 1, 2])
    chunks.partial_fit(csr_array(X[30:]), y[30:])
    clf.partial_fit(X[:30], y[:30], classes=[0, 1, 2]).partial_fit(X[30:], y[30:])
    assert same(chunks.hidden_weights_, clf.hidden_weights_)


def test_the_mean_of_a_stream_is_that_of_all_it_has_seen():
    bits = (np.random.default_rng(0).random((90, 9)) < np.arange(1, 10) / 10).astype(int)
    clf = clone(MLP).set_params(encoder="binary")
    for start in range(0, 90, 30):
        clf.partial_fit(bits[start : start + 30], y[start : start + 30], classes=[0, 1, 2])
    counts = clf._bit_counts / WEIGHT_UNIT
    assert counts[:9].tolist() == bits.sum(axis=0).tolist()
    assert set(counts[9:]) == {90}


@pytest.mark.parametrize("weights", [np.arange(90) % 3, np.arange(90) / 64, np.full(90, 1e-9)])
def test_bits_count_as_much_as_their_samples(weights):
    bits = np.random.default_rng(0).integers(0, 2, size=(90, 9))
    clf = clone(MLP).set_params(encoder="binary")
    clf.partial_fit(bits, y, classes=[0, 1, 2], sample_weight=weights)
    sums = np.maximum(np.rint(WEIGHT_UNIT * weights), weights > 0) @ bits
    assert clf._bit_counts[:9].tolist() == sums.tolist()
    assert clf._bit_counts[-1] >= WEIGHT_UNIT * weights.sum()
