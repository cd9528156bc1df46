"""Results posted to a server that fails in the ways servers do, and kept as annotated images."""

import http.server
import json
import ssl
import subprocess
import tempfile
import threading
import unittest

from brokers import free_port
from cases import DigitsCase
from daemons import PATIENCE
from http_client import address_of, wait_until


class Server:
    """Answers as `statuses` says, with 200 at their end; 0 closes the connection without a word."""

    def __init__(self, statuses=(), port=0, tls=None):
        self.statuses = list(statuses)
        self.posts = []  # (status, headers, body)
        self.changed = threading.Condition()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with outer.changed:
                    status = outer.statuses.pop(0) if outer.statuses else 200
                    outer.posts.append((status, dict(self.headers), body))
                    outer.changed.notify_all()
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def taken(self):
        with self.changed:
            return [json.loads(line) for status, _, body in self.posts if status == 200
                    for line in body.splitlines()]

    def wait_for(self, condition):
        with self.changed:
            if not self.changed.wait_for(condition, PATIENCE):
                raise AssertionError(f"did not come: {self.posts[-3:]}")

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class EdgeTest(DigitsCase):
    def setUp(self):
        self.count = len(list(self.images.glob("*.png")))
        self.site = self.new_site("digits")

    def serve(self, *arguments, **options):
        server = Server(*arguments, **options)
        self.addCleanup(server.close)
        return server


class Webhook(EdgeTest):
    def start_edge(self, url, source=None, exit_timeout="30s", **webhook):
        return self.site.start_edge(self.images, source=source or {}, webhook=webhook,
                                    exit_timeout=exit_timeout,
                                    sink={"outputs": False, "webhook": url})

    def test_every_result_comes_once_and_in_order_over_one_path(self):
        server = self.serve()
        token = self.site.path / "token"
        token.write_text("correct-horse-battery\n")
        token.chmod(0o600)
        edge = self.start_edge(f"http://{server.address}/hooks/1?a=b", token=str(token))
        self.assertEqual(edge.wait(), 0)
        self.assertEqual(server.taken(), self.site.records())
        self.assertEqual(len(server.taken()), self.count)
        _, headers, _ = server.posts[0]
        self.assertEqual(headers["Authorization"], "Bearer correct-horse-battery")
        self.assertEqual(headers["Content-Type"], "application/x-ndjson")

    def test_what_passes_is_tried_again_under_the_same_key(self):
        server = self.serve([503, 429, 0, 0, 500])
        edge = self.start_edge(f"http://{server.address}/", batch=4)
        self.assertEqual(edge.wait(), 0)
        self.assertEqual(server.taken(), self.site.records())
        first = server.posts[:6]
        self.assertEqual(len({headers["Idempotency-Key"] for _, headers, _ in first}), 1)
        self.assertEqual(len({body for _, _, body in first}), 1)
        keys = [headers["Idempotency-Key"] for status, headers, _ in server.posts if status == 200]
        self.assertEqual(len(set(keys)), len(keys))

    def test_what_is_refused_is_lost_and_the_rest_comes(self):
        server = self.serve([400])
        edge = self.start_edge(f"http://{server.address}/", batch=1)
        self.assertEqual(edge.wait(), 0)
        self.assertEqual(server.taken(), self.site.records()[1:])
        self.assertIn("answered 400", edge.wait_for("sink_refused")["error"])
        self.assertEqual(edge.wait_for("sink_lost")["results"], 1)

    def test_a_server_that_is_away_at_the_start_gets_all_later(self):
        port = free_port()
        edge = self.start_edge(f"http://127.0.0.1:{port}/")
        edge.wait_for("sink_failed")
        server = self.serve(port=port)
        self.assertEqual(edge.wait(), 0)
        self.assertEqual(server.taken(), self.site.records())
        self.assertEqual(len(server.taken()), self.count)
        self.assertLess(len(server.posts), self.count)  # what had to wait came several at a time

    def test_what_a_server_that_stays_away_never_has_is_counted(self):
        edge = self.site.start_edge(
            self.images, source={"loop": True, "rate": "50/s"}, exit_timeout="0s",
            sink={"outputs": False, "webhook": f"http://127.0.0.1:{free_port()}/", "keep": "1KiB"})
        edge.wait_for("sink_dropping")
        lost = 'tideline_dropped_total{reason="result"} '
        wait_until(address_of(edge), "/metrics", lambda answer: any(
            int(line.removeprefix(lost)) > 0 for line in answer.body.decode().splitlines()
            if line.startswith(lost)))
        self.assertEqual(edge.stop(), 0)

    def test_https_holds_the_server_to_its_certificate(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder.name}/key.pem", "-out",
             f"{folder.name}/cert.pem"], check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(f"{folder.name}/cert.pem", f"{folder.name}/key.pem")
        server = self.serve(tls=tls)
        looping = {"loop": True, "rate": "50/s"}
        edge = self.start_edge(f"https://{server.address}/", looping, "0s")
        self.assertIn("certificate", edge.wait_for("sink_failed")["error"])
        self.assertEqual(edge.stop(), 0)
        self.assertEqual(server.posts, [])
        edge = self.start_edge(f"https://{server.address}/", looping, ca=f"{folder.name}/cert.pem")
        server.wait_for(lambda: server.posts)
        self.assertEqual(edge.stop(), 0)


class Images(EdgeTest):
    def test_the_latest_answers_are_there_to_look_at(self):
        folder = self.site.path / "seen"
        self.site.run_edge(self.images, sink={"images": str(folder), "images_kept": 20})
        files = sorted(folder.iterdir())
        self.assertEqual(len(files), 20)
        for file in files:
            self.assertTrue(file.read_bytes().startswith(b"\xff\xd8\xff"))
        last = max(record["seq"] for record in self.site.records())
        self.assertTrue(files[-1].name.endswith(f"-{last:08}.jpg"), files[-1].name)


if __name__ == "__main__":
    unittest.main()
