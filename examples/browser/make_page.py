"""Build a page that learns digits in the browser: python examples/browser/make_page.py [-o FILE].

A network is trained on scikit-learn's digits and exported in C that goes on learning; clang makes
WebAssembly of it, which goes into one HTML file that needs no server.
"""

import argparse
import base64
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.ndimage import affine_transform
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from bepsk import BEPMLPClassifier
from bepsk.encoders import ThermometerEncoder
from bepsk.export import to_c

HERE = Path(__file__).parent
TOOLS = {"clang": "clang", "wasm-ld": "lld"}
"""The programs that are needed, and the packages that bring them."""
FLAGS = ["--target=wasm32", "-mbulk-memory", "-ffreestanding", "-std=c99", "-O2", "-Wall"]
LINK = ["-nostdlib", "-Wl,--no-entry", "-Wl,--strip-all", "-Wl,-z,stack-size=16384"]
N_COPIES = 8
N_EXAMPLES = 50


def missing_tools():
    """Return what has to be installed."""
    return [
        f"{tool} (package {package})" for tool, package in TOOLS.items() if not shutil.which(tool)
    ]


def digits():
    """Return images and labels: to train on, bent copies among them, and unseen."""
    X, y = load_digits(return_X_y=True)
    X, X_unseen, y, y_unseen = train_test_split(X, y, stratify=y, random_state=0)
    rng = np.random.default_rng(0)
    copies = [X, *(bent(X, rng) for _ in range(N_COPIES))]
    return np.vstack(copies), np.tile(y, 1 + N_COPIES), X_unseen, y_unseen


def bent(X, rng):
    """Return images turned, stretched, slanted and shifted a little, each in another way."""
    images, middle = [], np.full(2, 3.5)
    for image in X.reshape(-1, 8, 8):
        bend = np.eye(2) + rng.uniform(-0.15, 0.15, (2, 2))
        shift = middle - bend @ middle + rng.uniform(-0.5, 0.5, 2)
        images.append(affine_transform(image, bend, shift, order=1))
    return np.clip(np.rint(images), 0, 16).reshape(len(X), -1)


def train(X, y):
    """Return the network of the page."""
    return BEPMLPClassifier(
        (128, 64), encoder=ThermometerEncoder(8), weight_bits=8, online=True, random_state=0
    ).fit(X, y)


def compile_network(clf, X_unseen, y_unseen):
    """Return a network that goes on learning, and images it has not seen, as WebAssembly."""
    with tempfile.TemporaryDirectory() as folder:
        to_c(clf, name="digits", input_type="uint8", trainable=True).write(folder)
        Path(folder, "unseen.h").write_text(
            f"#define N_EXAMPLES {N_EXAMPLES}\n"
            f"#define N_UNSEEN {len(X_unseen) - N_EXAMPLES}\n"
            + c_array("examples[N_EXAMPLES][DIGITS_N_FEATURES]", X_unseen[:N_EXAMPLES])
            + c_array("unseen[N_UNSEEN][DIGITS_N_FEATURES]", X_unseen[N_EXAMPLES:])
            + c_array("labels[N_UNSEEN]", y_unseen[N_EXAMPLES:])
        )
        output = Path(folder, "learner.wasm")
        source = str(HERE / "learner.c")
        command = ["clang", *FLAGS, *LINK, f"-I{folder}", source, "-o", str(output)]
        subprocess.run(command, check=True)
        return output.read_bytes()


def c_array(declaration, values):
    """Return an array of bytes in C."""
    text = str(values.astype(int).tolist()).replace("[", "{").replace("]", "}")
    return f"static const uint8_t {declaration} = {text};\n"


def write_page(wasm):
    """Return the page, with everything that it needs inside."""
    parts = {"wasm": base64.b64encode(wasm).decode()}
    for name in ("page.css", "pixels.js", "page.js"):
        parts[name] = (HERE / name).read_text(encoding="utf-8")
    page = (HERE / "page.html").read_text(encoding="utf-8")
    return re.sub(r"{{([\w.]+)}}", lambda match: parts[match[1]], page)


def make_page():
    """Return the page, and the network that is inside."""
    X, y, X_unseen, y_unseen = digits()
    clf = train(X, y)
    return write_page(compile_network(clf, X_unseen, y_unseen)), clf


def main(arguments=None):
    """Write the page; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", metavar="FILE", default="build/browser.html", type=Path)
    output = parser.parse_args(arguments).output
    if missing_tools():
        parser.error(f"not installed: {', '.join(missing_tools())}")
    page, _ = make_page()
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page, encoding="utf-8")
    print(f"{output}: {output.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
