"""Bits in the place of hidden weights, for estimators that only predict."""

import numpy as np

from bepsk._state import CheckedEstimator, checked_array, describe, read_only, refuse
from bepsk.estimators._state import SCORES
from bepsk.network.packed import n_words, pack_signs, unpack_bits


class StrippableEstimator(CheckedEstimator):
    """Base of estimators that can do without what only training needs, see `inference_only`."""

    hidden_weights_: list

    def _strip(self):
        """Reduce hidden weights to their signs, and forget what training kept; `settle` follows."""
        self.__dict__.update({name: [] for name in SCORES}, _bit_counts=None, _inference_only=True)
        self._set_signs([np.where(H < 0, -1, 1).astype(np.int16) for H in self.hidden_weights_])

    def _set_signs(self, weights):
        self.hidden_weights_ = list(map(read_only, weights))
        self._windows = [np.zeros(len(H), dtype=np.int32) for H in weights]

    def _check_trainable(self):
        if vars(self).get("_inference_only"):
            raise ValueError(
                f"This {type(self).__name__} holds bits only, by inference_only, and nothing to go "
                "on training from. Train the estimator that it was made of, or fit anew."
            )

    def __getstate__(self):
        state = super().__getstate__()
        if state.get("_inference_only"):
            del state["_windows"]
            weights = state["hidden_weights_"]
            state["hidden_weights_"] = [[pack_signs(H), H.shape[1]] for H in weights]
        return state

    def __setstate__(self, state):
        if isinstance(state, dict) and state.get("_inference_only"):
            self._set_signs(self._unpack(state.get("hidden_weights_")))
            state = state | {name: getattr(self, name) for name in ("hidden_weights_", "_windows")}
        super().__setstate__(state)

    def _unpack(self, weights):
        """Return the signs of packed hidden weights; ValueError if they are none."""
        signs, name = [], "hidden_weights_"
        for pair in weights if isinstance(weights, list) else []:
            if not (isinstance(pair, list) and len(pair) == 2 and type(pair[1]) is int):
                refuse(self, name, "lists of packed bits and their number", describe(pair))
            rows, n_inputs = pair
            rows = checked_array(self, name, rows, np.uint64, (None, max(n_words(n_inputs), 1)))
            signs.append(2 * unpack_bits(rows, n_inputs).astype(np.int16) - 1)
        return signs
