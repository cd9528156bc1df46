"""PyTorch as it is, in inference mode."""

import torch

from engines.rivals import network


def version():
    return torch.__version__


def load(model, threads, precision):
    module = network.module(model)

    def bind(inputs):
        tensors = network.tensors(inputs)

        def run():
            with torch.inference_mode():
                return module(*tensors)

        return run

    return bind
