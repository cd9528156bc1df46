"""Results fetched from the edge by those who come and ask."""

import threading
import unittest

from cases import DigitsCase
from http_client import address_of, ask

RESULTS = "/api/v1/results"
TOKEN = "correct-horse-battery"


def fetch(address, query, **headers):
    return ask(address, f"{RESULTS}?{query}", headers=headers)


def read_on(address, place, wait="30s", limit=1000):
    """One answer; None where the edge has gone."""
    try:
        answer = fetch(address, f"after={place}&wait={wait}&limit={limit}")
    except OSError:
        return None
    return answer.json if answer.status == 200 else None


class Results(DigitsCase):
    def setUp(self):
        self.site = self.new_site("digits")

    def start_edge(self, sink, **changes):
        """At work, all the time; where it is asked."""
        sink = {"outputs": False, **sink}
        changes = {"source": {"loop": True, "rate": "200/s"}, **changes}
        self.edge = self.site.start_edge(self.images, sink=sink, **changes)
        return address_of(self.edge)

    def test_who_waits_for_more_has_every_result_once_and_in_order(self):
        address = self.start_edge({"poll": 1000})
        records, place = [], "0"
        while len(records) < 200:
            part = read_on(address, place, limit=7)
            self.assertEqual(part["dropped"], 0)
            self.assertTrue(part["results"])
            records += part["results"]
            place = part["next"]
        self.assertEqual(self.edge.stop(), 0)
        self.assertEqual(records, self.site.records()[:len(records)])

    def test_readers_do_not_take_from_each_other(self):
        address = self.start_edge({"poll": 1000})
        lists = [[] for _ in range(8)]

        def read(records):
            place = "0"
            while len(records) < 100:
                part = read_on(address, place)
                records += part["results"]
                place = part["next"]

        threads = [threading.Thread(target=read, args=(records,)) for records in lists]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.edge.stop(), 0)
        for records in lists:
            self.assertEqual(records[:100], self.site.records()[:100])

    def test_a_slow_reader_is_told_how_many_it_has_missed(self):
        address = self.start_edge({"poll": 10})
        first = read_on(address, "0", limit=1)
        place = int(first["next"].split("-")[1])
        while len(self.site.records()) < place + 50:
            read_on(address, first["next"], wait="0s")
        late = read_on(address, first["next"])
        self.assertGreater(late["dropped"], 0)
        number = int(late["next"].split("-")[1])
        self.assertEqual(place + late["dropped"] + len(late["results"]), number)
        self.assertEqual(late["results"][0]["seq"], place + late["dropped"])
        newest = fetch(address, "limit=3").json
        self.assertEqual((len(newest["results"]), newest["dropped"]), (3, 0))

    def test_bytes_are_bounded_too(self):
        address = self.start_edge({"poll": 1000, "poll_bytes": "2KiB"})
        while len(self.site.records()) < 50:
            read_on(address, "0", wait="0s")
        answer = fetch(address, "after=0")
        self.assertLess(len(answer.body), 2300)
        self.assertGreater(len(answer.json["results"]), 1)
        self.assertGreater(answer.json["dropped"], 0)

    def test_the_last_results_come_to_who_waits_and_the_edge_ends(self):
        """Without another sink: every result comes, then the edge is away."""
        address = self.start_edge({"kind": "none", "poll": 1000}, source={})
        records, place = [], "0"
        while (part := read_on(address, place)) is not None:
            records += part["results"]
            place = part["next"]
            if not part["results"]:
                break  # the edge has ended
        self.assertEqual(self.edge.wait(), 0)
        self.assertEqual([record["seq"] for record in records], list(range(len(records))))
        self.assertGreater(len(records), 0)
        self.assertLessEqual(len(records), len(list(self.images.glob("*.png"))))

    def test_another_start_is_noticed(self):
        address = self.start_edge({"poll": 1000})
        place = read_on(address, "0")["next"]
        self.assertEqual(self.edge.stop(), 0)
        address = self.start_edge({"poll": 1000})
        part = read_on(address, place)
        self.assertIsNone(part["dropped"])
        after = read_on(address, part["next"])
        self.assertEqual(after["dropped"], 0)
        self.assertEqual((part["results"] + after["results"])[0]["seq"], 0)

    def test_who_has_no_token_gets_nothing(self):
        token = self.site.path / "token"
        token.write_text(TOKEN + "\n")
        token.chmod(0o600)
        address = self.start_edge({"poll": 10}, http={"token_file": str(token)})
        self.assertEqual(fetch(address, "").status, 401)
        self.assertEqual(fetch(address, "wait=10s").status, 401)
        answer = fetch(address, "wait=30s", Authorization=f"Bearer {TOKEN}")
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.json["results"])

    def test_without_a_store_it_is_said_how_to_have_one(self):
        answer = fetch(self.start_edge({}), "")
        self.assertEqual(answer.status, 404)
        self.assertIn("sink.poll", answer.json["error"])


if __name__ == "__main__":
    unittest.main()
