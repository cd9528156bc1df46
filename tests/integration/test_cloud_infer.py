"""Inference over HTTP by a cloud, without an edge and beside one, by a public client as it is."""

import concurrent.futures
import json
import pathlib
import signal
import unittest

import numpy as np
from tritonclient.utils import InferenceServerException

from cases import SiteCase
from http_client import address_of, ask, connect, wait_until
from infer_case import IMAGES, MODEL, InferCase, infer_path, input_of, json_input, post, values

OTHER = "mlp"
ROWS = 40
FAILURES = 3  # after which a model is not ready


class CloudInferTest(InferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cloud = cls.site.start_cloud(models=[MODEL, OTHER])
        cls.address = address_of(cls.cloud)
        cls.input = input_of(cls.address)

    def count(self, model=MODEL):
        statistics = self.client().get_inference_statistics(model)["model_stats"][0]
        return statistics["inference_count"]

    def test_the_public_client_finds_the_server_and_all_its_models(self):
        client = self.client()
        self.assertTrue(client.is_server_live())
        self.assertTrue(client.is_server_ready())
        self.assertEqual(client.get_server_metadata()["name"], "tideline-cloud")
        for model in (MODEL, OTHER):
            self.assertTrue(client.is_model_ready(model))
            self.assertTrue(client.is_model_ready(model, "1"))
            self.assertFalse(client.is_model_ready(model, "2"))
            self.assertEqual(client.get_model_metadata(model)["versions"], ["1"])
            statistics = client.get_inference_statistics(model)["model_stats"][0]
            self.assertEqual(statistics["name"], model)
        self.assertFalse(client.is_model_ready("other"))

    def test_images_are_answered_as_by_an_edge(self):
        client = self.client()
        before = self.count()
        for file in self.files:
            result = client.infer(MODEL, [self.image(file)], request_id=file.name)
            answer = result.get_response()
            np.testing.assert_array_equal(result.as_numpy(answer["outputs"][0]["name"]),
                                          self.expected(file))
            self.assertEqual(answer["id"], file.name)
            self.assertEqual(answer["parameters"], {"path": "cloud", "cut": "input"})
        self.assertEqual(self.count(), before + len(self.files))

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

    def test_classes_are_those_of_the_records(self):
        client = self.client()
        for file in self.files:
            output = self.output(class_count=3)
            result = client.infer(MODEL, [self.image(file)], outputs=[output])
            classes = [text.decode().split(":") for text in result.as_numpy(output.name())[0]]
            scores = self.expected(file)[0]
            self.assertEqual([int(c[1]) for c in classes], list(np.argsort(-scores)[:3]))
            self.assertEqual(classes[0][-1], self.records[file.name]["label"])

    def test_large_bodies_are_read_elsewhere_and_answered(self):
        array = values(self.input, rows=ROWS)
        body = json.dumps({"inputs": [json_input(self.input, array)]})
        self.assertGreater(len(body), 65536)
        answer = post(self.address, body)
        self.assertEqual(answer.status, 200, answer.body)
        alone = [post(self.address, {"inputs": [json_input(self.input, array[row:row + 1])]})
                 for row in (0, ROWS - 1)]
        rows = np.array(answer.json["outputs"][0]["data"], np.float32).reshape(ROWS, -1)
        for row, single in zip((0, ROWS - 1), alone):
            np.testing.assert_allclose(rows[row], single.json["outputs"][0]["data"], rtol=1e-4,
                                       atol=1e-5)

    def test_two_models_are_asked_by_name(self):
        other = input_of(self.address, OTHER)
        before = self.count(), self.count(OTHER)
        answer = post(self.address, {"inputs": [json_input(other, values(other))]},
                      path=infer_path(OTHER))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json["model_name"], OTHER)
        self.assertEqual((self.count(), self.count(OTHER)), (before[0], before[1] + 1))
        wrong = post(self.address, {"inputs": [json_input(other, values(other))]})
        self.assertEqual(wrong.status, 400, wrong.body)

    def test_the_public_client_is_told_what_is_wrong(self):
        client = self.client()
        with self.assertRaisesRegex(InferenceServerException, "expected"):
            client.infer(MODEL, [self.tensor(np.zeros((1, 2), np.float32))])
        with self.assertRaisesRegex(InferenceServerException, "there is no model 'digit'"):
            client.infer("digit", [self.tensor(values(self.input))])

    def test_what_is_wrong_with_a_request_is_told(self):
        array = values(self.input)
        good = json_input(self.input, array)
        for body in (
                "not JSON", {}, {"inputs": []}, {"inputs": [good, good]},
                {"inputs": [{**good, "name": "other"}]},
                {"inputs": [{**good, "shape": [2, *good["shape"][1:]]}]},
                {"inputs": [{**good, "datatype": "INT64", "data": [1] * array.size}]},
                {"inputs": [{**good, "shape": [array.size]}]},
                {"inputs": [good], "outputs": [{"name": "other"}]},
                {"inputs": [{"name": good["name"], "shape": [1], "datatype": "BYTES",
                             "data": ["no picture"]}]},
                {"inputs": [good], "parameters": {"deadline_ms": 0}}):
            answer = post(self.address, body)
            self.assertEqual(answer.status, 400, (body, answer.body))
            self.assertTrue(answer.json["error"])
        for path in (infer_path("other"), f"/v2/models/{MODEL}/versions/9/infer"):
            self.assertEqual(post(self.address, {"inputs": [good]}, path=path).status, 404)
        self.assertEqual(ask(self.address, infer_path()).status, 405)
        foreign = {"Origin": "http://elsewhere.example"}
        self.assertEqual(post(self.address, {"inputs": [good]}, foreign).status, 403)
        foreign = {"Host": "elsewhere.example"}
        self.assertEqual(post(self.address, {"inputs": [good]}, foreign).status, 403)
        self.assertEqual(ask(self.address, "/v2/health/ready").status, 200)

    def test_a_body_above_the_limit_is_refused(self):
        connection = connect(self.address)
        self.addCleanup(connection.close)
        connection.putrequest("POST", infer_path())
        connection.putheader("Content-Length", str(1 << 40))
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 413)

    def test_an_edge_is_answered_while_many_ask_over_http(self):
        self.site.set_partition(cut="input", codec="raw")
        body = json.dumps({"inputs": [json_input(self.input, values(self.input))]})
        first = post(self.address, body).json["outputs"][0]["data"]
        before = ask(self.address, "/api/v1/status").json["http"]["requests"]
        enough = []

        def ask_until_enough(_):
            count = 0
            while not enough:
                answer = post(self.address, body)
                self.assertEqual(answer.status, 200, answer.body)
                self.assertEqual(answer.json["outputs"][0]["data"], first)
                count += 1
            return count

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask_until_enough, i) for i in range(4)]
            try:
                known = len(self.site.records())
                records = self.site.run_edge(self.chosen, cloud={"wait": "60s"})[known:]
            finally:
                enough.append(True)
            asked = sum(future.result() for future in asking)
        self.assertEqual([record["path"] for record in records], ["cloud"] * IMAGES)
        for record in records:
            self.assertEqual(record["label"],
                             self.records[pathlib.PurePath(record["id"]).name]["label"])
        status = ask(self.address, "/api/v1/status").json
        self.assertEqual(status["http"]["requests"], before + asked)
        self.assertGreater(status["http"]["bytes_up"], 0)
        self.assertEqual(status["http"]["open"], 0)
        self.assertGreaterEqual(status["worker"]["served"], asked + IMAGES)
        self.assertEqual({edge["user"] for edge in status["edges"]}, {"edge"})
        metrics = ask(self.address, "/metrics").body.decode()
        self.assertIn(f'tideline_requests_total{{model="{MODEL}",outcome="ok",path="cloud"}}',
                      metrics)


class OwnCloudTest(SiteCase):
    """What needs a cloud of its own."""

    def start(self, engine, **changes):
        self.cloud = self.new_site(MODEL).start_cloud(engine={"name": engine, "threads": 1},
                                                      **changes)
        address = address_of(self.cloud)
        wanted = input_of(address)
        self.body = {"inputs": [json_input(wanted, values(wanted))]}
        return address

    def late(self, milliseconds):
        return {**self.body, "parameters": {"deadline_ms": milliseconds}}

    def test_more_requests_than_may_wait_are_refused_with_a_time_to_come_back(self):
        address = self.start("fake:20ms", limits={"queue": 1})
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: post(address, self.body), range(6)))
        statuses = sorted(answer.status for answer in answers)
        self.assertEqual(statuses[0], 200)
        self.assertEqual(statuses[-1], 503)
        refused = next(answer for answer in answers if answer.status == 503)
        self.assertGreaterEqual(int(refused.headers["retry-after"]), 1)
        self.assertIn("at most 1 may wait", refused.json["error"])
        status = ask(address, "/api/v1/status").json
        self.assertEqual(status["refusals"]["by_reason"], {"overload": statuses.count(503)})

    def test_a_deadline_that_passes_in_the_queue_is_told(self):
        address = self.start("fake")
        answer = post(address, self.late(0.001))
        self.assertEqual(answer.status, 504, answer.body)
        self.assertTrue(answer.json["error"])
        refused = ask(address, "/api/v1/status").json["refusals"]["by_reason"]
        self.assertEqual(refused, {"expired": 1})
        self.assertEqual(post(address, self.late(600_000)).status, 200)

    def test_a_client_that_has_gone_is_not_computed_for(self):
        address = self.start("fake")
        gone = connect(address)
        self.cloud.signal(signal.SIGSTOP)
        gone.request("POST", infer_path(), json.dumps(self.body))
        gone.close()
        self.cloud.signal(signal.SIGCONT)
        wait_until(address, "/api/v1/status",
                   lambda answer: answer.json["refusals"]["by_reason"] == {"other": 1})
        self.assertEqual(post(address, self.body).status, 200)
        self.assertEqual(ask(address, "/api/v1/status").json["worker"]["served"], 1)

    def test_what_is_open_is_answered_before_the_end(self):
        address = self.start("fake:20ms")
        connection = connect(address)
        self.addCleanup(connection.close)
        connection.request("POST", infer_path(), json.dumps(self.body))
        wait_until(address, "/api/v1/status", lambda answer: (
            answer.json["http"]["open"] == 1 or answer.json["worker"]["served"] == 1))
        self.cloud.signal(signal.SIGTERM)
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200, answer.read())
        self.assertEqual(self.cloud.wait(), 0)

    def test_a_model_whose_engine_fails_is_not_ready_until_it_answers(self):
        # Runs 1 and 2 are the cloud's own, before it is ready.
        address = self.start(f"failing:3-{2 + FAILURES},fake", models=[MODEL, OTHER])
        for _ in range(FAILURES):
            self.assertEqual(ask(address, f"/v2/models/{MODEL}/ready").status, 200)
            answer = post(address, self.body)
            self.assertEqual(answer.status, 500)
            self.assertIn("fails", answer.json["error"])
        not_ready = ask(address, f"/v2/models/{MODEL}/ready")
        self.assertEqual(not_ready.status, 503)
        self.assertIn(f"the last runs of model '{MODEL}' failed", not_ready.json["error"])
        self.assertEqual(ask(address, f"/v2/models/{OTHER}/ready").status, 200)
        status = ask(address, "/api/v1/status").json
        self.assertTrue(status["health"]["ready"])
        self.assertTrue(status["health"]["degraded"])
        self.assertIn(MODEL, status["health"]["reasons"][0])
        self.assertEqual({model["name"]: model["ready"] for model in status["models"]},
                         {MODEL: False, OTHER: True})
        self.assertIn(f'tideline_engine_up{{engine="fake",model="{MODEL}"}} 0',
                      ask(address, "/metrics").body.decode())
        self.assertEqual(self.cloud.wait_for("engine_failing")["model"], MODEL)
        self.assertEqual(post(address, self.body).status, 200)
        self.assertEqual(ask(address, f"/v2/models/{MODEL}/ready").status, 200)
        self.assertFalse(ask(address, "/api/v1/status").json["health"]["degraded"])
        self.cloud.wait_for("engine_recovered")

    def test_a_cloud_whose_only_model_fails_is_not_ready(self):
        address = self.start("failing:3-,fake")
        for _ in range(FAILURES):
            post(address, self.body)
        self.assertEqual(ask(address, "/v2/health/ready").status, 503)
        self.assertEqual(ask(address, "/v2/health/live").status, 200)

    def test_with_a_token_only_who_has_it_is_answered(self):
        token = "0123456789abcdef"
        site = self.new_site(MODEL)
        file = site.path / "token"
        file.write_text(token)
        file.chmod(0o600)
        address = address_of(site.start_cloud(engine={"name": "fake", "threads": 1},
                                              http={"port": 0, "token_file": str(file)}))
        header = {"Authorization": f"Bearer {token}"}
        wanted = ask(address, f"/v2/models/{MODEL}", headers=header).json["inputs"][0]
        body = {"inputs": [json_input(wanted, values(wanted))]}
        self.assertEqual(post(address, body).status, 401)
        self.assertEqual(post(address, body, header).status, 200)


if __name__ == "__main__":
    unittest.main()
