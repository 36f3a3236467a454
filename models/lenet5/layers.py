"""The network as layers, as the integer model and training see it, and as nodes of a file."""

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
import network_file
from network_file import element, node, requantisation, result, window

INT8 = element(8, True)


def save(path, layers):
    """Writes `layers` as a network: logits of the last layer, and their class."""
    taken = {"name": "image", "shape": [1, 28, 28], "element": INT8}
    nodes, arrays, source = [], {}, "image"
    for layer in layers:
        name, cut = layer["name"], layer["cut"]
        kernel = window(layer["kernel"], layer["stride"], layer["padding"])
        results = result(INT8, 0 if layer["relu"] else -128, 127)
        nodes.append(node(name, source, "conv", {"window": kernel, "groups": 1, "result": results}))
        scale, bias = np.asarray(layer["scale"], np.int64), np.asarray(layer["bias"], np.int64)
        arrays[name] = {
            "weights": np.asarray(layer["weights"], np.int8),
            **requantisation(scale, bias * scale + (1 << (cut - 1)), [cut] * len(scale)),
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
    layers, side = [], graph["input"]["shape"][1]
    for item in graph["nodes"]:
        [(operator, settings)] = item["operator"].items()
        if operator == "max_pool":
            layers[-1]["pool"] = settings["window"]["kernel"][0]
            side //= layers[-1]["pool"]
        if operator != "conv":
            continue
        layer = as_layer(item["name"], settings, arrays[item["name"]], side)
        side = (side + 2 * layer["padding"] - layer["kernel"]) // layer["stride"] + 1
        layers.append(layer)
    return layers


def as_layer(name, settings, arrays, side):
    """A convolution as a layer, on a map of `side` rows and columns."""
    filters, channels, kernel, _ = arrays["weights"].shape
    scale = arrays["multipliers"][:, 0].astype(np.int64)
    cut = int(arrays["shifts"][0])
    return {
        "name": name,
        "filters": filters,
        "channels": channels,
        "kernel": kernel,
        "padding": settings["window"]["padding"][0],
        "stride": settings["window"]["stride"][0],
        "height": side,
        "width": side,
        "relu": settings["result"]["low"] == 0,
        "pool": 1,
        "cut": cut,
        "scale": scale.tolist(),
        "bias": ((arrays["biases"] - (1 << (cut - 1))) // scale).tolist(),
        "weights": arrays["weights"].tolist(),
    }
