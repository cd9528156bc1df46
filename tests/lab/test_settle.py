"""When an edge has settled, by a clock and a compiler of the test."""

import os
import unittest

from lab.settle import Settling, compiler_seconds


class SettlingTest(unittest.TestCase):
    def setUp(self):
        self.now = self.compiled = 0.0
        self.settling = Settling(1, 40, lambda _: self.compiled, lambda: self.now)

    def after(self, seconds, answered, compiled=0.0):
        self.now += seconds
        self.compiled += compiled
        return self.settling.is_over(answered)

    def test_it_has_when_nothing_was_compiled_for_a_second_after_enough_answers(self):
        self.assertFalse(self.after(5, 39))
        self.assertFalse(self.after(0.9, 40))
        self.assertTrue(self.after(0.1, 41))

    def test_it_has_not_while_it_compiles(self):
        self.assertFalse(self.after(5, 39))
        self.assertFalse(self.after(0.9, 40, compiled=0.1))
        self.assertFalse(self.after(0.9, 41))
        self.assertTrue(self.after(0.1, 42))

    def test_a_process_that_compiles_nothing_has_no_such_time(self):
        self.assertEqual(compiler_seconds(os.getpid()), 0)


if __name__ == "__main__":
    unittest.main()
