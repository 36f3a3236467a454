"""LeNet-5 in 8-bit integers with structured sparsity: training and evaluation.

    python train.py --fetch MNIST                   puts the four idx files into the folder MNIST
    python train.py MNIST                           trains; writes the three files of data
    python train.py MNIST --evaluate lenet5.json    runs the integer model on all test images

Training needs numpy and jax, evaluation numpy, fetching npm.
"""

import argparse
import gzip
import json
import sys
from pathlib import Path

import numpy as np

import integer_model
import mnist

HERE = Path(__file__).parent
IMAGES_RECORDED = 100


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def lines(values):
    """A JSON array with one line per element."""
    return "[\n" + ",\n".join(map(compact, values)) + "\n]"


def written(fields):
    """A JSON object with one line per field; `fields` are (name, JSON text)."""
    return "{\n" + ",\n".join(f'"{name}":{text}' for name, text in fields) + "\n}\n"


def layer_text(layer):
    fields = [(name, compact(value)) for name, value in layer.items() if name != "weights"]
    return written([*fields, ("weights", lines(layer["weights"]))]).rstrip()


def evaluate(layers, folder):
    """Runs all test images. Logits, and what lenet5.json says is measured."""
    images, labels = mnist.load(folder, "t10k")
    logits, largest = integer_model.run(layers, images)
    for layer, sum_ in zip(layers, largest):
        bound = integer_model.sum_bound(layer)
        zeros = ", ".join(f"{n} of {m} {w}" for w, (n, m) in integer_model.sparsity(layer).items())
        print(f"{layer['name']}: sums to {sum_} of at most {bound}; zero are {zeros}")
    right = integer_model.correct(logits, labels)
    print(f"{right} of {len(labels)} test images correct")
    return logits, {
        "test_images": len(labels),
        "correct": right,
        "largest_sums": largest,
        "sum_bounds": [integer_model.sum_bound(layer) for layer in layers],
        "sparsity": {layer["name"]: integer_model.sparsity(layer) for layer in layers},
    }


def record(layers, folder):
    logits, measured = evaluate(layers, folder)
    images, labels = mnist.load(folder, "t10k")
    kept = slice(IMAGES_RECORDED)
    measured = written((name, compact(value)) for name, value in measured.items())
    model = [
        ("measured", measured.rstrip()),
        ("layers", "[\n" + ",\n".join(map(layer_text, layers)) + "\n]"),
    ]
    (HERE / "lenet5.json").write_text(written(model))
    recorded = [
        ("correct", compact(integer_model.correct(logits[kept], labels[kept]))),
        ("labels", compact(labels[kept].tolist())),
        ("logits", lines(logits[kept].tolist())),
        ("images", lines(images[kept].tolist())),
    ]
    (HERE / "images.json").write_text(written(recorded))
    (HERE / "test_images.gz").write_bytes(gzip.compress(packed(images, labels), mtime=0))


def packed(images, labels):
    """All images, then all labels, a byte per number."""
    return images.tobytes() + labels.astype(np.uint8).tobytes()


def verify(path, folder):
    """Evaluates a file, and compares what it and the images beside it say. True if they agree."""
    model = json.loads(path.read_text())
    for layer in model["layers"]:
        integer_model.check(layer)
    logits, measured = evaluate(model["layers"], folder)
    differing = [name for name, value in measured.items() if model["measured"][name] != value]
    recorded = json.loads((path.parent / "images.json").read_text())
    images, labels = mnist.load(folder, "t10k")
    kept = slice(len(recorded["labels"]))
    found = {"images": images[kept], "labels": labels[kept], "logits": logits[kept]}
    for name, value in found.items():
        if not np.array_equal(recorded[name], value):
            differing.append(f"{name} in images.json")
    if gzip.decompress((path.parent / "test_images.gz").read_bytes()) != packed(images, labels):
        differing.append("test_images.gz")
    print(f"recorded otherwise: {', '.join(differing) or 'nothing'}")
    return not differing


def main():
    usage = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=usage)
    parser.add_argument("mnist", type=Path, help="folder of the four idx files")
    parser.add_argument("--fetch", action="store_true", help="get the files")
    parser.add_argument("--evaluate", type=Path, metavar="FILE", help="a lenet5.json to run")
    arguments = parser.parse_args()
    if arguments.fetch:
        mnist.fetch(arguments.mnist)
    elif arguments.evaluate:
        sys.exit(not verify(arguments.evaluate, arguments.mnist))
    else:
        import network  # here, because only training needs jax

        record(network.train(*mnist.load(arguments.mnist, "train")), arguments.mnist)


if __name__ == "__main__":
    main()
