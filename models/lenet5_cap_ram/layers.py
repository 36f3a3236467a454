"""The network as layers, as chain.py sees it, and as nodes of a file, which know of no macro.

Training finds y = floor((16 codes * scale + bias) / 2^cut), `codes` being what the adder tree makes of a
filter's codes. The file says what becomes of sums, y = floor((sum * m + b) / 2^s), and chain.sums says
which sum stands for codes, (60 codes + lost) / (2 copies). So

    m = 16/30 copies scale 2^14,  s = cut + 14,  b = bias 2^14 + 2^13 - m lost / (2 copies)

give the same y: m and b are rounded, which moves no result by 2^13.
"""

import sys
from pathlib import Path

import numpy as np

import chain

sys.path.append(str(Path(__file__).parent.parent))
import network_file
from network_file import element, node, requantisation, result, window

EXTRA_BITS = 14
ACTIVATION = element(4, False)
LOGIT = element(16, True)
# Encodings and bits of weights, those that lose least first.
PRECISIONS = [("ternary", 2), ("ternary", 3), ("twos_complement", 4)]


def converted(layer):
    """A layer that was trained, with the numbers of the network."""
    extra, double = 1 << EXTRA_BITS, 2 * chain.copies(layer)
    scale, bias = np.array(layer["scale"], np.int64), np.array(layer["bias"], np.int64)
    m = rounded(chain.PARTS_OF_CODE * chain.copies(layer) * extra * scale, chain.MAC_PER_CODE)
    b = bias * extra + extra // 2 - rounded(m * chain.lost(layer), double)
    others = {key: value for key, value in layer.items() if key not in ("scale", "bias", "cut")}
    shift = layer["cut"] + EXTRA_BITS
    return {**others, "multipliers": m.tolist(), "biases": b.tolist(), "shift": shift}


def rounded(numerators, denominator):
    return (2 * numerators + denominator) // (2 * denominator)


def save(path, layers):
    """Writes `layers` as a network: logits of the last one, and their class."""
    first = layers[0]
    shape = [first["channels"], first["height"], first["width"]]
    taken = {"name": "image", "shape": shape, "element": ACTIVATION}
    nodes, arrays, source = [], {}, "image"
    for layer in layers:
        name, kernel, filters = layer["name"], layer["kernel"], layer["filters"]
        dense = kernel == layer["height"]
        results = result(ACTIVATION, 0, 15) if layer["relu"] else result(LOGIT, -(2**15), 2**15 - 1)
        settings = {"result": results}
        if dense and "flatten" not in arrays and kernel > 1:
            nodes.append(node("flatten", source, "flatten", {}))
            source = "flatten"
        if not dense:
            settings = {"window": window(kernel), "groups": 1, **settings}
        nodes.append(node(name, source, "dense" if dense else "conv", settings))
        shape = [filters, -1] if dense else [filters, layer["channels"], kernel, kernel]
        arrays[name] = {
            "weights": np.array(layer["weights"], np.int8).reshape(shape),
            **requantisation(layer["multipliers"], layer["biases"], [layer["shift"]] * filters),
        }
        source = name
        if layer["pool"] > 1:
            source = f"pool of {name}"
            nodes.append(node(source, name, "max_pool", {"window": window(layer["pool"], layer["pool"])}))
    nodes.append(node("class", source, "arg_max", {}))
    network_file.write(path, taken, nodes, [source, "class"], arrays)


def load(path):
    """The layers of a file that `save` wrote."""
    graph, arrays = network_file.read(path)
    channels, side, _ = graph["input"]["shape"]
    layers = []
    for item in graph["nodes"]:
        [(operator, settings)] = item["operator"].items()
        if operator == "max_pool":
            layers[-1]["pool"] = settings["window"]["kernel"][0]
            side //= layers[-1]["pool"]
        if operator not in ("conv", "dense"):
            continue
        kernel = settings["window"]["kernel"][0] if operator == "conv" else side
        layers.append(as_layer(item["name"], settings, arrays[item["name"]], channels, side, kernel))
        channels, side = layers[-1]["filters"], side - kernel + 1
    return layers


def as_layer(name, settings, arrays, channels, side, kernel):
    """A node as a layer, on a map of `side` rows and columns."""
    weights = arrays["weights"].reshape(len(arrays["weights"]), -1).astype(np.int64)
    encoding, bits = precision(weights)
    return {
        "name": name,
        "filters": len(weights),
        "channels": channels,
        "kernel": kernel,
        "height": side,
        "width": side,
        "encoding": encoding,
        "weight_bits": bits,
        "relu": settings["result"]["low"] == 0,
        "pool": 1,
        "multipliers": arrays["multipliers"][:, 0].tolist(),
        "biases": arrays["biases"].tolist(),
        "shift": int(arrays["shifts"][0]),
        "weights": weights.tolist(),
    }


def precision(weights):
    """Encoding and bits in which the macro stores weights."""
    for encoding, bits in PRECISIONS:
        low, high = chain.WEIGHTS[encoding, bits]
        if low <= weights.min() and weights.max() <= high:
            return encoding, bits
    raise ValueError(f"weights {weights.min()} to {weights.max()}, accepted are -8 to 7")
