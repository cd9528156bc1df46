"""Adds up the test results in a folder, lists what was skipped, and ends with the closing line.

  python results.py FOLDER

FOLDER holds what tests/run.sh collects: `ctest-*.xml` (a line per program), `cases/*/*.xml` (JUnit
XML with each test case of the GoogleTest and unittest programs), and `checks`, with a line `passed
NAME` or `failed NAME` for each check that is no test program. Where CI is set, a skip other than
`cuda` is a failure.

A file that cannot be read is a failure of its program: one that died while it wrote, or a message
with bytes that XML has no place for, which are replaced.

Exit status 1 where anything failed. The last line is `N passed, N failed, N skipped`.
"""

import os
import re
import sys
import xml.etree.ElementTree as xml
from pathlib import Path


# What XML 1.0 does not allow, however it is written.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read(path):
    """The root of an XML file, in which a failed test may have quoted any bytes. Raises ParseError."""
    return xml.fromstring(NOT_XML.sub("\ufffd", path.read_text("utf-8", errors="replace")))


class Results:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []  # (name, reason)

    def add_cases(self, path):
        """Adds a JUnit file; returns whether a case in it failed."""
        before = len(self.failed)
        try:
            cases = read(path).iter("testcase")
        except xml.ParseError as error:
            self.failed.append(f"{path.stem} (its results cannot be read: {error})")
            return True
        for case in cases:
            name = ".".join(filter(None, (case.get("classname"), case.get("name"))))
            if case.get("status") == "notrun":
                continue
            skip = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed.append(name)
            elif skip is not None:
                self.skipped.append((name, reason(skip)))
            else:
                self.passed += 1
        return len(self.failed) > before

    def add_program(self, case, counted):
        """Adds one program of a ctest run unless its cases are counted already."""
        name = case.get("name")
        status = case.get("status")
        if status == "fail":
            if not counted.get(name, False):
                self.failed.append(f"{name} (the program failed; see its output above)")
        elif name not in counted:
            if status == "run":
                self.passed += 1
            else:
                skip = case.find("skipped")
                self.skipped.append((name, "not run" if skip is None else reason(skip)))


def reason(skip):
    """GoogleTest puts the source line before the text of GTEST_SKIP."""
    text = skip.get("message") or skip.text or "no reason given"
    return " ".join(re.sub(r"^\S+:\d+\n", "", text.strip()).split())


def collect(folder):
    results = Results()
    for run in sorted(folder.glob("ctest-*.xml")):
        cases = folder / "cases" / run.stem.removeprefix("ctest-")
        counted = {path.stem: results.add_cases(path) for path in sorted(cases.glob("*.xml"))}
        for case in read(run).iter("testcase"):
            results.add_program(case, counted)
    for path in sorted((folder / "cases" / "python").glob("*.xml")):
        results.add_cases(path)
    checks = folder / "checks"
    for line in checks.read_text().splitlines() if checks.exists() else []:
        outcome, _, name = line.partition(" ")
        if outcome == "passed":
            results.passed += 1
        else:
            results.failed.append(name)
    return results


def main():
    results = collect(Path(sys.argv[1]))
    if results.skipped:
        print("skipped:")
        for name, why in results.skipped:
            print(f"  {name}: {why}")
    forbidden = [name for name, why in results.skipped if not why.lower().startswith("cuda")]
    if os.environ.get("CI") and forbidden:
        results.failed.append(f"{len(forbidden)} skipped for another reason than `cuda`")
    if results.failed:
        print("failed:")
        for name in results.failed:
            print(f"  {name}")
    print(f"{results.passed} passed, {len(results.failed)} failed, {len(results.skipped)} skipped")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
