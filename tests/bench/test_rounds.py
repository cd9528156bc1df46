import itertools
import unittest

from measure.contender import Absent
from measure.quiet import parse_busy
from measure.rounds import Plan, run_rounds


class Neighbours:
    """In the place of quiet.Watch: whether each round in turn was quiet."""

    def __init__(self, *quiet):
        self.answers = iter(quiet)

    def restart(self):
        pass

    def quiet(self):
        return next(self.answers)


def seconds():
    """A clock that moves by one second at each look."""
    counter = itertools.count()
    return lambda: next(counter)


class RoundsTest(unittest.TestCase):
    def test_turns_alternate(self):
        order = []
        turns = {name: (lambda n=name: order.append(n) or [1.0]) for name in "abc"}
        run_rounds(turns, Neighbours(True, True), Plan(wanted=2, bound=100))
        self.assertEqual("".join(order), "abccba")

    def test_a_noisy_round_is_dropped_and_another_one_follows(self):
        times = iter([1.0, 9.0, 2.0])
        rounds = run_rounds({"a": lambda: [next(times)]}, Neighbours(True, False, True),
                            Plan(wanted=2, bound=100))
        self.assertEqual(rounds.times("a"), [1.0, 2.0])
        self.assertEqual(rounds.dropped, 1)
        self.assertFalse(rounds.short)

    def test_it_ends_at_its_bound_and_says_so(self):
        rounds = run_rounds({"a": lambda: [1.0]}, Neighbours(*[False] * 99),
                            Plan(wanted=2, bound=5), clock=seconds())
        self.assertTrue(rounds.short)
        self.assertEqual(rounds.kept, [])
        self.assertGreater(rounds.dropped, 1)

    def test_keep_noisy_keeps_all(self):
        rounds = run_rounds({"a": lambda: [1.0]}, Neighbours(),
                            Plan(wanted=3, bound=100, keep_noisy=True))
        self.assertEqual((len(rounds.kept), rounds.dropped), (3, 0))

    def test_who_is_lost_takes_no_further_part(self):
        def lost():
            raise Absent("it ended")

        rounds = run_rounds({"a": lost, "b": lambda: [2.0]}, Neighbours(True, True),
                            Plan(wanted=2, bound=100))
        self.assertEqual(rounds.lost, {"a": "it ended"})
        self.assertEqual(rounds.times("b"), [2.0, 2.0])
        self.assertEqual(rounds.ratios("a", "b"), [])

    def test_ratios_are_of_the_medians_of_one_round(self):
        turns = {"a": lambda: [1.0, 2.0, 30.0], "b": lambda: [4.0]}
        rounds = run_rounds(turns, Neighbours(True), Plan(wanted=1, bound=100))
        self.assertEqual(rounds.ratios("a", "b"), [0.5])


class BusyTest(unittest.TestCase):
    def test_idle_waiting_and_guests_do_not_count_stolen_time_does(self):
        line = "cpu  100 20 30 9999 7777 4 5 6 88 99\ncpu0 1 1 1 1 1 1 1 1 1 1\n"
        self.assertAlmostEqual(parse_busy(line), 1.65)  # 100 ticks a second


if __name__ == "__main__":
    unittest.main()
