from importlib.metadata import version

import bepsk
from bepsk.kernels import cpu


def test_the_version_is_the_installed_one():
    assert bepsk.__version__ == version("bepsk")


def test_show_versions_names_packages_threads_and_cpu_path(capsys):
    bepsk.show_versions()
    lines = capsys.readouterr().out.splitlines()
    for package in ("bepsk", "numpy", "scipy", "scikit-learn", "joblib"):
        assert f"{package}: {version(package)}" in lines
    assert f"OpenMP threads: {cpu.max_threads()}" in lines
    assert any(line.startswith(f"CPU path: {cpu.simd_path()}") for line in lines)
