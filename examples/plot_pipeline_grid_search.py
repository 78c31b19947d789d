"""Tune the encoder and the margin together: a Pipeline in GridSearchCV."""

from sklearn.datasets import load_breast_cancer
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline

from bepsk import BEPMLPClassifier
from bepsk.encoders import ThermometerEncoder


def main():
    """Search a small grid and score the winner on samples it has not seen."""
    X, y = load_breast_cancer(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

    classifier = BEPMLPClassifier(
        (128, 128), encoder=ThermometerEncoder(), max_iter=20, random_state=0
    )
    search = GridSearchCV(
        make_pipeline(SelectKBest(k=20), classifier),
        {
            "bepmlpclassifier__encoder__n_bits": [1, 8, 32],
            "bepmlpclassifier__margin": [0.25, 0.5, 1.0],
        },
        cv=3,
        # Processes here; the classifier's own threads stay at one.
        n_jobs=2,
    ).fit(X_train, y_train)

    results = search.cv_results_
    print("accuracy  parameters")
    for score, parameters in zip(results["mean_test_score"], results["params"], strict=True):
        short = {name.split("__")[-1]: value for name, value in parameters.items()}
        print(f"{score:8.3f}  {short}")
    print(f"best on the test set: {search.score(X_test, y_test):.3f}")


if __name__ == "__main__":
    main()
