"""Exports a module as a functional ATen graph with a dynamic batch, and checks the result."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils import _pytree as pytree

from tideline_export.errors import ExportError, first_line
from tideline_export.reference import Reference, Tensors, relative_difference

# Batches of different sizes take different routines, which round differently.
_BATCH_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Program:
    """An exported program, checked against eager PyTorch."""

    exported: torch.export.ExportedProgram
    batch: str  # dynamic | static

    def save(self, path: Path) -> None:
        """Writes the `.pt2`; the name without its suffix becomes the archive's root."""
        with _quietly():
            torch.export.save(self.exported, path)


def export(
    module: torch.nn.Module,
    reference: Reference,
    *,
    static: bool,
    report: Callable[[str], None],
) -> Program:
    """Exports with a dynamic batch, else (or where `static`) with batch 1; says so to `report`.

    Raises ExportError where the network can't be exported at all or the program computes
    something else than the module.
    """
    if not static:
        try:
            return Program(_export_dynamic(module, reference), "dynamic")
        except Exception as error:
            report(f"falling back to a static batch of 1: {_reason(error)}")
    try:
        return Program(_export_static(module, reference), "static")
    except ExportError:
        raise
    except Exception as error:
        raise ExportError(f"torch.export refuses this network: {_reason(error)}") from error


def _export_dynamic(module: torch.nn.Module, reference: Reference) -> torch.export.ExportedProgram:
    # A batch of 2 to trace with, for torch.export treats sizes of 0 and 1 as constants.
    inputs = _joined(reference.a_inputs, reference.b_inputs)
    batch = torch.export.Dim("batch", min=1)
    exported = _export(module, inputs, tuple({0: batch} for _ in inputs))
    _check(exported, reference)
    expected = _joined(reference.a_outputs, reference.b_outputs)
    _compare(_run(exported, inputs), expected, _BATCH_TOLERANCE, "batch 2")
    return exported


def _export_static(module: torch.nn.Module, reference: Reference) -> torch.export.ExportedProgram:
    exported = _export(module, reference.a_inputs, None)
    _check(exported, reference)
    return exported


def _export(
    module: torch.nn.Module, inputs: Tensors, dynamic_shapes: tuple[dict, ...] | None
) -> torch.export.ExportedProgram:
    with _quietly(), torch.no_grad():
        exported = torch.export.export(
            module, inputs, dynamic_shapes=dynamic_shapes, strict=False
        ).run_decompositions({})
    _refuse_side_effects(exported.graph_signature)
    _strip(exported)
    return exported


def _strip(exported: torch.export.ExportedProgram) -> None:
    """Takes out what a deployment has no use for, so that a seed decides every byte of the file.

    That is the pickled sample inputs, stack traces with the paths of this machine, and the history
    of each node with its memory addresses: half of the graph's text.
    """
    exported.example_inputs = None
    for graph_module in exported.graph_module.modules():
        for node in getattr(getattr(graph_module, "graph", None), "nodes", ()):
            node.meta.pop("stack_trace", None)
            node.meta.pop("from_node", None)


def _refuse_side_effects(signature: torch.export.ExportGraphSignature) -> None:
    changed = [*signature.user_inputs_to_mutate.values(), *signature.buffers_to_mutate.values()]
    if changed:
        raise ExportError(
            f"the network changes '{changed[0]}' while it runs; a network that runs on two devices "
            "can keep no state: let it compute a new tensor instead"
        )


def _check(exported: torch.export.ExportedProgram, reference: Reference) -> None:
    a_outputs = _run(exported, reference.a_inputs)
    _compare(a_outputs, reference.a_outputs, _BATCH_TOLERANCE, "input a")
    b_outputs = _run(exported, reference.b_inputs)
    _compare(b_outputs, reference.b_outputs, _BATCH_TOLERANCE, "input b")


def _run(exported: torch.export.ExportedProgram, inputs: Tensors) -> Tensors:
    with torch.no_grad():
        return tuple(pytree.tree_leaves(exported.module()(*inputs)))


def _joined(first: Tensors, second: Tensors) -> Tensors:
    return tuple(torch.cat(pair) for pair in zip(first, second, strict=True))


def _compare(actual: Tensors, expected: Tensors, tolerance: float, what: str) -> None:
    for index, (a, b) in enumerate(zip(actual, expected, strict=True)):
        if a.shape != b.shape:
            raise ExportError(
                f"{what}: output {index} of the exported program has the shape {list(a.shape)}, "
                f"eager PyTorch's has {list(b.shape)}"
            )
        error = relative_difference(a, b)
        if not error <= tolerance:
            raise ExportError(
                f"{what}: output {index} of the exported program differs from eager PyTorch's by "
                f"{error:.1e} of its maximum, more than {tolerance:.0e}"
            )


def _reason(error: Exception) -> str:
    text = first_line(error)
    return text if isinstance(error, ExportError) else f"{type(error).__name__}: {text}"


class _quietly:
    """Keeps torch.export's warnings about itself away from a person's screen."""

    def __enter__(self) -> None:
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        warnings.simplefilter("ignore")
        self._disabled = logging.root.manager.disable
        logging.disable(logging.WARNING)

    def __exit__(self, *exception: object) -> None:
        logging.disable(self._disabled)
        self._warnings.__exit__(*exception)
