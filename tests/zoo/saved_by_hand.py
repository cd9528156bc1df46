"""Writes `.pt2` files as a person does who calls `torch.export.save` and nothing else.

They have a static batch of 1, whole BatchNorms (`aten.batch_norm.default`), in-place operators and
pickled sample inputs. Beside NAME.pt2 lies NAME.npz with the arrays of a reference.npz. What a
reader must do with each is said where it is built.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import nn

from tideline_export import initialise, reference, vision
from tideline_export.network import InputSpec, Network


class Residual(nn.Module):
    """Runs: every in-place operator changes a value that nothing else reads afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True)
        )
        self.branch = nn.Sequential(
            nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(inplace=True)
        )
        self.drop = nn.Dropout(0.2, inplace=True)
        self.head = nn.Linear(8, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: [1, 3, 16, 16] -> [1, 5]."""
        shared = self.stem(x)
        out = self.branch(shared)
        out += shared
        return self.head(self.drop(out.mean((2, 3))))


class Aliased(nn.Module):
    """Refused, or computed right: `flat` shares its memory with the map that relu_ changes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.head = nn.Linear(4 * 16 * 16, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: [1, 3, 16, 16] -> [1, 5]."""
        features = self.conv(x)
        flat = features.view(1, -1)
        features.relu_()
        return self.head(flat)


class SliceWritten(nn.Module):
    """Refused, or computed right: an in-place operator writes through a view into its base."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.head = nn.Linear(4 * 16 * 16, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: [1, 3, 16, 16] -> [1, 5]."""
        features = self.conv(x)
        features[:, :2].relu_()
        return self.head(features.flatten(1))


class InputChanged(nn.Module):
    """Refused, or computed right: the network writes into its own input."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: [1, 3, 16, 16] -> [1, 4]."""
        x.mul_(0.5)
        return self.conv(x).mean((2, 3)) + x.mean()


_SMALL = {
    "residual": Residual,
    "aliased": Aliased,
    "slice_written": SliceWritten,
    "input_changed": InputChanged,
}
_TORCHVISION = ("resnet18", "mobilenet_v2")
NAMES = (*_SMALL, *_TORCHVISION)


def build(name: str) -> Network:
    """The network `name`, untrained but with calibrated BatchNorms."""
    torch.manual_seed(0)
    if name in _SMALL:
        spec = InputSpec((3, 16, 16), kind="image")
        network = Network(_SMALL[name](), name, f"by hand:{name}", "none", [spec])
    else:
        network = vision.load(name, "none", None)
    network.module.eval()
    initialise.calibrate_batch_norms(network.module, network.inputs, seed=0)
    return network


def write(name: str, folder: Path) -> None:
    """Writes `folder/NAME.pt2` and `folder/NAME.npz`."""
    network = build(name)
    computed = reference.make(network, seed=0)
    example = tuple(tensor.clone() for tensor in computed.a_inputs)
    torch.export.save(torch.export.export(network.module, example), folder / f"{name}.pt2")
    np.savez(folder / f"{name}.npz", **computed.arrays())


def main() -> None:
    """Writes those that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(NAMES)} (default: all)")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"unknown network '{unknown[0]}'; known are {', '.join(NAMES)}")
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.names or NAMES:
        write(name, options.out)
        print(options.out / f"{name}.pt2")


if __name__ == "__main__":
    main()
