"""OpenVINO through its Python interface, the network converted by OpenVINO itself.

What `prepare` keeps is the converted network; it is compiled at each start.
"""

import openvino

from engines.rivals import Absent, network

_PRECISIONS = {"f32": "f32", "bf16": "bf16"}


def version():
    return openvino.__version__.split("-")[0]


def _converted(model):
    return network.prepared(model, f"openvino-{version()}", ".xml")


def prepare(model, threads):
    path = _converted(model)
    if path.exists():
        return
    import torch

    shapes = [list(tensor.shape) for tensor in network.example(model)]
    converted = openvino.convert_model(torch.export.load(model / "model.pt2"))
    converted.reshape(dict(zip(converted.inputs, map(openvino.PartialShape, shapes))))
    made = path.with_suffix(".new.xml")
    openvino.save_model(converted, made, compress_to_fp16=False)
    made.with_suffix(".bin").rename(path.with_suffix(".bin"))
    made.rename(path)


def load(model, threads, precision):
    path = _converted(model)
    if not path.exists():
        raise Absent("not converted; run engines --prepare")
    compiled = openvino.Core().compile_model(path, "CPU", {
        "INFERENCE_PRECISION_HINT": _PRECISIONS[precision],
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
    })

    def bind(inputs):
        request = compiled.create_infer_request()
        numbered = dict(enumerate(inputs))

        def run():
            results = request.infer(numbered, share_inputs=True, share_outputs=True)
            return list(results.values())

        return run

    return bind
