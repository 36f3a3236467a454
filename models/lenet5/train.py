"""LeNet-5 in 8-bit integers with structured sparsity: training and evaluation.

    python train.py --fetch MNIST                   puts the four idx files into the folder MNIST
    python train.py MNIST                           trains; writes the network and the images
    python train.py MNIST --evaluate lenet5.json    runs the integer model on all test images

Training needs numpy, safetensors and jax, evaluation numpy and safetensors, fetching npm.
"""

import argparse
import gzip
import io
import json
import sys
from pathlib import Path

import numpy as np

import integer_model
import layers as files
import mnist

HERE = Path(__file__).parent
IMAGES_RECORDED = 100


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


def data(images, labels, logits):
    """The files of data: name and array. Images are [image][channel][row][column]."""
    first = slice(IMAGES_RECORDED)
    return {
        "images.npy": images[first, None].astype(np.uint8),
        "labels.npy": labels[first].astype(np.uint8),
        "logits.npy": logits[first].astype(np.int8),
        "test_images.npy.gz": images[:, None].astype(np.uint8),
        "test_labels.npy": labels.astype(np.uint8),
    }


def packed(name, array):
    """The bytes of a file of data."""
    file = io.BytesIO()
    np.save(file, array)
    return gzip.compress(file.getvalue(), mtime=0) if name.endswith(".gz") else file.getvalue()


def unpacked(path):
    """The array of a file of data."""
    content = path.read_bytes()
    return np.load(io.BytesIO(gzip.decompress(content) if path.suffix == ".gz" else content))


def record(layers, folder):
    logits, measured = evaluate(layers, folder)
    files.save(HERE / "lenet5.json", layers)
    (HERE / "measured.json").write_text(json.dumps(measured, indent=2) + "\n")
    for name, array in data(*mnist.load(folder, "t10k"), logits).items():
        (HERE / name).write_bytes(packed(name, array))


def verify(path, folder):
    """Evaluates a network, and compares what it and the files beside it say. True if they agree."""
    layers = files.load(path)
    for layer in layers:
        integer_model.check(layer)
    logits, measured = evaluate(layers, folder)
    recorded = json.loads((path.parent / "measured.json").read_text())
    differing = [name for name, value in measured.items() if recorded[name] != value]
    for name, array in data(*mnist.load(folder, "t10k"), logits).items():
        if not np.array_equal(unpacked(path.parent / name), array):
            differing.append(name)
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
