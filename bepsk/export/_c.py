"""The way from a fitted estimator to files in C."""

import warnings
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path

import numpy as np

from bepsk._state import own_version
from bepsk.estimators import BEPMLPClassifier
from bepsk.export._describe import describe
from bepsk.export._describe_encoders import TYPES
from bepsk.export._example import estimator_logits, example_inputs
from bepsk.export._learner import describe_learner
from bepsk.export._model import Encoder, Projection, Thermometer
from bepsk.export._text import check_name, n_words
from bepsk.export._write import RUNTIME, RUNTIMES, Sizes, write_model

LARGE = 64 * 1024
"""Bytes of flash above which to_c warns."""
N_STEPS = 4


@dataclass(frozen=True)
class CModel:
    """A model in C.

    Parameters
    ----------
    name : str
        What its names begin with.
    header, source : str
        The text of ``name.h`` and ``name.c``.
    sizes : Sizes
        What it takes on a Cortex-M4: `flash`, `ram` and `stack` in bytes, and `operations`, the
        instructions of a prediction; estimates.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from bepsk import BEPMLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> from bepsk.export import to_c
    >>> clf = BEPMLPClassifier((32,), encoder="thermometer", max_iter=5).fit(X, y)
    >>> to_c(clf, name="iris", input_type="float32").header.startswith("/*")
    True
    """

    name: str
    header: str
    source: str
    sizes: Sizes

    def write(self, folder):
        """Write ``name.h``, ``name.c`` and the runtime they include into a folder.

        Parameters
        ----------
        folder : str or Path
            Made if it does not exist.

        Returns
        -------
        paths : list of Path
            The files.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        texts = {
            f"{self.name}.h": self.header,
            f"{self.name}.c": self.source,
        }
        for runtime in RUNTIMES:
            if runtime is RUNTIME or f'"{runtime.name}"' in self.source:
                texts[runtime.name] = runtime.read_text(encoding="utf-8")
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8", newline="\n")
        return [folder / file for file in texts]


def to_c(estimator, *, name="bepsk_model", input_type="auto", trainable=False, max_flash=None):
    """Write a fitted model in C that predicts exactly what it predicts in Python.

    The C calculates in integers, needs no memory but a little stack, and no library; it compiles
    as C99 and as C++17. Its names are ``name_predict`` and so on; a recurrent network has
    ``name_reset`` and ``name_step`` as well. The comment on top of the header shows how to call
    them.

    Parameters
    ----------
    estimator : BEPMLPClassifier, BEPMLPRegressor, BEPRNNClassifier or TrajectoryEnsembleClassifier
        A fitted model.
    name : str, default="bepsk_model"
        What the names in C begin with: ``name_predict``, ``name_input`` and so on.
    input_type : {"auto", "uint8", "int8", "int16", "int32", "float32"}, default="auto"
        Type of the numbers that the C reads. "float32" needs a `ThermometerEncoder`, which only
        compares. "auto" chooses the narrowest integer type that holds what the encoder tells
        apart, at least int16 with a `RandomProjectionEncoder`; "float32" if its thresholds lie
        anywhere but at or midway between whole numbers.
    trainable : bool, default=False
        Whether the C can learn: ``name_partial_fit`` changes a ``name_state`` as `partial_fit` of
        a `BEPMLPClassifier` changes its weights with ``online=True``, bit for bit. `load_weights`
        brings them back.
    max_flash : int or None, default=None
        Bytes of flash that the model may take at most.

    Returns
    -------
    model : CModel
        The text of the files, and the sizes of the model.

    Raises
    ------
    TypeError
        If the estimator, or its encoder, is of a kind that cannot be exported.
    ValueError
        If `name` is no identifier, if the model cannot be exact for the input type, or if it is
        larger than `max_flash`.

    Warns
    -----
    UserWarning
        If the model takes more than 64 KiB of flash, or reads whole numbers where the encoder was
        fitted on others.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from bepsk import BEPMLPClassifier
    >>> from bepsk.encoders import ThermometerEncoder
    >>> from bepsk.export import to_c
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = BEPMLPClassifier((64,), encoder=ThermometerEncoder(4), max_iter=5, random_state=0)
    >>> model = to_c(clf.fit(X, y), name="digits", max_flash=4096)
    >>> "int digits_predict(const digits_input *x);" in model.header
    True
    >>> model.sizes.ram, model.sizes.flash < 4096
    (0, True)
    """
    check_name(name)
    if input_type not in ["auto", *TYPES]:
        raise ValueError(f"input_type must be one of {['auto', *TYPES]}; got {input_type!r}.")
    model = describe(estimator, input_type, any_order=not trainable)
    if trainable:
        model = replace(model, learner=learner_of(estimator, model))
    recurrent = model.networks[0].state is not None
    example = example_inputs(model, N_STEPS if recurrent else 1, 0)
    logits = estimator_logits(estimator, example)[-1]
    model = replace(model, example=example, example_logits=logits)
    header, source, sizes = write_model(model, name, own_version())
    check_flash(model, sizes, max_flash)
    return CModel(name, header, source, sizes)


def learner_of(estimator, model):
    """Describe how an estimator goes on learning; TypeError or ValueError if the C cannot."""
    if not isinstance(estimator, BEPMLPClassifier):
        raise TypeError(
            f"trainable=True needs a BEPMLPClassifier; got a {type(estimator).__name__}."
        )
    learner = describe_learner(estimator)
    if learner.layers[0].n_inputs != model.encoder.n_bits:
        raise ValueError(
            f"trainable=True needs bits that are not constant; for {model.input_type} inputs, "
            "which are never missing, the encoder has some. Fit it without missing values, or "
            "choose input_type='float32'."
        )
    return learner


def check_flash(model, sizes, max_flash):
    """Warn of a model that is large; ValueError if it is larger than it may be."""
    if max_flash is not None and not isinstance(max_flash, Integral):
        raise ValueError(f"max_flash must be an integer, in bytes, or None; got {max_flash!r}.")
    if sizes.flash <= (LARGE if max_flash is None else max_flash):
        return
    others = [
        f"{name} would bring it to about {other.flash:,} bytes, {other.operations:,} instructions"
        for name, other in smaller_encoders(model)
        if other.flash < sizes.flash
    ]
    message = (
        f"the model takes about {sizes.flash:,} bytes of flash, and {sizes.operations:,} "
        "instructions per prediction."
    )
    remedy = f"In fit, {'; '.join([*others, 'narrower layers make it smaller as well'])}."
    if max_flash is not None:
        raise ValueError(f"max_flash={max_flash}: {message} {remedy}")
    warnings.warn(f"Large for a microcontroller: {message} {remedy}", stacklevel=3)


def smaller_encoders(model):
    """Yield encoders that make small models, and the sizes that the model would have with them."""
    n = model.encoder.n_features
    thermometer = Thermometer((np.arange(8),) * n, np.zeros((0, 2), dtype=int))
    yield "encoder=ThermometerEncoder(8)", sizes_with(model, Encoder(n, 8 * n, thermometer))
    components = np.zeros((512, n), dtype=np.int8)
    components[:, :3] = 1
    halves = np.zeros(512, dtype=bool)
    sums = Projection(None, components, np.full((512, 2), 2**15 - 1), halves).sorted()[0]
    yield "encoder=SparseSumEncoder(512)", sizes_with(model, Encoder(n, 512, sums))


def sizes_with(model, encoder):
    """Return the sizes that a model would have with another encoder."""
    networks = tuple(with_inputs(network, encoder.n_bits) for network in model.networks)
    return write_model(replace(model, encoder=encoder, networks=networks), "model", "")[2]


def with_inputs(network, n_bits):
    """Return a network that reads so many bits; its weights mean nothing."""
    if network.state is None:
        if not network.layers:
            return replace(network, top=resized(network.top, n_bits))
        first, *others = network.layers
        return replace(network, layers=(resized(first, n_bits), *others))
    n_states = 0 if network.single_step else 32 * n_words(network.state.n_neurons)
    return replace(network, state=resized(network.state, n_states + n_bits))


def resized(layer, n_inputs):
    """Return a layer with another number of inputs."""
    return replace(layer, weights=np.zeros((layer.n_neurons, n_inputs), dtype=bool))
