"""The network of a model folder, as every rival gets it: one set of weights, that of the .pt2."""

import re
from pathlib import Path

import numpy as np

CACHE = Path(__file__).resolve().parents[4] / "build" / "bench" / "cache"


def described(model, key):
    """A plain value of model.yaml: described(model, "source") is "torchvision:resnet18"."""
    text = (model / "model.yaml").read_text()
    return re.search(rf"^{key}: *(\S+)", text, re.MULTILINE).group(1)


def prepared(model, label, suffix):
    """Where what was made from this very model file under `label` is kept."""
    text = (model / "model.yaml").read_text()
    sha256 = re.search(r"model\.pt2: *{sha256: *\"?([0-9a-f]{64})", text).group(1)
    return CACHE / f"{described(model, 'name')}-{sha256[:12]}-{label}{suffix}"


def reference(model):
    """[(inputs, outputs)]: the seeded inputs and what PyTorch answered."""
    with np.load(model / "reference.npz") as arrays:
        def take(case, kind):
            names = sorted(name for name in arrays if name.startswith(f"{case}_{kind}"))
            return [arrays[name] for name in names]
        return [(take(case, "input"), take(case, "output")) for case in ("a", "b")]


def module(model):
    """The torch module: torchvision's own class, as people use it; else the exported graph."""
    import torch

    exported = torch.export.load(model / "model.pt2")
    source = described(model, "source")
    if not source.startswith("torchvision:"):
        return exported.module(check_guards=False)
    from tideline_export import vision

    network = vision.load(source.removeprefix("torchvision:"), "none", None).module
    network.load_state_dict(exported.state_dict)
    return network.eval()


def tensors(inputs):
    import torch

    return [torch.from_numpy(array) for array in inputs]


def example(model):
    """The first reference input, as tensors: what tracers and compilers are shown."""
    return tuple(tensors(reference(model)[0][0]))
