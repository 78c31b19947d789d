"""The fixed output classifier: a binary equiangular frame (App. C)."""

import numpy as np

from bepsk.kernels.frame import descend_frame
from bepsk.network.randomness import derive_key, random_bits

PROPOSALS_PER_BIT = 20


def equiangular_frame(n_classes, n_neurons, key):
    """Draw one prototype of +-1 per class, all pairs about equally and widely apart.

    Random single-bit flips are kept where they lower
    ``J = sum_{i<j} <rho_i, rho_j> + Var_{i<j} <rho_i, rho_j>`` (App. C, alpha = 1).

    Parameters
    ----------
    n_classes, n_neurons : int
        C and K_L.
    key : int
        Key of the random stream.

    Returns
    -------
    prototypes : int8 array of +-1, shape (n_classes, n_neurons)
        One row rho_c per class.

    Examples
    --------
    >>> rho = equiangular_frame(2, 8, key=0)
    >>> int(rho[0] @ rho[1])
    -8
    """
    prototypes = 2 * random_bits(derive_key(key, 0), n_classes, n_neurons).view(np.int8) - 1
    transposed = n_classes < n_neurons
    signs = np.ascontiguousarray(prototypes.T) if transposed else prototypes
    wide = signs.astype(np.float64)  # its products are exact
    gram = (wide.T @ wide).astype(np.int32)
    sums = prototypes.sum(axis=0, dtype=np.int32)
    n_proposals = PROPOSALS_PER_BIT * prototypes.size
    descend_frame(signs, gram, sums, transposed, derive_key(key, 1), n_proposals)
    return np.ascontiguousarray(signs.T) if transposed else signs
