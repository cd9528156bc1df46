"""Results to a Mosquitto broker and inputs from it, also while the broker goes and comes."""

import json
import signal
import subprocess
import tempfile
import time
import unittest

from brokers import Broker
from cases import DigitsCase
from daemons import PATIENCE

TOPIC = "tideline/edge-1"
RESULTS = f"{TOPIC}/results"
STATUS = f"{TOPIC}/status"


class MqttTest(DigitsCase):
    def setUp(self):
        self.site = self.new_site("digits")

    def broker(self, *lines):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        broker = Broker(folder.name, *lines)
        self.addCleanup(broker.close)
        return broker

    def start_edge(self, broker, source=None, sink=None, exit_timeout="30s", **mqtt):
        return self.site.start_edge(self.images, source=source or {}, sink=sink or {},
                                    exit_timeout=exit_timeout,
                                    mqtt={"address": broker.address, **mqtt})


class Sink(MqttTest):
    def test_every_result_is_published_and_the_status_is_kept(self):
        broker = self.broker().start()
        watcher = broker.watch(RESULTS, STATUS)
        edge = self.start_edge(broker, sink={"mqtt": TOPIC, "outputs": False})
        self.assertEqual(edge.wait(), 0)
        records = self.site.records()
        self.assertEqual(len(records), len(list(self.images.glob("*.png"))))
        watcher.wait_for(lambda w: w.on(STATUS)[-1:] == ["offline"])
        self.assertEqual([json.loads(line) for line in watcher.on(RESULTS)], records)
        self.assertIn("online", watcher.on(STATUS))
        late = subprocess.run(["mosquitto_sub", "-p", str(broker.port), "-t", STATUS, "-C", "1"],
                              capture_output=True, text=True, check=True)
        self.assertEqual(late.stdout.strip(), "offline")

    def test_the_broker_says_that_a_killed_edge_is_gone(self):
        broker = self.broker().start()
        watcher = broker.watch(STATUS)
        edge = self.start_edge(broker, {"loop": True, "rate": "20/s"}, {"mqtt": TOPIC})
        watcher.wait_for(lambda w: w.on(STATUS)[-1:] == ["online"])
        edge.kill()
        watcher.wait_for(lambda w: w.on(STATUS)[-1:] == ["offline"])

    def test_a_broker_that_is_away_at_the_start_is_found_later(self):
        broker = self.broker()
        edge = self.start_edge(broker, {"loop": True, "rate": "50/s"}, {"mqtt": TOPIC})
        edge.wait_for("mqtt_away")
        edge.wait_for("sink_failed")
        broker.start()
        watcher = broker.watch(RESULTS)
        edge.wait_for("mqtt_connected")
        watcher.wait_for(lambda w: w.on(RESULTS))
        self.assertEqual(edge.stop(), 0)

    def test_no_result_is_lost_where_the_broker_restarts(self):
        broker = self.broker().start()
        watcher = broker.watch(RESULTS)
        edge = self.start_edge(broker, {"rate": "100/s"}, {"mqtt": TOPIC, "outputs": False})
        for restart, count in enumerate((50, 150), start=1):
            watcher.wait_for(lambda w, count=count: len(w.on(RESULTS)) >= count)
            broker.stop()
            edge.wait_for("mqtt_away", count=restart)
            broker.start()
        self.assertEqual(edge.wait(), 0)
        wanted = {record["id"] for record in self.site.records()}
        self.assertEqual(len(wanted), len(list(self.images.glob("*.png"))))
        watcher.wait_for(lambda w: {json.loads(r)["id"] for r in w.on(RESULTS)} >= wanted)
        self.assertEqual(edge.events("sink_lost"), [])

    def test_the_other_sinks_go_on_while_the_broker_is_killed(self):
        broker = self.broker().start()
        watcher = broker.watch(RESULTS)
        edge = self.start_edge(broker, {"loop": True, "rate": "100/s"},
                               {"mqtt": TOPIC, "outputs": False, "keep": "20KiB"})
        watcher.wait_for(lambda w: w.on(RESULTS))
        broker.stop(signal.SIGKILL)
        edge.wait_for("sink_dropping")  # of the broker's store alone
        before = len(self.site.records())
        broker.start()
        recovered = edge.wait_for("sink_recovered")
        self.assertGreater(recovered["dropped"], 0)
        self.assertEqual(edge.stop(), 0)
        records = self.site.records()
        self.assertGreater(len(records), before)
        self.assertEqual([record["seq"] for record in records], list(range(len(records))))

    def wait_for_more_records(self):
        before, deadline = len(self.site.records()), time.monotonic() + PATIENCE
        while len(self.site.records()) <= before:
            self.assertLess(time.monotonic(), deadline, "no more records came")
            time.sleep(0.02)

    def test_a_wrong_password_is_told_and_the_edge_works_on(self):
        with tempfile.TemporaryDirectory() as folder:
            passwords = f"{folder}/passwords"
            subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "edge", "right"], check=True,
                           capture_output=True)
            broker = self.broker(f"password_file {passwords}").start()
            secret = self.site.path / "password"
            secret.write_text("wrong\n")
            secret.chmod(0o600)
            edge = self.start_edge(broker, {"loop": True, "rate": "20/s"}, {"mqtt": TOPIC},
                                   "0s", user="edge", password=str(secret))
            away = edge.wait_for("mqtt_away")
            self.assertIn("not authorised", away["reason"].lower())
            self.wait_for_more_records()
            self.assertEqual(edge.stop(), 0)
            secret.write_text("right\n")
            edge = self.start_edge(broker, {"loop": True, "rate": "20/s"}, {"mqtt": TOPIC},
                                   user="edge", password=str(secret))
            edge.wait_for("mqtt_connected")
            edge.wait_for("ready")  # before it, a signal ends it at once
            self.assertEqual(edge.stop(), 0)

    def test_tls_holds_the_broker_to_its_certificate(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name in ("broker", "stranger"):
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                 "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                 "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder.name}/{name}.key", "-out",
                 f"{folder.name}/{name}.pem"], check=True, capture_output=True)
        broker = self.broker(f"certfile {folder.name}/broker.pem", f"keyfile {folder.name}/broker.key")
        broker.start()
        broker.address = f"mqtts://127.0.0.1:{broker.port}"
        looping = {"loop": True, "rate": "20/s"}
        edge = self.start_edge(broker, looping, {"mqtt": TOPIC}, "0s",
                               ca=f"{folder.name}/stranger.pem")
        edge.wait_for("mqtt_away")
        self.assertEqual(edge.stop(), 0)
        self.assertEqual(edge.events("mqtt_connected"), [])
        edge = self.start_edge(broker, looping, {"mqtt": TOPIC}, ca=f"{folder.name}/broker.pem")
        edge.wait_for("mqtt_connected")
        self.assertEqual(edge.stop(), 0)


class Source(MqttTest):
    source = {"kind": "mqtt", "path": "", "topic": "cameras/+"}

    def wait_for_record(self, edge, matches):
        for _ in range(10_000):
            for record in self.site.records():
                if matches(record):
                    return record
            self.assertIsNone(edge.process.poll(), "tideline-edge ended")
            time.sleep(0.01)
        raise AssertionError(f"no such record among {self.site.records()[-3:]}")

    def test_images_are_answered_and_anything_else_is_an_error(self):
        broker = self.broker().start()
        edge = self.start_edge(broker, self.source)
        edge.wait_for("mqtt_connected")
        image = sorted(self.images.glob("*.png"))[0].read_bytes()
        # Retained: it is there, too, where the subscription comes later.
        broker.publish("cameras/door", image, "-r")
        answer = self.wait_for_record(edge, lambda record: "label" in record)
        self.assertTrue(answer["id"].startswith("source/20"))
        broker.publish("cameras/door", b"23.5 degrees")
        error = self.wait_for_record(edge, lambda record: "error" in record)
        self.assertIn("is no input", error["error"])
        broker.publish("cameras/door", image[:100])
        self.wait_for_record(edge, lambda record: "error" in record and record != error)
        broker.publish("cameras/yard", image)
        self.wait_for_record(edge, lambda record: "label" in record and record["seq"] > 2)
        self.assertEqual(edge.stop(), 0)

    def test_a_broker_that_restarts_is_subscribed_to_again(self):
        broker = self.broker()
        edge = self.start_edge(broker, self.source)
        edge.wait_for("mqtt_away")
        image = sorted(self.images.glob("*.png"))[0].read_bytes()
        for count in (1, 2):
            broker.start()
            edge.wait_for("mqtt_connected", count=count)
            broker.publish("cameras/door", image, "-r")
            self.wait_for_record(edge, lambda record, count=count: record["seq"] >= count - 1)
            broker.stop(signal.SIGKILL)
        self.assertEqual(edge.stop(), 0)

    def test_what_comes_too_fast_is_dropped_and_counted(self):
        broker = self.broker().start()
        self.site.set_partition(engine={"edge": "fake:2ms"})
        edge = self.start_edge(broker, self.source)
        edge.wait_for("mqtt_connected")
        image = sorted(self.images.glob("*.png"))[0].read_bytes()
        broker.publish("cameras/door", image, "-r")
        self.wait_for_record(edge, lambda record: record["seq"] == 0)
        broker.publish("cameras/door", image, "--repeat", "200")
        edge.wait_for("source_dropping")
        self.assertEqual(edge.stop(), 0)
        dropped = edge.wait_for("source_dropped")["frames"]
        records = self.site.records()
        self.assertEqual([record["seq"] for record in records], list(range(len(records))))
        self.assertLessEqual(len(records) + dropped, 201)
        self.assertGreater(dropped, 0)


if __name__ == "__main__":
    unittest.main()
