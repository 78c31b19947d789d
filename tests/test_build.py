"""What building says when it cannot, and what importing says of kernels that were not rebuilt."""

import os
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SUFFIX = EXTENSION_SUFFIXES[0]

pytestmark = pytest.mark.once


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose kernels are empty, so that it is built at once."""
    pytest.importorskip("Cython")
    shutil.copy(ROOT / "setup.py", tmp_path)
    kernels = tmp_path / "bepsk" / "kernels"
    kernels.mkdir(parents=True)
    for path in (ROOT / "bepsk" / "kernels").glob("*.pyx"):
        (kernels / path.name).touch()
    shutil.copy(ROOT / "bepsk" / "kernels" / "__init__.py", kernels)
    (tmp_path / "bepsk" / "__init__.py").touch()
    return tmp_path


def build(checkout, *options, **environment):
    return subprocess.run(
        [sys.executable, "setup.py", "build_ext", "--inplace", *options],
        cwd=checkout,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def last_line(result):
    assert result.returncode != 0
    return result.stderr.strip().splitlines()[-1]


def test_without_a_compiler_the_build_says_what_it_needs(checkout):
    result = build(checkout, CC="no-such-compiler")
    assert last_line(result) == "error: bepsk needs a C compiler that works, GCC or Clang"


def test_without_the_headers_of_python_the_build_says_so(checkout):
    (checkout / "Python.h").write_text("#error none\n")
    result = build(checkout, CFLAGS=f"-I{checkout}")
    assert last_line(result) == "error: bepsk needs the header files of Python, as in python3-dev"


def test_msvc_is_named(checkout):
    result = build(checkout, "--compiler=msvc")
    assert last_line(result) == (
        "error: bepsk needs GCC or Clang: MSVC does not compile its kernels"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="GCC's sanitizer stands for any linker flag")
def test_the_probe_for_openmp_is_linked_with_ldflags(checkout):
    sanitizer = "-fsanitize=undefined"
    for flags in ({}, {"CFLAGS": sanitizer, "LDFLAGS": sanitizer}):
        result = build(checkout, "--force", **flags)
        assert result.returncode == 0, result.stderr
        links = [line for line in result.stdout.splitlines() if f"bits{SUFFIX}" in line]
        assert any("-fopenmp" in line for line in links)


def import_kernels(checkout):
    return subprocess.run(
        [sys.executable, "-c", "import bepsk.kernels"],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
    )


def test_kernels_that_are_not_compiled_are_an_error(checkout):
    assert "is not compiled; run `pip install .`" in last_line(import_kernels(checkout))


def test_kernels_older_than_their_sources_are_an_error(checkout):
    kernels = checkout / "bepsk" / "kernels"
    for path in kernels.glob("*.pyx"):
        kernels.joinpath(path.stem + SUFFIX).touch()
    assert import_kernels(checkout).returncode == 0
    for name in ("bits.pyx", "rows.h", "checks.pxd"):
        path = kernels / name
        path.touch()
        os.utime(path, (2**31, 2**31))
        message = last_line(import_kernels(checkout))
        assert "is older than its source; run `pip install .`" in message
        assert name != "bits.pyx" or "The kernel bits in" in message
        path.unlink()


def test_an_installed_package_has_no_sources_and_is_not_checked(checkout):
    for path in checkout.rglob("*.pyx"):
        path.unlink()
    assert import_kernels(checkout).returncode == 0
