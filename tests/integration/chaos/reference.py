"""What the answers are to be: computed once for the same inputs, before anything goes wrong.

Every input by the whole network on one machine, and by head, codec and tail for each codec that is
not exact. Engine `aten`, one thread and batch 1 everywhere, so that answers are equal to the bit.
"""

from integration.chaos import source
from integration.daemons import Site

AGREE = 0.95  # share of labels that are those of the whole network, with a codec that is not exact
TRIES = 3
RIGHT = 0.9  # share of labels that are those in the files' names


LOSSLESS = {(partition["cut"], partition["codec"]) for partition in source.PARTITIONS
            if source.is_lossless(partition["codec"])}


def _path(cut):
    return "cloud" if cut == "input" else "split"


class References:
    """`answers` by (cut, codec), "" for the whole network: {input: record}."""

    def __init__(self, answers):
        self.answers = answers

    def of(self, record):
        """The record that this one is to be equal to; None where nobody knows."""
        key = (record["cut"], record["codec"])
        if record["path"] == "edge" or (key in LOSSLESS and record["path"] == _path(key[0])):
            key = ("", "")
        return self.answers.get(key, {}).get(source.input_of(record))


def compute(images):
    """Runs the daemons over `images` once for each. Raises AssertionError where those answers
    themselves are not plausible."""
    site = Site(source.MODEL, cut="edge", engine=source.ENGINE)
    try:
        answers = {("", ""): _run(site, images, "edge")}
        site.start_cloud()
        for partition in source.PARTITIONS:
            site.set_partition(**{**partition, "target": {}})  # however long it takes
            found = _run(site, images, _path(partition["cut"]))
            key = (partition["cut"], partition["codec"])
            if not source.is_lossless(partition["codec"]):
                answers[key] = found
            _check(answers[("", "")], found, key)
    finally:
        site.close()
    return References(answers)


def _run(site, images, path):
    """Again where a busy machine took another path."""
    found = {}
    for _ in range(TRIES):
        (site.path / "results.jsonl").unlink(missing_ok=True)
        config = {} if path == "edge" else {"cloud": {"wait": "60s"}}
        found.update((source.input_of(record), record)
                     for record in site.run_edge(images, **config)
                     if record["path"] == path and "error" not in record)
        if len(found) == source.IMAGES:
            return found
    raise AssertionError(f"{len(found)} of {source.IMAGES} answers by path {path}")


def _check(whole, found, key):
    if source.is_lossless(key[1]):
        wrong = [name for name in whole if found[name]["outputs"] != whole[name]["outputs"]]
        if wrong:
            raise AssertionError(f"{key}: {len(wrong)} answers are not those of the whole network")
    same = sum(found[name]["label"] == whole[name]["label"] for name in whole)
    right = sum(f"_label{found[name]['label']}." in name for name in whole)
    if same < AGREE * len(whole) or right < RIGHT * len(whole):
        raise AssertionError(f"{key}: of {len(whole)} labels {same} are those of the whole network "
                             f"and {right} the truth")
