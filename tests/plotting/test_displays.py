"""Displays are compared by the data that they draw, never by pixels."""

import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bepsk import BEPMLPClassifier
from bepsk.encoders import RandomProjectionEncoder, ThermometerEncoder
from bepsk.plotting import EncoderDisplay, HiddenWeightDisplay, MarginDisplay, TrainingCurveDisplay

X, Y = load_iris(return_X_y=True)
FEW = {"max_iter": 6, "random_state": 0}


@pytest.fixture(autouse=True)
def _no_open_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def clf():
    return BEPMLPClassifier((32, 16), **FEW).fit(X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2])


def ways_to_draw(clf):
    encoder = clf.encoder_
    return [
        (TrainingCurveDisplay, (clf,), {}),
        (HiddenWeightDisplay, (clf,), {}),
        (HiddenWeightDisplay, (clf,), {"kind": "bars"}),
        (HiddenWeightDisplay, (clf,), {"layer": 1, "kind": "images", "image_shape": (4, 8)}),
        (MarginDisplay, (clf, X, Y), {}),
        (EncoderDisplay, (encoder, X), {}),
        (EncoderDisplay, (encoder, X), {"feature": 1}),
    ]


@pytest.mark.parametrize("way", range(7))
def test_a_display_draws_on_new_or_given_axes(clf, way):
    cls, args, options = ways_to_draw(clf)[way]
    display = cls.from_estimator(*args, **options)
    assert display.figure_ is display.ax_.figure
    assert display.ax_.get_xlabel() or options.get("kind") == "images"
    ax = plt.figure().add_subplot()
    again = cls.from_estimator(*args, **options, ax=ax)
    assert again.ax_ is ax
    assert again.figure_ is ax.figure


def test_options_reach_matplotlib(clf):
    for way in (0, 4, 5):
        cls, args, options = ways_to_draw(clf)[way]
        display = cls.from_estimator(*args, **options, linewidth=7)
        lines = display.lines_ if way < 5 else [display.line_]
        assert {line.get_linewidth() for line in lines} == {7}


def test_training_curves_are_those_of_the_estimator(clf):
    display = TrainingCurveDisplay.from_estimator(clf)
    curves = {line.get_label(): line.get_data() for line in display.lines_}
    expected = {
        "train accuracy": clf.train_scores_,
        "triggered share": clf.loss_curve_,
        "validation accuracy": clf.validation_scores_,
    }
    assert curves.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(curves[name], [np.arange(1, 7), values])
    assert display.group_ax_ is None


def test_curves_that_begin_late_end_with_the_last_epoch():
    first, second = (
        TrainingCurveDisplay([0.5, 0.6, 0.7], [1, 0.5, 0.25], validation_scores=[0.65])
        .plot()
        .lines_[1:]
    )
    assert first.get_xdata().tolist() == [1, 2, 3]
    assert second.get_xdata().tolist() == [3]


def test_epochs_are_whole_numbers():
    display = TrainingCurveDisplay([0.5, 0.6], [0.9, 0.8]).plot()
    assert (display.ax_.get_xticks() % 1 == 0).all()


def test_group_sizes_have_an_axis_of_their_own():
    sizes = []
    clf = BEPMLPClassifier((32, 16), rule="paper", group_patience=1, **FEW)
    clf.set_params(n_iter_no_change=None, max_iter=20)
    clf.fit(X, Y, callback=lambda clf: sizes.append(list(clf.group_sizes_)))
    display = TrainingCurveDisplay.from_estimator(clf, group_sizes=sizes)
    drawn = np.array([line.get_ydata() for line in display.group_lines_])
    np.testing.assert_array_equal(drawn.T, sizes)
    assert {line.axes for line in display.group_lines_} == {display.group_ax_}
    assert len({tuple(row) for row in sizes}) > 1


def test_a_histogram_of_hidden_weights_counts_powers_of_two():
    display = HiddenWeightDisplay([[1, -3, 5, 7], [-1, 1, -9, 32767]]).plot()
    shares, edges, _ = display.histogram_.get_data()
    assert edges.tolist() == [2**i for i in range(16)]
    assert (8 * shares).tolist() == [3, 1, 2, 1, *[0] * 10, 1]


def test_bars_are_means_of_sizes_over_neurons():
    display = HiddenWeightDisplay([[1, -3], [-5, 1]]).plot(kind="bars")
    assert [bar.get_height() for bar in display.bars_] == [3, 2]


def test_images_stand_side_by_side():
    rows = np.arange(1, 13).reshape(3, 4)
    mosaic = HiddenWeightDisplay(rows).plot(kind="images", image_shape=(2, 2)).image_.get_array()
    assert mosaic.shape == (5, 5)
    for row, (top, left) in zip(rows, [(0, 0), (0, 3), (3, 0)], strict=True):
        assert mosaic[top : top + 2, left : left + 2].ravel().tolist() == row.tolist()
    assert mosaic.mask[2].all()
    assert mosaic.mask[3:, 3:].all()


def test_weights_of_biases_are_no_pixels():
    digits = load_digits()
    clf = BEPMLPClassifier((20,), encoder="binary", **FEW).fit(digits.data > 7, digits.target)
    display = HiddenWeightDisplay.from_estimator(
        clf, neurons=[3, 5], kind="images", image_shape=(8, 8)
    )
    np.testing.assert_array_equal(display.hidden_weights, clf.hidden_weights_[0][[3, 5], :64])
    assert clf.n_bias_
    many = HiddenWeightDisplay.from_estimator(clf, kind="bars")
    assert len(many.hidden_weights) == 20


@pytest.mark.parametrize("shape", [None, (3, 5)])
def test_rows_that_are_no_images_are_an_error(clf, shape):
    with pytest.raises(ValueError, match=r"image_shape=.* a product of 32"):
        HiddenWeightDisplay.from_estimator(clf, layer=1, kind="images", image_shape=shape)


def test_an_unknown_kind_is_an_error(clf):
    with pytest.raises(ValueError, match=r"kind must be one of .*; got 'pie'"):
        HiddenWeightDisplay.from_estimator(clf, kind="pie")


def naive_margins(clf):
    scores = clf.decision_function(X)
    wins = [row[y] - max(np.delete(row, y)) for row, y in zip(scores, Y, strict=True)]
    return np.array(wins)


def test_margins_are_cumulated_by_class(clf):
    display = MarginDisplay.from_estimator(clf, X, Y)
    np.testing.assert_allclose(display.margins, naive_margins(clf))
    assert display.trigger == clf.margin
    for label, line in enumerate(display.lines_):
        values, shares = line.get_data()
        assert line.get_label() == str(label)
        np.testing.assert_array_equal(values, np.sort(display.margins[label == Y]))
        np.testing.assert_allclose(shares, np.arange(1, 51) / 50)


def test_a_pipeline_shows_its_last_step():
    pipeline = make_pipeline(StandardScaler(), BEPMLPClassifier((16,), **FEW)).fit(X, Y)
    assert TrainingCurveDisplay.from_estimator(pipeline).losses == pipeline[-1].loss_curve_
    assert HiddenWeightDisplay.from_estimator(pipeline).hidden_weights.shape == (16, 4096)
    margins = MarginDisplay.from_estimator(pipeline, X, Y).margins
    assert (margins >= 0).mean() == pipeline.score(X, Y)


def test_shares_of_ones_are_sorted(clf):
    for encoder in (clf, clf.encoder_):
        display = EncoderDisplay.from_estimator(encoder, X)
        ones = clf.encoder_.transform(X).mean(axis=0)
        np.testing.assert_array_equal(display.ones, ones)
        np.testing.assert_array_equal(display.line_.get_ydata(), np.sort(ones))


@pytest.mark.parametrize("frame", [False, True])
def test_thermometer_bits_over_a_feature_are_a_staircase(frame):
    table = pd.DataFrame(X, columns=list("abcd")) if frame else X
    encoder = ThermometerEncoder(n_bits=5).fit(table)
    display = EncoderDisplay.from_estimator(encoder, table, feature="c" if frame else 2, n_points=9)
    values = np.linspace(X[:, 2].min(), X[:, 2].max(), 9)
    expected = values[:, np.newaxis] > encoder.thresholds_[2]
    np.testing.assert_array_equal(display.values, values)
    np.testing.assert_array_equal(display.bits, expected)
    np.testing.assert_array_equal(display.image_.get_array(), expected.T)
    assert display.ax_.get_xlabel() == ("c" if frame else "x2")


def test_bits_are_in_the_order_of_their_first_change():
    encoder = RandomProjectionEncoder(64, random_state=0).fit(X)
    bits = EncoderDisplay.from_estimator(encoder, X, feature=0).bits
    first = (bits[1:] != bits[:-1]).argmax(axis=0)
    assert (np.diff(first) >= 0).all()
    assert (bits != bits[0]).any(axis=0).all()


def test_the_room_opens_without_matplotlib():
    code = "import sys, bepsk.plotting; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"bepsk\[plot\]"):
        TrainingCurveDisplay([0.5], [1.0]).plot()
