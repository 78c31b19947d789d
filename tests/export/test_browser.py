"""The page that learns in the browser, in a browser."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from bepsk.export import dump_weights

sys.path.append(str(Path(__file__).parents[2] / "examples" / "browser"))

import chromium
import make_page

pytestmark = pytest.mark.once


@pytest.fixture(scope="module", autouse=True)
def no_sanitizers_in_other_programs():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LD_PRELOAD", raising=False)
        yield


@pytest.fixture(scope="module")
def page():
    """The page, and the network that is inside."""
    if make_page.missing_tools():
        pytest.skip(f"not installed: {make_page.missing_tools()}")
    return make_page.make_page()


@pytest.fixture(scope="module")
def report(page):
    """What the hand of browser.js has seen."""
    if not chromium.find_browser():
        pytest.skip("no Chromium")
    script = Path(__file__).with_name("browser.js").read_text(encoding="utf-8")
    return chromium.run_in_page(page[0], script)


def test_it_reads_what_is_drawn_by_mouse_and_finger(report):
    right = [digit for digit, guess in enumerate(report["drawn"]) if guess == digit]
    assert len(right) >= 9


def test_it_is_taught_an_odd_seven_and_keeps_the_others(report):
    assert report["odd"][0] != 7
    assert report["odd"][-1] == 7
    shares = [float(report[when]["unseen"].removesuffix(" %")) for when in ("before", "after")]
    assert shares[0] > 97
    assert shares[1] > shares[0] - 1.5
    assert report["before"]["flips"] == "0" != report["after"]["flips"]
    assert re.fullmatch(r"(9|1[01]) of 12, \d\d\.\d %", report["after"]["running"])


def test_it_learns_what_python_learns(page, report):
    clf = page[1]
    assert dump_weights(clf).hex() == report["begin"]
    for lesson in report["lessons"]:
        row = np.array([lesson["pixels"]], dtype=float)
        assert clf.predict(row)[0] == lesson["guess"]
        clf.partial_fit(row, [lesson["digit"]])
    assert dump_weights(clf).hex() == report["learned"] != report["begin"]


def test_lessons_are_undone_and_forgotten(report):
    assert report["another"] != report["learned"]
    assert report["undone"] == report["learned"]
    assert report["forgotten"] == report["begin"]
    assert report["end"] == report["before"] | {"lesson": "All lessons are forgotten."}


def test_the_page_is_small_and_asks_for_nothing(page):
    text = page[0]
    assert len(text.encode()) < 150_000
    assert not re.search(r"\bsrc=|<link|@import|url\(|fetch\(|{{", text)


def test_the_command_writes_the_page(page, tmp_path, monkeypatch):
    monkeypatch.setattr(make_page, "make_page", lambda: page)
    file = tmp_path / "new" / "page.html"
    assert make_page.main(["-o", str(file)]) == 0
    assert file.read_text(encoding="utf-8") == page[0]


def test_it_says_what_has_to_be_installed(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit):
        make_page.main([])
    assert "wasm-ld (package lld)" in capsys.readouterr().err
