"""Tables of real and made data: bepsk beside the estimators of scikit-learn."""
