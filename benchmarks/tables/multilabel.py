"""`BEPMLPClassifier` with several labels beside scikit-learn, micro-averaged F1.

`python -m benchmarks.tables.multilabel` takes the yeast genes from the package river, and does
without them if it is not installed.
"""

from functools import partial
from importlib.util import find_spec

import numpy as np
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multioutput import ClassifierChain
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.tables.comparison import main
from bepsk import BEPMLPClassifier

MODELS = {
    "BEPMLPClassifier": BEPMLPClassifier(),
    "MLPClassifier": make_pipeline(StandardScaler(), MLPClassifier()),
    "ClassifierChain(LogisticRegression)": make_pipeline(
        StandardScaler(), ClassifierChain(LogisticRegression(max_iter=2000))
    ),
}


def sets():
    """Return {name: (X, y)}."""
    made = {
        "5 labels, 20 features": make_multilabel_classification(1000, random_state=0),
        "10 labels, 50 features": make_multilabel_classification(
            1000, n_features=50, n_classes=10, n_labels=3, random_state=0
        ),
    }
    return made | ({"yeast": yeast()} if find_spec("river") else {})


def yeast():
    """Return 103 measurements of 2,417 genes, and which of 14 functions each has."""
    from river.datasets import Yeast

    samples = list(Yeast())
    X = np.array([list(x.values()) for x, _ in samples], dtype=float)
    return X, np.array([list(y.values()) for _, y in samples], dtype=int)


if __name__ == "__main__":
    main("multilabel", sets(), MODELS, partial(f1_score, average="micro"))
