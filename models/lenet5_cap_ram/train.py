"""LeNet-5 for the charge-domain macro: training and evaluation.

    python train.py MNIST               trains; writes lenet5_cap_ram.json and what is beside it
    python train.py MNIST --evaluate    runs the model of the macro on all test images

MNIST is a folder with the four idx files; ../lenet5/train.py --fetch puts them there. Evaluation
needs numpy and safetensors, training jax as well.
"""

import argparse
import json
import sys
from functools import partial
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "lenet5"))

import chain
import layers as files
import mnist  # of ../lenet5

FILE = HERE / "lenet5_cap_ram.json"
IMAGES_RECORDED = 100
SEEDS = range(3)


def evaluate(layers, folder):
    """Logits on the ideal macro, and what measured.json says."""
    images, labels = mnist.load(folder, "t10k")
    correct = lambda sums: chain.correct(chain.run(layers, images, sums), labels)
    logits = chain.run(layers, images)
    measured = {
        "test_images": len(labels),
        "correct_by_definition": correct(chain.true_sums),
        "correct": chain.correct(logits, labels),
        "correct_with_errors": [
            correct(partial(chain.sums, errors=chain.Errors(seed))) for seed in SEEDS
        ],
        "weights": [chain.weights_of(layer) for layer in layers],
    }
    print(json.dumps(measured, indent=2), flush=True)
    return logits, measured


def data(images, labels, logits):
    """The files of data: name and array. Images are [image][channel][row][column]."""
    first = slice(IMAGES_RECORDED)
    return {
        "images.npy": (images[first, None] >> 3).astype(np.uint8),
        "labels.npy": labels[first].astype(np.uint8),
        "logits.npy": logits[first].astype(np.int16),
    }


def record(layers, folder):
    for layer in layers:
        chain.check(layer)
    logits, measured = evaluate(layers, folder)
    files.save(FILE, layers)
    (HERE / "measured.json").write_text(json.dumps(measured, indent=2) + "\n")
    for name, array in data(*mnist.load(folder, "t10k"), logits).items():
        np.save(HERE / name, array)


def verify(folder):
    """Compares what the files say with what the model gives. True if they agree."""
    layers = files.load(FILE)
    for layer in layers:
        chain.check(layer)
    logits, measured = evaluate(layers, folder)
    recorded = json.loads((HERE / "measured.json").read_text())
    differing = [name for name, value in measured.items() if recorded[name] != value]
    for name, array in data(*mnist.load(folder, "t10k"), logits).items():
        if not np.array_equal(np.load(HERE / name), array):
            differing.append(name)
    print(f"recorded otherwise: {', '.join(differing) or 'nothing'}")
    return not differing


def main():
    usage = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=usage)
    parser.add_argument("mnist", type=Path, help="folder of the four idx files")
    parser.add_argument("--evaluate", action="store_true", help="check what is recorded")
    arguments = parser.parse_args()
    if arguments.evaluate:
        sys.exit(not verify(arguments.mnist))
    import pruned  # here, because only training needs jax

    trained = pruned.train(*mnist.load(arguments.mnist, "train"))
    record([files.converted(layer) for layer in trained], arguments.mnist)


if __name__ == "__main__":
    main()
