"""Which class the network answers, as PyTorch runs the exported file. One network per process."""

from pathlib import Path

import numpy as np

_loaded = {}


def load(model):
    """Opens a version folder; everything after it is about that network."""
    import torch

    torch.set_num_threads(1)
    exported = torch.export.load(Path(model) / "model.pt2")
    _loaded["module"] = exported.module()
    _loaded["mean"], _loaded["std"] = _normalisation(Path(model) / "model.yaml")


def _normalisation(path):
    """`mean` and `std` of the one input in model.yaml, which the exporter wrote."""
    found = {}
    for line in path.read_text().splitlines():
        key, _, value = line.strip().lstrip("- ").partition(":")
        if key in ("mean", "std") and key not in found:
            found[key] = np.array([float(x) for x in value.strip(" []").split(",")], np.float32)
    return found["mean"], found["std"]


def classes(images):
    """uint8 [N, H, W, 3] to the number of the class of each."""
    import torch

    inputs = (images.astype(np.float32) / 255 - _loaded["mean"]) / _loaded["std"]
    with torch.no_grad():
        outputs = _loaded["module"](torch.from_numpy(
            np.ascontiguousarray(inputs.transpose(0, 3, 1, 2))))
    if isinstance(outputs, (tuple, list)):
        outputs = outputs[0]
    return outputs.numpy().argmax(axis=1)
