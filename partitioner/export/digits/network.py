"""A MobileNetV2-shaped network for 64x64 images of handwritten digits, with its trained weights.

`tideline-export partitioner/export/digits/network.py:digits --out REPOSITORY` exports it. Half of
MobileNetV2's width, the same blocks and strides, and torchvision's module names (`features.N`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tideline_export import weights

SIDE = 64
MEAN = 0.5  # of every channel
STD = 0.5
WEIGHTS = Path(__file__).with_name("digits.npz")
ACCURACY = Path(__file__).with_name("accuracy.json")

_STEM = 16
_LAST = 640
# expansion, channels, repetitions, first stride: MobileNetV2's table at half width
_STAGES = (
    (1, 8, 1, 1),
    (6, 16, 2, 2),
    (6, 16, 3, 2),
    (6, 32, 4, 2),
    (6, 48, 3, 1),
    (6, 80, 3, 2),
    (6, 160, 1, 1),
)


class ConvNormActivation(nn.Sequential):
    """Convolution, BatchNorm and ReLU6, padded so that stride 1 keeps the size."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, groups: int = 1):
        super().__init__(
            nn.Conv2d(
                inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False
            ),
            nn.BatchNorm2d(outputs),
            nn.ReLU6(inplace=True),
        )


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; added to the input where the shapes are the same."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers.append(ConvNormActivation(inputs, hidden, kernel=1, stride=1))
        layers += [
            ConvNormActivation(hidden, hidden, kernel=3, stride=stride, groups=hidden),
            nn.Conv2d(hidden, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        self.conv = nn.Sequential(*layers)
        self.adds_input = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: [N, inputs, H, W] -> [N, outputs, H / stride, W / stride]."""
        return x + self.conv(x) if self.adds_input else self.conv(x)


class DigitsNetwork(nn.Module):
    """[N, 3, 64, 64] normalised images -> [N, 10] logits."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [ConvNormActivation(3, _STEM, kernel=3, stride=2)]
        channels = _STEM
        for expansion, outputs, repetitions, first_stride in _STAGES:
            for index in range(repetitions):
                stride = first_stride if index == 0 else 1
                layers.append(InvertedResidual(channels, outputs, stride, expansion))
                channels = outputs
        layers.append(ConvNormActivation(channels, _LAST, kernel=1, stride=1))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(_LAST, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: [N, 3, 64, 64] -> [N, 10]."""
        return self.classifier(self.features(x).mean((2, 3)))


def digits() -> tuple[nn.Module, dict[str, Any]]:
    """The trained network, and what model.yaml says of it."""
    module = DigitsNetwork()
    weights.load_arrays(module, WEIGHTS)
    return module, {
        "input": {
            "kind": "image",
            "shape": [3, SIDE, SIDE],
            "resize": [SIDE, SIDE],
            "mean": [MEAN] * 3,
            "std": [STD] * 3,
        },
        "output": {"kind": "classification", "softmax": False},
        "labels": [str(digit) for digit in range(10)],
        "accuracy": json.loads(ACCURACY.read_text("utf-8")),
    }
