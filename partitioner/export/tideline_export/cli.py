"""The command `tideline-export`."""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path
from typing import NoReturn

from tideline_export import folder, initialise, program, sources
from tideline_export.errors import ExportError, UsageError
from tideline_export.network import parse_shape
from tideline_export.reference import one_thread

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")

_DESCRIPTION = """\
Exports a PyTorch network into a model repository that Tideline runs from.

SOURCE is torchvision:NAME or FILE.py:FACTORY. The factory is called without arguments and returns a
torch.nn.Module, or (module, dict) where the dict may hold model.yaml's sections `input`, `labels`,
`output` and `accuracy`, and `examples`: two tuples of input tensors with batch 1.

Writes REPOSITORY/NAME/VERSION/ with model.pt2, model.yaml, reference.npz (two seeded inputs and
PyTorch's own outputs) and, where the labels are known, labels.txt. Prints that folder.
"""

_EXAMPLES = """\
examples:
  tideline-export torchvision:mobilenet_v2 --out models
  tideline-export torchvision:resnet50 --out models --weights DEFAULT
  tideline-export torchvision:resnet18 --out models --weights resnet18.pth --version 2
  tideline-export my_net.py:build --out models --name detector --input-shape 3,320,320

exit status: 0 done, 1 the export failed, 2 the command line is wrong
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line instead of argparse's usage block."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        print(_export(options))
    except ExportError as error:
        print(f"tideline-export: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="tideline-export",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("source", metavar="SOURCE", help="torchvision:NAME or FILE.py:FACTORY")
    add("--out", metavar="REPOSITORY", required=True, type=Path, help="the model repository")
    add("--name", help="the model's name (default: that of the network or factory)")
    add("--version", type=_version, default=1, metavar="V", help="the model's version (default: 1)")
    add("--input-shape", metavar="SHAPE", help="without the batch, such as 3,224,224")
    add(
        "--weights",
        metavar="DEFAULT|PATH|none",
        help="torchvision's pretrained weights, a state dict in a file, or seeded ones with "
        "calibrated BatchNorm (default: none for torchvision; a factory's module as returned)",
    )
    add("--seed", type=int, default=0, help="seeds the weights and reference inputs (default: 0)")
    add("--static", action="store_true", help="export with batch 1 instead of a dynamic batch")
    return parser


def _version(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1")
    return int(text)


def _export(options: argparse.Namespace) -> Path:
    started = time.monotonic()

    def report(line: str) -> None:
        print(f"[{time.monotonic() - started:5.1f} s] {line}", file=sys.stderr, flush=True)

    if options.name is not None and not _NAME.fullmatch(options.name):
        raise UsageError(f"--name '{options.name}': use letters, digits, '_', '-' and '.'")
    shape = parse_shape(options.input_shape) if options.input_shape else None
    report(f"building {options.source}")
    request = sources.Request(options.source, options.name, shape, options.weights, options.seed)
    with one_thread():
        network = sources.load(request)
    computed = initialise.reference_for(network, options.seed, report)
    report(f"exporting {network.name}")
    exported = program.export(network.module, computed, static=options.static, report=report)
    report(f"writing {network.name} with a {exported.batch} batch")
    model = folder.Model(network, options.version, options.seed, exported, computed)
    target = folder.write(options.out, model)
    report("done")
    return target
