"""Where to look for better parameters."""

from sklearn.pipeline import Pipeline

from bepsk.estimators.mlp import BEPMLPClassifier
from bepsk.estimators.rnn import BEPRNNClassifier

SPACE: dict[str, list] = {"margin": [0.25, 0.5, 0.75], "noise": ["auto", 1 / 32, 1 / 16, 1 / 8]}
PAPER: dict[str, list] = {"gate": ["auto", 0.2, 1.0], "reinforcement": ["auto", 0.0, 1.0]}
PERCEPTRON: dict[str, list] = {
    "hidden_layer_sizes": [(128, 128), (256, 256), (512, 512), (1024, 512)]
}
RECURRENT: dict[str, list] = {"hidden_size": [128, 256, 512, 1024], "n_steps": ["auto", 4, 16]}
ENCODERS: list = ["auto", "projection", "sparse", "thermometer"]


def search_space(estimator):
    """Return the parameters that are worth a search, with values to try.

    Parameters
    ----------
    estimator : BEPMLPClassifier, BEPRNNClassifier or Pipeline that ends in one
        What is to be tuned; it is not changed, and need not be fitted. The values depend on its
        kind, its `rule`, and whether `encoder` is the default.

    Returns
    -------
    space : dict of lists
        Values of each parameter, for the searches of scikit-learn. Every list has the default.

    Raises
    ------
    TypeError
        If it is another estimator.

    Notes
    -----
    The space is meant for a random search: a grid of all of it has hundreds of points.

    Examples
    --------
    >>> from bepsk import BEPMLPClassifier, search_space
    >>> sorted(search_space(BEPMLPClassifier(encoder="binary")))
    ['hidden_layer_sizes', 'margin', 'noise']
    """
    prefix, clf = "", estimator
    if isinstance(estimator, Pipeline):
        name, clf = estimator.steps[-1]
        prefix = f"{name}__"
    if not isinstance(clf, BEPMLPClassifier | BEPRNNClassifier):
        raise TypeError(
            "estimator must be a BEPMLPClassifier, a BEPRNNClassifier or a Pipeline that ends in "
            f"one; got {clf!r}."
        )
    space = SPACE | (PERCEPTRON if isinstance(clf, BEPMLPClassifier) else RECURRENT)
    if clf.rule == "paper":
        space |= PAPER
    if "hidden_layer_sizes" in space and isinstance(clf.encoder, str) and clf.encoder != "binary":
        space |= {"encoder": ENCODERS}
    return {prefix + name: list(values) for name, values in space.items()}
