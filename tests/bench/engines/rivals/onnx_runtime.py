"""ONNX Runtime, the network exported by torch.onnx."""

from importlib.metadata import version as package_version

from engines.rivals import Absent, network


def version():
    return package_version("onnxruntime")


def _exported(model):
    return network.prepared(model, f"onnx-{package_version('onnxscript')}", ".onnx")


def prepare(model, threads):
    path = _exported(model)
    if path.exists():
        return
    import torch

    made = path.with_suffix(".new.onnx")
    torch.onnx.export(network.module(model), network.example(model), made, dynamo=True,
                      external_data=False, verbose=False)
    made.rename(path)


def load(model, threads, precision):
    import onnxruntime

    path = _exported(model)
    if not path.exists():
        raise Absent("not exported; run engines --prepare")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]

    def bind(inputs):
        feed = dict(zip(names, inputs))
        return lambda: session.run(None, feed)

    return bind
