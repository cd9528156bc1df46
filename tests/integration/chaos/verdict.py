"""Whether all is well: what was admitted against what was answered. Pure."""

from collections import Counter
from dataclasses import dataclass, field

ANSWER = ("label", "score", "outputs", "engine", "precision", "model", "version")
SHOWN = 5  # of the complaints of one kind
MOST_REPEATED = 100  # requests that come again after one crash; a journal is up to 64 behind


@dataclass
class Account:
    """Of one edge, over all the processes that it was."""

    name: str
    records: list
    admitted: int  # by the last process, as it counted at its end
    before: int = 0  # records of the processes before the last one
    crashes: int = 0  # after each, what was under way may come twice
    unwritten: int = 0  # results that the edge says it could not write
    due: float | None = None  # what its source's schedule had until then; None: no schedule
    torn: list = field(default_factory=list)  # lines that are no records


@dataclass
class Verdict:
    requests: int = 0
    lost: int = 0
    doubled: int = 0
    repeated: int = 0  # after a crash, as they may
    wrong: int = 0
    unwritten: int = 0
    complaints: list = field(default_factory=list)
    paths: Counter = field(default_factory=Counter)
    deadlines: Counter = field(default_factory=Counter)  # by whether they were met

    def deadlines_met(self):
        """Their share; None where there were none."""
        count = self.deadlines.total()
        return round(self.deadlines[True] / count, 4) if count else None

    def complain(self, items, what):
        if items:
            shown = "; ".join(map(str, items[:SHOWN]))
            self.complaints.append(f"{len(items)} {what}: {shown}")
        return len(items)


def judge(accounts, references, paths=()):
    """`paths` are those that some answers must have come by."""
    verdict = Verdict()
    for account in accounts:
        _count(account, verdict)
        _compare(account, references, verdict)
    absent = [path for path in paths if not verdict.paths[path]]
    verdict.complain(absent, "paths that no answer came by")
    return verdict


def _count(account, verdict):
    """Requests are known by their numbers, from 0 on: a source with a journal goes on with them
    after a crash, and gives those again that were not known to be answered."""
    name = account.name
    times = Counter(record["seq"] for record in account.records)
    numbers = {record["id"]: record["seq"] for record in account.records}
    verdict.requests += len(times)
    if len(numbers) != len(times) or set(numbers.values()) != set(times):
        verdict.complaints.append(f"the {name} has {len(numbers)} ids for {len(times)} numbers")
    _count_missing(account, times, verdict)
    _count_again(account, times, verdict)
    # A line may break where the disk is full, or where the process ends in the middle of it.
    if len(account.torn) > account.crashes + account.unwritten:
        verdict.complain(account.torn, f"lines of the {name} are no records")
    if account.due is not None and account.admitted > account.due + 1:
        verdict.complaints.append(f"the {name} admitted {account.admitted} requests, of which "
                                  f"{account.due:.0f} were due: its source ran ahead")


def _count_missing(account, times, verdict):
    name, asked = account.name, account.admitted
    if account.crashes:  # nobody knows what was admitted last before each
        asked = max(times, default=-1) + 1
        answered = len({record["seq"] for record in account.records[account.before:]})
        if answered + account.unwritten < account.admitted:
            verdict.lost += account.admitted - answered
            verdict.complaints.append(f"the last process of the {name} admitted {account.admitted} "
                                      f"requests and answered {answered}")
    missing = sorted(set(range(asked)) - set(times))
    unwritten = min(account.unwritten, len(missing))
    verdict.unwritten += unwritten
    if len(missing) > unwritten:
        verdict.lost += verdict.complain(missing, f"requests of the {name} have no answer, and "
                                         f"{unwritten} are known as not written") - unwritten
    elif account.unwritten > unwritten and not account.crashes:
        verdict.complaints.append(f"the {name} counts {account.unwritten} results as not written, "
                                  f"but {unwritten} are missing")
    verdict.complain(sorted(set(times) - set(range(asked))),
                     f"answers of the {name} were not asked for")


def _count_again(account, times, verdict):
    name = account.name
    again = [number for number, count in times.items() if count > 1]
    if not account.crashes:
        verdict.doubled += verdict.complain(again, f"requests of the {name} were answered twice")
        return
    verdict.repeated += len(again)
    if len(again) > account.crashes * MOST_REPEATED:
        verdict.complain(again, f"requests of the {name} came again after {account.crashes} "
                         "crashes, which is too many")


def _compare(account, references, verdict):
    wrong = []
    for record in account.records:
        verdict.paths[record["path"]] += 1
        if record.get("deadline_met") is not None:
            verdict.deadlines[record["deadline_met"]] += 1
        expected = references.of(record)
        fields = [key for key in ANSWER
                  if expected is None or key not in record or record[key] != expected[key]]
        if fields or "error" in record:
            why = record.get("error") or f"not as computed before: {', '.join(fields)}"
            wrong.append(f"{record['id']} by {record['path']}, cut {record['cut']}, codec "
                         f"{record['codec']}: {why}")
    verdict.wrong += verdict.complain(wrong, f"answers of the {account.name} are wrong")
