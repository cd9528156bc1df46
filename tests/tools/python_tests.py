"""Runs the unittest files (test_*.py) of one folder and writes the results as JUnit XML.

  python python_tests.py FOLDER XML
"""

import sys
import time
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path


class Recorder(unittest.TextTestResult):
    """Collects one XML test case per test."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.suite = xml.Element("testsuite")

    def startTest(self, test):
        super().startTest(test)
        folder, _, name = test.id().rpartition(".")
        self.case = xml.SubElement(self.suite, "testcase", classname=folder, name=name)
        self.begun = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        self.case.set("time", f"{time.monotonic() - self.begun:.3f}")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        xml.SubElement(self.case, "skipped", message=reason)


def record_failures(result):
    """Errors outside a test, as in setUpClass, have no case of their own yet."""
    cases = {f"{case.get('classname')}.{case.get('name')}": case for case in result.suite}
    for test, text in result.failures + result.errors:
        test = getattr(test, "test_case", test)  # the test that a subtest belongs to
        name = test.id() if isinstance(test, unittest.TestCase) else str(test)
        case = cases.get(name)
        if case is None:
            case = xml.SubElement(result.suite, "testcase", classname="", name=name)
        xml.SubElement(case, "failure").text = text
    for test in result.unexpectedSuccesses:
        xml.SubElement(cases[test.id()], "failure").text = "passed, but was expected to fail"


def main():
    folder, report = sys.argv[1:]
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for `integration` and `lab`
    tests = unittest.TestLoader().discover(folder, pattern="test_*.py", top_level_dir=folder)
    result = unittest.TextTestRunner(resultclass=Recorder, verbosity=1).run(tests)
    record_failures(result)
    xml.ElementTree(result.suite).write(report)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
