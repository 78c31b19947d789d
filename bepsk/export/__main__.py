"""`python -m bepsk.export MODEL -o FOLDER`: write a saved model in C."""

import argparse
import sys

import joblib

from bepsk.export import to_c
from bepsk.export._describe_encoders import TYPES


def main(arguments=None):
    """Read the command line, and write the files."""
    parser = argparse.ArgumentParser(prog="python -m bepsk.export", description=__doc__)
    parser.add_argument("model", help="file of a fitted model, by joblib or pickle: one you trust")
    parser.add_argument("-o", "--output", metavar="FOLDER", required=True)
    parser.add_argument("--name", default="bepsk_model", help="what the names in C begin with")
    parser.add_argument("--input-type", choices=["auto", *TYPES], default="auto")
    parser.add_argument("--trainable", action="store_true", help="C that goes on learning")
    parser.add_argument("--max-flash", type=int, metavar="BYTES")
    options = parser.parse_args(arguments)
    try:
        model = to_c(
            joblib.load(options.model),
            name=options.name,
            input_type=options.input_type,
            trainable=options.trainable,
            max_flash=options.max_flash,
        )
        paths = model.write(options.output)
    except (OSError, TypeError, ValueError) as error:
        parser.error(str(error))
    print(*paths, sep="\n")
    for what in ("flash", "ram", "stack"):
        print(f"{what}: about {getattr(model.sizes, what)} bytes")
    print(f"instructions: about {model.sizes.operations}")


if __name__ == "__main__":
    sys.exit(main())
