import io
from types import SimpleNamespace

import numpy as np
import pytest

from bepsk.training import Progress, Report
from bepsk.training.report import spell

LAYERS = [SimpleNamespace(hidden_weights=np.array(H, np.int16)) for H in ([[1, -3]], [[5, 5]])]
NETWORK = SimpleNamespace(layers=LAYERS)


def progress_of(group_sizes=(), **scores):
    scores = {"losses": [0.5], "train_scores": [0.75], "validation_scores": [0.25]} | scores
    return Progress(0, list(group_sizes), n_epochs=1, **scores)


def report_at(times, *options):
    return Report(*options, clock=iter(times).__next__)


def test_the_time_left_is_that_of_the_epochs_so_far(capsys):
    report = report_at([0, 100, 102, 112, 112], 1, 4)  # made at 0, training from 100 on
    for _ in range(3):
        report.begin()
        report.epoch(NETWORK, progress_of())
    scores = "  triggered 0.5000  train 0.7500  "
    assert capsys.readouterr().out.splitlines() == [
        f"epoch   1 of 4{scores}2.0 s, 6.0 s left",
        f"epoch   2 of 4{scores}10 s, 12 s left",
        f"epoch   3 of 4{scores}0 ms, 4.0 s left",
    ]


@pytest.mark.parametrize(
    ("group_sizes", "details"),
    [((), "weights 2.0 5.0  stale 0"), ((2, 4), "weights 2.0 5.0  groups 2 4  stale 0")],
)
def test_level_two_tells_more(capsys, group_sizes, details):
    report_at([0, 1], 2, 1, True).epoch(NETWORK, progress_of(group_sizes))
    scores = "triggered 0.5000  train 0.7500  validation 0.2500"
    assert capsys.readouterr().out == f"epoch   1 of 1  {scores}  {details}  1.0 s, 0 ms left\n"


def test_level_zero_tells_nothing(capsys):
    report = report_at([0, 1, 2], 0)
    report.epoch(NETWORK, progress_of())
    report.chunk(1, 5, NETWORK)
    assert capsys.readouterr().out == ""


def test_a_chunk_has_a_line(capsys):
    report_at([0, 0.5], 1).chunk(12, 5, NETWORK, progress_of())
    report_at([0, 0.5], 2).chunk(13, 1, NETWORK)
    assert capsys.readouterr().out.splitlines() == [
        "chunk  12  rows 5  triggered 0.5000  train 0.7500  0.50 s",
        "chunk  13  rows 1  weights 2.0 5.0  0.50 s",
    ]


def test_each_line_is_flushed(monkeypatch):
    class Buffer(io.StringIO):
        flushed = 0

        def flush(self):
            self.flushed += 1

    buffer = Buffer()
    monkeypatch.setattr("sys.stdout", buffer)
    report_at([0, 1], 1).epoch(NETWORK, progress_of())
    assert buffer.flushed == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0042, "4 ms"),
        (0.42, "0.42 s"),
        (4.2, "4.2 s"),
        (42, "42 s"),
        (100, "2 min"),
        (2520, "42 min"),
        (6000, "1.7 h"),
    ],
)
def test_times_have_units_that_suit(seconds, text):
    assert spell(seconds) == text
