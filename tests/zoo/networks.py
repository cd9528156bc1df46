"""Small networks of every shape that the readers, engines and planners must cope with.

Each function is a factory for `tideline-export tests/zoo/networks.py:NAME`; it returns the module
and what model.yaml says of it. Weights come from the exporter's seed.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

Factory = tuple[nn.Module, dict[str, Any]]


def _tensor(*shape: int) -> dict[str, Any]:
    return {"input": {"kind": "tensor", "shape": list(shape)}}


def _image(channels: int, size: int) -> dict[str, Any]:
    return {
        "input": {
            "kind": "image",
            "shape": [channels, size, size],
            "mean": [0.5] * channels,
            "std": [0.25] * channels,
        }
    }


def mlp() -> Factory:
    """Linear layers alone, ending in softmax."""
    module = nn.Sequential(
        nn.Linear(64, 128),
        nn.ReLU(),
        nn.Linear(128, 128),
        nn.Tanh(),
        nn.Dropout(0.1),
        nn.Linear(128, 10),
        nn.Softmax(dim=1),
    )
    _enlarge(module[-2])
    return module, _tensor(64) | {"output": {"kind": "classification", "softmax": True}}


def conv1d() -> Factory:
    """A stack of 1-D convolutions over a signal of two channels."""
    module = nn.Sequential(
        nn.Conv1d(2, 16, kernel_size=9, stride=2, padding=4),
        nn.BatchNorm1d(16),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Conv1d(16, 32, kernel_size=5, padding=2, dilation=1),
        nn.BatchNorm1d(32),
        nn.Hardswish(),
        nn.Conv1d(32, 32, kernel_size=3, padding=2, dilation=2, groups=8),
        nn.LeakyReLU(0.1),
        nn.AdaptiveAvgPool1d(4),
        nn.Flatten(),
        nn.Linear(128, 6),
    )
    _settle(module, torch.randn(8, 2, 256))
    return module, _tensor(2, 256)


class TwoOutputs(nn.Module):
    """A shared trunk with a fine map and a coarse vector as its two answers."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU6()
        )
        self.fine = nn.Conv2d(16, 4, 1)
        self.deep = nn.Sequential(nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.SiLU())
        self.coarse = nn.Linear(32, 5)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """image: [N, 3, H, W] -> [N, 4, H/2, W/2], [N, 5]."""
        shared = self.trunk(image)
        return self.fine(shared), self.coarse(self.deep(shared).mean((2, 3)))


def two_outputs() -> Factory:
    """Two branches that both end in an output."""
    module = TwoOutputs()
    _settle(module, torch.randn(8, 3, 32, 32))
    return module, _image(3, 32)


class Inception(nn.Module):
    """Four parallel branches of different depths that are concatenated."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.point = nn.Conv2d(channels, width, 1)
        self.near = nn.Sequential(
            nn.Conv2d(channels, width, 1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
        )
        self.far = nn.Sequential(
            nn.Conv2d(channels, width, 1),
            nn.ReLU(),
            nn.Conv2d(width, width, (1, 5), padding=(0, 2)),
            nn.Conv2d(width, width, (5, 1), padding=(2, 0)),
        )
        self.pool = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1), nn.Conv2d(channels, width, 1)
        )
        self.norm = nn.BatchNorm2d(4 * width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: [N, channels, H, W] -> [N, 4 * width, H, W]."""
        parts = [self.point(x), self.near(x), self.far(x), self.pool(x)]
        return torch.relu(self.norm(torch.cat(parts, dim=1)))


def branches() -> Factory:
    """Two Inception-like blocks, so that frontiers hold up to four values at once."""
    module = nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2, padding=1),
        nn.ReLU(inplace=True),
        Inception(16, 8),
        nn.AvgPool2d(2),
        Inception(32, 8),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(32, 10),
    )
    _settle(module, torch.randn(8, 3, 48, 48))
    return module, _image(3, 48) | {"output": {"kind": "classification", "softmax": False}}


class Attention(nn.Module):
    """A transformer encoder of two layers over a sequence of vectors."""

    def __init__(self, features: int = 24, width: int = 32) -> None:
        super().__init__()
        self.embed = nn.Linear(features, width)
        layer = nn.TransformerEncoderLayer(
            width, nhead=4, dim_feedforward=64, activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
        self.head = nn.Linear(width, 7)

    def forward(self, sequence: torch.Tensor) -> torch.Tensor:
        """sequence: [N, length, features] -> [N, 7]."""
        return self.head(self.encoder(self.embed(sequence)).mean(1))


def attention() -> Factory:
    """A small transformer encoder."""
    return Attention(), _tensor(12, 24)


class Rare(nn.Module):
    """Two convolutions with bell-shaped activations and a median over channels between them."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 12, 3, stride=2, padding=1), nn.BatchNorm2d(12))
        self.second = nn.Sequential(nn.Conv2d(12, 16, 3, stride=2, padding=1), nn.ReLU())
        self.head = nn.Linear(16, 6)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """image: [N, 3, H, W] -> [N, 6]."""
        x = self.first(image)
        bells = torch.exp2(-x * x)
        x = self.second(bells - bells.median(dim=1, keepdim=True).values)
        return self.head(x.mean((2, 3)))


def rare() -> Factory:
    """Operators that few engines have: exp2 and median."""
    module = Rare()
    _settle(module, torch.randn(8, 3, 32, 32))
    return module, _image(3, 32)


def _enlarge(layer: nn.Module) -> None:
    """Makes a last layer decided, so that its softmax isn't flat."""
    with torch.no_grad():
        layer.weight.mul_(8)


def _settle(module: nn.Module, batch: torch.Tensor) -> None:
    """Gives BatchNorms the statistics of `batch`, since a factory's module is taken as it is."""
    norms = [m for m in module.modules() if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    for norm in norms:
        norm.momentum = None
    with torch.no_grad():
        module.train()(batch)
    for norm in norms:
        norm.momentum = 0.1
    module.eval()
