"""Trains LeNet-5 for the macro: densely, pruned by whole filters, then as the macro computes.

In the last phase every conversion is rounded, clamped and disturbed as on the macro, while
gradients pass as if it were not. Needs jax.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

import chain
from network import EPSILON, adam_step, pooled, rounded, shifted  # of ../lenet5

SEED = 1
BATCH = 128
LARGEST_SHIFT = 1  # pixels that training images are moved by, at most, each way
STATISTICS_BATCHES = 80
LEVELS_PER_DEVIATION = 5  # activations saturate at three standard deviations, to begin with
LARGEST_SCALE = 2**15 - 1
LOGIT_UNIT = 64  # logits count in parts of this
NOISE_SETS = 8  # drawn once; every batch takes one of them

# Epochs and first learning rate, which falls to zero along a cosine.
DENSE = (1, 2e-3)
ON_MACRO = (12, 2e-3)

DENSE_FILTERS = [20, 50, 500, 10]
GEOMETRY = [
    {"name": "conv1", "filters": 8, "channels": 1, "kernel": 5, "size": 28, "pool": 2},
    {"name": "conv2", "filters": 16, "channels": 8, "kernel": 5, "size": 12, "pool": 2},
    {"name": "fc1", "filters": 64, "channels": 16, "kernel": 4, "size": 4, "pool": 1},
    {"name": "fc2", "filters": 10, "channels": 64, "kernel": 1, "size": 1, "pool": 1},
]
PRECISION = [("twos_complement", 4), ("ternary", 3), ("ternary", 2), ("ternary", 3)]
# The step of uniform rounding, in standard deviations, that is best for normal weights.
STEP = {("twos_complement", 4): 0.335, ("ternary", 3): 0.65, ("ternary", 2): 1.22}

LAYERS = [
    {**geometry, "encoding": encoding, "weight_bits": bits, "relu": geometry["name"] != "fc2"}
    for geometry, (encoding, bits) in zip(GEOMETRY, PRECISION)
]


def windows(maps, kernel):
    """[image][row][column][element] of maps [image][row][column][channel]; elements in the order
    channel, row, column of the kernel."""
    height, width = (size - kernel + 1 for size in maps.shape[1:3])
    corners = [(row, column) for row in range(kernel) for column in range(kernel)]
    parts = [maps[:, row : row + height, column : column + width] for row, column in corners]
    stacked = jnp.stack(parts, axis=-1)
    return stacked.reshape(*stacked.shape[:3], -1)


def normalised(p, total, statistics=None):
    mean, variance = statistics or (total.mean((0, 1, 2)), total.var((0, 1, 2)))
    return (total - mean) / jnp.sqrt(variance + EPSILON) * p["gamma"] + p["beta"]


def dense_layers(parameters, images):
    """Maps of every layer, before pooling, of images of 0 to 127."""
    maps, seen = images[..., None] / 127, []
    for p, layer in zip(parameters, LAYERS):
        maps = normalised(p, windows(maps, layer["kernel"]) @ p["weights"].T)
        if layer["relu"]:
            maps = jax.nn.relu(maps)
        seen.append(maps)
        maps = pooled(maps, layer["pool"])
    return maps.reshape(len(maps), -1), seen


def dense_logits(parameters, masks, steps, images):
    return dense_layers(parameters, images)[0]


def whole(weights, layer):
    """Weights as the macro stores them; their gradient is that of weights / step."""
    precision = layer["encoding"], layer["weight_bits"]
    step = STEP[precision] * jax.lax.stop_gradient(weights.std(1, keepdims=True))
    return jnp.clip(rounded(weights / step), *chain.WEIGHTS[precision])


def digits(layer, weights):
    """Significances and digits, [digit][filter][element], of whole weights [filter][element]."""
    bits = layer["weight_bits"]
    if layer["encoding"] == "twos_complement":
        stored, sign, places = jnp.where(weights < 0, weights + 2**bits, weights), 1, bits
    else:
        stored, sign, places = jnp.abs(weights), jnp.sign(weights), bits - 1
    planes = [sign * (jnp.floor(stored / 2**place) % 2) for place in range(places)]
    return chain.significances(layer), jnp.stack(planes)


def conversions(layer, weights, inputs, errors):
    """The sums of chain.sums, in codes. `errors` gives the errors of levels [...][slice]."""
    significances, planes = digits(layer, weights)
    places, filters, _ = planes.shape
    low, high = chain.CODES[layer["encoding"]]
    total = 0
    for number in range(chain.pieces(layer)):
        part = chain.part(layer, number)
        slices = planes[:, :, part].reshape(places * filters, -1)
        level = inputs[..., part] @ slices.T * (chain.copies(layer) / chain.MAC_PER_CODE)
        codes = jnp.clip(jnp.floor(level + errors(level)), low, high)
        codes = codes.reshape(*codes.shape[:-1], places, filters)
        total += sum(significances[place] * codes[..., place, :] for place in range(places))
    return total


class Errors:
    """Errors of a batch's conversions: for each piece of each layer, in their order, noise and the
    normal numbers that make the offsets and gains of its slices."""

    def __init__(self, slices, noise):
        self.parts = zip(slices, noise)

    def __call__(self, level):
        (offset, gain), noise = next(self.parts)
        return chain.NOISE * noise + chain.OFFSET * offset + chain.GAIN * gain * level


def conversion_shapes():
    """Rows, columns and slices of each piece of each layer, in their order."""
    for layer in LAYERS:
        side = layer["size"] - layer["kernel"] + 1
        slices = len(chain.significances(layer)) * layer["filters"]
        yield from [(side, side, slices)] * chain.pieces(layer)


def normal(random, *shape):
    return random.normal(size=shape).astype(np.float32)


def macro_layers(parameters, slices, noise, images):
    """Logits, and the mean and variance of every layer's sums, in codes."""
    errors = Errors(slices, noise)
    maps, seen = jnp.floor(images[..., None] / 8), []
    for p, layer in zip(parameters, LAYERS):
        inputs = windows(maps, layer["kernel"])
        weights = whole(p["weights"], layer)
        straight = inputs @ weights.T * (chain.copies(layer) / chain.MAC_PER_CODE)
        exact = conversions(layer, weights, inputs, errors)
        total = straight + jax.lax.stop_gradient(exact - straight)
        seen.append((total.mean((0, 1, 2)), total.var((0, 1, 2))))
        maps = normalised(p, total)
        if layer["relu"]:
            maps = jnp.clip(rounded(LEVELS_PER_DEVIATION * maps), 0, chain.LARGEST_INPUT)
        maps = pooled(maps, layer["pool"])
    return maps.reshape(len(maps), -1), seen


def macro_logits(parameters, slices, noise, images):
    return macro_layers(parameters, slices, noise, images)[0]


def initial(random):
    """Parameters of the dense network."""
    parameters, channels = [], 1
    for layer, filters in zip(LAYERS, DENSE_FILTERS):
        inputs = channels * layer["kernel"] ** 2
        weights = random.normal(0, np.sqrt(2 / inputs), (filters, inputs)).astype(np.float32)
        gamma = np.ones(filters, np.float32)
        parameters.append({"weights": weights, "gamma": gamma, "beta": 0 * gamma})
        channels = filters
    return parameters


class Trainer:
    """The network under training, and training images."""

    def __init__(self, images, labels):
        self.random = np.random.default_rng(SEED)
        self.images, self.labels = images, labels
        self.parameters = initial(self.random)
        batch = lambda shape: jnp.asarray(normal(self.random, BATCH, *shape))
        self.noise = [list(map(batch, conversion_shapes())) for _ in range(NOISE_SETS)]

    def errors(self):
        """What `Errors` takes, for a batch."""
        slices = [normal(self.random, 2, shape[-1]) for shape in conversion_shapes()]
        return slices, self.noise[self.random.integers(NOISE_SETS)]

    def picked(self, count):
        """Some training images, shifted."""
        return self.shifted(self.random.choice(len(self.images), count, False))

    def shifted(self, positions):
        """Training images, each moved by a random number of pixels."""
        return shifted(self.images[positions], self.random, LARGEST_SHIFT)

    def train(self, name, phase, logits_of):
        epochs, first_rate = phase
        zeros = jax.tree.map(np.zeros_like, self.parameters)
        moments = (zeros, zeros, 0)
        for epoch in range(epochs):
            order = self.random.permutation(len(self.images))
            batches = order[: len(order) // BATCH * BATCH].reshape(-1, BATCH)
            losses = []
            for position, batch in enumerate(batches):
                done = (epoch + position / len(batches)) / epochs
                rate = first_rate * 0.5 * (1 + np.cos(np.pi * done))
                state = (self.parameters, *moments)
                drawn = (*self.errors(), self.shifted(batch), self.labels[batch])
                state, loss = adam_step(logits_of, state, *drawn, rate)
                self.parameters, *moments = state
                losses.append(loss)
            print(f"{name}, epoch {epoch + 1} of {epochs}: loss {np.mean(losses):.4f}", flush=True)

    def prune(self):
        """Keeps the filters that weigh most in the next layer: by the root mean square of what they
        give, times the norm of the weights it meets."""
        _, seen = jax.jit(dense_layers)(self.parameters, self.picked(1000))
        kept = np.zeros(1, int)  # channels of the layer's input
        for number, (p, layer) in enumerate(zip(self.parameters, LAYERS)):
            filters, inputs = p["weights"].shape
            area = layer["kernel"] ** 2
            weights = np.asarray(p["weights"]).reshape(filters, inputs // area, area)[:, kept]
            kept = np.arange(filters)
            if number + 1 < len(LAYERS):
                following = np.asarray(self.parameters[number + 1]["weights"])
                norms = np.sqrt((following.reshape(len(following), filters, -1) ** 2).sum((0, 2)))
                strength = np.sqrt((np.asarray(seen[number]) ** 2).mean((0, 1, 2)))
                kept = np.sort(np.argsort(-norms * strength)[: layer["filters"]])
            flat = weights[kept].reshape(len(kept), -1)
            self.parameters[number] = {
                "weights": flat, "gamma": p["gamma"][kept], "beta": p["beta"][kept]
            }

    def statistics(self):
        """Mean and variance of every layer's sums over many training images."""
        layers = jax.jit(macro_layers)
        batches = [
            layers(self.parameters, *self.errors(), self.picked(BATCH))[1]
            for _ in range(STATISTICS_BATCHES)
        ]
        means = [np.mean([batch[layer][0] for batch in batches], 0) for layer in range(len(LAYERS))]
        squares = [
            np.mean([batch[layer][1] + batch[layer][0] ** 2 for batch in batches], 0)
            for layer in range(len(LAYERS))
        ]
        return [(mean, square - mean**2) for mean, square in zip(means, squares)]


def exported(trainer):
    """The layers, with what follows their codes."""
    layers = []
    for p, layer, (mean, variance) in zip(trainer.parameters, LAYERS, trainer.statistics()):
        unit = LEVELS_PER_DEVIATION if layer["relu"] else LOGIT_UNIT
        per_code = np.asarray(unit * p["gamma"] / np.sqrt(variance + EPSILON), np.float64)
        bias = np.asarray(unit * p["beta"], np.float64) - per_code * mean + 0.5  # rounds half up
        scale = per_code / chain.PARTS_OF_CODE
        cut = int(np.floor(np.log2(LARGEST_SCALE / np.abs(scale).max())))
        fields = {field: value for field, value in layer.items() if field != "size"}
        layers.append({
            **fields,
            "height": layer["size"],
            "width": layer["size"],
            "cut": cut,
            "scale": np.floor(scale * 2.0**cut + 0.5).astype(np.int64).tolist(),
            "bias": np.floor(bias * 2.0**cut + 0.5).astype(np.int64).tolist(),
            "weights": np.asarray(whole(jnp.asarray(p["weights"]), layer), np.int64).tolist(),
        })
    return layers


def train(images, labels):
    """The trained layers, for layers.converted."""
    trainer = Trainer(images, labels)
    trainer.train("dense", DENSE, dense_logits)
    trainer.prune()
    trainer.train("on the macro", ON_MACRO, macro_logits)
    return exported(trainer)
