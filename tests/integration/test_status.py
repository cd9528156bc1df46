"""What both daemons tell of their work over HTTP, and the orders that an edge takes there."""

import json
import re
import shutil
import subprocess
import tempfile
import unittest

from cases import DigitsCase
from daemons import ROOT, adaptive, tideline
from http_client import address_of, ask, connect, wait_until
from trace_check import check_nesting, spans

MODEL = "digits"
CUT = "features.3"
SOURCE = {"loop": True, "rate": "20/s"}
DASHBOARD = ROOT / "deploy/grafana/tideline.json"
EDGE_KEYS = ["role", "id", "version", "uptime_s", "time", "health", "model", "cut", "targets", "adapt",
             "link", "clouds", "shaping", "latency_ms", "throughput_per_s", "in_flight", "source",
             "paths", "bytes",
             "energy", "losing_work", "errors", "requests", "decisions", "last_image"]
CLOUD_KEYS = ["role", "id", "version", "uptime_s", "time", "health", "models", "edges", "edges_total",
              "http", "queue", "worker", "refusals", "link_bytes"]


def status(address):
    return ask(address, "/api/v1/status").json


def wait_for(address, matches):
    """The first status that matches."""
    return wait_until(address, "/api/v1/status", lambda answer: matches(answer.json)).json


def order(address, name, body=None):
    return ask(address, f"/api/v1/control/{name}", "POST", json.dumps(body if body is not None else {}))


def events(address, count):
    """The first states of the stream."""
    connection = connect(address)
    connection.request("GET", "/api/v1/events")
    response = connection.getresponse()
    states, name = [], None
    while len(states) < count:
        line = response.readline().decode().rstrip("\n")
        if line.startswith("event:"):
            name = line[6:].strip()
        if line.startswith("data:"):
            states.append((name, json.loads(line[5:])))
    connection.close()
    return states


def metric_names(text):
    """Every name that a query may use: of counters, gauges, and a histogram's three."""
    names = set()
    for line in text.splitlines():
        if line and not line.startswith("#"):
            names.add(re.match(r"[a-zA-Z_:][\w:]*", line).group())
    return names


class StatusTest(DigitsCase):
    def start(self, cut=CUT, edge=None, **partition):
        """A cloud and an edge at work; their addresses."""
        site = self.site = self.new_site(MODEL, cut=cut, **partition)
        cloud = address_of(site.start_cloud())
        self.edge = site.start_edge(self.images, **{"source": SOURCE, **(edge or {})})
        self.edge.wait_for("cloud_ready")
        address = address_of(self.edge)
        wait_for(address, lambda now: now["paths"]["split"] + now["paths"]["edge"] > 3)
        return address, cloud

    def decisions(self, address):
        return [decision["reason"] for decision in status(address)["decisions"]]

    def test_the_status_is_that_of_the_traffic(self):
        address, cloud = self.start()
        now = wait_for(address, lambda now: now["paths"]["split"] > 10)
        self.assertEqual(list(now), EDGE_KEYS)
        self.assertEqual(now["model"]["name"], MODEL)
        self.assertEqual((now["cut"]["now"], now["cut"]["mode"]), (CUT, "fixed"))
        self.assertTrue(now["health"]["ready"])
        self.assertEqual(now["link"]["state"], "ready")
        self.assertGreater(now["link"]["rtt_ms"]["median"], 0)
        self.assertGreater(now["throughput_per_s"], 0)
        latency = now["latency_ms"]
        parts = sum(latency[stage] for stage in ("head", "encode", "link", "queue", "decode", "tail"))
        self.assertLessEqual(parts, latency["total"] + 0.01)
        self.assertLessEqual(latency["p50"], latency["p99"])
        self.assertGreater(now["bytes"]["up"], 0)
        self.assertGreater(now["bytes"]["jpeg"], 0)
        request = now["requests"][-1]
        record = [r for r in self.site.records() if r["seq"] == request["seq"]][0]
        self.assertEqual({key: request[key] for key in ("id", "path", "cut", "label", "bytes_up")},
                         {key: record[key] for key in ("id", "path", "cut", "label", "bytes_up")})
        self.assertEqual(self.decisions(address), ["the partition file fixes this cut"])

        there = status(cloud)
        self.assertEqual(list(there), CLOUD_KEYS)
        self.assertEqual(there["models"][0]["name"], MODEL)
        self.assertGreater(there["models"][0]["requests"], 0)
        edge, = there["edges"]
        self.assertEqual((edge["id"], edge["user"], edge["cut"]), ("edge", "edge", CUT))
        self.assertEqual(edge["models"], [MODEL])
        self.assertGreater(there["worker"]["served"], 10)
        self.assertGreater(there["link_bytes"]["up"], now["bytes"]["up"])

    def test_states_come_as_events(self):
        address, cloud = self.start()
        for where, role in ((address, "edge"), (cloud, "cloud")):
            states = events(where, count=3)
            self.assertEqual({name for name, _ in states}, {"status"})
            self.assertEqual({state["role"] for _, state in states}, {role})
            uptimes = [state["uptime_s"] for _, state in states]
            self.assertEqual(uptimes, sorted(uptimes))
            self.assertLess(uptimes[0], uptimes[-1])

    def test_the_graph_has_the_network_with_its_cuts(self):
        address, _ = self.start()
        answer = ask(address, "/api/v1/graph")
        graph = answer.json
        self.assertEqual(graph["model"], MODEL)
        self.assertEqual([node["id"] for node in graph["nodes"]], list(range(len(graph["nodes"]))))
        for node in graph["nodes"]:
            self.assertTrue(all(read < node["id"] for read in node["inputs"]), node)
        known = json.loads(tideline("inspect", self.site.models / MODEL, "--json").stdout)
        self.assertIn(CUT, [cut["name"] for cut in graph["cuts"]])
        names = json.dumps(known)
        for cut in graph["cuts"]:
            self.assertIn(json.dumps(cut["name"]), names)
            self.assertTrue(0 <= cut["depth"] <= 1)
        again = ask(address, "/api/v1/graph", headers={"If-None-Match": answer.headers["etag"]})
        self.assertEqual((again.status, again.body), (304, b""))

    def test_the_last_image_is_shown_unless_it_is_switched_off(self):
        address, _ = self.start()
        image = ask(address, "/api/v1/last-image")
        self.assertEqual((image.status, image.headers["content-type"]), (200, "image/png"))
        self.assertIn(image.body, [path.read_bytes() for path in self.images.iterdir()])
        self.assertIsNotNone(status(address)["last_image"]["label"])
        address, _ = self.start(edge={"http": {"images": False}})
        self.assertEqual(ask(address, "/api/v1/last-image").status, 404)
        self.assertIsNone(status(address)["last_image"])

    def test_the_trace_has_nested_stages_of_both_sides(self):
        address, cloud = self.start()
        trace = ask(address, "/api/v1/trace").json
        check_nesting(self, trace)
        names = {(event["cat"], event["name"]) for event in spans(trace)}
        self.assertLessEqual({("edge", "request"), ("edge", "head"), ("edge", "encode"),
                              ("edge", "link"), ("cloud", "request"), ("cloud", "tail")}, names)
        requests = {event["args"]["id"]: event for event in spans(trace) if event["name"] == "request"
                    and event["cat"] == "edge"}
        for event in spans(trace):
            if event["cat"] == "cloud" and event["name"] == "request":
                request = requests[event["args"]["id"]]
                self.assertGreaterEqual(event["ts"], request["ts"])
                self.assertLessEqual(event["ts"] + event["dur"], request["ts"] + request["dur"])

        # What the cloud has itself, by its own clock, has the same numbers.
        there = ask(cloud, "/api/v1/trace").json
        check_nesting(self, there)
        seen, own = ({event["args"]["request"] for event in spans(side)
                      if (event["cat"], event["name"]) == ("cloud", "request")}
                     for side in (trace, there))
        self.assertTrue(seen)
        self.assertLessEqual(seen, own)

    def test_the_tool_fetches_a_trace_and_makes_one_of_records(self):
        address, _ = self.start()
        records = self.site.path / "results.jsonl"
        for source in (address, records):
            out = self.site.path / "trace.json"
            done = tideline("trace", source, "--out", out)
            self.assertEqual(done.returncode, 0, done.stderr)
            trace = json.loads(out.read_text())
            check_nesting(self, trace)
            self.assertIn(("cloud", "tail"), {(e["cat"], e["name"]) for e in spans(trace)})
            out.unlink()
        for wrong in (address + "/nothing", self.site.path / "edge.yaml", "https://localhost"):
            done = tideline("trace", wrong, "--out", out)
            self.assertNotEqual(done.returncode, 0)
            self.assertTrue(done.stderr)
            self.assertFalse(out.exists())

    def test_prometheus_takes_the_metrics_and_the_dashboard_knows_them(self):
        address, cloud = self.start()
        wait_for(address, lambda now: now["paths"]["split"] > 0)  # has a codec's bytes
        texts = [ask(where, "/metrics").body.decode() for where in (address, cloud)]
        known = set().union(*map(metric_names, texts))
        queries = [target["expr"] for panel in json.loads(DASHBOARD.read_text())["panels"]
                   for target in panel.get("targets", [])]
        self.assertGreater(len(queries), 10)
        for query in queries:
            used = set(re.findall(r"\btideline_\w+", query))
            self.assertTrue(used, query)
            self.assertLessEqual(used, known, query)
        if shutil.which("promtool") is None:
            self.skipTest("promtool is not here: Debian's package prometheus has it")
        for text in texts:
            done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                                  capture_output=True)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        rules = [{"record": f"panel:{number}", "expr": query.replace("$__rate_interval", "1m")
                  .replace("$instance", ".*")} for number, query in enumerate(queries)]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
            file.flush()
            done = subprocess.run(["promtool", "check", "rules", file.name], text=True,
                                  capture_output=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_cut_is_pinned_and_let_go(self):
        address, _ = self.start()
        answer = order(address, "pin", {"cut": "features.6", "codec": "int8"})
        self.assertEqual(answer.status, 200, answer.body)
        now = wait_for(address, lambda now: now["requests"][-1]["cut"] == "features.6")
        self.assertEqual(now["cut"]["mode"], "pinned")
        self.assertEqual((now["cut"]["now"], now["cut"]["codec"]), ("features.6", "int8"))
        self.assertEqual(now["cut"]["before"], [CUT])
        self.assertTrue(any("features.6 with codec int8 is pinned, by 127.0.0.1" in reason
                            for reason in self.decisions(address)), self.decisions(address))
        self.assertEqual(self.edge.wait_for("control")["who"], "loopback")
        for body, word in (({"cut": "features.99"}, "features.99"), ({"cut": "edge", "x": 1}, "'x'"),
                           ({"cut": CUT, "codec": "jpeg"}, "jpeg"), ([], "object")):
            answer = order(address, "pin", body)
            self.assertEqual(answer.status, 400)
            self.assertIn(word, answer.json["error"])
        self.assertEqual(status(address)["cut"]["now"], "features.6")
        # What is pinned outlives a change of the file.
        self.site.set_partition(target={"deadline": "30s"})
        wait_for(address, lambda now: now["targets"]["deadline_ms"] == 30000)
        self.assertEqual(status(address)["cut"]["now"], "features.6")
        self.assertEqual(order(address, "unpin").status, 200)
        now = wait_for(address, lambda now: now["requests"][-1]["cut"] == CUT)
        self.assertEqual(now["cut"]["mode"], "fixed")

    def test_a_pin_keeps_to_what_is_private(self):
        address, _ = self.start()
        self.site.set_partition(privacy={"send_input": False, "min_depth": 2})
        self.edge.wait_for("reloaded")
        for cut, word in (("input", "send_input"), ("features.0.0", "min_depth")):
            answer = order(address, "pin", {"cut": cut, "codec": "fp32"})
            self.assertEqual(answer.status, 400)
            self.assertIn(word, answer.json["error"])
        self.assertEqual(status(address)["cut"]["now"], CUT)

    def test_targets_change_while_it_runs(self):
        address, _ = self.start()
        self.assertIsNone(status(address)["requests"][-1]["deadline_met"])
        answer = order(address, "target", {"deadline_ms": 20000, "tail": "race"})
        self.assertEqual(answer.status, 200, answer.body)
        now = wait_for(address, lambda now: now["requests"][-1]["deadline_met"] is not None)
        self.assertEqual(now["targets"], {"objective": "latency", "deadline_ms": 20000, "tail": "race"})
        self.assertEqual(order(address, "target", {"deadline_ms": None}).status, 200)
        wait_for(address, lambda now: now["requests"][-1]["deadline_met"] is None)
        self.assertEqual(status(address)["targets"]["tail"], "race")
        self.assertEqual(order(address, "target", {"tail": "luck"}).status, 400)

    def test_a_drained_edge_answers_what_is_open_and_stays(self):
        address, _ = self.start()
        self.assertEqual(order(address, "drain").status, 200)
        wait_until(address, "/v2/health/ready", lambda answer: answer.status == 503)
        now = wait_for(address, lambda now: now["in_flight"] == 0)
        self.assertIn("drained", now["health"]["reasons"][-1])
        self.edge.wait_for("drained")
        answered = sum(status(address)["paths"].values())
        self.assertEqual(answered, len(self.site.records()))
        self.assertIsNone(self.edge.process.poll())
        self.assertEqual(self.edge.stop(), 0)
        numbers = sorted(record["seq"] for record in self.site.records())
        self.assertEqual(numbers, list(range(answered)))

    def test_what_cannot_be_ordered_is_refused(self):
        address, cloud = self.start()
        for name, code in (("shape", 409), ("dance", 404)):
            answer = order(address, name, {"uplink_bps": None})
            self.assertEqual(answer.status, code)
            self.assertIn("error", answer.json)
        self.assertEqual(order(address, "pause", {"long": "x" * 5000}).status, 413)
        self.assertEqual(ask(address, "/api/v1/control/pause").status, 405)
        self.assertEqual(order(cloud, "pause").status, 404)

    def test_with_a_token_only_who_has_it_may_look(self):
        token = "a-token-of-thirty-letters-here"
        file = self.enterContext(tempfile.NamedTemporaryFile("w", suffix=".token"))
        file.write(token)
        file.flush()
        site = self.new_site(MODEL, cut="edge")
        edge = site.start_edge(self.images, source=SOURCE, http={"token_file": file.name})
        address = address_of(edge)
        for path in ("/api/v1/status", "/api/v1/graph", "/metrics", "/api/v1/trace"):
            self.assertEqual(ask(address, path).status, 401, path)
            answer = ask(address, path, headers={"Authorization": f"Bearer {token}"})
            self.assertEqual(answer.status, 200, path)
        answer = ask(address, "/api/v1/control/pause", "POST", "{}")
        self.assertEqual(answer.status, 401)
        answer = ask(address, "/api/v1/control/pause", "POST", "{}",
                     {"Authorization": f"Bearer {token}"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(edge.wait_for("control")["who"], "token")


class AdaptiveStatusTest(DigitsCase):
    """An edge whose cut is `auto`."""

    ENGINE = "fake:1ms"  # per operator: an edge that takes 100 ms, on any machine

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.partition = adaptive(MODEL, cls.ENGINE, folder, "--watts", 5)

    def start(self, **changes):
        site = self.new_site(MODEL, **self.partition)
        self.cloud = site.start_cloud()
        edge = site.start_edge(self.images, source={"loop": True, "rate": "10/s"}, **changes)
        edge.wait_for("cloud_ready")
        address = address_of(edge)
        wait_for(address, lambda now: now["cut"]["now"] not in (None, "edge"))
        return address

    def test_a_decision_has_its_reason_and_what_it_was_made_from(self):
        address = self.start()
        self.cloud.kill()
        now = wait_for(address, lambda now: now["cut"]["now"] == "edge")
        self.assertEqual(now["cut"]["mode"], "auto")
        self.assertIn("the cloud is away", now["cut"]["reason"])
        self.assertTrue(now["health"]["degraded"])
        self.assertGreater(now["energy"]["joules"], 0)
        self.assertEqual(now["energy"]["source"], "declared")
        first = [d for d in now["decisions"] if d["cut"] != "edge"][0]
        self.assertGreater(first["expected_ms"], 0)
        text = ask(address, "/metrics").body.decode()
        self.assertIn('tideline_cut_changes_total{reason="cloud_away"}', text)

    def test_a_pinned_cut_goes_over_the_edges_own_choice(self):
        address = self.start()
        chosen = status(address)["cut"]["now"]
        pinned = "features.6" if chosen != "features.6" else "features.3"
        answer = order(address, "pin", {"cut": pinned, "codec": "int8"})
        self.assertEqual(answer.status, 200, answer.body)
        now = wait_for(address, lambda now: now["requests"][-1]["cut"] == pinned)
        self.assertEqual(now["cut"]["mode"], "pinned")
        self.assertTrue(wait_for(address, lambda now: now["requests"][-1]["path"] == "split"))
        self.assertEqual(order(address, "unpin").status, 200)
        now = wait_for(address, lambda now: now["requests"][-1]["cut"] != pinned)
        self.assertEqual(now["cut"]["mode"], "auto")

    def test_the_cut_follows_the_rate_that_is_set(self):
        address = self.start(cloud={"shape": "adjustable"})
        self.assertEqual(status(address)["shaping"], {"available": True, "uplink_bps": None})
        answer = order(address, "shape", {"uplink_bps": 20000})
        self.assertEqual(answer.status, 200, answer.body)
        now = wait_for(address, lambda now: now["cut"]["now"] == "edge")
        self.assertEqual(now["shaping"]["uplink_bps"], 20000)
        self.assertEqual(order(address, "shape", {"uplink_bps": None}).status, 200)
        wait_for(address, lambda now: now["cut"]["now"] != "edge")
        self.assertTrue(any("held down to 20kbps, by 127.0.0.1" in decision["reason"]
                            for decision in status(address)["decisions"]))
        self.assertEqual(order(address, "shape", {"uplink_bps": 5}).status, 400)

    def test_adaptation_is_paused_and_goes_on(self):
        address = self.start()
        self.assertEqual(order(address, "pause").status, 200)
        now = status(address)
        self.assertEqual(now["adapt"], {**now["adapt"], "enabled": True, "paused": True})
        self.assertEqual(order(address, "resume").status, 200)
        self.assertFalse(status(address)["adapt"]["paused"])
        reasons = [decision["reason"] for decision in status(address)["decisions"]]
        self.assertTrue(any("paused" in reason for reason in reasons), reasons)


if __name__ == "__main__":
    unittest.main()
