"""The tables: which methods run in which settings, on what data.

A setting is a row of a table, a method a column; an experiment is where they meet.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer, MinMaxScaler, StandardScaler

from benchmarks.paper import ablations, folds, published, rule_ablations
from benchmarks.paper.local_rule import FramedLocalRuleClassifier, LocalRuleClassifier
from benchmarks.paper.peers import FlatSeries, MiniRocket, TsetlinMachine
from benchmarks.paper.qat import QATClassifier, QATRNNClassifier
from benchmarks.paper.settings import CONTRASTIVE, ENSEMBLE, SEARCHED, chosen
from bepsk import BEPMLPClassifier, BEPRNNClassifier, TrajectoryEnsembleClassifier
from bepsk.encoders import LocalPatchEncoder, ThermometerEncoder

REQUIRES = {"QAT": "torch", "QAT + BN": "torch", "MiniRocket": "aeon", "Tsetlin": "green_tsetlin"}
"""The package that a method needs besides those of bepsk."""
SIX_SMALLEST = (
    "SmoothSubspace",
    "ERing",
    "InsectEPGRegularTrain",
    "GunPointAgeSpan",
    "Earthquakes",
    "DistalPhalanxOutlineAgeGroup",
)
QAT = ("QAT", "QAT + BN")


@dataclass(frozen=True)
class Table:
    """One table of the paper.

    Attributes
    ----------
    settings, methods : sequences of str
        Its rows and columns.
    model : callable(setting, method)
        Returns the estimator, without a seed; None where a method has no place in a setting.
    folds : callable(setting, method, seed, validation)
        Yields X, y, X_test, y_test; with `validation` of training data alone.
    published : dict {column: {setting: percent}}
        What the paper says.
    means : dict {label: settings}
        Rows of means over settings.
    curve : bool
        Whether the settings are "depth x width", to be drawn as curves.
    """

    settings: tuple
    methods: tuple
    model: Callable[[str, str], BaseEstimator | None]
    folds: Callable
    published: dict = field(default_factory=dict)
    means: dict = field(default_factory=dict)
    curve: bool = False


def sizes_of(setting):
    """Return the hidden layers of a setting "depth x width"."""
    depth, width = map(int, setting.split(" x "))
    return (width,) * depth


def feed_forward(method, sizes, encoder, parameters):
    """Return the classifier of one of the binary methods."""
    if method == ENSEMBLE:
        # The ensemble does not anneal; its cells are not to change with the annealing of BEP's.
        one = feed_forward("BEP", sizes, encoder, parameters | {"annealing": 0})
        return TrajectoryEnsembleClassifier(one)
    if method in QAT:
        network = QATClassifier(sizes, batch_norm=method == "QAT + BN", **parameters)
        return network if encoder == "binary" else make_pipeline(encoder, network)
    make = {
        "local rule": LocalRuleClassifier,
        "local rule, frames": FramedLocalRuleClassifier,
    }.get(method, BEPMLPClassifier)
    rule = "contrastive" if method in (CONTRASTIVE, SEARCHED) else "paper"
    return make(sizes, rule=rule, encoder=encoder, n_iter_no_change=None, **parameters)


def prototypes(setting, method):
    """Return the classifier of Random Prototypes."""
    parameters = chosen("prototypes", method, setting)
    return feed_forward(method, sizes_of(setting), "binary", parameters)


def fashion(setting, method):
    """Return the classifier of FashionMNIST with each pixel cut at its median."""
    parameters = chosen("fashion", method, setting)
    return feed_forward(method, sizes_of(setting), ThermometerEncoder(n_bits=1), parameters)


def mnist_bits(setting, method):
    """Return the classifier of MNIST with each pixel cut in its middle."""
    parameters = {"max_iter": 20}
    network = feed_forward(method, sizes_of(setting), "binary", parameters)
    return make_pipeline(Binarizer(threshold=127), network)


GREY = "grey values"
NETWORKS = {
    "2048 patches, 512-512": (2048, (512, 512)),
    "4096 patches, 1024-1024": (4096, (1024, 1024)),
    "8192 patches, 1024-1024": (8192, (1024, 1024)),
    "16384 patches, 2048-1024": (16384, (2048, 1024)),
}
QAT_NETWORK = "2048 patches, 512-512"


def best(table):
    """Return the function that makes the classifiers of images in grey."""

    def model(setting, method):
        if setting == GREY:
            return {
                "MLPClassifier": make_pipeline(
                    MinMaxScaler(), MLPClassifier((525, 525), early_stopping=True, max_iter=50)
                ),
                "HistGradientBoosting": HistGradientBoostingClassifier(early_stopping=True),
                "Tsetlin": make_pipeline(ThermometerEncoder(n_bits=1), TsetlinMachine()),
            }.get(method)
        if method not in ("BEP", CONTRASTIVE) and (method, setting) != ("QAT + BN", QAT_NETWORK):
            return None
        n_components, sizes = NETWORKS[setting]
        encoder = LocalPatchEncoder((28, 28), n_components)
        return feed_forward(method, sizes, encoder, chosen(table, method, setting))

    return model


def ucr(setting, method):
    """Return the classifier of a set of series; both rules with their defaults."""
    if method in QAT:
        if setting not in SIX_SMALLEST:
            return None
        return QATRNNClassifier(batch_norm=method == "QAT + BN", **chosen("ucr", method, setting))
    return {
        CONTRASTIVE: BEPRNNClassifier(),
        "BEP": BEPRNNClassifier(rule="paper"),
        ENSEMBLE: TrajectoryEnsembleClassifier(BEPRNNClassifier(rule="paper")),
        "1-NN": make_pipeline(FlatSeries(), KNeighborsClassifier(1)),
        "MiniRocket": MiniRocket(),
        "majority": DummyClassifier(strategy="most_frequent"),
    }[method]


WHOLE = "whole images"


def smnist(setting, method):
    """Return the classifier of images read in so many steps, or at once."""
    if method == "1-NN":
        return KNeighborsClassifier(1) if setting == WHOLE else None
    if setting == WHOLE:
        return None
    n_steps, parameters = int(setting.split()[0]), chosen("smnist", method, setting)
    rule = "contrastive" if method == CONTRASTIVE else "paper"
    n_rows = (parameters["overlap"] + 1) * -(-28 // n_steps)
    encoder = "projection"
    if n_rows > 1:
        encoder = LocalPatchEncoder((n_rows, 28), 2048, patch_size=(3, 7), window_size=(2, 8))
    return BEPRNNClassifier(
        1024, rule=rule, n_steps=n_steps, encoder=encoder, n_iter_no_change=None, **parameters
    )


def tabular(setting, method):
    """Return the classifier of a table; both rules with their defaults."""
    return {
        CONTRASTIVE: BEPMLPClassifier(encoder="projection"),
        "BEP": BEPMLPClassifier(encoder="projection", rule="paper"),
        "MLPClassifier": make_pipeline(StandardScaler(), MLPClassifier((512, 512))),
        "HistGradientBoosting": HistGradientBoostingClassifier(),
    }[method]


CURVE = tuple(f"{depth} x {width}" for depth in (2, 3) for width in (35, 75, 135, 255, 525))
BINARY = (CONTRASTIVE, "BEP", ENSEMBLE, "local rule", "local rule, frames", *QAT)
BEST = (CONTRASTIVE, "BEP", "QAT + BN", "MLPClassifier", "HistGradientBoosting", "Tsetlin")
UCR_NAMES = tuple(published.UCR["paper: BEP"])
TABULAR = tuple(folds.TABULAR)

TABLES = {
    "prototypes": Table(
        CURVE,
        (CONTRASTIVE, SEARCHED, *BINARY[1:]),
        prototypes,
        folds.prototypes,
        {"paper: BEP, about": published.PROTOTYPES},
        curve=True,
    ),
    "fashion": Table(
        CURVE,
        BINARY,
        fashion,
        folds.images("fashion_mnist"),
        {"paper: BEP, about": published.FASHION},
        curve=True,
    ),
    "fashion-deep": Table(
        ("4 x 256", "6 x 256", "8 x 256"),
        (CONTRASTIVE, "BEP"),
        fashion,
        folds.images("fashion_mnist"),
    ),
    "mnist-bits": Table(
        ("2 x 128", "2 x 512"), (CONTRASTIVE, "BEP"), mnist_bits, folds.images("mnist")
    ),
    "fashion-best": Table(
        (*NETWORKS, GREY), BEST, best("fashion-best"), folds.images("fashion_mnist")
    ),
    "mnist-best": Table((*NETWORKS, GREY), BEST, best("mnist-best"), folds.images("mnist")),
    "ucr": Table(
        UCR_NAMES,
        (CONTRASTIVE, "BEP", ENSEMBLE, *QAT, "1-NN", "MiniRocket", "majority"),
        ucr,
        folds.series,
        published.UCR,
        {"mean": UCR_NAMES, "mean of the six smallest": SIX_SMALLEST},
    ),
    "smnist": Table(
        ("28 steps", "28 steps, a row each", "7 steps", WHOLE),
        (CONTRASTIVE, "BEP", "1-NN"),
        smnist,
        folds.images("mnist"),
        {"paper: BEP, about": published.SMNIST},
    ),
    "ablations": Table(ablations.SETTINGS, ablations.DATA, ablations.model, ablations.folds),
    "rule": Table(
        rule_ablations.SETTINGS, rule_ablations.DATA, rule_ablations.model, rule_ablations.folds
    ),
    "tabular": Table(
        TABULAR,
        (CONTRASTIVE, "BEP", "MLPClassifier", "HistGradientBoosting"),
        tabular,
        folds.tables,
        means={"mean": TABULAR},
    ),
}
