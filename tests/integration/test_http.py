"""What both daemons say of themselves over HTTP, with real processes."""

import os
import signal
import socket
import subprocess
import time
import unittest
import urllib.parse

from cases import DigitsCase
from daemons import PATIENCE, program
from http_client import address_of, ask, wait_until

MODEL = "digits"
WITHIN = 3  # seconds after which an edge knows that its cloud is gone
HANGING = 520  # connections: more than an edge takes
MIB = 1 << 20
PIECE = 64 << 10  # bytes of each one's body that come
TOKEN = "0123456789abcdef"
SLOW = {"loop": True, "rate": "5/s"}


class HttpTest(DigitsCase):
    def edge(self, site, **changes):
        changes = {"source": SLOW, **changes}
        edge = site.start_edge(self.images, **changes)
        edge.wait_for("ready")
        return edge

    def test_both_daemons_name_themselves_and_their_model(self):
        site = self.new_site(MODEL, cut="features.3")
        cloud = address_of(site.start_cloud())
        edge = address_of(self.edge(site))
        for address, name in ((edge, "tideline-edge"), (cloud, "tideline-cloud")):
            with self.subTest(name):
                self.assertEqual(ask(address, "/v2").json["name"], name)
                self.assertEqual(ask(address, "/v2/health/live").status, 200)
                self.assertEqual(ask(address, "/v2/health/ready").status, 200)
                for path in (f"/v2/models/{MODEL}", f"/v2/models/{MODEL}/versions/1"):
                    model = ask(address, path).json
                    self.assertEqual(model["name"], MODEL)
                    self.assertEqual(model["versions"], ["1"])
                    self.assertEqual(model["inputs"][0]["datatype"], "FP32")
                    self.assertEqual(model["outputs"][0]["shape"], [-1, 10])
                    self.assertEqual(ask(address, path + "/ready").status, 200)
                for path in ("/v2/models/other", "/v2/models/other/ready", "/v2/models",
                             f"/v2/models/{MODEL}/versions/2", "/v3"):
                    answer = ask(address, path)
                    self.assertEqual(answer.status, 404, path)
                    self.assertIn("error", answer.json)
                answer = ask(address, "/v2", method="DELETE")
                self.assertEqual((answer.status, answer.headers["allow"]), (405, "GET, HEAD"))
                self.assertIn(b"<html", ask(address, "/").body)

    def test_an_edge_whose_cloud_stops_is_ready_and_degraded(self):
        site = self.new_site(MODEL, cut="features.3")
        cloud = site.start_cloud()
        edge = address_of(self.edge(site))
        whole = wait_until(edge, "/v2/health/ready", lambda answer: not answer.json["degraded"])
        self.assertEqual(whole.status, 200)
        cloud.signal(signal.SIGSTOP)
        begin = time.monotonic()
        degraded = wait_until(edge, "/v2/health/ready", lambda answer: answer.json["degraded"])
        self.assertLess(time.monotonic() - begin, WITHIN)
        self.assertEqual((degraded.status, degraded.json["ready"]), (200, True))
        self.assertIn("away", degraded.json["reasons"][0])
        cloud.signal(signal.SIGCONT)
        wait_until(edge, "/v2/health/ready", lambda answer: not answer.json["degraded"])

    def test_a_model_whose_engine_fails_is_not_ready_until_it_works_again(self):
        # The first run is the warm-up.
        site = self.new_site(MODEL, cut="edge", engine={"edge": "failing:3-12,fake"})
        edge = address_of(self.edge(site))
        path = f"/v2/models/{MODEL}/ready"
        failed = wait_until(edge, path, lambda answer: answer.status != 200)
        self.assertEqual(failed.status, 503)
        self.assertIn("run ", failed.json["error"])
        self.assertEqual(ask(edge, "/v2/health/live").status, 200)
        wait_until(edge, path, lambda answer: answer.status == 200)

    def test_a_taken_port_is_told_at_the_start(self):
        site = self.new_site(MODEL)
        first = self.edge(site)
        port = int(address_of(first).rpartition(":")[2])
        second = site.start_edge(self.images, http={"port": port})
        self.assertEqual(second.wait(), 1)
        self.assertIn("taken", second.events("failed")[0]["reason"])

    def test_without_http_nothing_listens(self):
        site = self.new_site(MODEL)
        edge = self.edge(site, http={"enabled": False})
        self.assertEqual(edge.events("http"), [])

    def test_others_need_a_token(self):
        site = self.new_site(MODEL)
        refused = site.start_edge(self.images, http={"address": "0.0.0.0"})
        self.assertEqual(refused.wait(), 2)
        self.assertIn("http.token_file", refused.log[-1]["text"])
        token = site.path / "token"
        token.write_text(f"{TOKEN}\n")
        open_to_all = site.start_edge(self.images, http={"token_file": str(token)})
        self.assertEqual(open_to_all.wait(), 1)
        self.assertIn("chmod 600", open_to_all.events("failed")[0]["reason"])
        os.chmod(token, 0o600)
        edge = self.edge(site, http={"address": "0.0.0.0", "token_file": str(token)})
        port = int(address_of(edge).rpartition(":")[2])
        address = f"http://127.0.0.1:{port}"
        self.assertEqual(ask(address, "/v2").status, 401)
        self.assertEqual(ask(address, "/v2/health/ready").status, 200)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self.assertEqual(ask(address, "/v2", headers=headers).status, 200)
        headers = {"Authorization": "Bearer 0123456789abcdeg"}
        self.assertEqual(ask(address, "/v2", headers=headers).status, 401)

    def test_a_token_from_the_environment_is_asked_for_and_printed_nowhere(self):
        site = self.new_site(MODEL)
        site.prefix = ["env", f"TIDELINE_HTTP_TOKEN={TOKEN}"]
        edge = self.edge(site, http={"address": "0.0.0.0"})
        address = f"http://127.0.0.1:{urllib.parse.urlsplit(address_of(edge)).port}"
        self.assertTrue(edge.events("http")[0]["token"])
        self.assertEqual(ask(address, "/v2").status, 401)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self.assertEqual(ask(address, "/v2", headers=headers).status, 200)
        answers = b"".join(ask(address, path, headers=headers).body
                           for path in ("/", "/api/v1/status", "/metrics", "/v2"))
        self.assertNotIn(TOKEN, answers.decode())
        for what in ("--print-config", "--help"):
            done = subprocess.run(
                [*site.prefix, program("tideline-edge"), "--config", site.path / "edge.yaml", what],
                check=True, capture_output=True, text=True)
            self.assertIn("TIDELINE_HTTP_TOKEN", done.stdout)
            self.assertNotIn(TOKEN, done.stdout + done.stderr)
        self.assertEqual(edge.stop(), 0)
        self.assertNotIn(TOKEN, str(edge.log))

    def test_pages_of_others_do_not_reach_a_loopback_daemon(self):
        edge = address_of(self.edge(self.new_site(MODEL)))
        for headers in ({"Host": "evil.example"}, {"Host": "evil.example:8000"}):
            self.assertEqual(ask(edge, "/v2", headers=headers).status, 403)

    def test_clients_that_hang_on_cost_neither_health_nor_memory(self):
        edge = self.edge(self.new_site(MODEL))
        address = address_of(edge)
        ask(address, "/v2/health/live")
        before = edge.memory()
        parts = urllib.parse.urlsplit(address)
        begun = (f"POST /v2/models/{MODEL}/infer HTTP/1.1\r\nHost: localhost\r\n"
                 f"Content-Length: {MIB}\r\n\r\n").encode() + b"{" + b" " * PIECE
        hanging = []
        for _ in range(HANGING):
            client = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)
            self.addCleanup(client.close)
            client.sendall(begun)
            hanging.append(client)
        for _ in range(3):
            self.assertEqual(ask(address, "/v2/health/live").status, 200)
            self.assertEqual(ask(address, "/v2/health/ready").status, 200)
            self.assertEqual(ask(address, "/v2").status, 503)  # only health has places left
        # What each has sent, what is read ahead for it, and room for what it has announced.
        self.assertLess(edge.memory() - before, HANGING * 4 * PIECE / MIB + 64)
        for client in hanging:
            client.close()
        wait_until(address, "/v2", lambda answer: answer.status == 200)


if __name__ == "__main__":
    unittest.main()
