"""TorchScript: traced, frozen and optimized for inference."""

import warnings

import torch

from engines.rivals import network


def version():
    return torch.__version__


def load(model, threads, precision):
    warnings.simplefilter("ignore")  # that TorchScript is deprecated
    with torch.no_grad():
        traced = torch.jit.trace(network.module(model), network.example(model), check_trace=False)
        frozen = torch.jit.optimize_for_inference(torch.jit.freeze(traced))

    def bind(inputs):
        tensors = network.tensors(inputs)

        def run():
            with torch.inference_mode():
                return frozen(*tensors)

        return run

    return bind
