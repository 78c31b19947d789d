import doctest
import importlib
import inspect
import pkgutil

import pytest
from sklearn.utils import estimator_html_repr

import bepsk
from bepsk.encoders import ThermometerEncoder

MODULES = ["bepsk"] + [
    module.name
    for module in pkgutil.walk_packages(bepsk.__path__, "bepsk.")
    if not module.name.endswith("__main__")
]


def public_members(module):
    for name, member in inspect.getmembers(module):
        if name.startswith("_") or getattr(member, "__module__", None) != module.__name__:
            continue
        if inspect.isroutine(member):
            yield name, member
        elif inspect.isclass(member):
            yield name, member
            for attribute, value in vars(member).items():
                if not attribute.startswith("_") and inspect.isroutine(value):
                    yield f"{name}.{attribute}", value


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    for ending, package in (("_dask", "dask"), ("_onnx", "skl2onnx")):
        if name.endswith(ending):
            pytest.importorskip(package)
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_is_documented(name):
    module = importlib.import_module(name)
    undocumented = [member for member, value in public_members(module) if not value.__doc__]
    assert module.__doc__
    assert not undocumented


@pytest.mark.parametrize("room", [name for name in MODULES if "._" not in name])
def test_public_names_have_an_example(room):
    module = importlib.import_module(room)
    names = getattr(module, "__all__", []) if room != "bepsk.kernels" else []
    assert [name for name in names if ">>> " not in getattr(module, name).__doc__] == []


@pytest.mark.parametrize(
    ("estimator", "page"),
    [
        (bepsk.BEPMLPClassifier(), "bepsk.BEPMLPClassifier"),
        (bepsk.BEPRNNClassifier(), "bepsk.BEPRNNClassifier"),
        (ThermometerEncoder(), "bepsk.encoders.ThermometerEncoder"),
    ],
)
def test_the_html_of_an_estimator_links_to_its_page(estimator, page):
    assert f"/api/{page}.html" in estimator_html_repr(estimator)
