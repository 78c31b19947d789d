"""Pieces of C text."""

import re
from dataclasses import dataclass, field

import numpy as np

WIDTH = 100
SIZES = {"uint8_t": 1, "int8_t": 1, "uint16_t": 2, "int16_t": 2, "uint32_t": 4, "int32_t": 4}
C_TYPES = {
    "uint8": "uint8_t",
    "int8": "int8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "float32": "float",
}
KEYWORDS = re.findall(
    r"\w+",
    """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t
    class compl const const_cast constexpr continue decltype default delete do double dynamic_cast
    else enum explicit export extern false float for friend goto if inline int long mutable
    namespace new noexcept not not_eq nullptr operator or or_eq private protected public register
    reinterpret_cast restrict return short signed sizeof static static_assert static_cast struct
    switch template this thread_local throw true try typedef typeid typename union unsigned using
    virtual void volatile wchar_t while xor xor_eq
    """,
)


@dataclass
class Part:
    """A part of a model in C, and what it costs.

    Parameters
    ----------
    data : list of str
        Definitions of constant arrays.
    code : list of str
        Statements.
    defines : dict
        What to define before bepsk.h is included.
    flash : int
        Bytes of the arrays.
    operations : float
        Instructions of a Cortex-M4.
    stack : int
        Bytes of local arrays.
    """

    data: list = field(default_factory=list)
    code: list = field(default_factory=list)
    defines: dict = field(default_factory=dict)
    flash: int = 0
    operations: float = 0
    stack: int = 0

    def array(self, c_type, name, values, size=None):
        """Add a constant array of integers, or of rows of them, of `size` bytes each."""
        values = np.asarray(values if len(values) else [0])  # C has no empty arrays
        lengths = f"[{len(values)}]" if size else "".join(f"[{n}]" for n in values.shape)
        words = map(row if values.ndim > 1 else literal(c_type), values.tolist())
        self.data.append(f"static const {c_type} {name}{lengths} = {{\n{fill(words)}}};\n")
        self.flash += len(values) * size if size else values.size * SIZES[c_type]

    def add(self, other):
        """Add another part behind this one."""
        self.data += other.data
        self.code += other.code
        planes = max(part.defines.get("BEPSK_PLANES", 0) for part in (self, other))
        self.defines |= other.defines | ({"BEPSK_PLANES": planes} if planes else {})
        self.flash += other.flash
        self.operations += other.operations
        self.stack += other.stack


def function(signature, code):
    """Return the definition of a function."""
    return f"{signature}\n{{\n" + "".join(f"    {line}\n" for line in code) + "}\n"


def row(values):
    """Return the text of a row of integers."""
    return "{" + ", ".join(map(str, values)) + "}"


def literal(c_type):
    """Return a function from an integer to its text."""
    return "0x{:08X}".format if c_type == "uint32_t" else str


def fill(words, indent=4):
    """Break words, each with a comma, into indented lines."""
    lines = [""]
    for word in words:
        if lines[-1] and indent + len(lines[-1]) + len(word) + 2 > WIDTH:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{word},"
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def width_of(values):
    """Return the narrowest integer type in C that holds all values."""
    low, high = int(np.min(values, initial=0)), int(np.max(values, initial=0))
    for c_type in ("uint8_t", "int8_t", "uint16_t", "int16_t", "int32_t"):
        info = np.iinfo(c_type.removesuffix("_t"))
        if info.min <= low and high <= info.max:
            return c_type
    raise ValueError(f"estimator: {low} or {high} does not fit 32 bits.")


def n_words(n_bits):
    """Return how many words hold so many bits, at least one."""
    return max(1, -(-n_bits // 32))


def string(text):
    """Return a C string literal; all but plain ASCII is octal."""
    return '"' + "".join(map(character, text.encode())) + '"'


def character(byte):
    """Return a byte as it stands in a C string literal; two ? would begin a trigraph."""
    plain = 32 <= byte < 127 and chr(byte) not in '"\\?'
    return chr(byte) if plain else f"\\{byte:03o}"


def comment(lines):
    """Return a block comment; what could end it is broken up."""
    lines = [line.replace("*/", "* /").replace("/*", "/ *") for line in lines]
    return "/* " + "\n".join(f" * {line}".rstrip() for line in lines)[3:] + "\n */\n"


def check_name(name):
    """Return a name that may begin names in C; ValueError if it may not."""
    if not isinstance(name, str) or not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(
            "name must be a C identifier of letters, digits and underscores that begins with a "
            f"letter; got {name!r}."
        )
    if name in KEYWORDS or name.lower() == "bepsk" or "__" in name or name.endswith("_"):
        raise ValueError(f"name={name!r} is reserved; choose another one.")
    return name
