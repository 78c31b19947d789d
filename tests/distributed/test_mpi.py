import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from crew import assert_same_fit
from mpi_fit import KINDS, load
from sklearn.base import clone

from bepsk.distributed import MPIWorkers, fit_shard

pytestmark = pytest.mark.once
TESTS = Path(__file__).parent.parent


def mpirun(size, folder):
    paths = os.pathsep.join(map(str, [TESTS.parent, TESTS]))
    environment = {
        **os.environ,
        "PYTHONPATH": paths,
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    }
    command = ["mpirun", "-n", str(size), sys.executable, TESTS / "mpi_fit.py", folder]
    subprocess.run(command, env=environment, check=True, timeout=300)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_every_process_has_the_estimator_of_one(size, tmp_path):
    pytest.importorskip("mpi4py")
    if not shutil.which("mpirun"):
        pytest.skip("no mpirun")
    mpirun(size, tmp_path)
    for kind, clf in KINDS.items():
        expected = clone(clf).fit(*load())
        for rank in range(size):
            actual = pickle.loads((tmp_path / f"{kind}{rank}.pickle").read_bytes())
            assert_same_fit(actual, expected, but=["feature_means_"])


class Lonely:
    """A communicator of one process."""

    def Get_rank(self):  # noqa: N802
        return 0

    def Get_size(self):  # noqa: N802
        return 1


def test_a_communicator_can_be_given():
    X, y = load()
    clf = fit_shard(clone(KINDS["mlp"]), X, y, workers=MPIWorkers(Lonely()))
    assert_same_fit(clf, clone(KINDS["mlp"]).fit(X, y))


def test_without_mpi4py_the_error_tells_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(ImportError, match=r"bepsk\[mpi\]"):
        MPIWorkers()
