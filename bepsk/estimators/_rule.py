"""From the parameters of an estimator to its learning rule."""

import math
import sys
import warnings
from numbers import Integral, Real

from bepsk._sklearn_compat import Interval, StrOptions
from bepsk.estimators._strip import StrippableEstimator
from bepsk.network import ContrastiveRule, PaperRule

AUTO = StrOptions({"auto"})
ANNEALING = 0.4
"""What "auto" means, except for the paper's rule."""


class RuledEstimator(StrippableEstimator):
    """Base of estimators whose parameters choose and set a learning rule.

    Those of the paper's rule are "auto" where another rule is in use. A subclass supplies
    `_group_sizes`.
    """

    _rule_constraints: dict = {  # noqa: RUF012
        "rule": [StrOptions({"contrastive", "paper"})],
        "margin": [Interval(Real, 0, 1, closed="right")],
        "gate": [Interval(Real, 0, 1, closed="right"), AUTO],
        "reinforcement": [Interval(Real, 0, sys.float_info.max, closed="both"), AUTO],
        "centering": ["boolean", AUTO],
        "noise": [Interval(Real, 0, 0.5, closed="left"), AUTO],
        "annealing": [Interval(Real, 0, 1, closed="both"), AUTO],
        "average": [Interval(Integral, 1, None, closed="left"), AUTO],
    }
    _paper_defaults: dict = {  # noqa: RUF012
        "gate": 0.05,
        "group_size": "auto",
        "reinforcement": 0.5,
    }
    """The parameters of the paper's rule, and what "auto" means for each of them."""

    _mean_slope = 1
    """Means of input bits up to 1 - 1 / slope are not centred, see `bit_means`."""

    def make_rule(self):
        """Return the rule that `fit` and `partial_fit` train by; a subclass may return another.

        Returns
        -------
        rule : Rule
            The rule; the group sizes of the paper's are those of the training so far.

        Raises
        ------
        ValueError
            If `group_size` does not suit the layers.

        Warns
        -----
        UserWarning
            If a parameter is set that belongs to another rule.
        """
        if self.rule == "paper":
            return PaperRule(**self._rule_options(), **self._paper_options())
        self._group_sizes(self._widths())  # an error if they are none, also where they are not read
        for name in self._paper_defaults:
            value = getattr(self, name)
            if not is_auto(value):
                warnings.warn(
                    f"{name}={value!r} belongs to rule='paper' and has no effect: "
                    f"rule={self.rule!r}. Leave {name} at 'auto', or set rule='paper'.",
                    stacklevel=2,
                )
        return ContrastiveRule(**self._rule_options())

    def _rule_options(self):
        return {"margin": self.margin}

    def _paper_options(self):
        return {
            "gate": self._of_paper("gate"),
            "group_sizes": (),  # those of Progress
            "reinforcement": self._of_paper("reinforcement"),
        }

    def _of_paper(self, name):
        value = getattr(self, name)
        return self._paper_defaults[name] if is_auto(value) else value

    def _group_patience(self):
        return self._of_paper("group_patience") if self.rule == "paper" else None

    def _first_group_sizes(self, widths):
        return self._group_sizes(widths) if self.rule == "paper" else []

    def _annealing(self):
        return ANNEALING * (self.rule != "paper") if is_auto(self.annealing) else self.annealing

    def _n_update_steps(self, inputs):
        return 1

    def _n_bias(self, n_bits):
        return round(2 * n_bits**0.5)

    def _choose_noise(self, n_samples):
        return 0.0 if is_auto(self.noise) else self.noise

    def _noise(self):
        return math.ceil(256 * self.noise_)

    def _average(self):
        if is_auto(self.average):
            return 1 if self.rule == "paper" else None
        return self.average

    def _mean_options(self):
        return {"noise": self._noise(), "slope": self._mean_slope}

    def _centres(self):
        return self.rule != "paper" if is_auto(self.centering) else self.centering


def is_auto(value):
    """Say whether a parameter is "auto", whatever its type."""
    return isinstance(value, str) and value == "auto"
