"""
Tuning with a ready-made search space
=====================================

`search_space` names the parameters that are worth a search, with values to try. Successive
halving over epochs tries many candidates for a few epochs, and only the best of them for all.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV, train_test_split

from bepsk import BEPMLPClassifier, search_space

warnings.filterwarnings("ignore", category=ConvergenceWarning)  # the first rounds are short

X, y = make_classification(1500, 12, n_informative=6, flip_y=0.15, class_sep=0.8, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

clf = BEPMLPClassifier(random_state=0)
search = HalvingRandomSearchCV(
    clf,
    search_space(clf),
    n_candidates=9,
    resource="max_iter",
    min_resources=3,
    max_resources=27,
    cv=3,
    random_state=0,
).fit(X_train, y_train)

print(f"defaults: {clf.set_params(max_iter=27).fit(X_train, y_train).score(X_test, y_test):.3f}")
print(f"tuned:    {search.score(X_test, y_test):.3f}")
print(search.best_params_)

fig, ax = plt.subplots(layout="constrained")
results = search.cv_results_
noise = results["param_noise"].astype(float)
scatter = ax.scatter(noise, results["mean_test_score"], c=results["n_resources"])
ax.set(xticks=np.unique(noise), xlabel="noise", ylabel="mean accuracy on held-out samples")
fig.colorbar(scatter, label="epochs")
plt.show()
