"""A slow edge is as slow as was asked, within 5 %."""

import os
import pathlib
import subprocess
import sys
import unittest

from lab.slow import SlowEdge, measure_factor, why_not

WHY_NOT = why_not()
TOLERANCE = 0.05
ATTEMPTS = 3
BUSY = 1.05


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Slow(unittest.TestCase):
    def test_the_factor_is_the_one_asked(self):
        for factor in (1, 2, 4, 10):
            with self.subTest(factor):
                for _ in range(ATTEMPTS):
                    found = measure_factor(factor)
                    print(found, flush=True)
                    if abs(found.reached / factor - 1) <= TOLERANCE or found.contention < BUSY:
                        break
                    print("once more: others use the core", flush=True)
                self.assertLessEqual(abs(found.reached / factor - 1), TOLERANCE, str(found))

    def test_what_runs_in_it_has_one_core_and_ends_with_it(self):
        with SlowEdge(2) as edge:
            process = subprocess.Popen([*edge.command, "sleep", "1000"])
            out = subprocess.run([*edge.command, "nproc"], capture_output=True, text=True)
        self.assertEqual(out.stdout.strip(), "1")
        self.assertLess(process.wait(60), 0)
        self.assertFalse(edge.statistics.parent.exists())

    def test_what_a_killed_run_leaves_is_taken_away_by_the_next(self):
        script = ("import os, signal\nfrom lab.slow import SlowEdge\n"
                  "print(SlowEdge(3).statistics.parent, flush=True)\n"
                  "os.kill(os.getpid(), signal.SIGKILL)")
        tests = pathlib.Path(__file__).resolve().parents[1]
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                              env={**os.environ, "PYTHONPATH": str(tests)})
        left = pathlib.Path(done.stdout.strip())
        self.assertTrue(left.name.startswith("tl-slow-"), done.stderr)
        SlowEdge(1).close()
        self.assertFalse(left.exists())

    def test_a_factor_that_the_kernel_cannot_give_is_refused(self):
        for factor in (0.5, 501):
            with self.assertRaisesRegex(ValueError, "1 to 500"):
                SlowEdge(factor)


if __name__ == "__main__":
    unittest.main()
