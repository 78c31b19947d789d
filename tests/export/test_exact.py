import shutil

import exported
import numpy as np
import pytest

from bepsk import BEPMLPClassifier
from bepsk.encoders import SparseSumEncoder, ThermometerEncoder
from bepsk.export import to_c

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not exported.compilers(), reason="needs gcc or clang"),
]


@pytest.mark.parametrize("number", range(len(exported.MAKERS)))
def test_exported_models_predict_what_python_does(number):
    commands = exported.compilers()
    estimator, input_type = exported.random_model(number, seed=7)
    flags = [["-O0", "-Os"][number % 2], *exported.SANITIZED]
    command = commands[number % len(commands)]
    assert not exported.count_differences(estimator, input_type, 300, command, flags)


@pytest.mark.parametrize("encoder", [ThermometerEncoder(5), SparseSumEncoder(60), "sparse"])
def test_exported_models_follow_their_encoder(encoder):
    X = np.random.default_rng(0).integers(-50, 50, (200, 6))
    clf = BEPMLPClassifier((40,), encoder=encoder, max_iter=2, random_state=0).fit(
        X, np.sign(X[:, 0])
    )
    clf.refit_encoder(20 * X + 3000)
    command = exported.compilers()[0]
    assert not exported.count_differences(clf, "int16", 300, command, exported.SANITIZED)


@pytest.mark.parametrize("level", ["-Os", "-O3"])
@pytest.mark.parametrize("number", [3, 5, 6, 14, 15])
def test_nothing_is_called_from_a_library(number, level, tmp_path):
    estimator, input_type = exported.random_model(number, seed=2)
    model = to_c(estimator, input_type=input_type)
    model.write(tmp_path)
    for command in exported.compilers()[::2]:
        out, source = tmp_path / "model.o", tmp_path / "bepsk_model.c"
        language = ["-x", "c++"] if "++" in command[0] else ["-x", "c"]
        exported.call([*command, level, "-c", *language, source, "-o", out])
        assert not exported.call(["nm", "-u", out])


@pytest.mark.skipif(not shutil.which("clang"), reason="needs clang")
def test_webassembly_needs_no_library_either(tmp_path):
    estimator, input_type = exported.random_model(0)
    to_c(estimator, input_type=input_type).write(tmp_path)
    target = ["--target=wasm32", "-O2", "-nostdlib", "-std=c99", "-Wall", "-Werror"]
    out = ["-c", "bepsk_model.c", "-o", "model.o"]
    exported.call(["clang", *target, *out], cwd=tmp_path)


@pytest.mark.parametrize("input_type", ["uint8_t", "int8_t", "int16_t", "int32_t", "float"])
def test_the_runtime_compiles_by_itself(input_type, tmp_path):
    defines = [f"-DBEPSK_INPUT={input_type}"]
    if input_type == "float":
        defines += ["-DBEPSK_READS_FLOATS", "-DBEPSK_CUT=int32_t"]
    source = tmp_path / "alone.c"
    source.write_text('#include "bepsk.h"\n')
    header = f"-I{exported.RUNTIME.parent}"
    for command in exported.compilers():
        language = ["-x", "c++"] if "++" in command[0] else ["-x", "c"]
        flags = [*exported.STRICT, "-pedantic", *defines, header, *language, "-c"]
        exported.call([*command, *flags, source, "-o", tmp_path / "alone.o"])
