"""What results.py makes of the files that test programs leave."""

import tempfile
import unittest
from pathlib import Path

from tools import results

CASE = b'<testsuites><testcase name="Reads" classname="Reader" status="run">%s</testcase></testsuites>'
PROGRAM = '<testsuite><testcase name="reader_test" status="{}"/></testsuite>'


class Collect(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def collect(self, case, status="run"):
        cases = self.folder / "cases" / "release-unit"
        cases.mkdir(parents=True)
        (cases / "reader_test.xml").write_bytes(case)
        (self.folder / "ctest-release-unit.xml").write_text(PROGRAM.format(status))
        return results.collect(self.folder)

    def test_a_case_that_passed_is_counted_once(self):
        found = self.collect(CASE % b"")
        self.assertEqual((found.passed, found.failed), (1, []))

    def test_any_bytes_in_a_message_leave_the_failure_readable(self):
        found = self.collect(CASE % b'<failure message="got \xff\x01 and \xc3"/>', "fail")
        self.assertEqual((found.passed, found.failed), (0, ["Reader.Reads"]))

    def test_a_file_that_ends_early_is_a_failure_of_its_program(self):
        found = self.collect((CASE % b"")[:-20])
        self.assertEqual(found.passed, 0)
        self.assertEqual(len(found.failed), 1)
        self.assertIn("reader_test", found.failed[0])

    def test_an_empty_file_is_a_failure_of_its_program(self):
        self.assertEqual(len(self.collect(b"").failed), 1)


if __name__ == "__main__":
    unittest.main()
