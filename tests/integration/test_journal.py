"""What a crash of the edge and a sink that cannot write cost: what was promised, and no more."""

import array
import collections
import fcntl
import json
import os
import resource
import signal
import subprocess
import termios
import time
import unittest

from cases import DigitsCase

IN_FLIGHT = 4
JOURNAL_RECORDS = 64  # kJournalRecords: what the journal may be behind the sink


class EdgeTest(DigitsCase):
    partition = {}

    def setUp(self):
        self.ids = sorted(f"source/{path.name}" for path in self.images.glob("*.png"))
        self.site = self.new_site("digits", **self.partition)

    def start_edge(self, source=None, **changes):
        return self.site.start_edge(self.images, source=source or {},
                                    pipeline={"in_flight": IN_FLIGHT}, **changes)

    def wait_for_records(self, edge, count):
        """Waits until the edge has written `count` results."""
        results = self.site.path / "results.jsonl"
        while not results.exists() or results.read_bytes().count(b"\n") < count:
            self.assertIsNone(edge.process.poll(), "tideline-edge ended")
            time.sleep(0.005)


class Journal(EdgeTest):
    def start_edge(self, **source):
        return super().start_edge({"journal": str(self.site.path / "journal"), **source})

    def test_a_killed_edge_goes_on_where_it_was(self):
        edge = self.start_edge(rate="300/s")
        self.wait_for_records(edge, 200)
        edge.kill()
        written = len(self.site.records())
        edge = self.start_edge()
        self.assertEqual(edge.wait(), 0)

        counts = collections.Counter(record["id"] for record in self.site.records())
        self.assertEqual(sorted(counts), self.ids, "an input has no answer, or another id")
        doubled = sum(counts.values()) - len(counts)
        self.assertLessEqual(max(counts.values()), 2)
        self.assertLessEqual(doubled, JOURNAL_RECORDS + IN_FLIGHT)
        opened = edge.events("journal_opened")[0]
        self.assertGreaterEqual(opened["answered"], written - JOURNAL_RECORDS)
        self.assertEqual(edge.events("drained")[0]["frames"], len(self.ids) - opened["answered"])

    def test_what_was_answered_to_the_end_is_not_done_again(self):
        self.assertEqual(self.start_edge().wait(), 0)
        self.assertEqual(len(self.site.records()), len(self.ids))
        edge = self.start_edge()
        self.assertEqual(edge.wait(), 0)
        self.assertEqual(edge.events("drained")[0]["frames"], 0)
        self.assertEqual(len(self.site.records()), len(self.ids))

    def test_the_rounds_of_a_loop_go_on_over_two_kills(self):
        for total in (400, 800):
            edge = self.start_edge(loop=True)
            self.wait_for_records(edge, total)
            edge.kill()
        edge = self.start_edge(loop=True)
        self.wait_for_records(edge, 1000)
        self.assertEqual(edge.stop(), 0)
        records = self.site.records()
        numbers = sorted({record["seq"] for record in records})
        self.assertEqual(numbers, list(range(len(numbers))), "an input has no answer")
        for record in records:
            round, place = divmod(record["seq"], len(self.ids))
            self.assertEqual(record["id"], self.ids[place] + (f"#{round}" if round else ""))
        self.assertLessEqual(len(records) - len(numbers), 2 * (JOURNAL_RECORDS + IN_FLIGHT))

    def test_the_journal_of_other_inputs_is_refused(self):
        self.assertEqual(self.start_edge().wait(), 0)
        edge = self.start_edge(path=str(self.images / f"{self.ids[0].split('/')[1]}"))
        self.assertEqual(edge.wait(), 1)
        reason = edge.events("failed")[0]["reason"]
        self.assertIn(f"is the journal of {len(self.ids)} inputs of {self.images}", reason)

    def test_two_edges_do_not_share_a_journal(self):
        edge = self.start_edge(loop=True, rate="10/s")
        edge.wait_for("ready")
        second = self.start_edge(loop=True)
        self.assertEqual(second.wait(), 1)
        self.assertIn("another process has this journal", second.events("failed")[0]["reason"])
        self.assertEqual(edge.stop(), 0)


class SinkIsFull(EdgeTest):
    def check_all_are_there(self, edge):
        recovered = edge.wait_for("sink_recovered")
        self.assertEqual(recovered["dropped"], 0)
        self.assertEqual(edge.wait(), 0)
        # Every line is read: one that is broken is an error here.
        ids = [record["id"] for record in self.site.records()]
        self.assertEqual(sorted(ids), self.ids, "a result is missing, or there twice")
        self.assertEqual(edge.events("sink_lost"), [])

    def test_what_a_limit_held_back_is_written_when_it_is_lifted(self):
        edge = self.start_edge({"rate": "300/s"})
        edge.wait_for("ready")
        # Ends in the middle of a record, as a full disk does.
        self.wait_for_records(edge, 20)
        size = (self.site.path / "results.jsonl").stat().st_size
        no_limit = resource.prlimit(edge.process.pid, resource.RLIMIT_FSIZE, (size + 3333, -1))
        edge.wait_for("sink_failed")
        resource.prlimit(edge.process.pid, resource.RLIMIT_FSIZE, no_limit)
        self.check_all_are_there(edge)

    def test_a_full_disk_that_is_freed_costs_nothing(self):
        disk = self.site.path / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)],
                                 capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"no file system can be mounted: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=True)
        results = self.site.path / "results.jsonl"
        results.symlink_to(disk / "results.jsonl")
        filler = disk / "filler"
        filler.write_bytes(bytes(1000 << 10))
        edge = self.start_edge({"journal": str(disk / "journal")})
        edge.wait_for("sink_failed")
        filler.unlink()
        self.check_all_are_there(edge)
        again = self.start_edge({"journal": str(disk / "journal")})
        self.assertEqual(again.wait(), 0)
        self.assertEqual(again.events("drained")[0]["frames"], 0)

    def test_above_the_bound_the_oldest_go_and_the_journal_has_them_done_again(self):
        journal = {"journal": str(self.site.path / "journal")}
        edge = self.start_edge(journal, sink={"path": "/dev/full", "keep": "16KiB"},
                               exit_timeout="1s")
        self.assertEqual(edge.wait(), 0)
        self.assertEqual(len(edge.events("sink_failed")), 1)
        self.assertEqual(len(edge.events("sink_dropping")), 1)
        self.assertEqual(edge.events("sink_lost")[0]["results"], len(self.ids))
        self.assertEqual(self.start_edge(journal).wait(), 0)
        self.assertEqual(sorted(record["id"] for record in self.site.records()), self.ids)


class ReaderOfThePipe(EdgeTest):
    """Results go through a named pipe, and more of them than fit in."""

    def start_with_reader(self, keep="16KiB", **changes):
        pipe = self.site.path / "pipe"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(reader, True)
        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
        reader = open(reader, "rb", buffering=0)
        self.addCleanup(reader.close)
        edge = self.start_edge(sink={"path": str(pipe), "keep": keep}, **changes)
        # Until the edge has begun to write.
        waiting = array.array("i", [0])
        while waiting[0] == 0:
            self.assertIsNone(edge.process.poll(), "tideline-edge ended")
            fcntl.ioctl(reader, termios.FIONREAD, waiting)
            time.sleep(0.005)
        return edge, reader

    def test_a_slow_reader_loses_nothing(self):
        edge, reader = self.start_with_reader()
        ids = [json.loads(line)["id"] for line in reader.readall().splitlines()]
        self.assertEqual(edge.wait(), 0)
        self.assertEqual(sorted(ids), self.ids)
        self.assertEqual(edge.events("sink_failed"), [])

    def test_a_reader_that_stands_still_does_not_hold_up_the_end(self):
        edge, _ = self.start_with_reader(keep="64MiB", exit_timeout="1s")
        self.assertEqual(edge.wait(), 0)
        self.assertEqual(edge.events("drained")[0]["frames"], len(self.ids))
        self.assertGreater(edge.events("sink_lost")[0]["results"], 0)

    def test_sigterm_ends_an_edge_whose_reader_stands_still(self):
        edge, _ = self.start_with_reader(exit_timeout="1s")
        edge.signal(signal.SIGTERM)
        self.assertEqual(edge.wait(), 0)

    def test_a_reader_that_is_gone_is_not_waited_for(self):
        edge, reader = self.start_with_reader(exit_timeout="1h")
        reader.close()
        edge.wait_for("sink_failed")
        self.assertEqual(edge.stop(), 0)


class Ordered(EdgeTest):
    partition = {"cut": "features.3", "target": {"deadline": "500ms"}}

    def test_results_stay_in_order_when_the_cloud_is_killed_and_comes_back(self):
        cloud = self.site.start_cloud()
        edge = self.start_edge({"loop": True, "rate": "200/s"}, sink={"ordered": True})
        edge.wait_for("cloud_connected")
        self.wait_for_records(edge, 100)
        cloud.kill()
        self.wait_for_records(edge, 250)
        self.site.start_cloud(address=self.site.address)
        edge.wait_for("cloud_connected", count=2)
        self.wait_for_records(edge, len(self.site.records()) + 100)
        self.assertEqual(edge.stop(), 0)
        records = self.site.records()
        self.assertEqual([record["seq"] for record in records], list(range(len(records))))
        self.assertEqual(edge.events("drained")[0]["frames"], len(records))
        self.assertLessEqual({"split", "edge"}, {record["path"] for record in records})


if __name__ == "__main__":
    unittest.main()
