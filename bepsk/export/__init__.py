"""Export of fitted models to C."""

from bepsk.export._c import CModel, to_c

__all__ = ["CModel", "to_c"]
