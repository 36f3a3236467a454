"""The network in the integers of the accelerator, bit by bit. Needs numpy alone.

A layer is a dictionary as in lenet5.json. Maps are [image][channel][row][column]. Per filter

    sum = sum over (channel, row, column) of weight * activation
    y   = saturate8(floor(((sum + bias) * scale + 2^(cut - 1)) / 2^cut))

then ReLU where the layer has one, then the maximum of every pool x pool square.
"""

import numpy as np

BATCH = 250
BLOCK_FILTERS = 8  # filter rows of one block of weights, the unit of pruning
SUM_LIMIT = 2**23  # sums are signed with 24 bits
RANGES = {  # lowest and highest value of a field
    "weights": (-128, 127),
    "bias": (-(2**23), 2**23 - 1),
    "scale": (0, 2**16 - 1),
    "cut": (1, 40),
}


def check(layer):
    """Raises ValueError if a number does not fit the accelerator or a sum could wrap."""
    for field, (low, high) in RANGES.items():
        values = np.asarray(layer[field])
        if values.min() < low or values.max() > high:
            found = f"{values.min()} to {values.max()}"
            raise ValueError(f"{layer['name']}: {field} {found}, accepted are {low} to {high}")
    shape = (layer["filters"], layer["channels"], layer["kernel"], layer["kernel"])
    if np.shape(layer["weights"]) != shape:
        found = np.shape(layer["weights"])
        raise ValueError(f"{layer['name']}: weights have the shape {found}, expected {shape}")
    if sum_bound(layer) >= SUM_LIMIT:
        raise ValueError(f"{layer['name']}: a sum can reach {sum_bound(layer)}, past 24 bits")


def sum_bound(layer):
    """What no sum of products exceeds in magnitude, whatever the int8 activations."""
    return 128 * int(np.abs(matrix(layer)).sum(1).max())


def matrix(layer):
    """Weights as [filter][column], a column for each (channel, row, column) of the kernel."""
    return np.asarray(layer["weights"], np.int64).reshape(layer["filters"], -1)


def sums(layer, maps):
    """Sums of products as [image][row][column][filter]."""
    margin = (layer["padding"], layer["padding"])
    maps = np.pad(maps, ((0, 0), (0, 0), margin, margin))
    kernel, stride = layer["kernel"], layer["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(maps, (kernel, kernel), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(*windows.shape[:3], -1) @ matrix(layer).T


def requantise(layer, total):
    """Sums, filter last, to int8: round half up, saturate."""
    bias, scale = np.asarray(layer["bias"]), np.asarray(layer["scale"])
    scaled = (total + bias) * scale + (1 << (layer["cut"] - 1))
    return np.clip(scaled >> layer["cut"], -128, 127)


def finish(layer, total):
    """Sums to the layer's output maps."""
    y = requantise(layer, total).transpose(0, 3, 1, 2)
    if layer["relu"]:
        y = np.maximum(y, 0)
    images, filters, height, width = y.shape
    pool = layer["pool"]
    squares = y.reshape(images, filters, height // pool, pool, width // pool, pool)
    return squares.max((3, 5))


def run(layers, images):
    """Logits as [image][class], and the largest magnitude of a sum in each layer."""
    logits, largest = [], np.zeros(len(layers), np.int64)
    for start in range(0, len(images), BATCH):
        maps = images[start : start + BATCH, None].astype(np.int64)
        for position, layer in enumerate(layers):
            total = sums(layer, maps)
            largest[position] = max(largest[position], np.abs(total).max())
            maps = finish(layer, total)
        logits.append(maps.reshape(len(maps), -1))
    return np.concatenate(logits), largest.tolist()


def correct(logits, labels):
    """Images whose class, the first largest logit, is right."""
    return int((logits.argmax(1) == labels).sum())


def sparsity(layer):
    """[zero, all] of weights, of blocks of 8 filters x 1 column, and of whole columns."""
    used = matrix(layer) != 0
    blocks = np.logical_or.reduceat(used, range(0, len(used), BLOCK_FILTERS))
    counted = {"weights": used, "blocks": blocks, "columns": used.any(0)}
    return {what: [int((~u).sum()), u.size] for what, u in counted.items()}
