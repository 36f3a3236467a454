"""Layers of the macro as a network that knows of no macro. Needs nothing but Python.

Training finds y = floor((16 codes * scale + bias) / 2^cut) for the sums of codes of a filter. A code
counts 30 products of patches that stand in the columns `copies` times over, rounded down, so that on
average

    sum = (30 codes + significances * (30 - copies) / 2) / copies

products have been added up, `significances` being those of all conversions of a filter. The network says
what becomes of sums: y = floor((sum * m + b) / 2^s) with

    m = 16/30 copies scale 2^k,  s = cut + k,  b = bias 2^k + 2^(k-1) - m sum(codes = 0)

m is rounded, and 2^(k-1) keeps that from changing any y: with k = 14 it adds up to less.
"""

import chain
import network_file  # of ..

EXTRA_BITS = 14
ACTIVATION = {"bits": 4, "signed": False, "zero_point": 0}
LOGIT = {"bits": 16, "signed": True, "zero_point": 0}
CLAMPS = {True: (ACTIVATION, 0, 15), False: (LOGIT, -(2**15), 2**15 - 1)}


def coefficients(layer, scale, bias):
    """m, b and s of a filter."""
    copies = chain.copies(layer)
    lsb = chain.MAC_PER_CODE
    m = rounded(chain.PARTS_OF_CODE * copies * scale << EXTRA_BITS, lsb)
    lost = chain.pieces(layer) * sum(chain.significances(layer)) * (lsb - copies)
    b = (bias << EXTRA_BITS) + (1 << EXTRA_BITS - 1) - rounded(m * lost, 2 * copies)
    return m, b, layer["cut"] + EXTRA_BITS


def rounded(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)


def result(layer):
    element, low, high = CLAMPS[layer["relu"]]
    return {"element": element, "low": low, "high": high}


def arrays(layer, shape):
    filters = layer["filters"]
    numbers = [coefficients(layer, *own) for own in zip(layer["scale"], layer["bias"])]
    m, b, s = map(list, zip(*numbers))
    weights = [weight for own in layer["weights"] for weight in own]
    return {
        "weights": ("I8", [filters, *shape], weights),
        "multipliers": ("I32", [filters, 1], m),
        "biases": ("I64", [filters], b),
        "shifts": ("U8", [filters], s),
    }


def window(kernel, stride):
    return {
        "kernel": [kernel, kernel],
        "stride": [stride, stride],
        "dilation": [1, 1],
        "padding": [0, 0, 0, 0],
    }


def nodes(layers):
    """The nodes of a network; layers whose kernel is as large as their map are fully connected."""
    found, before, flat = [], "image", False

    def add(name, operator, settings, arrays={}):
        nonlocal before
        found.append(
            {"name": name, "inputs": [before], "operator": {operator: settings}, "arrays": arrays}
        )
        before = name

    for layer in layers:
        name, kernel = layer["name"], layer["kernel"]
        if kernel == layer["height"]:
            if not flat:
                add("flatten", "flatten", {})
                flat = True
            shape = [layer["channels"] * kernel**2]
            add(name, "dense", {"result": result(layer)}, arrays(layer, shape))
        else:
            shape = [layer["channels"], kernel, kernel]
            settings = {"window": window(kernel, 1), "groups": 1, "result": result(layer)}
            add(name, "conv", settings, arrays(layer, shape))
        if layer["pool"] > 1:
            pool = layer["pool"]
            add(f"pool of {name}", "max_pool", {"window": window(pool, pool)})
    return found


def write(graph, layers):
    """Writes the network of layers to graph, a Path NAME.json, and NAME.safetensors beside it."""
    found = nodes(layers)
    logits = found[-1]["name"]
    found.append({"name": "class", "inputs": [logits], "operator": {"arg_max": {}}})
    first = layers[0]
    shape = [first["channels"], first["height"], first["width"]]
    image = {"name": "image", "shape": shape, "element": ACTIVATION}
    network_file.write(graph, image, found, [logits, "class"])
