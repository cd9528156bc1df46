"""torchvision's networks: with pretrained weights, a file's weights, or seeded ones."""

from __future__ import annotations

import difflib
import importlib.util
import inspect
import sys
import warnings
from typing import Any
from urllib.error import URLError

import torch

from tideline_export import weights as weight_files
from tideline_export.errors import ExportError, UsageError, first_line
from tideline_export.network import IMAGENET_MEAN, IMAGENET_STD, InputSpec, Network

_DEFAULT_SHAPE = (3, 224, 224)
_RESIZE_PER_CROP = 256 / 224

# Keeps the operators that `_define_missing_operators` defines alive.
_library: torch.library.Library | None = None


def load(name: str, weights: str, shape: tuple[int, ...] | None) -> Network:
    """torchvision's network `name` with weights `none`, `DEFAULT` or those of a file."""
    models = torchvision_models()
    if name not in models.list_models():
        raise UsageError(f"torchvision has no network '{name}'{_nearest(models, name)}")
    pretrained = models.get_model_weights(name).DEFAULT if weights == "DEFAULT" else None
    module = _build(models, name, pretrained)
    spec = _image_input(shape or _DEFAULT_SHAPE)
    network = Network(module, name, f"torchvision:{name}", weights, [spec])
    if _is_classifier(models, name):
        network.output = {"kind": "classification", "softmax": False}
    if pretrained is not None:
        _describe_pretrained(network, pretrained, shape)
    elif weights != "none":
        network.weights = weight_files.load_into(module, weights)
    return network


def torchvision_models() -> Any:
    """torchvision.models, importable next to any build of torch."""
    _define_missing_operators()
    try:
        from torchvision import models
    except ImportError as error:
        raise ExportError(
            f"torchvision can't be imported ({first_line(error)}): install it, "
            "or export FILE.py:FACTORY"
        ) from error
    return models


def _define_missing_operators() -> None:
    """Declares the two operators that torchvision's Python code registers fakes for.

    The wheel's compiled operators don't load next to another build of torch, and without these
    two declarations the import itself fails.
    """
    global _library
    spec = importlib.util.find_spec("torchvision")
    if spec is None or "torchvision" in sys.modules:
        return
    for folder in spec.submodule_search_locations or []:
        try:
            torch.ops.load_library(f"{folder}/_C.so")
        except (ImportError, OSError):
            continue
    _library = torch.library.Library("torchvision", "FRAGMENT")
    signature = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
    for operator in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, operator):
            _library.define(operator + signature)


def _nearest(models: Any, name: str) -> str:
    close = difflib.get_close_matches(name, models.list_models(), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _build(models: Any, name: str, pretrained: Any) -> torch.nn.Module:
    arguments: dict[str, Any] = {"weights": pretrained}
    if "weights_backbone" in inspect.signature(models.get_model_builder(name)).parameters:
        arguments["weights_backbone"] = None
    try:
        with warnings.catch_warnings():  # some builders warn about initialisations to come
            warnings.simplefilter("ignore")
            return models.get_model(name, **arguments)
    except (URLError, OSError, RuntimeError) as error:
        if pretrained is None:
            raise ExportError(f"torchvision:{name}: {first_line(error)}") from error
        raise ExportError(
            f"the weights of {name} can't be had from {pretrained.url} ({first_line(error)}): "
            "fetch that file on another machine and give --weights FILE"
        ) from error


def _is_classifier(models: Any, name: str) -> bool:
    """Whether the builder sits in torchvision.models itself, not in .detection and the like."""
    package = models.get_model_builder(name).__module__.rpartition(".")[0]
    return package == "torchvision.models"


def _image_input(shape: tuple[int, ...]) -> InputSpec:
    if len(shape) != 3:
        raise UsageError(f"--input-shape: an image has the shape C,H,W, not {list(shape)}")
    channels, height, width = shape
    spec = InputSpec(shape, kind="image", resize=[height, width])
    if height == width:
        spec.resize, spec.crop = round(height * _RESIZE_PER_CROP), height
    spec.mean = IMAGENET_MEAN if channels == 3 else [0.5] * channels
    spec.std = IMAGENET_STD if channels == 3 else [0.25] * channels
    return spec


def _describe_pretrained(network: Network, pretrained: Any, shape: tuple[int, ...] | None) -> None:
    """Takes labels, accuracy and preprocessing from what torchvision knows of its weights."""
    meta = pretrained.meta
    transforms = pretrained.transforms()
    network.labels = meta.get("categories")
    for data, metrics in meta.get("_metrics", {}).items():
        if "acc@1" in metrics:
            network.accuracy = {"data": data, "top1": round(metrics["acc@1"] / 100, 5)}
    if not hasattr(transforms, "crop_size") or shape is not None:
        return
    crop = transforms.crop_size[0]
    network.inputs = [
        InputSpec(
            (3, crop, crop),
            kind="image",
            resize=transforms.resize_size[0],
            crop=crop,
            mean=list(transforms.mean),
            std=list(transforms.std),
        )
    ]
    if transforms.interpolation.value != "bilinear":
        print(
            f"note: {network.name} was trained with {transforms.interpolation.value} resizing; "
            "Tideline resizes bilinearly, so its accuracy can differ by a few tenths of a percent",
            file=sys.stderr,
        )
