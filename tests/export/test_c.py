import re

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bepsk import BEPMLPClassifier, BEPRNNClassifier, TrajectoryEnsembleClassifier
from bepsk.encoders import BinaryEncoder, RandomProjectionEncoder, ThermometerEncoder
from bepsk.export import CModel, to_c
from bepsk.export.__main__ import main
from bepsk.network import FeedForwardNetwork

X, y = load_digits(return_X_y=True)


def perceptron(encoder="thermometer", X=X, y=y, widths=(32,)):
    return BEPMLPClassifier(widths, encoder=encoder, max_iter=1, random_state=0).fit(X, y)


SMALL = perceptron(ThermometerEncoder(2))


def test_three_files_are_written(tmp_path):
    model = to_c(SMALL, name="digits")
    assert isinstance(model, CModel)
    paths = model.write(tmp_path / "new" / "folder")
    assert [path.name for path in paths] == ["digits.h", "digits.c", "bepsk.h"]
    assert [path.read_text() for path in paths[:2]] == [model.header, model.source]


@pytest.mark.parametrize(
    "name", ["", "1st", "a b", "a-b", "_x", "x_", "a__b", "ü", "int", "class", "BEPSK", None, "a\n"]
)
def test_a_name_must_be_an_identifier_that_is_free(name):
    with pytest.raises(ValueError, match="name"):
        to_c(SMALL, name=name)


@pytest.mark.parametrize(
    ("estimator", "found"),
    [
        (make_pipeline(StandardScaler(), SMALL), "a Pipeline"),
        (StandardScaler(), "a StandardScaler"),
        (perceptron(make_pipeline(StandardScaler(), ThermometerEncoder(2))), "a StandardScaler"),
        (perceptron(make_pipeline(BinaryEncoder(), BinaryEncoder()), X > 0), "a BinaryEncoder"),
    ],
)
def test_other_estimators_and_encoders_are_refused_by_name(estimator, found):
    with pytest.raises(TypeError, match=found):
        to_c(estimator)


def test_networks_of_a_subclass_are_refused():
    class OtherNetwork(FeedForwardNetwork):
        pass

    class Other(BEPMLPClassifier):
        def _restore_network(self, layers, targets):
            return OtherNetwork(layers, targets)

    with pytest.raises(TypeError, match="got a OtherNetwork over ClassTargets"):
        to_c(Other((8,), encoder="thermometer", max_iter=1).fit(X, y))


@pytest.mark.parametrize("estimator", [BEPMLPClassifier(), BEPRNNClassifier()])
@pytest.mark.parametrize("wrap", [lambda e: e, TrajectoryEnsembleClassifier])
def test_estimators_must_be_fitted(estimator, wrap):
    with pytest.raises(NotFittedError):
        to_c(wrap(estimator))


def test_assigned_weights_are_exported_and_checked():
    model = perceptron(ThermometerEncoder(2))
    before = to_c(model).source
    model.hidden_weights_ = [-weights for weights in model.hidden_weights_]
    assert to_c(model).source != before
    model.hidden_weights_ = model.hidden_weights_[:0]
    with pytest.raises(ValueError, match="hidden_weights_"):
        to_c(model)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: SMALL, "uint8_t"),
        (lambda: perceptron(ThermometerEncoder(2), X - 8), "int8_t"),
        (lambda: perceptron(ThermometerEncoder(2), X * 100), "int16_t"),
        (lambda: perceptron(ThermometerEncoder(2), X * 10_000), "int32_t"),
        (lambda: perceptron(ThermometerEncoder(2), X / 16), "float"),
        (lambda: perceptron(ThermometerEncoder(2), np.where(X == 3, np.nan, X)), "float"),
        (lambda: perceptron(RandomProjectionEncoder(32)), "int16_t"),
        (lambda: perceptron(RandomProjectionEncoder(32), X * 10_000), "int32_t"),
        (lambda: perceptron("binary", X > 7), "int8_t"),
    ],
)
def test_auto_chooses_a_type_that_holds_the_data(make, expected):
    assert f"typedef {expected} bepsk_model_input;" in to_c(make()).header


def test_types_that_cannot_be_exact_are_refused():
    with pytest.raises(ValueError, match="input_type='int8' cannot hold the data: feature"):
        to_c(perceptron(ThermometerEncoder(2), X * 100), input_type="int8")
    with pytest.raises(ValueError, match="input_type='float32' needs ThermometerEncoder"):
        to_c(perceptron(RandomProjectionEncoder(32)), input_type="float32")
    with pytest.raises(ValueError, match="input_type must be one of"):
        to_c(SMALL, input_type="float64")
    with pytest.raises(ValueError, match="fixed point"):
        to_c(perceptron(RandomProjectionEncoder(32), X * 1e8), input_type="int32")


def test_fractions_in_an_encoder_that_calculates_warn():
    with pytest.warns(UserWarning, match="whole numbers"):
        to_c(perceptron(RandomProjectionEncoder(32), X / 16))


def test_large_models_warn_and_may_be_refused():
    model = perceptron(widths=(512, 64), encoder=RandomProjectionEncoder(1024))
    with pytest.warns(UserWarning, match=r"Large.*ThermometerEncoder\(8\) would.*SparseSum"):
        size = to_c(model).sizes.flash
    with pytest.raises(ValueError, match=f"max_flash={size - 1}.*about {size:,} bytes"):
        to_c(model, max_flash=size - 1)
    to_c(model, max_flash=size)
    with pytest.raises(ValueError, match=r"max_flash must be an integer.*'8k'"):
        to_c(SMALL, max_flash="8k")


def test_bits_that_only_say_what_is_missing():
    holes = np.where(np.arange(40) % 2, np.nan, 1.0)[:, np.newaxis]
    model = perceptron(RandomProjectionEncoder(9, max_features=1), holes, np.arange(40) % 2)
    model.encoder_.components_ = np.array([[0, 1]] * 9, dtype=np.int8)
    assert "features[1] = {\n    0,\n}" in to_c(model, input_type="int16").source


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([3, -7], "const int32_t bepsk_model_labels[2] = {\n    -7, 3,\n}"),
        ([False, True], "int32_t bepsk_model_labels[2] = {\n    0, 1,\n}"),
        ([2**31, 1], '{\n    "1", "2147483648",\n}'),
        ([1.0, 2.0], "{\n    1, 2,\n}"),
        (['a"??/', "*/ü\n"], 'labels[2] = {\n    "*/\\303\\274\\012", "a\\042\\077\\077/",\n}'),
    ],
)
def test_labels(labels, expected):
    y = np.array(labels)[np.arange(40) % 2]
    model = to_c(perceptron("thermometer", np.arange(80).reshape(40, 2), y))
    assert expected in model.source
    for text in (model.header, model.source):
        comment = text[: text.index("#")]
        assert comment.count("*/") == 1
        assert comment.isascii()


def test_the_text_is_plain():
    model = to_c(SMALL)
    assert not re.search(r"float|double|malloc|string\.h", model.source + model.header)
    assert max(map(len, (model.source + model.header).splitlines())) <= 100


def test_the_same_model_gives_the_same_text():
    assert to_c(SMALL) == to_c(perceptron(ThermometerEncoder(2)))


def test_command_line(tmp_path, capsys):
    file = tmp_path / "model.joblib"
    joblib.dump(SMALL, file)
    folder = str(tmp_path / "out")
    main([str(file), "-o", folder, "--name", "digits", "--input-type", "int16"])
    assert "typedef int16_t digits_input;" in (tmp_path / "out" / "digits.h").read_text()
    assert "flash: about" in capsys.readouterr().out
    for wrong in (["--name", "if"], ["--max-flash", "100"]):
        with pytest.raises(SystemExit):
            main([str(file), "-o", folder, *wrong])
        assert "error:" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([str(tmp_path / "none"), "-o", folder])
