"""A network that is ready to be exported, and what `model.yaml` says about it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

import torch

from tideline_export.errors import UsageError

IMAGENET_MEAN = [0.485, 0.456, 0.406]
IMAGENET_STD = [0.229, 0.224, 0.225]
MAX_DIMENSIONS = 8
MAX_ELEMENTS = 1 << 28

_INPUT_KEYS = {"kind", "name", "dtype", "shape", "resize", "crop", "mean", "std"}


@dataclass
class InputSpec:
    """One input of a network. Shapes are without the batch; images are C, H, W."""

    shape: tuple[int, ...]
    name: str = "x"
    kind: str = "tensor"  # image | tensor
    dtype: torch.dtype = torch.float32
    resize: int | list[int] | None = None  # the shorter side, or [H, W]
    crop: int | None = None  # centre crop after the resize
    mean: list[float] | None = None
    std: list[float] | None = None

    def to_yaml(self) -> dict[str, Any]:
        """The `input` section of model.yaml; what does not apply is left out."""
        section: dict[str, Any] = {
            "kind": self.kind,
            "name": self.name,
            "dtype": str(self.dtype).removeprefix("torch."),
            "shape": list(self.shape),
        }
        for key in ("resize", "crop", "mean", "std"):
            if getattr(self, key) is not None:
                section[key] = getattr(self, key)
        return section


@dataclass
class Network:
    """A module in eval mode with everything that the model folder says about it."""

    module: torch.nn.Module
    name: str
    source: str
    weights: str  # none | DEFAULT | as-returned | SHA-256 of the file
    inputs: list[InputSpec]
    output: dict[str, Any] = field(default_factory=lambda: {"kind": "raw", "softmax": False})
    labels: list[str] | None = None
    accuracy: dict[str, Any] | None = None
    # Two tuples of inputs with batch 1 that replace the drawn ones where those make no sense.
    examples: tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]] | None = None


def parse_shape(text: str) -> tuple[int, ...]:
    """Reads `3,224,224`. Raises UsageError with the text in it."""
    try:
        return checked_shape([int(part) for part in text.split(",")])
    except ValueError:
        raise UsageError(
            f"input shape '{text}': expected positive numbers without the batch, such as 3,224,224"
        ) from None


def checked_shape(shape: Any) -> tuple[int, ...]:
    """A shape from a person or a factory as a tuple, checked against the limits."""
    if not isinstance(shape, (list, tuple)):
        raise UsageError(f"input shape {shape!r}: expected a list of numbers without the batch")
    sizes = tuple(shape)
    if not sizes or len(sizes) > MAX_DIMENSIONS:
        raise UsageError(f"input shape {list(sizes)}: has {len(sizes)} dimensions, not 1 to 8")
    elements = 1
    for size in sizes:
        if not isinstance(size, int) or size < 1:
            raise UsageError(f"input shape {list(sizes)}: every dimension must be at least 1")
        elements *= size
    if elements > MAX_ELEMENTS:
        raise UsageError(
            f"input shape {list(sizes)}: has {elements} elements, the limit is {MAX_ELEMENTS}"
        )
    return sizes


def input_spec_from(section: dict[str, Any], default_name: str) -> InputSpec:
    """An InputSpec from a factory's `input` section. Raises UsageError naming the wrong key."""
    unknown = sorted(set(section) - _INPUT_KEYS)
    if unknown:
        raise UsageError(f"input: unknown key '{unknown[0]}'; known are {sorted(_INPUT_KEYS)}")
    if "shape" not in section:
        raise UsageError("input: 'shape' is missing; give it there or with --input-shape")
    spec = InputSpec(**{"name": default_name} | section)
    spec.shape = checked_shape(spec.shape)
    if isinstance(spec.dtype, str):
        spec.dtype = _dtype_named(spec.dtype)
    if spec.kind not in ("image", "tensor"):
        raise UsageError(f"input: kind '{spec.kind}' is neither 'image' nor 'tensor'")
    if spec.kind == "image":
        _check_image(spec)
    return spec


def _dtype_named(name: str) -> torch.dtype:
    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype):
        raise UsageError(f"input: dtype '{name}' is not one of PyTorch's, such as float32")
    return dtype


def _check_image(spec: InputSpec) -> None:
    if len(spec.shape) != 3:
        raise UsageError(f"input: an image has the shape [C, H, W], not {list(spec.shape)}")
    channels = spec.shape[0]
    for key in ("mean", "std"):
        values = getattr(spec, key)
        if values is None or len(values) != channels:
            raise UsageError(
                f"input: {key} is {values}, expected {channels} numbers, one a channel"
            )
    if spec.resize is None:
        spec.resize = list(spec.shape[1:])
    prepared = spec.resize if spec.crop is None else [spec.crop, spec.crop]
    if prepared != list(spec.shape[1:]):
        raise UsageError(
            f"input: resize {spec.resize} and crop {spec.crop} don't give an image of "
            f"{list(spec.shape[1:])}, as its shape says"
        )


def input_names(module: torch.nn.Module) -> list[str]:
    """The names of forward's arguments that have no default, in order."""
    parameters = inspect.signature(module.forward).parameters.values()
    positional = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    return [p.name for p in parameters if p.kind in positional and p.default is p.empty]
