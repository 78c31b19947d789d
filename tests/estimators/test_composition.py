"""Inside scikit-learn's meta-estimators, and with other people's encoders."""

import numpy as np
import pandas as pd
import pytest
from common import SMALL, blobs, same
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer, FunctionTransformer, KBinsDiscretizer, StandardScaler

from bepsk import BEPMLPClassifier, BEPRNNClassifier
from bepsk.encoders import (
    BinaryEncoder,
    RandomProjectionEncoder,
    ThermometerEncoder,
)

X, y = blobs()
KBINS = {"quantile_method": "averaged_inverted_cdf"}


def fresh(**parameters):
    return BEPMLPClassifier(**SMALL | {"max_iter": 15} | parameters)


@pytest.mark.parametrize(
    ("name", "encoder"),
    [
        ("projection", RandomProjectionEncoder()),
        ("thermometer", ThermometerEncoder()),
        ("binary", BinaryEncoder()),
    ],
)
def test_a_name_stands_for_a_default_encoder(name, encoder):
    data = X if name != "binary" else ThermometerEncoder(9).fit_transform(X)
    named, given = fresh(encoder=name).fit(data, y), fresh(encoder=encoder).fit(data, y)
    assert type(named.encoder_) is type(encoder)
    assert same(named.hidden_weights_, given.hidden_weights_)
    assert named.score(data, y) > 0.9


@pytest.mark.parametrize(
    "encoder",
    [
        ThermometerEncoder(20),
        RandomProjectionEncoder(256, threshold="median"),
        KBinsDiscretizer(8, encode="onehot", **KBINS),
        KBinsDiscretizer(8, encode="onehot-dense", **KBINS),
        make_pipeline(StandardScaler(), ThermometerEncoder(20)),
        make_pipeline(StandardScaler(), RandomProjectionEncoder(128), Binarizer()),
        ThermometerEncoder(20).set_output(transform="pandas"),
    ],
    ids=lambda encoder: str(encoder).split("(")[0],
)
def test_any_transformer_to_bits_is_an_encoder(encoder):
    clf = fresh(encoder=encoder).fit(X, y)
    assert clf.encoder_ is not encoder
    assert not hasattr(encoder, "n_features_in_")
    assert clf.score(X, y) > 0.9
    n_bits = clf.encoder_.transform(X[:1]).shape[1]
    assert clf.n_bias_ == round(2 * n_bits**0.5)
    assert clf.hidden_weights_[0].shape[1] == n_bits + clf.n_bias_
    assert same(clf.hidden_weights_, fresh(encoder=clone(encoder)).fit(X, y).hidden_weights_)


@pytest.mark.parametrize("encoder", ["binary", StandardScaler()])
def test_an_encoding_that_is_not_binary_is_a_clear_error(encoder):
    with pytest.raises(ValueError, match="must hold bits"):
        fresh(encoder=encoder).fit(X, y)


@pytest.mark.parametrize("kind", [np.int8, np.bool, np.float32, lambda bits: 2.0 * bits - 1])
def test_binary_input_of_any_kind_trains_the_same(kind):
    bits = ThermometerEncoder(9).fit_transform(X).astype(int)
    expected = fresh(encoder="binary").fit(bits, y)
    clf = fresh(encoder="binary").fit(kind(bits), y)
    assert same(clf.hidden_weights_, expected.hidden_weights_)
    np.testing.assert_array_equal(clf.predict(kind(bits)), expected.predict(bits))


@pytest.mark.parametrize("encoder", ["projection", "thermometer", KBinsDiscretizer(8, **KBINS)])
def test_sparse_input_is_taken_if_the_encoder_takes_it(encoder):
    clf = fresh(encoder=encoder)
    if not isinstance(encoder, str):
        with pytest.raises(TypeError, match=r"[Ss]parse"):
            clf.fit(csr_array(X), y)
        return
    weights = np.arange(90) % 3
    expected = clone(clf).fit(X, y, weights, X_val=X[:9], y_val=y[:9])
    clf.fit(csr_array(X), y, weights, X_val=csr_array(X[:9]), y_val=y[:9])
    assert same(clf.hidden_weights_, expected.hidden_weights_)
    assert clf.__sklearn_tags__().input_tags.sparse


def test_an_encoder_with_a_seed_of_its_own_keeps_it():
    encoder = RandomProjectionEncoder(64, random_state=5)
    clf = fresh(encoder=encoder).fit(X, y)
    assert same(clf.encoder_, clone(encoder).fit(X, y))


def test_a_pipeline_ends_in_the_classifier():
    assert make_pipeline(StandardScaler(), fresh()).fit(X, y).score(X, y) > 0.9


def test_grid_search_tunes_the_encoder():
    search = GridSearchCV(
        fresh(encoder=ThermometerEncoder()),
        {"encoder__n_bits": [1, 16], "margin": [0.5]},
        n_jobs=2,
        cv=3,
    )
    search.fit(X, y)
    assert search.best_params_ == {"encoder__n_bits": 16, "margin": 0.5}
    assert search.best_estimator_.encoder_.n_bits == 16


def test_a_search_tunes_an_encoder_given_by_name():
    halving = HalvingGridSearchCV(
        fresh(encoder="thermometer"), {"encoder__n_bits": [1, 16]}, random_state=0
    )
    assert halving.fit(X, y).best_params_["encoder__n_bits"] in (1, 16)
    random = RandomizedSearchCV(
        make_pipeline(StandardScaler(), fresh()),
        {"bepmlpclassifier__encoder__n_components": [64, 128]},
        n_iter=2,
        random_state=0,
    )
    bits = random.fit(X, y).best_estimator_[-1].encoder_.n_features_out_
    assert bits == random.best_params_["bepmlpclassifier__encoder__n_components"]


def test_a_name_becomes_its_encoder_when_one_of_its_parameters_is_set():
    clf = fresh(encoder="projection")
    assert clf.set_params(margin=0.25).encoder == "projection"
    clf.set_params(encoder__n_components=64, margin=0.75)
    assert same(clf.encoder, RandomProjectionEncoder(64))
    assert clf.margin == 0.75
    clf.set_params(encoder="thermometer", encoder__n_bits=3)
    assert same(clf.encoder, ThermometerEncoder(3))
    encoder = ThermometerEncoder()
    clf.set_params(encoder=encoder, encoder__n_bits=5)
    assert clf.encoder is encoder
    assert clf.get_params()["encoder__n_bits"] == 5


def test_of_a_recurrent_network_the_name_keeps_its_width():
    rnn = BEPRNNClassifier(hidden_size=32).set_params(encoder__relevance=False)
    assert same(rnn.encoder, RandomProjectionEncoder(32, relevance=False))
    rnn = BEPRNNClassifier().set_params(encoder__relevance=False, hidden_size=64)
    assert rnn.encoder.n_components == 64


def test_what_is_no_parameter_of_the_encoder_is_an_error():
    with pytest.raises(ValueError, match="Invalid parameter 'n_bits'"):
        fresh(encoder="projection").set_params(encoder__n_bits=3)
    with pytest.raises(ValueError, match=r"encoder='neon' is no name .* an\s*encoder itself"):
        fresh(encoder="neon").set_params(encoder__n_bits=3)
    with pytest.raises(ValueError, match="Invalid parameter 'encodr'"):
        fresh().set_params(encodr__n_bits=3)


def test_validation_samples_pass_through_a_pipeline():
    with config_context(enable_metadata_routing=True):
        clf = fresh().set_fit_request(X_val=True, y_val=True)
        pipeline = make_pipeline(StandardScaler(), clf, transform_input=["X_val"])
        pipeline.fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    scaler = StandardScaler().fit(X[::2])
    expected = fresh().fit(
        *(scaler.transform(X[::2]), y[::2]), X_val=scaler.transform(X[1::2]), y_val=y[1::2]
    )
    assert len(pipeline[-1].validation_scores_) == pipeline[-1].n_iter_
    assert same(pipeline[-1].validation_scores_, expected.validation_scores_)


def test_cross_validation_scores():
    assert cross_val_score(fresh(), X, y, cv=3).mean() > 0.9


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
@pytest.mark.filterwarnings("ignore:.*:FutureWarning")
def test_probabilities_can_be_calibrated(method):
    clf = CalibratedClassifierCV(fresh(), method=method, cv=3).fit(X, y)
    assert clf.score(X, y) > 0.9


def test_votes_are_taken():
    vote = VotingClassifier([("bep", fresh()), ("lr", LogisticRegression())], voting="soft")
    assert vote.fit(X, y).score(X, y) > 0.9


def test_column_names_are_kept_and_checked():
    frame = pd.DataFrame(X, columns=list("abcd"))
    clf = fresh(encoder="thermometer").fit(frame, y)
    assert clf.feature_names_in_.tolist() == list("abcd")
    assert clf.encoder_.feature_names_in_.tolist() == list("abcd")
    np.testing.assert_array_equal(
        clf.predict(frame), fresh(encoder="thermometer").fit(X, y).predict(X)
    )
    for predict in (clf.predict, clf.predict_proba, lambda X: clf.partial_fit(X, y)):
        with pytest.raises(ValueError, match="feature names"):
            predict(frame[list("badc")])
    with pytest.warns(UserWarning, match="valid feature names"):
        clf.predict(X)


def test_a_frame_with_zero_weights_and_validation_is_taken():
    frame = pd.DataFrame(X, columns=list("abcd"))
    weights = (np.arange(90) % 3 > 0).astype(float)
    framed = fresh().fit(frame, y, weights, X_val=frame[:30], y_val=y[:30])
    plain = fresh().fit(X, y, weights, X_val=X[:30], y_val=y[:30])
    assert same(framed.hidden_weights_, plain.hidden_weights_)
    assert framed.validation_scores_ == plain.validation_scores_


def test_rows_may_come_in_forms_that_have_no_number_of_features():
    def to_bits(X):
        return np.array([list(x.values()) if isinstance(x, dict) else x for x in X]) > 0

    rows = [{"a": i % 2, "b": 1 - i % 2} for i in range(20)]
    clf = BEPMLPClassifier((16,), encoder=FunctionTransformer(to_bits), max_iter=3, random_state=0)
    clf.fit(rows, np.arange(20) % 2)
    matrix = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert clf.predict(matrix).tolist() == clf.predict(rows[:2]).tolist()
