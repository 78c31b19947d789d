"""Two learning rules, and the parameters that belong to one of them alone."""

import copy
import pickle

import numpy as np
import pytest
from common import RULES, SMALL, SMALL_RNN, blobs, same, waves
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from bepsk import BEPMLPClassifier, BEPRNNClassifier
from bepsk.network import ContrastiveRule, PaperRule

X, y = blobs()
SERIES, LABELS = waves()
MLP, RNN = BEPMLPClassifier(**SMALL), BEPRNNClassifier(**SMALL_RNN)
BOTH = pytest.mark.parametrize(
    ("clf", "X", "y"), [(MLP, X, y), (RNN, SERIES, LABELS)], ids=["mlp", "rnn"]
)
OF_PAPER = [
    *[(MLP, X, "gate", value) for value in (0.05, 1, np.float32(0.5))],
    *[(MLP, X, "group_size", value) for value in (4, (4, 4), np.array([4, 2]), [2])],
    *[(MLP, X, "group_patience", value) for value in (3, None, np.int64(1))],
    *[(MLP, X, "reinforcement", value) for value in (0, 0.5, np.float64(1))],
    *[(RNN, SERIES, "gate", value) for value in (0.05, 1)],
    *[(RNN, SERIES, "group_size", value) for value in (4, np.int8(4))],
    *[(RNN, SERIES, "reinforcement", value) for value in (0, 0.5)],
    *[(RNN, SERIES, "clip_updates", value) for value in (True, False, np.True_)],
    *[(RNN, SERIES, "ties", value) for value in ("keep", "positive")],
]


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize(("clf", "X", "name", "value"), OF_PAPER)
def test_a_parameter_of_the_other_rule_is_a_clear_warning(clf, X, name, value, fitted):
    clf, y = clone(clf), np.arange(len(X)) % 3
    if fitted:
        clf.fit(X, y)
    message = (
        rf"^{name}=.* belongs to rule='paper' and has no effect: rule='contrastive'\. "
        rf"Leave {name} at 'auto', or set rule='paper'"
    )
    for train in (
        lambda clf: clf.fit(X, y),
        lambda clf: clf.partial_fit(X, y, classes=[0, 1, 2]),
        lambda clf: clf.set_params(warm_start=True).fit(X, y),
    ):
        expected = train(copy.deepcopy(clf)).hidden_weights_
        odd = copy.deepcopy(clf).set_params(**{name: value})
        before = copy.deepcopy(vars(odd))
        with pytest.raises(UserWarning, match=message):  # where warnings are errors
            train(odd)
        before["warm_start"] = odd.warm_start
        assert same(vars(odd), before)
        with pytest.warns(UserWarning, match=message) as warned:
            train(odd)
        assert len(warned) == 1
        assert same(odd.hidden_weights_, expected)
        assert odd.group_sizes_ == []
    odd.set_params(rule="paper", warm_start=False)
    assert odd.fit(X, y).predict(X).shape == y.shape


def test_every_parameter_of_the_paper_is_tried():
    for clf in (MLP, RNN):
        tried = {name for tried, _, name, _ in OF_PAPER if tried is clf}
        assert tried == set(clf._paper_defaults)
        assert {clf.get_params()[name] for name in tried} == {"auto"}


@BOTH
def test_the_defaults_of_the_paper_are_what_auto_means(clf, X, y):
    paper = clone(clf).set_params(rule="paper").fit(X, y)
    named = (
        clone(paper)
        .set_params(centering=False, annealing=0, average=1, **clf._paper_defaults)
        .fit(X, y)
    )
    assert same(named.hidden_weights_, paper.hidden_weights_)
    assert paper.group_sizes_
    assert paper.n_bias_ == 0


@BOTH
def test_the_defaults_of_the_contrastive_rule_are_what_auto_means(clf, X, y):
    clf = clone(clf).set_params(encoder="projection")
    auto = clone(clf).fit(X, y)
    noise = 0 if isinstance(clf, BEPMLPClassifier) else 1 / 16  # there are few series
    named = clone(clf).set_params(rule="contrastive", centering=True, annealing=0.4, noise=noise)
    named.set_params(average=max(1, auto.n_iter_ // 10)).fit(X, y)
    assert same(named.hidden_weights_, auto.hidden_weights_)
    assert auto.group_sizes_ == []


@BOTH
def test_make_rule_says_which_rule_it_is(clf, X, y):
    assert type(clone(clf).make_rule()) is ContrastiveRule
    assert type(clone(clf).set_params(rule="paper").make_rule()) is PaperRule


@BOTH
def test_a_search_goes_over_both_rules(clf, X, y):
    grid = [
        {"rule": ["paper"], "gate": [0.05, 1.0]},
        {"rule": ["contrastive"], "margin": [0.25, 1.0]},
    ]
    search = GridSearchCV(clf, grid, cv=2, error_score="raise").fit(X, y)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_score_ > 0.5
    assert search.best_estimator_.rule == search.best_params_["rule"]


@BOTH
@pytest.mark.filterwarnings("ignore:gate=.* belongs to rule='paper'")
def test_a_search_goes_over_parameters_of_one_rule_under_both(clf, X, y):
    grid = {"rule": ["paper", "contrastive"], "gate": [0.05, 1.0]}
    search = GridSearchCV(clf, grid, cv=2, error_score="raise").fit(X, y)
    results = search.cv_results_
    unread = [
        score
        for score, rule in zip(results["mean_test_score"], results["param_rule"], strict=True)
        if rule == "contrastive"
    ]
    assert len(unread) == 2
    assert unread[0] == unread[1]


@BOTH
@RULES
def test_clone_and_set_params_keep_the_new_parameters(clf, X, y, rule):
    parameters = {"rule": rule, "centering": False, "average": 2, "annealing": 0.25}
    changed = clone(clf).set_params(**parameters)
    twin = clone(changed)
    assert {name: twin.get_params()[name] for name in parameters} == parameters
    assert same(twin.fit(X, y).hidden_weights_, changed.fit(X, y).hidden_weights_)
    assert not hasattr(clone(twin), "n_bias_")
    again = clone(twin).set_params(**clf.get_params())
    assert again.get_params() == clf.get_params()


def unclipped_if_centred(clf):
    """Set what the paper's rule needs to go on from a recurrent network with centred inputs."""
    if isinstance(clf, BEPMLPClassifier):
        return clf
    clip = False if clf.rule == "paper" and vars(clf).get("_bit_counts") is not None else "auto"
    return clf.set_params(clip_updates=clip)


@pytest.mark.parametrize("first", ["contrastive", "paper"])
@pytest.mark.parametrize("second", ["contrastive", "paper"])
@BOTH
def test_the_rule_may_change_between_warm_fits(clf, X, y, first, second):
    y = np.random.default_rng(0).permutation(y)
    clf = clone(clf).set_params(warm_start=True, max_iter=2, margin=1.0, rule=first)
    unclipped_if_centred(clf).fit(X, y)
    n_bias, inputs = clf.n_bias_, clf.encode(X)
    before = clf.hidden_weights_
    unclipped_if_centred(clf.set_params(rule=second)).fit(X, y)
    assert clf.n_iter_ == len(clf.loss_curve_) == 4
    assert clf.n_bias_ == n_bias
    assert same(clf.encode(X), inputs)
    assert not same(clf.hidden_weights_, before)
    assert bool(clf.group_sizes_) is ("paper" in (first, second))
    unclipped_if_centred(clf.set_params(rule=first))
    twin = pickle.loads(pickle.dumps(clf)).partial_fit(X, y)
    assert same(clf.partial_fit(X, y).hidden_weights_, twin.hidden_weights_)
    assert clf.predict_proba(X).shape == (len(X), 3)


@BOTH
def test_the_groups_of_the_paper_come_with_its_rule(clf, X, y):
    clf = clone(clf).set_params(warm_start=True, max_iter=1, centering=False).fit(X, y)
    assert clf.group_sizes_ == []
    clf.set_params(rule="paper", group_size=4).fit(X, y)
    assert clf.group_sizes_ == [4, 4]


@pytest.mark.parametrize("clip_updates", ["auto", True])
def test_clipped_updates_do_not_go_on_from_centred_inputs(clip_updates):
    clf = clone(RNN).set_params(warm_start=True).fit(SERIES, LABELS)
    clf.set_params(rule="paper", clip_updates=clip_updates)
    before = copy.deepcopy(vars(clf))
    for train in (clf.fit, clf.partial_fit):
        with pytest.raises(ValueError, match=r"clip_updates=True.*centering; set clip_up"):
            train(SERIES, LABELS)
    assert same(vars(clf), before)
    assert clf.set_params(clip_updates=False).fit(SERIES, LABELS).group_sizes_ == [16, 16]


@RULES
@pytest.mark.parametrize("average", [1, 3])
@BOTH
def test_streams_go_on_alike_through_pickles_and_copies(clf, X, y, rule, average):
    chunks = [slice(0, 20), slice(20, 21), slice(21, 50), slice(0, len(X))]
    whole = clone(clf).set_params(rule=rule, average=average)
    streams = [clone(whole) for _ in range(3)]
    through = [lambda clf: pickle.loads(pickle.dumps(clf)), copy.copy, copy.deepcopy]
    for rows in chunks:
        whole.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
        for i, restore in enumerate(through):
            streams[i] = restore(streams[i]).partial_fit(X[rows], y[rows], classes=[0, 1, 2])
            assert same(vars(streams[i]), vars(whole))
    assert (whole._bit_counts is not None) is (rule == "contrastive")
    assert whole.n_iter_ == len(chunks)


@BOTH
def test_windows_and_counts_are_carried_from_fit_to_fit(clf, X, y):
    unending = {"margin": 1.0, "annealing": 0, "average": 1, "n_iter_no_change": None}
    whole = clone(clf).set_params(max_iter=3, **unending).fit(X, y)
    parts = clone(clf).set_params(max_iter=1, warm_start=True, **unending)
    for _ in range(3):
        parts = copy.deepcopy(parts).fit(X, y)
        assert len(parts._windows) == len(parts.hidden_weights_)
    assert same(parts._windows, whole._windows)
    assert same(parts._bit_counts, whole._bit_counts)
    assert same(parts.hidden_weights_, whole.hidden_weights_)
    reset = copy.deepcopy(parts)
    reset._windows = [np.full_like(windows, 2**30) for windows in reset._windows]
    assert not same(reset.fit(X, y).hidden_weights_, parts.fit(X, y).hidden_weights_)


@BOTH
@pytest.mark.parametrize("centering", [True, False])
def test_a_weight_of_two_is_a_repeated_sample(clf, X, y, centering):
    weights = np.arange(len(X)) % 3
    clf = clone(clf).set_params(shuffle=False, batch_size=1000, centering=centering, noise=0)
    clf.partial_fit(X, y, classes=[0, 1, 2])
    weighted, repeated = copy.deepcopy(clf), copy.deepcopy(clf)
    for _ in range(2):
        weighted.partial_fit(X, y, sample_weight=weights)
        repeated.partial_fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    assert same(weighted.hidden_weights_, repeated.hidden_weights_)
    assert same(weighted._windows, repeated._windows)
    assert weighted.loss_curve_ == repeated.loss_curve_


@pytest.mark.parametrize("rule", [{}, {"rule": "paper", "gate": 1.0}])
@pytest.mark.parametrize("class_weight", ["balanced", {0: 5.0}])
@BOTH
def test_class_weight_and_early_stopping_go_with_both(clf, X, y, rule, class_weight):
    clf = clone(clf).set_params(class_weight=class_weight, early_stopping=True, max_iter=9, **rule)
    clf.fit(X[y < 2], y[y < 2])
    assert clf.best_validation_score_ == max(clf.validation_scores_)
    assert clf.score(X[y < 2], y[y < 2]) >= 0.5
