"""What the tests of inference over HTTP begin with, whichever daemon answers."""

import json
import pathlib
import tempfile
import urllib.parse

import numpy as np
import tritonclient.http as triton

from cases import DigitsCase
from daemons import Site
from http_client import ask

MODEL = "digits"
IMAGES = 5


def infer_path(model=MODEL):
    return f"/v2/models/{model}/infer"


def post(address, body, headers=None, path=infer_path()):
    if isinstance(body, dict):
        body = json.dumps(body)
    return ask(address, path, method="POST", body=body, headers=headers)


def input_of(address, model=MODEL):
    return ask(address, f"/v2/models/{model}").json["inputs"][0]


def values(wanted, rows=1, seed=1):
    shape = [rows, *wanted["shape"][1:]]
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def json_input(wanted, array):
    return {"name": wanted["name"], "shape": list(array.shape), "datatype": "FP32",
            "data": array.reshape(-1).tolist()}


class InferCase(DigitsCase):
    """Has a site with an edge's `records` of a few `files`, which lie in `chosen`. Whoever starts a
    daemon sets its `address` and the network's `input`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = sorted(cls.images.rglob("*.png"))[:IMAGES]
        cls.site = Site(MODEL, cut="edge", engine={"edge": "aten"})
        cls.addClassCleanup(cls.site.close)
        cls.chosen = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        for file in cls.files:
            (cls.chosen / file.name).write_bytes(file.read_bytes())
        cls.records = {pathlib.PurePath(record["id"]).name: record
                       for record in cls.site.run_edge(cls.chosen)}

    def expected(self, file):
        output = self.records[file.name]["outputs"][0]
        return np.array(output["data"], np.float32).reshape(output["shape"])

    def client(self):
        client = triton.InferenceServerClient(urllib.parse.urlsplit(self.address).netloc)
        self.addCleanup(client.close)
        return client

    def image(self, file, binary=True):
        tensor = triton.InferInput(self.input["name"], [1], "BYTES")
        tensor.set_data_from_numpy(np.array([file.read_bytes()], dtype=object), binary_data=binary)
        return tensor

    def tensor(self, array, binary=True):
        tensor = triton.InferInput(self.input["name"], list(array.shape), "FP32")
        tensor.set_data_from_numpy(array, binary_data=binary)
        return tensor

    def output(self, **options):
        name = ask(self.address, f"/v2/models/{MODEL}").json["outputs"][0]["name"]
        return triton.InferRequestedOutput(name, **options)
