"""C that goes on learning, bit for bit as Python does."""

import copy

import exported
import numpy as np
import pytest
import trained
from sklearn.datasets import load_digits

from bepsk import BEPMLPClassifier, BEPRNNClassifier
from bepsk.encoders import ThermometerEncoder
from bepsk.export import dump_weights, load_weights, to_c

X, y = load_digits(return_X_y=True)


def small(**parameters):
    options = {"encoder": ThermometerEncoder(2), "max_iter": 2, "random_state": 0, "online": True}
    return BEPMLPClassifier((33, 20), **options | parameters).fit(X[:300], y[:300])


@pytest.mark.skipif(not exported.compilers(), reason="no C compiler")
@pytest.mark.parametrize("number", range(5))
def test_the_state_after_each_row_is_that_of_python(number):
    clf, kind = trained.random_model(number)
    command = exported.compilers()[number % len(exported.compilers())]
    flags = [["-O0", "-Os", "-O2"][number % 3], *exported.SANITIZED]
    differences, changed = trained.count_differences(clf, kind, 60, command, flags)
    assert differences == 0
    assert changed > 20


@pytest.mark.parametrize("weight_bits", [8, 9, 16])
@pytest.mark.parametrize("centering", [False, True])
def test_what_is_dumped_loads(weight_bits, centering):
    clf = small(weight_bits=weight_bits, centering=centering, margin=1.0)
    first = copy.deepcopy(clf)
    clf.partial_fit(X[300:400], y[300:400])
    data = dump_weights(clf)
    assert data != dump_weights(first)
    assert load_weights(first, data) is first
    assert dump_weights(first) == data
    np.testing.assert_array_equal(first.predict_proba(X), clf.predict_proba(X))
    for twin in (clf, first):
        twin.partial_fit(X[400:450], y[400:450])
    assert dump_weights(first) == dump_weights(clf)


def test_dumping_changes_nothing():
    clf = small()
    before = copy.deepcopy(vars(clf))
    dump_weights(clf)
    to_c(clf, trainable=True)
    assert vars(clf).keys() == before.keys()
    np.testing.assert_array_equal(clf.hidden_weights_[0], before["hidden_weights_"][0])


def test_bytes_of_another_model_are_refused_and_change_nothing():
    clf, other = small(), small(random_state=1)
    data, before = dump_weights(other), dump_weights(clf)
    for wrong in (data, before[:-1], before + b"0", b"", before[:4] + bytes(4) + before[8:]):
        with pytest.raises(ValueError, match="data must"):
            load_weights(clf, wrong)
        assert dump_weights(clf) == before


def test_what_cannot_learn_in_c_is_refused():
    with pytest.raises(TypeError, match="trainable=True needs a BEPMLPClassifier"):
        to_c(
            BEPRNNClassifier(8, max_iter=1, encoder=ThermometerEncoder(2)).fit(X, y),
            trainable=True,
        )
    with pytest.raises(ValueError, match="rule='contrastive'"):
        to_c(small(rule="paper"), trainable=True)
    holes = np.where(np.arange(64) == X[:, :1], np.nan, X)
    clf = BEPMLPClassifier((8,), encoder=ThermometerEncoder(2), max_iter=1).fit(holes, y)
    with pytest.raises(ValueError, match="bits that are not constant"):
        to_c(clf, input_type="uint8", trainable=True)
    clf = small()
    clf.hidden_weights_ = [H * 1001 for H in clf.hidden_weights_]
    clf.partial_fit(X[:1], y[:1])
    clf.set_params(weight_bits=8).hidden_weights_ = [H | 1024 for H in clf.hidden_weights_]
    with pytest.raises(ValueError, match="weight_bits=8"):
        to_c(clf, trainable=True)


def test_the_files_are_complete(tmp_path):
    paths = to_c(small(), name="digits", trainable=True).write(tmp_path)
    assert [path.name for path in paths] == ["digits.h", "digits.c", "bepsk.h", "bepsk_train.h"]
