"""What a model says in the end, in C: a class, several labels, or a number."""

import math

from bepsk.export._model import Cells, Prototypes, Shares
from bepsk.export._text import fill, function, string

LARGEST_FIXED = 30
"""Numbers in fixed point are below 2 to this power in size."""
FINEST_FIXED = 20
"""The range of numbers in fixed point is at most 2 to this power."""
FACTOR_BITS = 22
"""Sums are below 2^40, so that their products with factors fit 64 bits."""


class ClassOutput:
    """One of several classes.

    Parameters
    ----------
    model : Model
    name : str
        What the names in C begin with.
    """

    def __init__(self, model, name):
        self.name = name
        self.labels = model.labels
        self.n = len(model.labels)
        self.expected = model.example_logits.tolist()

    @property
    def flash(self):
        """Bytes of what `data` returns."""
        return 4 * self.n

    @property
    def stack(self):
        """Bytes of local arrays."""
        return 2 * self.n

    @property
    def label_type(self):
        """The type of labels in C."""
        return "int32_t " if isinstance(self.labels[0], int) else "char *const "

    def data(self):
        """Return the array of labels."""
        values = map(str if isinstance(self.labels[0], int) else string, self.labels)
        array = f"{self.label_type}{self.name}_labels[{self.n}]"
        return f"const {array} = {{\n{fill(values)}}};\n"

    def scores(self, parameters):
        """Return the signature of the function that says more than `predict`."""
        return f"void {self.name}_logits({parameters}, int16_t *logits)"

    def predict(self, parameters, arguments):
        """Return the function that decides, by the logits of the same parameters."""
        return function(
            f"int {self.name}_predict({parameters})",
            [
                f"int16_t logits[{self.n}];",
                f"{self.name}_logits({arguments}, logits);",
                f"return bepsk_best(logits, {self.n});",
            ],
        )

    def defines(self):
        """Return lines of the header that define sizes."""
        return [f"#define {self.name.upper()}_N_CLASSES {self.n}"]

    def declarations(self, parameters):
        """Return the lines that declare all this."""
        return [
            f"/* Return the number of the class: its label is {self.name}_labels[number]. */",
            f"int {self.name}_predict({parameters});",
            "",
            f"/* Write {self.n} logits; the first largest decides. */",
            f"{self.scores(parameters)};",
            "",
            f"extern const {self.label_type}{self.name}_labels[{self.n}];",
        ]

    def describe(self):
        """Return lines that list the labels."""
        shown = ", ".join(str(x) if isinstance(x, int) else string(x) for x in self.labels)
        shown = shown if len(shown) < 2000 else f"{shown[:2000]} ..."
        return [*fill_words(["Labels:", *shown.split(" ")]), ""]

    def usage(self, arguments):
        """Return a line that predicts, and what it means."""
        call = f"int best = {self.name}_predict({arguments});"
        return call, f"{self.name}_labels[best] is the label"

    def self_test(self, arguments):
        """Return what the example should give, and statements that compare."""
        expected = f"static const int16_t example_logits[{self.n}] = {{\n"
        expected += f"{fill(map(str, self.expected))}}};\n"
        return expected, [
            f"int16_t logits[{self.n}];",
            "int differ = 0;",
            f"{self.name}_logits({arguments}, logits);",
            f"for (int c = 0; c < {self.n}; c++)",
            "    differ |= logits[c] != example_logits[c];",
            "return differ;",
        ]


class LabelOutput(ClassOutput):
    """Several labels, each there or not; the parameters are those of `ClassOutput`."""

    flash = 0

    def data(self):
        """Return nothing: the labels are columns."""
        return ""

    def predict(self, parameters, arguments):
        """Return the function that decides, by the logits of the same parameters."""
        return function(
            f"void {self.name}_predict({parameters}, uint8_t *labels)",
            [
                f"int16_t logits[{self.n}];",
                f"{self.name}_logits({arguments}, logits);",
                f"for (int c = 0; c < {self.n}; c++)",
                "    labels[c] = logits[c] > 0;",
            ],
        )

    def defines(self):
        """Return lines of the header that define sizes."""
        return [f"#define {self.name.upper()}_N_LABELS {self.n}"]

    def declarations(self, parameters):
        """Return the lines that declare all this."""
        return [
            f"/* Write {self.n} labels, in the order of the columns of y: 1 for yes, 0 for no. */",
            f"void {self.name}_predict({parameters}, uint8_t *labels);",
            "",
            f"/* Write {self.n} logits; those above 0 say yes. */",
            f"{self.scores(parameters)};",
        ]

    def describe(self):
        """Return nothing."""
        return []

    def usage(self, arguments):
        """Return a line that predicts, and what it means."""
        call = f"uint8_t y[{self.n}]; {self.name}_predict({arguments}, y);"
        return call, "y[k] is 1 if label k is there"


class NumberOutput(ClassOutput):
    """A number: an exact sum of integers, and from it fixed point.

    Parameters
    ----------
    model : Model
    name : str
        What the names in C begin with.
    """

    flash = stack = 0

    def __init__(self, model, name):
        self.name = name
        self.cells = model.networks[0].top
        self.expected = model.example_logits.tolist()
        self.fixed = FixedPoint(self.cells.offset, self.cells.unit, self.cells.largest)

    def data(self):
        """Return nothing: there are no labels."""
        return ""

    def scores(self, parameters):
        """Return the signature of the function that is exact."""
        return f"int64_t {self.name}_sum({parameters})"

    def predict(self, parameters, arguments):
        """Return the function that puts the sum into fixed point."""
        fixed = self.fixed
        product = f"{self.name}_sum({arguments}) * {fixed.factor} + INT64_C({fixed.half})"
        return function(
            f"int32_t {self.name}_predict({parameters})",
            [f"return {fixed.lowest} + (int32_t)(({product}) >> {fixed.shift});"],
        )

    def defines(self):
        """Return lines of the header that say what the numbers mean."""
        upper = self.name.upper()
        return [
            f"#define {upper}_FRACTION_BITS {self.fixed.bits} /* of what predict returns */",
            f"#define {upper}_OFFSET {self.cells.offset!r}",
            f"#define {upper}_SCALE {self.cells.unit!r}",
        ]

    def declarations(self, parameters):
        """Return the lines that declare all this."""
        upper = self.name.upper()
        return [
            f"/* Return the prediction times 2^{upper}_FRACTION_BITS, to within 2. */",
            f"int32_t {self.name}_predict({parameters});",
            "",
            f"/* Return the sum of which the prediction is {upper}_OFFSET + {upper}_SCALE * sum:",
            " * exactly that of Python, in numbers of 64 bits. */",
            f"{self.scores(parameters)};",
        ]

    def describe(self):
        """Return nothing."""
        return []

    def usage(self, arguments):
        """Return a line that predicts, and what it means."""
        bits = self.fixed.bits
        return f"int32_t y = {self.name}_predict({arguments});", f"2^{bits} times the number"

    def self_test(self, arguments):
        """Return what the example should give, and statements that compare."""
        compare = f"return {self.name}_sum({arguments}) != INT64_C({self.expected[0]});"
        return "", [compare]


class FixedPoint:
    """From sums to numbers in fixed point: ``lowest + ((sum * factor + half) >> shift)``.

    Parameters
    ----------
    offset, unit : float
        The number is ``offset + unit * sum``.
    largest : int
        The largest sum, below 2^40.

    Attributes
    ----------
    bits : int
        Numbers are multiplied by 2^bits.
    lowest, factor, half, shift : int
    """

    def __init__(self, offset, unit, largest):
        span = unit * largest
        size = max(abs(offset), abs(offset + span))
        self.bits = LARGEST_FIXED - exponent(size)
        if span:
            self.bits = min(self.bits, FINEST_FIXED - exponent(span))
        step = math.ldexp(unit, self.bits) if span else 0.0
        self.shift = min(max(FACTOR_BITS - exponent(step), 1), 62) if step else 1
        self.factor = round(math.ldexp(step, self.shift))
        self.half = 2 ** (self.shift - 1)
        self.lowest = round(math.ldexp(offset, self.bits))


def exponent(x):
    """Return the smallest e with abs(x) < 2^e."""
    return math.frexp(x)[1]


OUTPUTS = {Prototypes: ClassOutput, Shares: LabelOutput, Cells: NumberOutput}
"""By what stands on top of a network."""


def fill_words(words):
    """Break words into lines."""
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) > 90:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{word}"
    return lines
