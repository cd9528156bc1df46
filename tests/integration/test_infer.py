"""Inference over HTTP: an edge that is fed by nothing else, and by a public client as it is."""

import concurrent.futures
import http.client
import json
import signal
import unittest

import numpy as np

from cases import SiteCase
from http_client import address_of, ask, connect, wait_until
from infer_case import MODEL, InferCase, infer_path, input_of, json_input, post, values

NO_SOURCE = {"source": {"kind": "none", "path": ""}}


class InferTest(InferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.edge = cls.site.start_edge("", **NO_SOURCE)
        cls.address = address_of(cls.edge)
        cls.edge.wait_for("ready")
        cls.input = input_of(cls.address)

    def test_the_public_client_finds_the_server_and_its_model(self):
        client = self.client()
        self.assertTrue(client.is_server_live())
        self.assertTrue(client.is_server_ready())
        self.assertTrue(client.is_model_ready(MODEL))
        self.assertTrue(client.is_model_ready(MODEL, "1"))
        self.assertFalse(client.is_model_ready("other"))
        self.assertEqual(client.get_server_metadata()["name"], "tideline-edge")
        self.assertEqual(client.get_model_metadata(MODEL)["versions"], ["1"])
        before = client.get_inference_statistics(MODEL)["model_stats"][0]["inference_count"]
        client.infer(MODEL, [self.image(self.files[0])])
        after = client.get_inference_statistics(MODEL)["model_stats"][0]
        self.assertEqual(after["inference_count"], before + 1)
        self.assertGreater(after["inference_stats"]["success"]["ns"], 0)

    def test_images_are_answered_as_from_a_source(self):
        client = self.client()
        for file in self.files:
            result = client.infer(MODEL, [self.image(file)], request_id=file.name)
            name = result.get_response()["outputs"][0]["name"]
            np.testing.assert_array_equal(result.as_numpy(name), self.expected(file))
            self.assertEqual(result.get_response()["id"], file.name)
            self.assertEqual(result.get_response()["parameters"]["path"], "edge")

    def test_a_picture_alone_is_a_request(self):
        file = self.files[0]
        answer = post(self.address, file.read_bytes(), {"Inference-Header-Content-Length": "0"})
        self.assertEqual(answer.status, 200, answer.body)
        length = int(answer.headers["inference-header-content-length"])
        np.testing.assert_array_equal(
            np.frombuffer(answer.body[length:], np.float32).reshape(1, -1), self.expected(file))

    def test_tensors_in_json_and_in_binary_have_the_same_answer(self):
        client = self.client()
        array = values(self.input, rows=3)
        answers = []
        for binary_in in (True, False):
            for binary_out in (True, False):
                output = self.output(binary_data=binary_out)
                result = client.infer(MODEL, [self.tensor(array, binary_in)], outputs=[output],
                                      model_version="1")
                answers.append(result.as_numpy(output.name()))
        self.assertEqual(answers[0].shape, (3, 10))
        for answer in answers[1:]:
            np.testing.assert_array_equal(answer, answers[0])
        plain = post(self.address, {"inputs": [json_input(self.input, array)]}).json["outputs"][0]
        np.testing.assert_array_equal(np.array(plain["data"], np.float32).reshape(plain["shape"]),
                                      answers[0])

    def test_classes_are_those_of_the_records(self):
        client = self.client()
        for file in self.files:
            output = self.output(class_count=3)
            result = client.infer(MODEL, [self.image(file)], outputs=[output])
            classes = [text.decode().split(":") for text in result.as_numpy(output.name())[0]]
            scores = self.expected(file)[0]
            self.assertEqual([int(c[1]) for c in classes], list(np.argsort(-scores)[:3]))
            self.assertEqual(classes[0][-1], self.records[file.name]["label"])
            self.assertAlmostEqual(float(classes[0][0]), scores.max(), places=4)

    def test_large_bodies_are_read_elsewhere_and_answered(self):
        rows = 40
        array = values(self.input, rows)
        body = json.dumps({"inputs": [json_input(self.input, array)]})
        self.assertGreater(len(body), 65536)
        answer = post(self.address, body)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json["outputs"][0]["shape"], [rows, 10])

    def test_many_callers_at_once_are_answered_or_told_to_come_again(self):
        array = values(self.input)
        body = json.dumps({"inputs": [json_input(self.input, array)]})
        first = post(self.address, body).json["outputs"][0]["data"]

        def ask_often(_):
            answers = [post(self.address, body) for _ in range(10)]
            for answer in answers:
                if answer.status == 200:
                    self.assertEqual(answer.json["outputs"][0]["data"], first)
                else:
                    self.assertEqual(answer.status, 503, answer.body)
                    self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
            return sum(answer.status == 200 for answer in answers)

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertGreater(sum(pool.map(ask_often, range(8))), 10)
        self.assertEqual(ask(self.address, "/v2/health/ready").status, 200)

    def test_what_is_wrong_with_a_request_is_told(self):
        array = values(self.input)
        good = json_input(self.input, array)
        name = good["name"]
        for status, body in (
                (400, "not JSON"), (400, {}), (400, {"inputs": []}),
                (400, {"inputs": [good, good]}),
                (400, {"inputs": [{**good, "name": "other"}]}),
                (400, {"inputs": [{**good, "shape": [2, *good["shape"][1:]]}]}),
                (400, {"inputs": [{**good, "datatype": "INT64", "data": [1] * array.size}]}),
                (400, {"inputs": [{**good, "shape": [array.size]}]}),
                (400, {"inputs": [good], "outputs": [{"name": "other"}]}),
                (400, {"inputs": [{"name": name, "shape": [1], "datatype": "BYTES",
                                   "data": ["no picture"]}]}),
                (400, {"inputs": [good], "parameters": {"deadline_ms": 0}})):
            answer = post(self.address, body)
            self.assertEqual(answer.status, status, (body, answer.body))
            self.assertTrue(answer.json["error"])
        for path in ("/v2/models/other/infer", f"/v2/models/{MODEL}/versions/9/infer"):
            self.assertEqual(post(self.address, {"inputs": [good]}, path=path).status, 404)
        self.assertEqual(ask(self.address, infer_path()).status, 405)
        header = {"Inference-Header-Content-Length": "9999999"}
        self.assertEqual(post(self.address, {"inputs": [good]}, header).status, 400)
        self.assertEqual(ask(self.address, "/v2/health/ready").status, 200)

    def test_a_body_above_the_limit_is_refused(self):
        connection = connect(self.address)
        self.addCleanup(connection.close)
        connection.putrequest("POST", infer_path())
        connection.putheader("Content-Length", str(1 << 40))
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 413)


class OwnEdgeTest(SiteCase):
    """What needs an edge or a cloud of its own."""

    def start(self, **changes):
        partition = changes.pop("partition", {"cut": "edge", "engine": {"edge": "fake"}})
        self.site = self.new_site(MODEL, **partition)
        cloud = self.site.start_cloud() if partition["cut"] != "edge" else None
        edge = self.site.start_edge("", **NO_SOURCE, **changes)
        address = address_of(edge)
        edge.wait_for("ready")
        wanted = input_of(address)
        count = int(np.prod(wanted["shape"][1:]))
        self.body = {"inputs": [{"name": wanted["name"], "shape": [1, *wanted["shape"][1:]],
                                 "datatype": "FP32", "data": [0.5] * count}]}
        return edge, cloud, address

    def test_requests_go_to_the_cloud_and_are_finished_here_without_it(self):
        _, cloud, address = self.start(partition={"cut": "features.3"})
        wait_until(address, "/v2/health/ready", lambda answer: not answer.json["degraded"])
        split = post(address, self.body).json
        self.assertEqual(split["parameters"]["path"], "split")
        self.assertEqual(split["parameters"]["cut"], "features.3")
        self.assertEqual(split["parameters"]["cloud"], self.site.address)
        cloud.signal(signal.SIGSTOP)
        body = {**self.body, "parameters": {"deadline_ms": 50}}
        alone = post(address, body).json
        self.assertEqual(alone["parameters"]["path"], "edge")
        np.testing.assert_allclose(alone["outputs"][0]["data"], split["outputs"][0]["data"],
                                   rtol=1e-3, atol=1e-4)
        cloud.signal(signal.SIGCONT)

    def test_more_requests_than_places_are_refused_with_a_time_to_come_back(self):
        _, _, address = self.start(
            partition={"cut": "edge", "engine": {"edge": "fake:20ms"}}, pipeline={"in_flight": 1})
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: post(address, self.body), range(6)))
        statuses = sorted(answer.status for answer in answers)
        self.assertEqual(statuses[0], 200)
        self.assertEqual(statuses[-1], 503)
        refused = next(answer for answer in answers if answer.status == 503)
        self.assertIn("retry-after", refused.headers)
        self.assertIn("pipeline.in_flight", refused.json["error"])

    def test_an_edge_without_a_source_runs_until_a_signal_and_answers_what_is_open(self):
        edge, _, address = self.start(
            partition={"cut": "edge", "engine": {"edge": "fake:20ms"}}, pipeline={"in_flight": 1})
        connection = connect(address)
        self.addCleanup(connection.close)
        connection.request("POST", infer_path(), json.dumps(self.body))
        self.assertEqual(post(address, self.body).status, 503)  # the first one is open
        edge.signal(signal.SIGTERM)
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200, answer.read())
        self.assertEqual(edge.wait(), 0)
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            ask(address, "/v2")

    def test_a_failing_engine_is_an_error_of_the_server(self):
        _, _, address = self.start(partition={"cut": "edge", "engine": {"edge": "failing:3-,fake"}})
        answer = post(address, self.body)
        self.assertEqual(answer.status, 500)
        self.assertIn("fails", answer.json["error"])
        for _ in range(2):
            post(address, self.body)
        self.assertEqual(ask(address, "/v2/health/ready").status, 503)


if __name__ == "__main__":
    unittest.main()
