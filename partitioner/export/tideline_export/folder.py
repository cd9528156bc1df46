"""Writes a model's version folder so that no reader ever sees half of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tideline_export import yaml_text
from tideline_export.errors import ExportError
from tideline_export.network import Network
from tideline_export.program import Program
from tideline_export.reference import Reference
from tideline_export.weights import sha256

FORMAT = 1

_MODEL = "model.pt2"
_DESCRIPTION = "model.yaml"
_REFERENCE = "reference.npz"
_LABELS = "labels.txt"


@dataclass(frozen=True)
class Model:
    """All that a version folder is written from."""

    network: Network
    version: int
    seed: int
    program: Program
    reference: Reference


def write(repository: Path, model: Model) -> Path:
    """Writes `repository/name/version/` and returns it.

    The folder is filled beside its place and renamed into it. Where it is there already, its files
    are replaced by rename, model.yaml with the new hashes last.
    """
    target = repository / model.network.name / str(model.version)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{model.version}-", dir=target.parent))
        try:
            _fill(staging, model)
            _publish(staging, target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise ExportError(f"can't write {target}: {error.strerror or error}") from error
    return target


def _fill(folder: Path, model: Model) -> None:
    model.program.save(folder / _MODEL)
    np.savez(folder / _REFERENCE, **model.reference.arrays())
    files = [_MODEL, _REFERENCE]
    labels = model.network.labels
    if labels is not None:
        (folder / _LABELS).write_text("".join(f"{label}\n" for label in labels), "utf-8")
        files.append(_LABELS)
    document = _describe(model)
    document["files"] = {
        name: {"sha256": sha256(folder / name), "bytes": (folder / name).stat().st_size}
        for name in files
    }
    (folder / _DESCRIPTION).write_text(yaml_text.dump(document), "utf-8")
    folder.chmod(0o755)  # mkdtemp makes it private


def _describe(model: Model) -> dict[str, Any]:
    network = model.network
    inputs = [spec.to_yaml() for spec in network.inputs]
    document: dict[str, Any] = {
        "format": FORMAT,
        "name": network.name,
        "version": model.version,
        "source": network.source,
        "weights": network.weights,
        "seed": model.seed,
        "torch": torch.__version__.partition("+")[0],
        "batch": model.program.batch,
        "input": inputs[0] if len(inputs) == 1 else inputs,
        "output": network.output,
    }
    if network.labels is not None:
        document["labels"] = _LABELS
    if network.accuracy is not None:
        document["accuracy"] = network.accuracy
    document["reference"] = _REFERENCE
    return document


def _publish(staging: Path, target: Path) -> None:
    if not target.exists():
        staging.rename(target)
        return
    names = sorted(os.listdir(staging), key=lambda name: name == _DESCRIPTION)
    for name in names:
        (staging / name).replace(target / name)
    if _LABELS not in names:
        (target / _LABELS).unlink(missing_ok=True)
