"""Seeded inputs and what PyTorch itself answers for them.

The two inputs of a reference are clearly different, and so must be the answers: a network whose
answer hardly depends on its input can't show whether an engine computes it correctly.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils import _pytree as pytree

from tideline_export.errors import ExportError, UsageError, first_line
from tideline_export.network import InputSpec, Network

Tensors = tuple[torch.Tensor, ...]

# The widest tolerance that an engine is granted, and by how much the answers must exceed it.
TOLERANCE = 2e-5
LEAST_SENSITIVITY = 100 * TOLERANCE

_SMOOTH_CELLS = 6  # low-frequency noise has about this many cells along an image's side
_FINE_SHARE = 0.15  # standard deviation of the fine noise on top


@dataclass(frozen=True)
class Reference:
    """Two inputs (batch 1 each) and eager PyTorch's outputs for them."""

    a_inputs: Tensors
    a_outputs: Tensors
    b_inputs: Tensors
    b_outputs: Tensors

    def sensitivity(self) -> float:
        """max|a-b| / max|b| between the two answers, of the output where it is least."""
        pairs = zip(self.a_outputs, self.b_outputs, strict=True)
        return min(relative_difference(a, b) for a, b in pairs)

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays of reference.npz under their names."""
        groups = {
            "a_input": self.a_inputs,
            "a_output": self.a_outputs,
            "b_input": self.b_inputs,
            "b_output": self.b_outputs,
        }
        return {
            f"{name}{index}": tensor.contiguous().numpy()
            for name, tensors in groups.items()
            for index, tensor in enumerate(tensors)
        }


def relative_difference(a: torch.Tensor, b: torch.Tensor) -> float:
    """max|a-b| / max|b|, the measure of design.md; 0 for equal tensors."""
    difference = (a.double() - b.double()).abs().max().item() if a.numel() else 0.0
    scale = b.double().abs().max().item() if b.numel() else 0.0
    return difference / scale if scale > 0 else difference


def make(network: Network, seed: int) -> Reference:
    """Draws two inputs (or takes the factory's examples) and runs the network eagerly on them."""
    if network.examples is not None:
        a_inputs, b_inputs = (tuple(inputs) for inputs in network.examples)
    else:
        a_inputs = draw_inputs(network.inputs, 1, 2 * seed + 1)
        b_inputs = draw_inputs(network.inputs, 1, 2 * seed + 2)
    return Reference(
        a_inputs,
        run_eagerly(network.module, a_inputs),
        b_inputs,
        run_eagerly(network.module, b_inputs),
    )


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch computes with one thread inside, for its results depend on how many there are."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def run_eagerly(module: torch.nn.Module, inputs: Tensors) -> Tensors:
    """The module's outputs, flat, computed by one thread so that they are the same everywhere.

    The inputs are copied first, for a network may write into them.
    """
    try:
        with one_thread(), torch.no_grad():
            outputs = tuple(pytree.tree_leaves(module(*(tensor.clone() for tensor in inputs))))
    except Exception as error:
        shapes = ", ".join(str(list(tensor.shape)) for tensor in inputs)
        raise ExportError(
            f"the network can't run on an input of shape {shapes}: {first_line(error)}"
        ) from error
    for index, output in enumerate(outputs):
        if not isinstance(output, torch.Tensor):
            raise ExportError(
                f"output {index} is of type {type(output).__name__}, not a tensor; "
                "wrap the network in a module that returns tensors alone"
            )
    return outputs


def draw_inputs(specs: list[InputSpec], batch: int, seed: int) -> Tensors:
    """Seeded inputs: image-like for images, normally distributed for tensors."""
    generator = torch.Generator().manual_seed(seed)
    with one_thread():
        return tuple(_draw(spec, batch, generator) for spec in specs)


def _draw(spec: InputSpec, batch: int, generator: torch.Generator) -> torch.Tensor:
    if not spec.dtype.is_floating_point:
        raise UsageError(
            f"input '{spec.name}': its dtype is {spec.dtype}, for which no values can be drawn; "
            "let the factory return {'examples': ((tensor,), (tensor,))}, each with batch 1"
        )
    if spec.kind == "image":
        return _draw_image(spec.shape, batch, generator).to(spec.dtype)
    return torch.randn((batch, *spec.shape), generator=generator).to(spec.dtype)


def _draw_image(shape: tuple[int, ...], batch: int, generator: torch.Generator) -> torch.Tensor:
    """Images as they look after normalisation: smooth areas with fine noise, about unit range."""
    channels, height, width = shape
    cells = (min(_SMOOTH_CELLS, height), min(_SMOOTH_CELLS, width))
    coarse = torch.randn((batch, channels, *cells), generator=generator)
    smooth = torch.nn.functional.interpolate(
        coarse, size=(height, width), mode="bilinear", align_corners=False
    )
    fine = torch.randn((batch, channels, height, width), generator=generator)
    return 1.2 * smooth + _FINE_SHARE * fine
