"""From logits to labels, scores and probabilities."""

from scipy.special import log_softmax, softmax
from sklearn.base import ClassifierMixin


class LogitClassifierMixin(ClassifierMixin):
    """Predictions of a classifier that has `classes_` and knows its logits.

    A subclass gives `_logits(X)`, integers (n_samples, n_classes), the largest they can be,
    `_n_outputs`, and the `_temperature` of its probabilities.
    """

    def predict(self, X):
        """Predict the label with the largest logit, the first among equals.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)

        Returns
        -------
        y : ndarray, shape (n_samples,)
        """
        winners = self._logits(X).argmax(axis=1)
        return self.classes_[winners]

    def decision_function(self, X):
        """Return the logits y = P a_L over the width of the last layer, in [-1, 1].

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)

        Returns
        -------
        scores : float64 array, shape (n_samples, n_classes)
            For two classes of shape (n_samples,): the second minus the first.
        """
        scores = self._logits(X) / self._n_outputs
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict_proba(self, X):
        """Return softmax(logits / temperature), one temperature for all.

        The temperature minimises the log loss on the validation samples if there are any, on
        the training samples otherwise, on 5000 of them at most.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)

        Returns
        -------
        probabilities : float64 array, shape (n_samples, n_classes)
        """
        return softmax(self._logits(X) / self._temperature, axis=1)

    def predict_log_proba(self, X):
        """Return the logarithm of `predict_proba`.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)

        Returns
        -------
        log_probabilities : float64 array, shape (n_samples, n_classes)
        """
        return log_softmax(self._logits(X) / self._temperature, axis=1)
