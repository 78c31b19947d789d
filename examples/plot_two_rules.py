"""
Two rules of learning
=====================

The default rule asks only for what sets a class apart from its strongest rival, and lets every
undecided neuron learn. The paper's rule, `rule="paper"`, lets one wrong neuron learn in each
group; groups grow where the score no longer improves.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from bepsk import BEPMLPClassifier
from bepsk.plotting import TrainingCurveDisplay

X, y = load_digits(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X, y, stratify=y, random_state=0)

fig, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained", sharey=True)
for ax, rule in zip(axes, ["contrastive", "paper"], strict=True):
    sizes = []
    clf = BEPMLPClassifier((60, 60), rule=rule, n_iter_no_change=None, random_state=0)
    clf.fit(
        *(X_train, y_train),
        X_val=X_val,
        y_val=y_val,
        callback=lambda clf, sizes=sizes: sizes.append(list(clf.group_sizes_)),
    )
    grown = sizes if rule == "paper" else ()
    TrainingCurveDisplay.from_estimator(clf, group_sizes=grown, ax=ax)
    ax.set_title(f'rule="{rule}"')
    print(f"{rule:<12} last validation accuracy {clf.validation_scores_[-1]:.3f}", end=", ")
    print(f"triggered {clf.loss_curve_[-1]:.3f}")
    if grown:
        print(f"group sizes {grown[0]} to {grown[-1]}")
plt.show()
