import pytest
from common import SMALL, blobs
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterGrid, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bepsk import BEPMLPClassifier, BEPRNNClassifier, search_space
from bepsk.encoders import ThermometerEncoder

X, y = blobs()
KINDS = [
    BEPMLPClassifier(),
    BEPMLPClassifier(rule="paper"),
    BEPMLPClassifier(encoder="thermometer"),
    BEPMLPClassifier(encoder=ThermometerEncoder(4)),
    BEPRNNClassifier(),
    BEPRNNClassifier(rule="paper"),
]


@pytest.mark.parametrize("clf", KINDS, ids=str)
def test_a_space_holds_the_defaults(clf):
    defaults = type(clf)().get_params()
    for name, values in search_space(clf).items():
        assert defaults[name] in values
        assert len(values) > 2


@pytest.mark.parametrize("clf", KINDS, ids=str)
def test_every_point_can_be_fitted(clf):
    clf.set_params(max_iter=1)
    space = {name: values[:2] for name, values in search_space(clf).items()}
    for point in list(ParameterGrid(space))[::7]:
        clf.set_params(**point).fit(X, y)


def test_an_encoder_that_was_chosen_stays():
    assert "encoder" in search_space(BEPMLPClassifier())
    assert "encoder" not in search_space(BEPMLPClassifier(encoder="binary"))
    assert "encoder" not in search_space(BEPMLPClassifier(encoder=ThermometerEncoder()))


def test_names_in_a_pipeline_have_its_prefix():
    pipeline = make_pipeline(StandardScaler(), BEPMLPClassifier(**SMALL))
    space = search_space(pipeline)
    assert space.keys() == {
        f"bepmlpclassifier__{name}" for name in search_space(BEPMLPClassifier())
    }
    search = RandomizedSearchCV(pipeline, space, n_iter=2, cv=2, random_state=0)
    assert search.fit(X, y).score(X, y) > 0.7


def test_spaces_do_not_share_their_lists():
    search_space(BEPMLPClassifier())["margin"].clear()
    assert search_space(BEPMLPClassifier())["margin"]


@pytest.mark.parametrize("other", [LogisticRegression(), make_pipeline(StandardScaler()), None])
def test_another_estimator_is_an_error(other):
    with pytest.raises(TypeError, match="estimator must be a BEPMLPClassifier"):
        search_space(other)
