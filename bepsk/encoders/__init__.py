"""Transformers from numbers to bits, each of which should be 1 on about half of the data."""

from bepsk.encoders._base import BinaryEncoder, BitEncoder, check_binary
from bepsk.encoders._expansion import BinaryExpansionEncoder
from bepsk.encoders._patches import LocalPatchEncoder, flatten_images
from bepsk.encoders._projection import RandomProjectionEncoder
from bepsk.encoders._sums import SparseSumEncoder
from bepsk.encoders._thermometer import ThermometerEncoder

__all__ = [
    "BinaryEncoder",
    "BinaryExpansionEncoder",
    "BitEncoder",
    "LocalPatchEncoder",
    "RandomProjectionEncoder",
    "SparseSumEncoder",
    "ThermometerEncoder",
    "check_binary",
    "flatten_images",
]
