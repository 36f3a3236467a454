"""LeNet-5 for the charge-domain macro: training and evaluation.

    python train.py MNIST               trains; writes lenet5_cap_ram.json
    python train.py MNIST --evaluate    runs the model of the macro on all test images

MNIST is a folder with the four idx files; ../lenet5/train.py --fetch puts them there. Evaluation
needs numpy, training numpy and jax.
"""

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "lenet5"))

import chain
import mnist  # of ../lenet5

FILE = HERE / "lenet5_cap_ram.json"
IMAGES_RECORDED = 100  # those of ../lenet5/images.json
SEEDS = range(3)


def evaluate(layers, folder):
    """What lenet5_cap_ram.json says is measured."""
    images, labels = mnist.load(folder, "t10k")
    logits = chain.run(layers, images)
    correct = chain.correct(logits, labels)
    print(f"{correct} of {len(labels)} test images correct", flush=True)
    with_errors = []
    for seed in SEEDS:
        errors = chain.Errors(seed)
        with_errors.append(chain.correct(chain.run(layers, images, errors), labels))
        print(f"{with_errors[-1]} with the errors of seed {seed}", flush=True)
    return {
        "test_images": len(labels),
        "correct": correct,
        "correct_with_errors": with_errors,
        "weights": [chain.weights_of(layer) for layer in layers],
        "logits": logits[:IMAGES_RECORDED].tolist(),
    }


def text(model):
    """JSON with a line per field, and per field of a layer."""
    compact = lambda value: json.dumps(value, separators=(",", ":"))
    fields = lambda values: [f"{compact(name)}:{text}" for name, text in values.items()]
    block = lambda brackets, parts: brackets[0] + "\n" + ",\n".join(parts) + "\n" + brackets[1]
    layer = lambda values: block("{}", fields({name: compact(v) for name, v in values.items()}))
    texts = {
        "measured": layer(model["measured"]),
        "layers": block("[]", map(layer, model["layers"])),
    }
    return block("{}", fields(texts)) + "\n"


def record(layers, folder):
    for layer in layers:
        chain.check(layer)
    FILE.write_text(text({"measured": evaluate(layers, folder), "layers": layers}))


def verify(folder):
    """Compares what the file says with what the model gives. True if they agree."""
    recorded = json.loads(FILE.read_text())
    for layer in recorded["layers"]:
        chain.check(layer)
    measured = evaluate(recorded["layers"], folder)
    differing = [name for name, value in measured.items() if recorded["measured"][name] != value]
    print(f"recorded otherwise: {', '.join(differing) or 'nothing'}")
    return not differing


def main():
    usage = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=usage)
    parser.add_argument("mnist", type=Path, help="folder of the four idx files")
    parser.add_argument("--evaluate", action="store_true", help="check lenet5_cap_ram.json")
    arguments = parser.parse_args()
    if arguments.evaluate:
        sys.exit(not verify(arguments.mnist))
    import pruned  # here, because only training needs jax

    record(pruned.train(*mnist.load(arguments.mnist, "train")), arguments.mnist)


if __name__ == "__main__":
    main()
