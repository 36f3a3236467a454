"""Trains a small network with batch normalisation and records what its first layer would see
behind the converters of an analog in-memory computing tile.

    python train.py MNIST_FOLDER RECORDING

MNIST_FOLDER holds the four idx files of MNIST, RECORDING is the JSON file to write. Needs numpy
alone. The same seed gives the same recording with the same numpy.
"""

import json
import sys
from pathlib import Path

import numpy as np

SEED = 1
CHANNELS = 32
CLASSES = 10
EPOCHS = 20
BATCH = 100
LEARNING_RATE = 2e-3
MOMENTUM = 0.95  # of the running mean and variance
EPSILON = 1e-5
IMAGES_RECORDED = 500
REPRESENTED = 0.9999  # share of the training set's activations below the largest result

LARGEST_INPUT = 127  # an input is a pulse of 0 to 127 clock cycles
LARGEST_WEIGHT = 127  # conductance steps of one polarity
LARGEST_COUNT = 4095  # a converter counts with 12 bits
GAIN_SPREAD = 0.0709  # residual gain error of the converters, standard deviation ...
GAIN_LIMIT = 0.21  # ... and largest deviation (Khaddam-Aljameh et al., HERMES-Core, 2022)

# The unit that the layer is folded for.
SCALE_BITS, SCALE_FRACTION = 8, 7
OFFSET_FRACTION = 1
PAPER_OFFSET_BITS, WIDER_OFFSET_BITS = 8, 11
CUT_POST = 0
LARGEST_RESULT = 127


def read_idx(path):
    """An idx file of bytes: a header of 32-bit numbers, then the array."""
    raw = path.read_bytes()
    dimensions = raw[3]
    shape = np.frombuffer(raw, ">u4", dimensions, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def load(folder, part):
    """Images halved to 14 x 14 pixels of 0 to 127, and labels."""
    images = read_idx(folder / f"{part}-images-idx3-ubyte").astype(np.int64)
    quarters = [images[:, row::2, column::2] for row in (0, 1) for column in (0, 1)]
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte")
    return (sum(quarters) // 8).reshape(len(images), -1), labels


class Adam:
    """One optimiser state per parameter."""

    def __init__(self, parameters):
        self.parameters = parameters
        self.first = [np.zeros_like(p) for p in parameters]
        self.second = [np.zeros_like(p) for p in parameters]
        self.step = 0

    def update(self, gradients, rate):
        self.step += 1
        for p, g, m, v in zip(self.parameters, gradients, self.first, self.second):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            p -= rate * (m / (1 - 0.9**self.step)) / (np.sqrt(v / (1 - 0.999**self.step)) + 1e-8)


def train(inputs, labels, random):
    """dense -> batch normalisation -> ReLU -> dense, cross entropy."""
    inputs = inputs / LARGEST_INPUT
    weights = random.normal(0, np.sqrt(2 / inputs.shape[1]), (inputs.shape[1], CHANNELS))
    # Both signs, because a folded layer must cope with both.
    gamma = random.choice([-1.0, 1.0], CHANNELS)
    beta = np.zeros(CHANNELS)
    head = random.normal(0, np.sqrt(1 / CHANNELS), (CHANNELS, CLASSES))
    bias = np.zeros(CLASSES)
    mean, variance = np.zeros(CHANNELS), np.ones(CHANNELS)
    adam = Adam([weights, gamma, beta, head, bias])
    for epoch in range(EPOCHS):
        rate = LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        order = random.permutation(len(inputs))
        for batch in order.reshape(-1, BATCH):
            x, label = inputs[batch], labels[batch]
            sums = x @ weights
            batch_mean, batch_variance = sums.mean(0), sums.var(0)
            mean += (1 - MOMENTUM) * (batch_mean - mean)
            variance += (1 - MOMENTUM) * (batch_variance - variance)
            sigma = np.sqrt(batch_variance + EPSILON)
            normal = (sums - batch_mean) / sigma
            y = gamma * normal + beta
            z = np.maximum(y, 0)
            logits = z @ head + bias
            p = np.exp(logits - logits.max(1, keepdims=True))
            p /= p.sum(1, keepdims=True)
            p[np.arange(BATCH), label] -= 1
            p /= BATCH
            dy = (p @ head.T) * (y > 0)
            dnormal = dy * gamma
            dsums = (dnormal - dnormal.mean(0) - normal * (dnormal * normal).mean(0)) / sigma
            gradients = [x.T @ dsums, (dy * normal).sum(0), dy.sum(0), z.T @ p, p.sum(0)]
            adam.update(gradients, rate)
    norm = {"gamma": gamma, "beta": beta, "mean": mean, "variance": variance, "epsilon": EPSILON}
    return weights, norm, head, bias


def normalise(sums, norm):
    sigma = np.sqrt(norm["variance"] + norm["epsilon"])
    return norm["gamma"] * (sums - norm["mean"]) / sigma + norm["beta"]


class Tile:
    """Weights in two polarities, and for each column and polarity a converter with its own gain."""

    def __init__(self, weights, inputs, random):
        step = np.abs(weights).max() / LARGEST_WEIGHT
        whole = np.rint(weights / step).astype(np.int64)
        self.polarities = [np.maximum(whole, 0), np.maximum(-whole, 0)]
        spread = random.normal(0, GAIN_SPREAD, (2, whole.shape[1]))
        self.gains = 1 + np.clip(spread, -GAIN_LIMIT, GAIN_LIMIT)
        # The largest charge of the training set just fills the counter.
        charges = [inputs @ p * g for p, g in zip(self.polarities, self.gains)]
        self.charge_per_count = max(c.max() for c in charges) / LARGEST_COUNT
        # Real value of one count, which undoes the gain of the converter.
        self.per_count = self.charge_per_count * step / LARGEST_INPUT / self.gains

    def counts(self, inputs):
        charges = [inputs @ p * g for p, g in zip(self.polarities, self.gains)]
        counts = [np.rint(charge / self.charge_per_count) for charge in charges]
        return [np.clip(count, 0, LARGEST_COUNT).astype(np.int64) for count in counts]

    def sums(self, counts):
        """What the counts stand for."""
        return self.per_count[0] * counts[0] - self.per_count[1] * counts[1]


def fold(tile, norm, real_per_result, cut_pre, offset_bits):
    """Raw coefficients, or nothing if they do not fit. Columns with a negative gamma exchange
    their counts."""
    sigma = np.sqrt(norm["variance"] + norm["epsilon"])
    factor = norm["gamma"] / sigma / real_per_result
    exchanged = factor < 0
    per_count = np.where(exchanged, tile.per_count[::-1], tile.per_count) * np.abs(factor)
    constant = (norm["beta"] - norm["gamma"] * norm["mean"] / sigma) / real_per_result
    cuts = 2.0 ** (cut_pre + 1 + CUT_POST)
    shift = max(SCALE_FRACTION, OFFSET_FRACTION)
    # Round half up, half of what the second cut drops restored.
    restored = 0.5 - 0.5 / 2**CUT_POST
    scales = np.floor(per_count * cuts / 2 ** (shift - SCALE_FRACTION) + 0.5).astype(np.int64)
    offsets = (constant + restored) * cuts / 2 ** (shift - OFFSET_FRACTION)
    offsets = np.floor(offsets + 0.5).astype(np.int64)
    fits = scales.max() < 2**SCALE_BITS and -(2 ** (offset_bits - 1)) <= offsets.min()
    fits = fits and offsets.max() < 2 ** (offset_bits - 1)
    return (scales, offsets, exchanged) if fits else None


def fold_finest(tile, norm, real_per_result, offset_bits):
    """The most bits cut before rounding at which all coefficients fit: the finest coefficients."""
    folded = ((c, fold(tile, norm, real_per_result, c, offset_bits)) for c in range(24, -1, -1))
    return next((c, f) for c, f in folded if f is not None)


def integer_layer(counts, folded, cut_pre):
    scales, offsets, exchanged = folded
    first = np.where(exchanged, counts[1], counts[0])
    second = np.where(exchanged, counts[0], counts[1])
    shift = max(SCALE_FRACTION, OFFSET_FRACTION)
    total = (scales[0] * first - scales[1] * second) << (shift - SCALE_FRACTION)
    total += offsets << (shift - OFFSET_FRACTION)
    rounded = ((total >> cut_pre) + 1) >> 1 >> CUT_POST
    return np.maximum(np.clip(rounded, -LARGEST_RESULT - 1, LARGEST_RESULT), 0)


def correct(activations, head, bias, labels):
    return int(((activations @ head + bias).argmax(1) == labels).sum())


def main(folder, recording):
    random = np.random.default_rng(SEED)
    inputs, labels = load(folder, "train")
    test_inputs, test_labels = load(folder, "t10k")
    weights, norm, head, bias = train(inputs, labels, random)
    tile = Tile(weights, inputs, random)
    activations = normalise(tile.sums(tile.counts(inputs)), norm)
    real_per_result = float(np.quantile(activations, REPRESENTED)) / LARGEST_RESULT

    counts = tile.counts(test_inputs)
    real = np.maximum(normalise(tile.sums(counts), norm), 0)
    tried = {
        "float network": np.maximum(normalise(test_inputs / LARGEST_INPUT @ weights, norm), 0),
        "counts, float batch normalisation": real,
    }
    for bits in (PAPER_OFFSET_BITS, WIDER_OFFSET_BITS):
        cut_pre, folded = fold_finest(tile, norm, real_per_result, bits)
        results = integer_layer(counts, folded, cut_pre)
        errors = np.abs(results - np.clip(real / real_per_result, 0, LARGEST_RESULT))
        name = f"counts, integers with {bits}-bit offsets"
        mean, largest = errors[real > 0].mean(), errors.max()
        print(f"{name}: cut {cut_pre}, error {mean:.3f} mean if active, {largest:.3f} largest")
        tried[name] = results * real_per_result
    kept = slice(IMAGES_RECORDED)
    for name, layer in tried.items():
        all_images = correct(layer, head, bias, test_labels)
        recorded = correct(layer[kept], head, bias, test_labels[kept])
        print(f"{name}: {all_images} of {len(test_labels)}, {recorded} of {IMAGES_RECORDED}")

    vectors = {name: list(norm[name]) for name in ("gamma", "beta", "mean", "variance")}
    recorded = [correct(layer[kept], head, bias, test_labels[kept]) for layer in tried.values()]
    names = ("network", "real", "paper_offsets", "wider_offsets")
    recording.write_text(json.dumps({
        **vectors,
        "epsilon": EPSILON,
        "per_count": tile.per_count.tolist(),
        "real_per_result": real_per_result,
        "head": head.tolist(),
        "bias": bias.tolist(),
        "labels": test_labels[kept].tolist(),
        "positive": counts[0][kept].tolist(),
        "negative": counts[1][kept].tolist(),
        "correct": dict(zip(names, recorded)),
    }).replace("], ", "],\n") + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
