"""Training on several workers of Dask or MPI, bit for bit as on one; the engines are optional."""

from bepsk.distributed._dask import DaskEstimator
from bepsk.distributed._mpi import MPIWorkers
from bepsk.estimators.shards import fit_shard

__all__ = ["DaskEstimator", "MPIWorkers", "fit_shard"]
