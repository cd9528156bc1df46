"""AOTInductor: compiled to a library ahead of time, weights frozen, for one number of threads."""

import torch

from engines.rivals import Absent, network


def version():
    return torch.__version__


def _package(model, threads):
    return network.prepared(model, f"aoti-{torch.__version__}-t{threads}", ".pt2")


def prepare(model, threads):
    package = _package(model, threads)
    if package.exists():
        return
    torch._inductor.config.freezing = True
    with torch.no_grad():
        exported = torch.export.export(network.module(model), network.example(model))
        made = package.with_suffix(".new.pt2")
        torch._inductor.aoti_compile_and_package(exported, package_path=str(made),
                                                 inductor_configs={"freezing": True})
    made.rename(package)


def load(model, threads, precision):
    package = _package(model, threads)
    if not package.exists():
        raise Absent(f"not compiled for {threads} threads; run engines --prepare")
    compiled = torch._inductor.aoti_load_package(str(package))

    def bind(inputs):
        tensors = network.tensors(inputs)

        def run():
            with torch.inference_mode():
                return compiled(*tensors)

        return run

    return bind
