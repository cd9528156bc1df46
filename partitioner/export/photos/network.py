"""MobileNetV2 at half width for 224x224 crops of photographs, with its trained weights.

`tideline-export partitioner/export/photos/network.py:photos --out REPOSITORY` exports it. Which
photographs, and which part of each it never saw: tideline_export/photo_crops.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import nn

from tideline_export import photo_crops, vision, weights
from tideline_export.network import IMAGENET_MEAN, IMAGENET_STD

MEAN = IMAGENET_MEAN
STD = IMAGENET_STD
WEIGHTS = Path(__file__).with_name("photos.npz")
ACCURACY = Path(__file__).with_name("accuracy.json")

_WIDTH = 0.5


def build() -> nn.Module:
    """The network as PyTorch initialises it: [N, 3, 224, 224] -> [N, number of labels] logits."""
    models = vision.torchvision_models()
    return models.mobilenet_v2(num_classes=len(photo_crops.LABELS), width_mult=_WIDTH)


def photos() -> tuple[nn.Module, dict[str, Any]]:
    """The trained network, and what model.yaml says of it."""
    module = build()
    weights.load_arrays(module, WEIGHTS)
    return module, {
        "input": {
            "kind": "image",
            "shape": [3, photo_crops.SIDE, photo_crops.SIDE],
            "resize": [photo_crops.SIDE, photo_crops.SIDE],
            "mean": MEAN,
            "std": STD,
        },
        "output": {"kind": "classification", "softmax": False},
        "labels": list(photo_crops.LABELS),
        "accuracy": json.loads(ACCURACY.read_text("utf-8")),
    }
