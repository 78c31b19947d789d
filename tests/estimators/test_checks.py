import inspect

from sklearn.utils.estimator_checks import parametrize_with_checks

from bepsk import (
    BEPMLPClassifier,
    BEPMLPRegressor,
    BEPRNNClassifier,
    TrajectoryEnsembleClassifier,
)
from bepsk.encoders import RandomProjectionEncoder, ThermometerEncoder

SAMPLE_WEIGHTS = (
    "mini-batches, their order and the encoder's thresholds depend on the number of rows; the "
    "update itself is exactly equivalent, see tests/network/test_feedforward.py"
)
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": SAMPLE_WEIGHTS,
    "check_sample_weight_equivalence_on_sparse_data": SAMPLE_WEIGHTS,
}
STRICT = (
    {"xfail_strict": True}
    if "xfail_strict" in inspect.signature(parametrize_with_checks).parameters
    else {}
)


@parametrize_with_checks(
    [
        BEPMLPClassifier(),
        BEPMLPClassifier(
            (65,), encoder=RandomProjectionEncoder(256), early_stopping=True, random_state=0
        ),
        BEPMLPClassifier(
            64,
            encoder="thermometer",
            rule="paper",
            group_patience=None,
            max_iter=20,
            random_state=0,
        ),
        BEPMLPClassifier(
            (33, 32, 31),
            encoder=ThermometerEncoder(20),
            rule="paper",
            gate=0.5,
            max_iter=20,
            random_state=0,
        ),
        BEPMLPClassifier(
            64, encoder="thermometer", average=3, early_stopping=True, max_iter=20, random_state=0
        ),
        BEPMLPClassifier(64, rule="paper", centering=True, max_iter=20, random_state=0),
        BEPMLPRegressor(),
        BEPMLPRegressor(
            64, encoder="thermometer", rule="paper", early_stopping=True, random_state=0
        ),
        BEPRNNClassifier(),
        BEPRNNClassifier(rule="paper"),
        BEPRNNClassifier(32, average=2, centering=False, max_iter=20, random_state=0),
        BEPRNNClassifier(33, n_steps="raw", max_iter=20, random_state=0),
        BEPRNNClassifier(64, encoder="thermometer", max_iter=20, random_state=0),
        # With weights of 1000 and 1e-4 for the classes and 5 validation samples, the contrastive
        # rule stops after an epoch or two, and passes check_class_weight_classifiers by chance.
        BEPRNNClassifier(
            64, encoder="thermometer", rule="paper", early_stopping=True, random_state=0
        ),
        TrajectoryEnsembleClassifier(BEPMLPClassifier(64, max_iter=20, random_state=0), 3),
    ],
    expected_failed_checks=lambda estimator: EXPECTED,
    **STRICT,
)
def test_scikit_learn_finds_no_fault(estimator, check):
    check(estimator)
