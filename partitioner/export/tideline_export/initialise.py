"""Gives an untrained network weights and statistics with which its output depends on its input.

A freshly built deep network's output is nearly constant: BatchNorm's default statistics let the
signal fade (MobileNetV2: to 5e-7 of the output), and layers that are initialised to zero pass
nothing on. Engines can't be checked on such a network, so it is mended here, from the seed alone.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from tideline_export import reference
from tideline_export.network import InputSpec, Network
from tideline_export.reference import LEAST_SENSITIVITY, Reference, draw_inputs, run_eagerly

_NEAR_ZERO = 1e-4  # ConvNeXt's layer scale starts at 1e-6, which is no better than 0
_CALIBRATION_BATCH = 8
_CALIBRATION_PASSES = 3
_CALIBRATION_SEED = 7919  # added to the seed, so that these are not the reference's inputs

_BatchNorm = nn.modules.batchnorm._BatchNorm
_WEIGHTED = (
    nn.modules.conv._ConvNd,
    nn.Linear,
)


def reference_for(network: Network, seed: int, report: Callable[[str], None]) -> Reference:
    """The network's reference; an untrained network is mended first until its reference is useful.

    What was done, and a reference that is still of no use, is said to `report`.
    """
    untrained = network.weights == "none"
    if untrained:
        _mend(network, seed, report)
    made = reference.make(network, seed)
    if untrained and made.sensitivity() < LEAST_SENSITIVITY:
        report(f"the outputs differ by {made.sensitivity():.1e} only: drawing all weights anew")
        torch.manual_seed(seed)
        redraw_all_weights(network.module)
        calibrate_batch_norms(network.module, network.inputs, seed)
        made = reference.make(network, seed)
    report(f"the reference outputs differ by {made.sensitivity():.1e} of their maximum")
    if made.sensitivity() < LEAST_SENSITIVITY:
        report(
            f"warning: that is less than {LEAST_SENSITIVITY:.0e}, "
            "so `tideline check` will refuse this reference"
        )
    return made


def _mend(network: Network, seed: int, report: Callable[[str], None]) -> None:
    redrawn = redraw_zero_weights(network.module)
    if redrawn:
        report(f"drew anew {len(redrawn)} weights that were zero, {redrawn[0]} first")
    norms = calibrate_batch_norms(network.module, network.inputs, seed)
    if norms:
        report(f"calibrated {norms} BatchNorms")


def redraw_zero_weights(module: nn.Module) -> list[str]:
    """Draws anew every weight that is (nearly) zero throughout, and returns their names.

    Biases are left alone. A norm's scale of zero (zero-initialised residual branches) becomes one.
    """
    redrawn = []
    for name, parameter in module.named_parameters():
        if parameter.detach().abs().max() >= _NEAR_ZERO:
            continue
        if parameter.dim() >= 2:
            nn.init.xavier_uniform_(parameter)
        elif name.endswith("weight"):
            nn.init.ones_(parameter)
        else:
            continue
        redrawn.append(name)
    return redrawn


def redraw_all_weights(module: nn.Module) -> None:
    """Draws all convolutions and linear layers so that the signal keeps its size with depth."""
    for layer in module.modules():
        if isinstance(layer, _WEIGHTED):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def calibrate_batch_norms(module: nn.Module, specs: list[InputSpec], seed: int) -> int:
    """Sets every BatchNorm's statistics to the mean over a few seeded batches.

    No variance stays below its layer's mean: with random weights a channel can have hardly any
    signal, and to blow that up is to blow up rounding (float32 against float64, MobileNetV2: 7e-6
    of the output without this, 7e-7 with it; ResNet-50: 9e-6 and 3e-6).
    Only the BatchNorms are in training mode, so dropout and auxiliary heads stay as in inference.
    Returns how many there are.
    """
    norms = [
        layer
        for layer in module.modules()
        if isinstance(layer, _BatchNorm) and layer.track_running_stats
    ]
    if not norms:
        return 0
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a cumulative average
        norm.train()
    for index in range(_CALIBRATION_PASSES):
        pass_seed = seed + _CALIBRATION_SEED + index
        run_eagerly(module, draw_inputs(specs, _CALIBRATION_BATCH, pass_seed))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.running_var.clamp_(min=norm.running_var.mean().item())
        norm.momentum = momentum
        norm.eval()
    return len(norms)
