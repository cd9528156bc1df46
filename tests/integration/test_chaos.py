"""The daemons while links, clouds, readers, disks and clocks fail: every request is answered once,
and rightly. And the check of that itself, which is fed with what it has to find.

`TIDELINE_CHAOS_SEED` replays the events of a run; chaos/run is the same by hand.
"""

import copy
import os
import unittest

from integration.chaos import chaos, memory, plan, reference, source
from integration.chaos.verdict import Account, judge

NAMES = [f"{number:04d}_label{number % 10}.png" for number in range(5)]
LOSSY = source.PARTITIONS[1]


def record(number, path="split", cut="features.3", codec="fp32", **changes):
    """As an edge writes it, with an answer that depends on the input and, by int8, on the codec."""
    exact = source.is_lossless(codec) or path == "edge"
    round_, place = divmod(number, len(NAMES))
    return {"id": f"source/{NAMES[place]}" + (f"#{round_}" if round_ else ""), "seq": number,
            "model": "digits", "version": 1, "path": path, "cut": cut,
            "codec": None if path == "edge" else codec, "label": str(place), "score": 0.5,
            "engine": "aten", "precision": "f32",
            "outputs": [{"dtype": "float32", "data": [place, 0.25 if exact else 0.5]}], **changes}


def references():
    answers = {("", ""): {}, (LOSSY["cut"], LOSSY["codec"]): {}}
    for number, name in enumerate(NAMES):
        answers["", ""][name] = record(number)
        answers[LOSSY["cut"], LOSSY["codec"]][name] = record(number, **short(LOSSY))
    return reference.References(answers)


def short(partition):
    return {key: partition[key] for key in ("cut", "codec")}


class TheCheckItself(unittest.TestCase):
    def setUp(self):
        self.records = [record(0), record(1, "edge"), record(2, **short(LOSSY)),
                        record(3, "cloud", "input", "raw"), record(4), record(5), record(6)]

    def judge(self, **changes):
        account = Account("edge", copy.deepcopy(self.records), 7)
        for key, value in changes.items():
            setattr(account, key, value)
        return judge([account], references(), ("split", "edge"))

    def found(self, verdict, **counts):
        """The verdict complains once, and counts so many."""
        self.assertEqual(len(verdict.complaints), 1, verdict.complaints)
        zero = dict.fromkeys(("lost", "doubled", "wrong"), 0)
        self.assertEqual({key: getattr(verdict, key) for key in zero}, {**zero, **counts})

    def test_what_is_well_is_well(self):
        verdict = self.judge(due=8.2)
        self.assertEqual(verdict.complaints, [])
        self.assertEqual((verdict.requests, verdict.lost, verdict.doubled, verdict.wrong),
                         (7, 0, 0, 0))

    def test_a_lost_answer(self):
        del self.records[4]
        self.found(self.judge(), lost=1)

    def test_the_last_answer_lost(self):
        del self.records[-1]
        self.found(self.judge(), lost=1)

    def test_a_doubled_answer(self):
        self.records.append(record(3, "edge"))
        self.found(self.judge(), doubled=1)

    def test_a_wrong_number_in_the_outputs(self):
        self.records[4]["outputs"][0]["data"][1] += 1e-7
        self.found(self.judge(), wrong=1)

    def test_a_wrong_label(self):
        self.records[2]["label"] = "4"
        self.found(self.judge(), wrong=1)

    def test_the_answer_to_another_input(self):
        self.records[4]["outputs"] = self.records[3]["outputs"]
        self.found(self.judge(), wrong=1)

    def test_an_int8_answer_under_the_name_of_fp32(self):
        self.records[2].update(short(source.PARTITIONS[0]))
        self.found(self.judge(), wrong=1)

    def test_a_codec_that_was_never_in_force(self):
        self.records[2]["codec"] = "int4/dense"
        self.found(self.judge(), wrong=1)

    def test_a_cut_that_was_never_in_force(self):
        self.records[4]["cut"] = "features.6"
        self.found(self.judge(), wrong=1)

    def test_an_answer_of_the_cloud_to_what_it_was_not_sent(self):
        self.records[4]["path"] = "cloud"
        self.found(self.judge(), wrong=1)

    def test_an_error_is_no_answer(self):
        self.records[4]["error"] = "the cloud is away"
        self.found(self.judge(), wrong=1)

    def test_an_answer_that_nobody_asked_for(self):
        self.records.append(record(7))
        self.found(self.judge())

    def test_one_id_for_two_numbers(self):
        self.records[6]["id"] = self.records[1]["id"]
        self.found(self.judge())

    def test_a_line_that_is_no_record(self):
        self.found(self.judge(torn=["{\"ts\": \"2026-"]))

    def test_a_path_that_nobody_took(self):
        self.records[1] = record(1)
        self.found(self.judge())

    def test_a_source_that_runs_ahead(self):
        self.found(self.judge(due=5.9))

    def test_what_the_edge_could_not_write_is_no_loss(self):
        del self.records[4]
        verdict = self.judge(unwritten=1)
        self.assertEqual(verdict.complaints, [])
        self.assertEqual((verdict.unwritten, verdict.lost), (1, 0))
        self.found(self.judge(unwritten=0), lost=1)

    def test_what_the_edge_says_it_could_not_write_is_missing(self):
        self.found(self.judge(unwritten=1))

    def test_after_a_crash_what_was_under_way_comes_again(self):
        self.records[5:5] = [record(3), record(4)]
        verdict = self.judge(crashes=1, before=5, admitted=4)
        self.assertEqual(verdict.complaints, [])
        self.assertEqual(verdict.repeated, 2)

    def test_after_a_crash_a_lost_answer(self):
        del self.records[2]
        self.found(self.judge(crashes=1, before=4, admitted=2), lost=1)

    def test_after_a_crash_the_last_answer_lost(self):
        self.found(self.judge(crashes=1, before=4, admitted=4), lost=1)


class TheMemoryCheckItself(unittest.TestCase):
    def complaints(self, resident=lambda i: 150e6, descriptors=lambda i: 20):
        life = memory.Life("edge", 1, [(i / 4, resident(i), descriptors(i)) for i in range(100)])
        return len(memory.complaints(life))

    def test_flat_memory_after_a_steep_start_is_well(self):
        self.assertEqual(self.complaints(lambda i: 150e6 - 100e6 / (1 + i)), 0)

    def test_memory_that_grows(self):
        self.assertEqual(self.complaints(lambda i: 150e6 + 1e6 * i), 1)

    def test_descriptors_that_are_not_closed(self):
        self.assertEqual(self.complaints(descriptors=lambda i: 20 + i // 5), 1)

    def test_too_few_looks(self):
        self.assertEqual(len(memory.complaints(memory.Life("edge", 1))), 1)


class ThePlan(unittest.TestCase):
    def test_a_seed_says_all(self):
        def told(seed):
            return [(step.at, step.begins, step.event.describe())
                    for step in plan.draw(seed, 30, 60)]
        self.assertEqual(told(7), told(7))
        self.assertNotEqual(told(7), told(8))

    def test_every_kind_comes_and_none_overlaps_with_what_holds_the_same(self):
        steps = plan.draw(3, 100, 300)
        self.assertEqual({type(step.event) for step in steps}, set(plan.KINDS))
        held = set()
        for step in steps:
            holds = step.event.holds
            self.assertEqual(holds in held, not step.begins, holds)
            (held.add if step.begins else held.remove)(holds)
        self.assertEqual(held, set())

    def test_the_daemons_live_through_the_end(self):
        steps = plan.draw(3, 90, 300)
        self.assertTrue(any(step.event.ends for step in steps[:60]))
        self.assertFalse(any(step.event.ends for step in steps[-50:]))


class Chaos(unittest.TestCase):
    def test_a_thousand_requests_and_ten_events(self):
        seed = os.environ.get("TIDELINE_CHAOS_SEED")
        result = chaos.run(chaos.SHORT, chaos.new_seed() if seed is None else int(seed))
        print(f"  {result.figures()}", flush=True)
        self.assertEqual(result.complaints, [])
        self.assertGreaterEqual(result.figures()["chaos_requests"], chaos.SHORT.requests)
        self.assertEqual(result.figures()["events"], chaos.SHORT.events)


if __name__ == "__main__":
    unittest.main()
