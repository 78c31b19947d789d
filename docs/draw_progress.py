"""Draw docs/images/progress.svg: scikit-learn's progress bars amid a search.

The picture is one of the frames that the search has written to its terminal.
"""

import io
import re
from pathlib import Path

import rich
from rich.console import Console
from rich.text import Text
from sklearn.callback import ProgressBar
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from bepsk import BEPMLPClassifier

WIDTH = 110
PICTURE = Path(__file__).parent / "images" / "progress.svg"
MOVES = re.compile(r"\x1b\[[?\d;]*[A-Za-ln-z]|\r")  # of the cursor; colours end in m
FRAME = re.compile(r"(?=GridSearchCV - fit )")
ELSEWHERE = re.compile(r"@font-face \{.*?\}", re.DOTALL)


def main():
    """Run a search, and draw the frame in the middle of it."""
    options = {"width": WIDTH, "force_terminal": True, "color_system": "truecolor", "record": True}
    rich.reconfigure(file=io.StringIO(), **options)
    search = GridSearchCV(
        BEPMLPClassifier((512, 512), random_state=0), {"margin": [0.25, 0.5]}, cv=3, n_jobs=2
    )
    search.set_callbacks(ProgressBar()).fit(*load_digits(return_X_y=True))
    written = rich.get_console().export_text(styles=True)
    frames = FRAME.split(MOVES.sub("", written))[1:]
    frame = frames[len(frames) // 2].rstrip()
    canvas = Console(file=io.StringIO(), height=frame.count("\n") + 1, **options)
    canvas.print(Text.from_ansi(frame))
    drawing = canvas.export_svg(title="GridSearchCV(BEPMLPClassifier(), …, n_jobs=2)")
    PICTURE.write_text(ELSEWHERE.sub("", drawing), encoding="utf-8")
    print(f"{PICTURE.stat().st_size} bytes; frame {len(frames) // 2 + 1} of {len(frames)}:")
    print(Text.from_ansi(frame).plain)


if __name__ == "__main__":
    main()
