"""From a fitted estimator, by its public attributes alone, to the description of a model."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from bepsk.estimators import (
    BEPMLPClassifier,
    BEPMLPRegressor,
    BEPRNNClassifier,
    TrajectoryEnsembleClassifier,
)
from bepsk.export import _model as model
from bepsk.export._describe_encoders import INT32_MAX, describe_encoder
from bepsk.network import (
    ClassTargets,
    FeedForwardNetwork,
    LabelTargets,
    NumberTargets,
    RecurrentNetwork,
)
from bepsk.network.number_targets import UNIT

MAX_LOGIT = 2**15 - 1


def describe(estimator, input_type, any_order=True):
    """Describe a fitted estimator; `input_type` is one of TYPES or "auto".

    Bits may come in another order than in Python if `any_order`.

    Raises
    ------
    TypeError
        For an estimator that cannot be exported.
    ValueError
        For a part of it that cannot be exported exactly.
    """
    known = BEPMLPClassifier, BEPMLPRegressor, BEPRNNClassifier, TrajectoryEnsembleClassifier
    if not isinstance(estimator, known):
        raise TypeError(
            "estimator must be a fitted BEPMLPClassifier, BEPMLPRegressor, BEPRNNClassifier or "
            f"TrajectoryEnsembleClassifier; got a {type(estimator).__name__}. Of a Pipeline give "
            "the last step; what comes before it has to be done on the device by other means."
        )
    check_is_fitted(estimator)
    members = getattr(estimator, "estimators_", [estimator])
    last = members[-1]
    networks = [member.network_ for member in members]  # checks all that is read below
    for network in networks:
        check_network(network)
    n_outputs = sum(n.targets.n_outputs for n in networks if not n.targets.reads_sums)
    if n_outputs > MAX_LOGIT:
        raise ValueError(f"estimator: its logits may exceed {MAX_LOGIT}.")
    recurrent = isinstance(last, BEPRNNClassifier)
    place_seed = last.place_seed_ if recurrent and last.place_code_ else None
    encoder, inputs, input_type = describe_encoder(
        last.encoder_, input_type, any_order and place_seed is None
    )
    if place_seed is not None and inputs.constant.any():
        raise ValueError("estimator: place_code=True flips bits that are constant here.")
    inputs = inputs.followed_by(np.ones(last.n_bias_, dtype=int))
    make_network = describe_recurrent if recurrent else describe_feed_forward
    return model.Model(
        labels_of(getattr(last, "classes_", np.zeros(0))),
        input_type,
        encoder,
        tuple(make_network(member, inputs) for member in members),
        place_seed,
    )


def check_network(network):
    """Raise TypeError for a network that a subclass or another kind of target brought in."""
    found = type(network), type(network.targets)
    if found[0] not in (FeedForwardNetwork, RecurrentNetwork) or found[1] not in TOPS:
        names = " over ".join(kind.__name__ for kind in found)
        raise TypeError(
            "estimator: its network_ must be, to be exported, a FeedForwardNetwork or a "
            f"RecurrentNetwork over {', '.join(kind.__name__ for kind in TOPS)}; got a {names}."
        )


def labels_of(classes):
    """Return labels as ints, if all are whole numbers within 32 bits, or as str."""
    labels = classes.tolist()
    numbers = all(isinstance(label, (int, float)) for label in labels)  # bool is an int, too
    if numbers and all(abs(label) <= INT32_MAX and label == int(label) for label in labels):
        return list(map(int, labels))
    return list(map(str, labels))


def describe_feed_forward(estimator, inputs):
    """Describe the network of a perceptron."""
    targets, weights = estimator.network_.targets, estimator.hidden_weights_
    inputs = [inputs, *[None] * (len(weights) - 1)]
    top = TOPS[type(targets)](targets, weights[-1], inputs[-1])
    below = weights[:-1] if isinstance(top, model.Cells) else weights
    return model.Network(tuple(map(model.make_layer, below, inputs)), top)


def describe_classes(targets, *last_layer):
    """Describe the prototypes of classes."""
    return model.Prototypes(targets.prototypes > 0)


def describe_labels(targets, *last_layer):
    """Describe the shares of several labels."""
    return model.Shares(targets.prototypes > 0, targets.starts + targets.sizes)


def describe_numbers(targets, hidden_weights, inputs):
    """Describe the last layer of a regressor."""
    total = hidden_weights.shape[1]
    weights, agree = (inputs or model.Inputs.plain(total)).split(hidden_weights)
    sums = 2 * np.arange(total + 1) - total
    return model.Cells(
        weights,
        agree,
        total,
        UNIT + targets.read(sums, total),
        targets.widths,
        float(targets.offset),
        float(targets.scale) / (2 * UNIT),
    )


TOPS: dict = {
    ClassTargets: describe_classes,
    LabelTargets: describe_labels,
    NumberTargets: describe_numbers,
}
"""How what a network is asked for is described."""


def describe_recurrent(estimator, inputs):
    """Describe a recurrent network; what its state reads begins with the last state."""
    reading, recurring, output = estimator.hidden_weights_
    single_step = estimator.n_steps_ == 1
    layers = (model.make_layer(output),)
    targets = estimator.network_.targets
    top = TOPS[type(targets)](targets)
    if single_step:
        return model.Network(layers, top, model.make_layer(reading, inputs), single_step)
    # The state fills whole words: by bits that are 0 and agree with nothing.
    n_fill = -len(reading) % 32
    fill = np.zeros((len(reading), n_fill), dtype=reading.dtype)
    weights = np.concatenate([recurring, fill, reading], axis=1)
    inputs = model.Inputs.plain(len(reading) + n_fill).followed_by(inputs.constant, inputs.order)
    inertia = int(256 * estimator.inertia_)
    if inertia:
        state = model.make_sums(weights, inputs, n_fill, inertia)
    else:
        state = model.make_layer(weights, inputs, n_fill)
    return model.Network(layers, top, state)
