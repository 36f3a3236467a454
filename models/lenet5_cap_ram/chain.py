"""The network on the macro, in integers, conversion by conversion. Needs numpy alone.

A layer is a dictionary as layers.load gives it. Its filters are cut into pieces of at most 128
elements, one per column of the macro, each repeated as often as it fits; a piece gives one
multiply-accumulate result (MAC) per digit of the weights, and each MAC is converted:

    code = clamp(floor(MAC / 30 + error), low, high)
    sum  = (30 * codes + lost / 2) / copies,  codes = sum over pieces and digits of significance * code
    y    = floor((sum * multiplier + bias) / 2^shift)

in fractions with one rounding, then y is clamped to 0 to 15 and the maximum of every pool x pool square
taken, but for the last layer, whose y are the logits. A MAC is a multiple of `copies`, so that a code is
(30 - copies) / 2 below it on average; `lost` is twice that for all conversions of a filter, each with
its significance. The error is zero in the ideal macro.
"""

import numpy as np

COLUMNS = 128
MAC_PER_CODE = 30
PARTS_OF_CODE = 16  # training counts in sixteenths of a code, as the macro's results do
LARGEST_INPUT = 15  # of four bits
NOISE = 0.35  # rms of what changes from conversion to conversion, in codes
OFFSET = 0.25  # rms over the slices of what calibration leaves of the offset, in codes
GAIN = 0.005  # likewise of the gain, relative
BATCH = 250

CODES = {"twos_complement": (0, 63), "ternary": (-64, 63)}
# Lowest and highest weight of an encoding and a number of bits.
WEIGHTS = {("twos_complement", 4): (-8, 7), ("ternary", 2): (-1, 1), ("ternary", 3): (-3, 3)}


def elements(layer):
    """Weights of one filter."""
    return layer["channels"] * layer["kernel"] ** 2


def pieces(layer):
    """Pieces that a filter is cut into."""
    return -(-elements(layer) // COLUMNS)


def columns(layer):
    """Elements of a piece; the last piece of a filter may have fewer."""
    return -(-elements(layer) // pieces(layer))


def copies(layer):
    """How often a piece is repeated in the columns: as often as it fits, so that the range of the
    converter is used."""
    return COLUMNS // columns(layer)


def weights_of(layer):
    """Weights that are not zero, and all."""
    weights = np.array(layer["weights"])
    return [int((weights != 0).sum()), weights.size]


def check(layer):
    """Raises ValueError if a number does not fit the macro."""
    weights = np.array(layer["weights"])
    if weights.shape != (layer["filters"], elements(layer)):
        expected = (layer["filters"], elements(layer))
        raise ValueError(f"{layer['name']}: weights {weights.shape}, expected {expected}")
    low, high = WEIGHTS[layer["encoding"], layer["weight_bits"]]
    if weights.min() < low or weights.max() > high:
        found = f"{weights.min()} to {weights.max()}"
        raise ValueError(f"{layer['name']}: weights {found}, accepted are {low} to {high}")


def part(layer, number):
    """Elements of a piece."""
    return slice(number * columns(layer), (number + 1) * columns(layer))


def significances(layer):
    """What a one in each digit of a weight stands for."""
    bits = layer["weight_bits"]
    if layer["encoding"] == "twos_complement":
        return [1 << place for place in range(bits - 1)] + [-(1 << (bits - 1))]
    return [1 << place for place in range(bits - 1)]


def lost(layer):
    """Twice what conversions lose of a sum on average, in MAC."""
    return pieces(layer) * sum(significances(layer)) * (MAC_PER_CODE - copies(layer))


def digits(layer):
    """[digit][filter][element] of a layer's weights: bits of the two's complement, or -1, 0, 1."""
    weights = np.array(layer["weights"])
    places = np.arange(len(significances(layer)))[:, None, None]
    if layer["encoding"] == "twos_complement":
        return weights >> places & 1
    return np.sign(weights) * (np.abs(weights) >> places & 1)


class Errors:
    """What non-ideal slices add to MAC / 30. Every digit of every piece has a slice of its own."""

    def __init__(self, seed, noise=NOISE, offset=OFFSET, gain=GAIN):
        self.random = np.random.default_rng(seed)
        self.noise, self.offset, self.gain = noise, offset, gain
        self.slices = {}

    def of(self, key, level):
        """For levels [...][filter] of the slices of `key`."""
        if key not in self.slices:
            offsets = self.random.normal(0, self.offset, level.shape[-1])
            self.slices[key] = offsets, self.random.normal(0, self.gain, level.shape[-1])
        offsets, gains = self.slices[key]
        return self.random.normal(0, self.noise, level.shape) + offsets + gains * level


def windows(layer, maps):
    """[image][row][column][element] of maps [image][channel][row][column]."""
    kernel = (layer["kernel"],) * 2
    found = np.lib.stride_tricks.sliding_window_view(maps, kernel, axis=(2, 3))
    found = found.transpose(0, 2, 3, 1, 4, 5)
    return found.reshape(*found.shape[:3], -1)


def true_sums(layer, inputs):
    """Sums [...][filter] of inputs [...][element], and what they are fractions of."""
    return inputs @ np.array(layer["weights"]).T, 1


def sums(layer, inputs, errors=None):
    """Sums as the macro says them: [...][filter], and what they are fractions of."""
    planes = digits(layer).astype(np.float32)
    total = 0
    for number in range(pieces(layer)):
        piece = inputs[..., part(layer, number)].astype(np.float32)
        for place, significance in enumerate(significances(layer)):
            mac = piece @ planes[place, :, part(layer, number)].T * copies(layer)
            level = mac.astype(np.float64) / MAC_PER_CODE
            if errors:
                level = level + errors.of((layer["name"], number, place), level)
            code = np.clip(np.floor(level), *CODES[layer["encoding"]]).astype(np.int64)
            total = total + significance * code
    return 2 * MAC_PER_CODE * total + lost(layer), 2 * copies(layer)


def finish(layer, numerators, denominator):
    """Sums [image][row][column][filter] to maps [image][filter][row][column]."""
    multipliers, biases = np.array(layer["multipliers"]), np.array(layer["biases"])
    y = (numerators * multipliers + biases * denominator) // (denominator << layer["shift"])
    y = y.transpose(0, 3, 1, 2)
    if layer["relu"]:
        y = np.clip(y, 0, LARGEST_INPUT)
    images, filters, height, width = y.shape
    pool = layer["pool"]
    return y.reshape(images, filters, height // pool, pool, width // pool, pool).max((3, 5))


def run(layers, images, sums=sums):
    """Logits [image][class] of images of 0 to 127 [image][row][column]."""
    logits = []
    for start in range(0, len(images), BATCH):
        maps = images[start : start + BATCH, None].astype(np.int64) >> 3
        for layer in layers:
            maps = finish(layer, *sums(layer, windows(layer, maps)))
        logits.append(maps.reshape(len(maps), -1))
    return np.concatenate(logits)


def correct(logits, labels):
    """Images whose class, the lowest one with the largest logit, is the label."""
    return int((logits.argmax(1) == labels).sum())
