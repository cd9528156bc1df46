"""State dictionaries in files: loaded without ever running code from them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch

from tideline_export.errors import ExportError, UsageError, first_line


def sha256(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_into(module: torch.nn.Module, choice: str) -> str:
    """Loads the file `choice` into `module` and returns what model.yaml says of it.

    `none` loads nothing and returns `none`. Checkpoints that hold the weights under `state_dict`
    are understood. Raises UsageError where there is no such file, ExportError where it doesn't fit.
    """
    if choice == "none":
        return choice
    path = Path(choice)
    if not path.is_file():
        raise UsageError(f"--weights {choice}: no such file (or use DEFAULT or none)")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise ExportError(f"--weights {choice}: not a state dict: {first_line(error)}") from error
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]
    try:
        module.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError) as error:
        detail = " ".join(str(error).split())[:300]
        raise ExportError(f"--weights {choice}: does not fit the network: {detail}") from error
    return sha256(path)


def save_arrays(module: torch.nn.Module, path: Path) -> None:
    """Stores weights as float16 and BatchNorm statistics as float32 in an .npz file."""
    arrays = {}
    for name, tensor in module.state_dict().items():
        if "num_batches_tracked" not in name:
            small = tensor if "running_" in name else tensor.half()
            arrays[name] = small.numpy()
    np.savez_compressed(path, **arrays)


def load_arrays(module: torch.nn.Module, path: Path) -> None:
    """Loads what save_arrays stored; raises ValueError where a name doesn't fit."""
    with np.load(path, allow_pickle=False) as arrays:
        state = {name: torch.from_numpy(arrays[name]).float() for name in arrays.files}
    missing, unexpected = module.load_state_dict(state, strict=False)
    missing = [name for name in missing if "num_batches_tracked" not in name]
    if missing or unexpected:
        raise ValueError(f"{path.name}: missing {missing}, unexpected {unexpected}")
