"""Trains LeNet-5 for the integers of the accelerator, pruned in whole columns and blocks.

Three phases: floats with batch normalisation; the same while ever more weights are pruned; and,
batch normalisation folded, with every number rounded as the accelerator rounds it while gradients
pass straight through the rounding. Needs jax.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from integer_model import BLOCK_FILTERS, check

SEED = 1
BATCH = 128
LARGEST_SHIFT = 2  # pixels that training images are moved by, at most, each way
EPSILON = 1e-5
CALIBRATION_IMAGES = 5000
REPRESENTED = 0.9999  # share of a layer's activations below the largest int8
LARGEST = 127
LARGEST_SCALE = 2**16 - 1
LARGEST_CUT = 40

# Epochs and first learning rate, which falls to zero along a cosine.
DENSE = (6, 2e-3)
PRUNING = (12, 1e-3)
ROUNDED = (5, 3e-4)
RAMP = 6  # pruning epochs until all is pruned that will be

GEOMETRY = [
    {"name": "conv1", "filters": 6, "channels": 1, "kernel": 5, "padding": 2, "size": 28},
    {"name": "conv2", "filters": 16, "channels": 6, "kernel": 5, "padding": 0, "size": 14},
    {"name": "conv3", "filters": 120, "channels": 16, "kernel": 5, "padding": 0, "size": 5},
    {"name": "fc1", "filters": 84, "channels": 120, "kernel": 1, "padding": 0, "size": 1},
    {"name": "fc2", "filters": 10, "channels": 84, "kernel": 1, "padding": 0, "size": 1},
]
RELU = [True, True, True, True, False]
POOL = [2, 2, 1, 1, 1]
# Shares pruned: of the columns, and of the blocks, those of pruned columns included.
PRUNED = [(0.2, 0.2), (0.4, 0.6), (0.5, 0.75), (0.0, 0.5), (0.0, 0.3)]


def convolve(maps, weights, padding):
    """Maps are [image][row][column][channel], weights [filter][channel][row][column]."""
    margins = [(padding, padding)] * 2
    layouts = ("NHWC", "OIHW", "NHWC")
    return jax.lax.conv_general_dilated(
        maps, weights, (1, 1), margins, dimension_numbers=layouts
    )


def pooled(maps, pool):
    images, height, width, channels = maps.shape
    squares = maps.reshape(images, height // pool, pool, width // pool, pool, channels)
    return squares.max((2, 4))


def initial(random):
    parameters = []
    for layer in GEOMETRY:
        inputs = layer["channels"] * layer["kernel"] ** 2
        shape = (layer["filters"], layer["channels"], layer["kernel"], layer["kernel"])
        weights = random.normal(0, np.sqrt(2 / inputs), shape).astype(np.float32)
        gamma = np.ones(layer["filters"], np.float32)
        parameters.append({"weights": weights, "gamma": gamma, "beta": 0 * gamma})
    return parameters


def float_layers(parameters, masks, images):
    """Logits of images of 0 to 127, and what each layer saw: mean, variance, output maps."""
    maps, seen = images[..., None] / LARGEST, []
    for p, mask, layer, relu, pool in zip(parameters, masks, GEOMETRY, RELU, POOL):
        total = convolve(maps, p["weights"] * mask, layer["padding"])
        mean, variance = total.mean((0, 1, 2)), total.var((0, 1, 2))
        maps = (total - mean) / jnp.sqrt(variance + EPSILON) * p["gamma"] + p["beta"]
        if relu:
            maps = jax.nn.relu(maps)
        seen.append((mean, variance, maps))
        maps = pooled(maps, pool)
    return maps.reshape(len(maps), -1), seen


def float_logits(parameters, masks, steps, images):
    return float_layers(parameters, masks, images)[0]


def folded(parameters, seen):
    """Weights and biases that do what weights and batch normalisation did."""
    result = []
    for p, (mean, variance, _) in zip(parameters, seen):
        factor = p["gamma"] / jnp.sqrt(variance + EPSILON)
        weights = p["weights"] * factor[:, None, None, None]
        result.append({"weights": weights, "bias": p["beta"] - mean * factor})
    return result


def rounded(x):
    """Round half up; the gradient passes as if it did not."""
    return x + jax.lax.stop_gradient(jnp.floor(x + 0.5) - x)


def coefficients(p, mask, step_in, step_out):
    """Whole weights and biases, and the real factor from sum + bias to the int8 result. The
    steps are what one unit of the layer's int8 inputs and outputs stands for."""
    weights = p["weights"] * mask
    step = jax.lax.stop_gradient(jnp.abs(weights).max((1, 2, 3))) / LARGEST
    whole = rounded(weights / step[:, None, None, None])
    return whole, rounded(p["bias"] / (step_in * step)), step_in * step / step_out


def integer_logits(parameters, masks, steps, images):
    """As the accelerator computes, but for the rounding of the scales. Floats of 32 bits hold
    the sums exactly."""
    maps = images[..., None]
    layers = zip(parameters, masks, steps, steps[1:], GEOMETRY, RELU, POOL)
    for p, mask, step_in, step_out, layer, relu, pool in layers:
        weights, bias, factor = coefficients(p, mask, step_in, step_out)
        total = convolve(maps, weights, layer["padding"])
        maps = jnp.clip(rounded((total + bias) * factor), 0 if relu else -LARGEST - 1, LARGEST)
        maps = pooled(maps, pool)
    return maps.reshape(len(maps), -1) * steps[-1]


@partial(jax.jit, static_argnums=0)
def adam_step(logits_of, state, masks, steps, images, labels, rate):
    """One step of Adam on the mean cross entropy."""

    def loss(parameters):
        logits = logits_of(parameters, masks, steps, images)
        return -jax.nn.log_softmax(logits)[jnp.arange(len(labels)), labels].mean()

    parameters, first, second, count = state
    value, gradients = jax.value_and_grad(loss)(parameters)
    count += 1
    average = lambda keep: lambda old, new: keep * old + (1 - keep) * new
    first = jax.tree.map(average(0.9), first, gradients)
    second = jax.tree.map(lambda v, g: average(0.999)(v, g * g), second, gradients)
    rate *= jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
    move = lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8)
    return (jax.tree.map(move, parameters, first, second), first, second, count), value


def shifted(images, random, largest=LARGEST_SHIFT):
    """Each image moved by a random number of pixels, zeros coming in."""
    margin = (largest, largest)
    padded = np.pad(images, ((0, 0), margin, margin))
    start = random.integers(0, 2 * largest + 1, (2, len(images), 1))
    rows, columns = start + np.arange(images.shape[1])
    picked = padded[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None]]
    return picked.astype(np.float32)


class Trainer:
    """The network under training: parameters, masks of the weights kept, training images."""

    def __init__(self, images, labels):
        self.random = np.random.default_rng(SEED)
        self.images, self.labels = images, labels
        self.parameters = initial(self.random)
        self.masks = [np.ones_like(p["weights"]) for p in self.parameters]
        self.steps = None

    def calibrate(self):
        """What the layers see of some training images."""
        picked = self.random.choice(len(self.images), CALIBRATION_IMAGES, replace=False)
        images = shifted(self.images[picked], self.random)
        return jax.jit(float_layers)(self.parameters, self.masks, images)[1]

    def train(self, name, phase, logits_of, before_epoch=lambda epoch: None):
        epochs, first_rate = phase
        zeros = jax.tree.map(np.zeros_like, self.parameters)
        moments = (zeros, zeros, 0)
        for epoch in range(epochs):
            before_epoch(epoch)
            order = self.random.permutation(len(self.images))
            batches = order[: len(order) // BATCH * BATCH].reshape(-1, BATCH)
            losses = []
            for position, batch in enumerate(batches):
                done = (epoch + position / len(batches)) / epochs
                rate = first_rate * 0.5 * (1 + np.cos(np.pi * done))
                images = shifted(self.images[batch], self.random)
                state, loss = adam_step(
                    logits_of, (self.parameters, *moments), self.masks, self.steps,
                    images, self.labels[batch], rate,
                )
                self.parameters, *moments = state
                losses.append(loss)
            print(f"{name}, epoch {epoch + 1} of {epochs}: loss {np.mean(losses):.4f}", flush=True)

    def prune(self, epoch):
        """Masks for this epoch of the pruning phase."""
        reached = min(1, (epoch + 1) / RAMP)
        layers = folded(self.parameters, self.calibrate())
        for position, (layer, shares) in enumerate(zip(layers, PRUNED)):
            weights = np.asarray(layer["weights"]) * self.masks[position]
            shares = [share * reached for share in shares]
            self.masks[position] = kept(weights, *shares)

    def fold(self):
        """Goes on from floats with batch normalisation to what will be rounded."""
        seen = self.calibrate()
        highest = [jnp.quantile(maps, REPRESENTED) for _, _, maps in seen[:-1]]
        highest.append(jnp.abs(seen[-1][2]).max())
        self.steps = [float(h) / LARGEST for h in (1.0, *highest)]
        self.parameters = folded(self.parameters, seen)


def kept(weights, columns_share, blocks_share):
    """1 for weights kept, 0 for pruned: first the columns, then the blocks of 8 filters x 1
    column, that have the smallest mean square."""
    squares = weights.reshape(len(weights), -1) ** 2
    squares = squares * lowest_zero(squares.mean(0), columns_share)
    rows = [slice(r, r + BLOCK_FILTERS) for r in range(0, len(squares), BLOCK_FILTERS)]
    blocks = lowest_zero(np.stack([squares[r].mean(0) for r in rows]), blocks_share)
    mask = np.repeat(blocks, BLOCK_FILTERS, axis=0)[: len(squares)]
    return mask.reshape(weights.shape).astype(np.float32)


def lowest_zero(scores, share):
    """0 for this share of the scores, the lowest; 1 for the others."""
    result = np.ones(scores.size)
    result[np.argsort(scores, axis=None, kind="stable")[: round(share * scores.size)]] = 0
    return result.reshape(scores.shape)


def exported(trainer):
    """The layers as lenet5.json has them."""
    layers = []
    parts = zip(trainer.parameters, trainer.masks, trainer.steps, trainer.steps[1:])
    for (p, mask, step_in, step_out), geometry, relu, pool in zip(parts, GEOMETRY, RELU, POOL):
        weights, bias, factor = coefficients(p, mask, step_in, step_out)
        factor = np.asarray(factor, np.float64)
        # The finest scales that fit: as many bits cut as possible.
        cut = min(LARGEST_CUT, int(np.floor(np.log2((LARGEST_SCALE + 0.5) / factor.max()))))
        size = geometry["size"]
        layer = {
            **{field: value for field, value in geometry.items() if field != "size"},
            "stride": 1,
            "height": size,
            "width": size,
            "relu": relu,
            "pool": pool,
            "cut": cut,
            "scale": np.floor(factor * 2.0**cut + 0.5).astype(np.int64).tolist(),
            "bias": np.asarray(bias, np.int64).tolist(),
            "weights": np.asarray(weights, np.int64).tolist(),
        }
        check(layer)
        layers.append(layer)
    return layers


def train(images, labels):
    """The trained layers as lenet5.json has them."""
    trainer = Trainer(images, labels)
    trainer.train("dense", DENSE, float_logits)
    trainer.train("pruning", PRUNING, float_logits, trainer.prune)
    trainer.fold()
    trainer.train("rounded", ROUNDED, integer_logits)
    return exported(trainer)
