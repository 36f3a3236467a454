"""Files of networks: NAME.json, the graph, and NAME.safetensors, its arrays, as NUMERICS.md says.

Needs numpy and safetensors. Shared by the scripts that train.
"""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

FORMAT = "hwgen-network-1"
TYPES = {"multipliers": np.int32, "biases": np.int64, "shifts": np.uint8}


def element(bits, signed, zero_point=0):
    """What an element of a tensor can be."""
    return {"bits": bits, "signed": signed, "zero_point": zero_point}


def window(kernel, stride=1, padding=0):
    """A square window, padded alike on all sides."""
    pair = lambda value: [value, value]
    return {
        "kernel": pair(kernel),
        "stride": pair(stride),
        "dilation": pair(1),
        "padding": [padding] * 4,
    }


def result(kind, low, high):
    """Elements that results have, and between which of them they are clamped."""
    return {"element": kind, "low": low, "high": high}


def node(name, source, operator, settings):
    """A node that takes the result of one other, or the input."""
    return {"name": name, "inputs": [source], "operator": {operator: settings}}


def requantisation(multipliers, biases, shifts):
    """Arrays of a node: y = clamp(zero + floor((sum * multiplier + bias) / 2^shift))."""
    filters = len(multipliers)
    columns = np.reshape(multipliers, (filters, 1))
    values = {"multipliers": columns, "biases": biases, "shifts": shifts}
    return {name: np.asarray(value, TYPES[name]) for name, value in values.items()}


def write(path, taken, nodes, outputs, arrays):
    """Writes a network. `taken` is the input; `arrays` are those of each node by name."""
    line = lambda value: json.dumps(value, ensure_ascii=False)
    lines = ",\n    ".join(map(line, nodes))
    path.write_text(
        f'{{\n  "format": {line(FORMAT)},\n  "input": {line(taken)},\n  "nodes": [\n    {lines}\n'
        f'  ],\n  "outputs": {line(outputs)}\n}}\n'
    )
    named = {
        f"{name}.{array}": np.ascontiguousarray(values)
        for name, own in arrays.items()
        for array, values in own.items()
    }
    save_file(named, path.with_suffix(".safetensors"))


def read(path):
    """The graph, and the arrays of each node by name."""
    graph = json.loads(Path(path).read_text())
    arrays = {item["name"]: {} for item in graph["nodes"]}
    for name, values in load_file(Path(path).with_suffix(".safetensors")).items():
        owner, array = name.rsplit(".", 1)
        arrays[owner][array] = values
    return graph, arrays
