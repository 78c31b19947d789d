"""
Why a table is classified as it is
==================================

Three views of one classifier of wines: votes of the features for one sample, permutation
importance on all test samples, and how the probability of a class depends on a feature.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.model_selection import train_test_split

from bepsk import BEPMLPClassifier
from bepsk.inspection import feature_votes

N_ORDERS = 100
X, y = load_wine(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
clf = BEPMLPClassifier((128, 128), max_iter=30, random_state=0).fit(X_train, y_train)
print(f"accuracy on the test set: {clf.score(X_test, y_test):.3f}")

sample = X_test.iloc[[0]]
votes = feature_votes(clf, sample, X_train, n_orders=N_ORDERS, random_state=0)[0] / N_ORDERS
importance = permutation_importance(clf, X_test, y_test, n_repeats=10, random_state=0)

fig, axes = plt.subplots(1, 2, figsize=(9, 4.5), layout="constrained", sharey=True)
order = np.argsort(votes)
axes[0].barh(X.columns[order], votes[order], color=np.where(votes[order] > 0, "C0", "C3"))
axes[0].set(title=f"one wine of class {clf.predict(sample)[0]}", xlabel="mean votes for its class")
axes[1].barh(X.columns[order], importance.importances_mean[order], color="grey")
axes[1].set(title="all test samples", xlabel="loss of accuracy if permuted")
plt.show()

print(f"most votes for this wine: {X.columns[votes.argmax()]}, {votes.max():.1f}")
print(f"most important on average: {X.columns[importance.importances_mean.argmax()]}")

# %%
# Partial dependence: the mean probability of each class if all wines had this value.

grid = partial_dependence(clf, X_train, ["proline"], response_method="predict_proba")
fig, ax = plt.subplots(layout="constrained")
for label, means in zip(clf.classes_, grid["average"], strict=True):
    ax.plot(grid["grid_values"][0], means, label=f"class {label}")
ax.set(xlabel="proline", ylabel="mean probability")
ax.legend()
plt.show()

likeliest = clf.classes_[grid["average"].argmax(axis=0)]
print(f"with little proline class {likeliest[0]} is likeliest, with much class {likeliest[-1]}")
