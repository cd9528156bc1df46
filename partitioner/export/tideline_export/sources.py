"""Turns what a person named (`torchvision:NAME` or `FILE.py:FACTORY`) into a Network."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from tideline_export import vision, weights
from tideline_export.errors import ExportError, UsageError, first_line
from tideline_export.network import InputSpec, Network, checked_shape, input_names, input_spec_from

_METADATA_KEYS = {"input", "labels", "output", "accuracy", "examples"}
_OUTPUT_KEYS = {"kind", "softmax"}
_ACCURACY_KEYS = {"data", "samples", "top1", "top5", "interval95"}


@dataclass(frozen=True)
class Request:
    """What the command line asks of a source."""

    source: str
    name: str | None = None
    input_shape: tuple[int, ...] | None = None
    weights: str | None = None  # None: `none` for torchvision, as returned for a factory
    seed: int = 0


def load(request: Request) -> Network:
    """The network that `request` names, in eval mode, with its weights in place.

    Raises UsageError where the source can't be one, ExportError where building it fails.
    """
    origin, _, item = request.source.rpartition(":")
    torch.manual_seed(request.seed)
    if origin == "torchvision":
        network = vision.load(item, request.weights or "none", request.input_shape)
    elif origin.endswith(".py") and item.isidentifier():
        network = _load_factory(Path(origin), item, request)
    else:
        raise UsageError(f"source '{request.source}': expected torchvision:NAME or FILE.py:FACTORY")
    network.name = request.name or network.name
    network.module.eval()
    return network


def _load_factory(path: Path, item: str, request: Request) -> Network:
    """Calls the factory; its module keeps its weights unless --weights was given."""
    module, metadata = _call(_factory(path, item), f"{path}:{item}")
    network = Network(module, item, f"{path.name}:{item}", "as-returned", inputs=[])
    _apply_metadata(network, metadata, request.input_shape)
    if request.weights == "DEFAULT":
        raise UsageError(f"--weights DEFAULT: {path}:{item} is no torchvision network")
    if request.weights is not None:
        network.weights = weights.load_into(module, request.weights)
    return network


def _factory(path: Path, item: str) -> Callable[[], Any]:
    if not path.is_file():
        raise UsageError(f"source '{path}': no such file")
    factory = getattr(_import_file(path), item, None)
    if not callable(factory):
        raise UsageError(f"source '{path}': has no function '{item}'")
    return factory


def _import_file(path: Path) -> ModuleType:
    """Imports a file under its own name, with its folder importable as when it is run."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None  # holds for every .py file
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules.setdefault(path.stem, module)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ExportError(f"{path}: {type(error).__name__}: {first_line(error)}") from error
    finally:
        sys.path.pop(0)
    return module


def _call(factory: Callable[[], Any], where: str) -> tuple[torch.nn.Module, dict[str, Any]]:
    try:
        answer = factory()
    except Exception as error:
        raise ExportError(f"{where}: {type(error).__name__}: {first_line(error)}") from error
    module, metadata = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, {})
    if not isinstance(module, torch.nn.Module) or not isinstance(metadata, dict):
        raise UsageError(
            f"{where}: returned {type(answer).__name__}, expected a torch.nn.Module or "
            "(torch.nn.Module, dict)"
        )
    _checked_section(where, metadata, _METADATA_KEYS)
    if "examples" in metadata:
        _check_examples(metadata["examples"])
    return module, metadata


def _checked_section(where: str, section: Any, known: set[str]) -> dict[str, Any]:
    if not isinstance(section, dict):
        raise UsageError(f"{where}: is {type(section).__name__}, expected a dict")
    unknown = sorted(set(section) - known)
    if unknown:
        raise UsageError(f"{where}: unknown key '{unknown[0]}'; known are {sorted(known)}")
    return section


def _check_examples(examples: Any) -> None:
    pairs = examples if isinstance(examples, (list, tuple)) else ()
    tensors = [tensor for inputs in pairs if isinstance(inputs, (list, tuple)) for tensor in inputs]
    right = all(isinstance(t, torch.Tensor) and t.dim() > 0 and t.shape[0] == 1 for t in tensors)
    if len(pairs) != 2 or not tensors or len(tensors) != 2 * len(pairs[0]) or not right:
        raise UsageError("examples: expected two tuples of input tensors, each with batch 1")


def _apply_metadata(
    network: Network, metadata: dict[str, Any], input_shape: tuple[int, ...] | None
) -> None:
    network.inputs = _inputs(network.module, metadata, input_shape)
    network.examples = metadata.get("examples")
    network.output |= _checked_section("output", metadata.get("output", {}), _OUTPUT_KEYS)
    if metadata.get("accuracy") is not None:
        network.accuracy = _checked_section("accuracy", metadata["accuracy"], _ACCURACY_KEYS)
    if metadata.get("labels") is not None:
        network.labels = _checked_labels(metadata["labels"])


def _inputs(
    module: torch.nn.Module, metadata: dict[str, Any], shape: tuple[int, ...] | None
) -> list[InputSpec]:
    names = input_names(module) or ["x"]
    sections = metadata.get("input")
    if sections is None and "examples" in metadata:
        tensors = metadata["examples"][0]
        sections = [{"shape": tuple(t.shape[1:]), "dtype": t.dtype} for t in tensors]
    if sections is None:
        if shape is None:
            raise UsageError(
                "the factory names no input shape: give --input-shape, or return "
                "(module, {'input': {'shape': [...]}})"
            )
        sections = {"shape": shape}
    sections = [sections] if isinstance(sections, dict) else list(sections)
    if shape is not None:
        if len(sections) != 1:
            raise UsageError(f"--input-shape: the factory names {len(sections)} inputs, not one")
        sections = [sections[0] | {"shape": checked_shape(shape)}]
    names += [f"x{index}" for index in range(len(names), len(sections))]
    return [input_spec_from(section, names[i]) for i, section in enumerate(sections)]


def _checked_labels(labels: Any) -> list[str]:
    checked = [str(label) for label in labels]
    for index, label in enumerate(checked):
        if not label or "\n" in label or "\r" in label:
            raise UsageError(f"labels: number {index} is empty or has a line break: {label!r}")
    return checked
