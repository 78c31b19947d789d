"""The way from a fitted estimator to ONNX: converters that skl2onnx calls."""

from functools import partial, reduce

import numpy as np
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from bepsk.estimators import (
    BEPMLPClassifier,
    BEPMLPRegressor,
    BEPRNNClassifier,
    TrajectoryEnsembleClassifier,
)
from bepsk.export._onnx_encoders import add_encoder
from bepsk.export._onnx_graph import Graph
from bepsk.export._onnx_networks import (
    add_class_logits,
    add_feed_forward,
    add_number,
    add_places,
    add_recurrent,
    add_windows,
)

CLASSIFIERS = BEPMLPClassifier, BEPRNNClassifier, TrajectoryEnsembleClassifier
OPTIONS = {
    "zipmap": [True, False, "columns"],
    "nocl": [True, False],
    "output_class_labels": [False, True],
    "raw_scores": [True, False],
}
OLDEST_OPSET = 13


def to_onnx(estimator, *, raw_scores=False, target_opset=None):
    """Write a fitted model, or a pipeline that ends in one, in ONNX.

    It reads doubles under the name "X" and answers what the estimator answers in Python: labels,
    raw scores and the numbers of a regressor to the last bit, probabilities to 12 digits. The
    outputs are those of skl2onnx: "label" and "probabilities" of a classifier, "variable" of a
    regressor.

    Parameters
    ----------
    estimator : estimator or Pipeline
        A fitted `BEPMLPClassifier`, `BEPRNNClassifier`, `BEPMLPRegressor` or
        `TrajectoryEnsembleClassifier`, or a Pipeline of transformers that skl2onnx knows and one
        of these.
    raw_scores : bool, default=False
        Whether "probabilities" are what `decision_function` returns; of two classes its opposite
        and itself.
    target_opset : int, default=None
        Version of the operators, at least 13; the latest that skl2onnx knows when None.

    Returns
    -------
    model : onnx.ModelProto
        ``model.SerializeToString()`` is what a file holds and onnxruntime reads.

    Raises
    ------
    ImportError
        Without skl2onnx: ``pip install 'bepsk[onnx]'``.
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If the estimator, or its encoder, is of a kind that cannot be converted.
    ValueError
        If a part of it cannot be converted exactly.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from bepsk import BEPMLPClassifier
    >>> from bepsk.export import to_onnx
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = BEPMLPClassifier((32,), max_iter=5).fit(X, y)
    >>> [output.name for output in to_onnx(clf).graph.output]
    ['label', 'probabilities']
    """
    last = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    if type(last) not in (*CLASSIFIERS, BEPMLPRegressor):
        names = ", ".join(kind.__name__ for kind in (*CLASSIFIERS, BEPMLPRegressor))
        raise TypeError(
            f"estimator must be one of {names}, or a Pipeline that ends in one; got a "
            f"{type(last).__name__}. Others are for skl2onnx, after register_converters()."
        )
    check_is_fitted(estimator)
    register_converters()
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import DoubleTensorType

    shape: list[int | None] = [None, estimator.n_features_in_]
    member = members_of(last)[-1]
    if isinstance(member, BEPRNNClassifier) and not reads_table(member):
        shape.insert(1, None)
    choice = {"zipmap": False, "raw_scores": raw_scores}
    options = {id(last): choice} if is_classifier(last) else None
    return convert_sklearn(
        estimator,
        initial_types=[("X", DoubleTensorType(shape))],
        options=options,
        target_opset=target_opset,
    )


def register_converters():
    """Tell skl2onnx how to convert the estimators of bepsk, also inside of pipelines.

    Raises
    ------
    ImportError
        Without skl2onnx: ``pip install 'bepsk[onnx]'``.

    Notes
    -----
    Options are those of other classifiers: `zipmap`, `nocl`, `output_class_labels` and
    `raw_scores`. Inputs may be doubles, floats or int64; what comes before in a pipeline is exact
    in doubles alone.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from bepsk import BEPMLPClassifier
    >>> from bepsk.export import register_converters
    >>> register_converters()
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(BEPMLPClassifier((32,), max_iter=5), {"margin": [0.5, 1]}, cv=2)
    >>> from skl2onnx import to_onnx
    >>> model = to_onnx(search.fit(X, y), X[:1], options={"zipmap": False})
    >>> [output.name for output in model.graph.output]
    ['label', 'probabilities']
    """
    try:
        from skl2onnx import update_registered_converter
        from skl2onnx.common.shape_calculator import calculate_linear_regressor_output_shapes
    except ImportError as error:
        raise ImportError("ONNX needs skl2onnx: pip install 'bepsk[onnx]'.") from error

    for kind in CLASSIFIERS:
        alias = f"Bepsk{kind.__name__}"
        update_registered_converter(
            kind, alias, shape_of_classifier, convert_classifier, options=OPTIONS
        )
    update_registered_converter(
        BEPMLPRegressor,
        "BepskBEPMLPRegressor",
        calculate_linear_regressor_output_shapes,
        convert_regressor,
    )


def shape_of_classifier(operator):
    """Set the types and shapes of label and probabilities."""
    from skl2onnx.common.data_types import Int64TensorType
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes

    calculate_linear_classifier_output_shapes(operator)
    estimator = operator.raw_operator
    if is_multilabel(estimator):
        shape = [operator.inputs[0].get_first_dimension(), len(estimator.classes_)]
        operator.outputs[0].set_type(Int64TensorType(shape))


def convert_classifier(scope, operator, container):
    """Add a classifier: its logits, and what follows from them."""
    from skl2onnx.common.data_types import guess_numpy_type
    from skl2onnx.common.utils_classifier import get_label_classes

    graph, estimator = start(scope, operator, container)
    options = container.get_options(estimator, {"raw_scores": False})
    label, scores = (output.full_name for output in operator.outputs)
    logits = add_logits(graph, estimator, double_input(graph, operator))
    if is_multilabel(estimator):
        graph.cast(graph.op("Greater", logits, np.array(0, dtype=np.int32)), np.int64, label)
    else:
        best = graph.op("ArgMax", logits, axis=1, keepdims=0)
        graph.op("Gather", labels_of(get_label_classes(scope, estimator)), best, out=label)
    add = add_raw_scores if options["raw_scores"] else add_probabilities
    numbers = add(graph, estimator, graph.cast(logits, np.float64))
    graph.cast(numbers, guess_numpy_type(operator.outputs[1].type), scores)


def convert_regressor(scope, operator, container):
    """Add a regressor."""
    from skl2onnx.common.data_types import guess_numpy_type

    graph, estimator = start(scope, operator, container)
    bits = add_encoder(graph, estimator.encoder_, double_input(graph, operator))
    number, output = add_number(graph, estimator, bits), operator.outputs[0]
    graph.cast(number, guess_numpy_type(output.type), output.full_name)


def start(scope, operator, container):
    """Return the graph to add to, and the estimator to add, whose state has been checked."""
    estimator = operator.raw_operator
    for member in members_of(estimator):
        _ = member.network_
    if container.target_opset_onnx < OLDEST_OPSET:
        raise ValueError(
            f"target_opset must be at least {OLDEST_OPSET} for a {type(estimator).__name__}; got "
            f"{container.target_opset_onnx}."
        )
    return Graph(scope, container), estimator


def double_input(graph, operator):
    """Return the input as doubles, where all levels are computed."""
    return graph.cast(operator.inputs[0].full_name, np.float64)


def add_logits(graph, estimator, x):
    """Add the logits of a classifier, int32; of an ensemble their sum."""
    members = members_of(estimator)
    last = members[-1]
    if isinstance(last, BEPRNNClassifier):
        bits, add_network = add_steps(graph, last, x), add_recurrent
    else:
        bits, add_network = add_encoder(graph, last.encoder_, x), add_feed_forward
    logits = [
        add_class_logits(graph, member.network_.targets, add_network(graph, member, bits))
        for member in members
    ]
    return reduce(partial(graph.op, "Add"), logits)


def add_steps(graph, estimator, x):
    """Add the encoder of a recurrent classifier, bool (n_series, n_steps, n_bits)."""
    if reads_table(estimator):
        x = graph.op("Unsqueeze", x, np.array([2]))
    windows = add_windows(graph, estimator, x)
    rows = graph.op("Reshape", windows, np.array([-1, estimator.encoder_.n_features_in_]))
    bits = add_encoder(graph, estimator.encoder_, rows)
    n_bits = estimator.hidden_weights_[0].shape[1] - estimator.n_bias_
    sizes = graph.op("Gather", graph.op("Shape", windows), np.arange(2))
    bits = graph.op("Reshape", bits, graph.op("Concat", sizes, np.array([n_bits]), axis=0))
    return add_places(graph, estimator, bits) if estimator.place_code_ else bits


def add_raw_scores(graph, estimator, logits):
    """Add what `decision_function` returns; of two classes its opposite and itself."""
    targets = [member.network_.targets for member in members_of(estimator)]
    sizes = sum(getattr(target, "sizes", target.n_outputs) for target in targets)
    scores = graph.op("Div", logits, np.asarray(sizes, dtype=np.float64))
    if is_multilabel(estimator) or len(estimator.classes_) != 2:
        return scores
    return graph.op("Sub", scores, graph.op("Gather", scores, np.array([1, 0]), axis=1))


def add_probabilities(graph, estimator, logits):
    """Add what `predict_proba` returns."""
    logits = graph.op("Div", logits, np.array(float(estimator.temperature_)))
    if is_multilabel(estimator):
        return graph.op("Sigmoid", graph.op("Mul", logits, np.array(2.0)))
    return graph.op("Softmax", logits, axis=1)


def labels_of(classes):
    """Return classes as int64 or strings, which are all that ONNX has for labels."""
    classes = np.asarray(classes)
    if all(isinstance(label, str) for label in classes.tolist()):
        return classes.astype(object)
    if classes.dtype.kind in "buif":
        labels = classes.astype(np.int64)
        if np.array_equal(labels, classes):
            return labels
    raise ValueError(
        f"classes_ must be strings or whole numbers below 2^63, for ONNX; got {classes}."
    )


def members_of(estimator):
    """Return the members of an ensemble, or the estimator itself."""
    return getattr(estimator, "estimators_", [estimator])


def is_multilabel(estimator):
    """Say whether samples have several labels."""
    return members_of(estimator)[-1].prototypes_.ndim == 1


def reads_table(estimator):
    """Say whether a recurrent classifier was fitted on a table, of one feature over time."""
    return estimator.n_features_in_ != len(estimator.feature_means_)
