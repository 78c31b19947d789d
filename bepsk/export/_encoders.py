"""Encoders in C: one function for each."""

from itertools import pairwise

import numpy as np

from bepsk.export._model import Bits, Patches, Projection, Thermometer
from bepsk.export._networks import write_layer
from bepsk.export._text import C_TYPES, SIZES, Part, n_words, width_of

CODE_PER_KIND = 45
"""Bytes of machine code for each kind of sparse projections, more or less."""


def write_encoder(encoder, input_type):
    """Write what turns `x` into `bits`."""
    part = Part(defines={"BEPSK_INPUT": C_TYPES[input_type]})
    stages = len(encoder.expansions)
    for stage, layer in enumerate(encoder.expansions):
        part.code.append(f"uint32_t stage_{stage}[{n_words(layer.n_inputs)}];")
        part.stack += 4 * n_words(layer.n_inputs)
    part.add(WRITERS[type(encoder.first)](encoder, input_type, "stage_0" if stages else "bits"))
    for stage, layer in enumerate(encoder.expansions):
        out = "bits" if stage == stages - 1 else f"stage_{stage + 1}"
        part.code.append(f"bepsk_pair(stage_{stage}, {layer.n_inputs}, stage_{stage});")
        part.add(write_layer(layer, f"expansion_{stage + 1}", f"stage_{stage}", out))
    return part


def write_thermometer(encoder, input_type, out):
    """Write comparisons of each feature with thresholds."""
    part, first, n = Part(), encoder.first, encoder.n_features
    counts, cuts = np.array(list(map(len, first.cuts))), np.concatenate(first.cuts)
    count_type = width_of(counts)
    cut_type = "int32_t" if input_type == "float32" else C_TYPES[input_type]
    part.defines = {"BEPSK_COUNT": count_type, "BEPSK_CUT": cut_type}
    if input_type == "float32":
        part.defines["BEPSK_READS_FLOATS"] = 1
    part.array(count_type, "counts", counts)
    part.array(cut_type, "cuts", cuts)
    part.code.append(f"bepsk_thermometer(x, {n}, counts, cuts, {out});")
    part.operations = 5 * n + 9 * len(cuts)
    if len(first.missing):
        part.array("uint32_t", "missing", first.missing)
        part.code.append(f"bepsk_mark_missing(x, {len(first.missing)}, missing, {out});")
        part.operations += 15 * len(first.missing)
    return part


def write_levels(scale, n, c_type):
    """Write what turns numbers into levels, whole numbers from 0 on."""
    part = Part()
    wide = scale.widest >= 2**31
    part.defines = {"BEPSK_FIXED": "int64_t" if wide else "int32_t", "BEPSK_LEVEL": c_type}
    columns = scale.low, scale.high, scale.top, scale.shift, scale.factor, scale.start
    rows = np.stack(columns, axis=1)
    part.array("bepsk_scale", "scales", rows, 24 if wide else 16)
    one = "0" if len(rows) == 1 else "1"
    part.code += [
        f"{c_type} levels[{n}];",
        f"bepsk_levels(x, {n}, scales, {one}, levels);",
    ]
    part.stack = n * SIZES[c_type]
    part.operations = n * (25 if wide else 14)
    return part


def write_projection(encoder, input_type, out):
    """Write projections: whole rows of weights, or only those that are not 0 if they are few."""
    first, n = encoder.first, encoder.n_features
    if first.scale is None:
        part, levels = Part(defines={"BEPSK_LEVEL": C_TYPES[input_type]}), "x"
    else:
        part, levels = write_levels(first.scale, n, "int16_t"), "levels"
    n_bits, n_seen = len(first.components), np.count_nonzero(first.components)
    if first.kinds is not None:
        write_few(part, first, levels, out)
        part.operations += 10 * n_bits + 3 * n_seen if first.adds else 4 * n_bits + 12 * n_seen
    else:
        part.defines["BEPSK_BOUND"] = width_of(first.bounds)
        part.array("int8_t", "weights", first.components.ravel())
        part.array(width_of(first.bounds), "bounds", first.bounds)
        part.code.append(f"bepsk_project({levels}, {n}, weights, bounds, {n_bits}, {out});")
        part.operations += n_bits * (20 + 5 * n)
    return part


def write_few(part, first, levels, out):
    """Add projections of few features, a call for those of each kind, to a part."""
    kinds = first.kinds
    # In each row those above 0 first.
    order = np.argsort(-np.sign(first.components), axis=1, kind="stable")
    weights = np.take_along_axis(first.components, order, axis=1)
    features = order[weights != 0]
    bounds = first.bounds[np.stack([first.is_slab, np.ones_like(first.is_slab)], axis=1)]
    part.defines |= {"BEPSK_INDEX": width_of(features), "BEPSK_BOUND": width_of(bounds)}
    part.array(width_of(features), "features", features)
    part.array(width_of(bounds), "bounds", bounds)
    if not first.adds:
        part.array("int8_t", "weights", weights[weights != 0])
    part.code.append(f"bepsk_writer to = {{{out}, 0, 1}};")
    term = bound = 0
    starts = np.flatnonzero(np.append(True, (kinds[1:] != kinds[:-1]).any(axis=1))).tolist()
    for start, end in pairwise([*starts, len(kinds)]):
        n_bits, (one, other) = end - start, kinds[start].tolist()
        sizes = f"{n_bits}, {one}, {other}, &to"
        if first.adds:
            call = f"bepsk_add_few({levels}, features + {term}, bounds + {bound}, {sizes});"
        else:
            arrays = f"features + {term}, weights + {term}, bounds + {bound}"
            call = f"bepsk_project_few({levels}, {arrays}, {sizes});"
        part.code.append(call)
        part.flash += CODE_PER_KIND
        term += n_bits * (one + other if first.adds else one)
        bound += n_bits * (1 if first.adds else other)
    part.code.append("bepsk_finish(&to);")


def write_patches(encoder, input_type, out):
    """Write the search for patches."""
    first = encoder.first
    part = write_levels(first.scale, encoder.n_features, "uint8_t")
    _, width, channels = first.shape
    top, left, window = first.places.T
    sides = np.array(list(map(len, first.patches)))
    rows = np.stack([(top * width + left) * channels, first.thresholds, sides, window], axis=1)
    part.array("bepsk_patch", "patches", rows, 12)
    part.array("int8_t", "weights", np.concatenate([patch.ravel() for patch in first.patches]))
    sizes = f"{width * channels}, {channels}"
    part.code.append(f"bepsk_match(levels, {sizes}, patches, weights, {len(rows)}, {out});")
    products = window**2 * sides * (12 + 7 * sides * channels)
    part.operations += 60 * len(rows) + int(products.sum())
    return part


def write_bits(encoder, input_type, out):
    """Write what packs bits that come as numbers."""
    code = [f"bepsk_binary(x, {encoder.n_features}, {out});"]
    return Part(code=code, operations=7 * encoder.n_features)


WRITERS: dict = {
    Thermometer: write_thermometer,
    Projection: write_projection,
    Patches: write_patches,
    Bits: write_bits,
}
