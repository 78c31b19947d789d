"""Networks in C: one function for each."""

import numpy as np

from bepsk.export._model import Cells, Prototypes, Shares, Sums
from bepsk.export._text import SIZES, Part, n_words, width_of

GROUP = 16
CODE_OF_SUMS = 200
"""Bytes of machine code for inertia, more or less."""
MIN_PLANES = 5
"""The C counts in registers up to 15, and carries into at least one plane."""


def pack(bits):
    """Pack bool rows into words of 32 bits, uint32 (n_rows, words)."""
    padded = np.zeros((len(bits), 32 * n_words(bits.shape[1])), dtype=bool)
    padded[:, : bits.shape[1]] = bits
    return np.packbits(padded, axis=1, bitorder="little").view("<u4")


def slice_bits(weights, begin, n_planes):
    """Lay out weights as `bepsk_count` reads them.

    Parameters
    ----------
    weights : bool array, shape (n_neurons, n_inputs)
        True for +1.
    begin : int array, shape (n_neurons,)
        What the counters begin with.
    n_planes : int
        Binary digits of a counter.

    Returns
    -------
    words : uint32 array
        For each 32 neurons the planes, then a word for each input.
    """
    n_neurons, n_inputs = weights.shape
    blocks = n_words(n_neurons)
    differ = np.zeros((32 * blocks, -(-n_inputs // GROUP) * GROUP), dtype=bool)
    differ[:n_neurons, :n_inputs] = ~weights
    differ[:, ::2] ^= differ[:, 1::2]
    planes = np.zeros((32 * blocks, n_planes), dtype=bool)
    planes[:n_neurons] = begin[:, np.newaxis] >> np.arange(n_planes) & 1
    rows = np.concatenate([~planes, differ], axis=1).reshape(blocks, 32, -1)
    return np.concatenate([pack(block.T)[:, 0] for block in rows])


def write_layer(layer, name, pairs, out):
    """Write a layer of neurons: from `pairs`, the name of its inputs, to `out`."""
    part = Part()
    digits = max(MIN_PLANES - 1, layer.n_inputs.bit_length())
    words = slice_bits(layer.weights, 2**digits - layer.thresholds, digits + 1)
    part.array("uint32_t", name, words)
    sizes = f"{layer.n_inputs}, {layer.n_neurons}, {digits + 1}"
    part.code.append(f"bepsk_layer({name}, {sizes}, {pairs}, {out});")
    return count(part, layer, digits + 1)


def write_sums(layer, name, pairs, sums, out):
    """Write a layer of state neurons with inertia."""
    part = Part(defines={"BEPSK_SUM": sum_type(layer)})
    digits = max(MIN_PLANES, layer.total.bit_length())
    part.array("uint32_t", name, slice_bits(layer.weights, layer.begin, digits))
    sizes = f"{layer.n_inputs}, {layer.n_neurons}, {digits}, {layer.total}, {layer.inertia}"
    part.code.append(f"bepsk_sums({name}, {sizes}, {pairs}, {sums}, {out});")
    part.operations = layer.n_neurons * (40 + 5 * digits)
    part.flash += CODE_OF_SUMS
    return count(part, layer, digits)


def sum_type(layer):
    """Return the type of the sums of a layer with inertia."""
    return "int16_t" if layer.largest < 2**15 else "int32_t"


def count(part, layer, n_planes):
    """Add what a layer's counters cost."""
    part.defines["BEPSK_PLANES"] = n_planes
    groups = -(-layer.n_inputs // GROUP)
    part.operations += n_words(layer.n_neurons) * (60 + 161 * groups)
    return part


def write_layers(layers, prefix, source):
    """Write layers from the bits `source`, which are paired already, to one of two buffers.

    Returns
    -------
    part : Part
    top : str
        Where the activations of the last layer are.
    """
    part, top = Part(), source
    for index, layer in enumerate(layers):
        out = "ab"[index % 2]
        if index:
            part.code.append(f"bepsk_pair({top}, {layer.n_inputs}, {top});")
        part.add(write_layer(layer, f"{prefix}layer_{index + 1}", top, out))
        top = out
    return part, top


def buffers(networks):
    """Write the two buffers that layers of any of the networks take turns to write."""
    part = Part()
    for turn, name in enumerate("ab"):
        widths = [layer.n_neurons for net in networks for layer in net.layers[turn::2]]
        if widths:
            part.code.append(f"uint32_t {name}[{n_words(max(widths))}];")
            part.stack += 4 * n_words(max(widths))
    return part


def prefixes(networks):
    """Return what the names of each network's arrays begin with."""
    if len(networks) == 1:
        return [""]
    return [f"member_{index + 1}_" for index in range(len(networks))]


def write_prototypes(top, prefix, source, raises):
    """Write logits of classes, from the activations `source`."""
    part = Part()
    n_classes, n_outputs = top.prototypes.shape
    part.array("uint32_t", f"{prefix}prototypes", pack(top.prototypes).ravel())
    sizes = f"{n_classes}, {n_outputs}"
    part.code.append(f"bepsk_logits({prefix}prototypes, {sizes}, {source}, {int(raises)}, logits);")
    part.operations = n_classes * (10 + 17 * n_words(n_outputs))
    return part


def write_shares(top, prefix, source, raises):
    """Write logits of several labels, from the activations `source`."""
    part = Part()
    part.array("uint32_t", f"{prefix}prototypes", pack(top.prototypes[np.newaxis])[0])
    part.array("uint16_t", f"{prefix}ends", top.ends)
    arrays = f"{prefix}prototypes, {prefix}ends, {len(top.ends)}, {source}"
    part.code.append(f"bepsk_label_logits({arrays}, {int(raises)}, logits);")
    part.operations = 12 * len(top.ends) + 11 * len(top.prototypes)
    return part


def write_cells(top, prefix, source, raises):
    """Write the sum of a regressor, from `source`, the inputs of its last layer."""
    part, digits = Part(), max(MIN_PLANES, top.total.bit_length())
    part.array("uint32_t", f"{prefix}cells", slice_bits(top.weights, top.begin, digits))
    first = int(np.searchsorted(top.levels, 0, side="right")) - 1
    last = int(np.searchsorted(top.levels, top.levels[-1]))
    part.array("uint16_t", f"{prefix}levels", top.levels[first : last + 1])
    part.array(width_of(top.widths), f"{prefix}widths", top.widths)
    part.defines["BEPSK_WIDTH"] = width_of(top.widths)
    sizes = f"{top.n_inputs}, {top.n_neurons}, {digits}"
    arrays = f"{prefix}levels, {first}, {last - first}, {prefix}widths"
    part.code.append(f"return bepsk_number({prefix}cells, {sizes}, {arrays}, {source});")
    part.operations = top.n_neurons * (43 + 5 * digits)
    return count(part, top, digits)


TOPS = {Prototypes: write_prototypes, Shares: write_shares, Cells: write_cells}


def write_top(network, prefix, source, raises):
    """Write what stands on top of layers, whose activations are in `source`."""
    part = Part()
    if isinstance(network.top, Cells) and network.layers:
        part.code.append(f"bepsk_pair({source}, {network.top.n_inputs}, {source});")
    part.add(TOPS[type(network.top)](network.top, prefix, source, raises))
    return part


def write_feed_forward(networks):
    """Write what turns `bits`, paired, into `logits`."""
    part = buffers(networks)
    for index, (network, prefix) in enumerate(zip(networks, prefixes(networks), strict=True)):
        layers, top = write_layers(network.layers, prefix, "bits")
        part.add(layers)
        part.add(write_top(network, prefix, top, index > 0))
    return part


def write_step(networks, n_bits):
    """Write what turns `inputs`, of which the bits of a step are paired, into the next state."""
    part = Part()
    for index, (network, prefix) in enumerate(zip(networks, prefixes(networks), strict=True)):
        layer, states = network.state, f"state->bits[{index}]"
        if not network.single_step:
            part.code.append(f"bepsk_pair({states}, {layer.n_neurons}, inputs);")
        if isinstance(layer, Sums):
            sums = f"state->sums[{index}]"
            part.add(write_sums(layer, f"{prefix}state_layer", "inputs", sums, states))
        else:
            part.add(write_layer(layer, f"{prefix}state_layer", "inputs", states))
    return part


def write_reading(networks):
    """Write what turns the state into `logits`."""
    part = buffers(networks)
    n_states = networks[0].state.n_neurons
    part.code.append(f"uint32_t inputs[{n_words(n_states)}];")
    part.stack += 4 * n_words(n_states)
    for index, (network, prefix) in enumerate(zip(networks, prefixes(networks), strict=True)):
        part.code.append(f"bepsk_pair(state->bits[{index}], {n_states}, inputs);")
        layers, top = write_layers(network.layers, prefix, "inputs")
        part.add(layers)
        part.add(write_top(network, prefix, top, index > 0))
    return part


def write_state(networks, place_code):
    """Write the state of recurrent networks.

    Returns
    -------
    members : list of str
        What it holds.
    reset : list of str
        Statements that begin a series.
    size : int
        Bytes.
    """
    n, layer = len(networks), networks[0].state
    width, words = layer.n_neurons, n_words(layer.n_neurons)
    members, size = [f"uint32_t bits[{n}][{words}]; /* of the states */"], 4 * n * words
    reset = [f"bepsk_begin(state->bits[{index}], {width});" for index in range(n)]
    if isinstance(layer, Sums):
        members.append(f"{sum_type(layer)} sums[{n}][{width}];")
        reset += [f"bepsk_begin_sums(state->sums[{index}], {width});" for index in range(n)]
        size += n * width * SIZES[sum_type(layer)]
    if place_code:
        members.append("uint32_t place; /* how many steps there have been */")
        reset.append("state->place = 0;")
        size += 4
    return members, reset, size
