"""The README's "Two machines" to the letter, between two network namespaces with separate roots."""

import collections
import json
import re
import shutil
import tempfile
import unittest

from daemons import MODELS, ROOT, Daemon, digits
from machine import Machine
from namespaces import TwoMachines, why_not

WHY_NOT = why_not()
EACH = 3  # images of each digit

Command = collections.namedtuple("Command", "machine text")
File = collections.namedtuple("File", "machine name text")


def steps(readme):
    """What a person does: the section's commands and files, in its order."""
    section = re.search(r"^## Two machines\n(.*?)^## ", readme, re.M | re.S).group(1)
    machine = name = None
    for block in re.split(r"\n\s*\n", section):
        if not block.startswith(" " * 7):  # prose
            where = re.search(r"\*\*The (cloud|edge)\*\*", block)
            machine = where.group(1) if where else machine
            names = re.findall(r"`(\w+\.yaml)`:$", block)
            name = names[0] if names else name
            continue
        lines = [line[7:] for line in block.splitlines()]
        commands = [re.match(r"(cloud|edge)\$ +(.*)", line) for line in lines]
        if all(commands):
            yield from (Command(*command.groups()) for command in commands)
        else:
            yield File(machine, name, "\n".join(lines) + "\n")


@unittest.skipIf(WHY_NOT, WHY_NOT)
class TwoMachinesOfTheReadme(unittest.TestCase):
    def setUp(self):
        self.network = TwoMachines()
        self.addCleanup(self.network.close)
        hosts = {"cloud.example": self.network.cloud_ip, "edge.example": self.network.edge_ip}
        self.machines = {}
        for name, namespace in (("edge", self.network.edge), ("cloud", self.network.cloud)):
            self.machines[name] = Machine(namespace, hosts)
            self.addCleanup(self.machines[name].close)
        self.edge_home = self.machines["edge"].home
        self.daemons = []
        self.addCleanup(self.end_daemons)

    def end_daemons(self):
        for daemon in self.daemons:
            if daemon.process.poll() is None:
                daemon.kill()
            daemon.wait()

    def prepare_edge(self):
        """What the README takes as given: exported models and a folder of images."""
        for model in ("mobilenet_v2", "digits"):
            shutil.copytree(MODELS / model, self.edge_home / "models" / model)
        (self.edge_home / "images").mkdir()
        with tempfile.TemporaryDirectory() as folder:
            images = sorted(digits(folder).glob("*.png"))
            for digit in range(10):
                for path in [path for path in images if label(path.name) == str(digit)][:EACH]:
                    shutil.copy(path, self.edge_home / "images")

    def carry(self, source, target):
        """`scp`, by hand: from one machine's home folder into the other's."""
        def place(text):
            host, colon, path = text.rpartition(":")
            return self.machines[host.removesuffix(".example") if colon else "edge"].home / path
        source, target = place(source), place(target)
        self.assertTrue(target.is_dir(), target)
        if source.is_dir():
            shutil.copytree(source, target / source.name)
        else:
            shutil.copy(source, target)

    def do(self, step):
        machine = self.machines[step.machine]
        if isinstance(step, File):
            (machine.home / step.name).write_text(step.text)
        elif step.text.startswith("scp "):
            self.carry(*[word for word in step.text.split()[1:] if not word.startswith("-")])
        elif step.text.startswith("tideline-cloud "):
            cloud = Daemon(machine.command("exec " + step.text))
            self.daemons.append(cloud)
            cloud.wait_for("text", lambda event: re.search(r"\bready\b.*tcp://", event["text"]))
        else:
            machine.run(step.text)

    def results(self):
        return [json.loads(line) for line in (self.edge_home / "results.jsonl").read_text().splitlines()]

    def test_every_image_is_answered_across_both(self):
        self.prepare_edge()
        done = list(steps((ROOT / "README.md").read_text()))
        for step in done:
            print(f"  {step.machine}$ {step.text if isinstance(step, Command) else 'writes ' + step.name}")
            self.do(step)
        self.assertGreaterEqual(len(done), 10, "the section's commands were not found")
        self.last = done[-1]  # tideline-edge
        records = self.results()
        self.assertEqual(len(records), 10 * EACH)
        self.assertEqual({(r["path"], r["model"]) for r in records}, {("split", "mobilenet_v2")})

        # The README's network has drawn weights. One that knows digits gives right labels: those that
        # it gives on one machine alone, which are nearly always the truth.
        split = self.run_edge("split", model="digits")
        alone = self.run_edge("edge", cut="edge")
        self.assertEqual(split, alone)
        right = sum(shown == label(image) for image, shown in split.items())
        print(f"  digits: {right} of {len(split)} labels are right, all as on the edge alone")
        self.assertGreaterEqual(right, 0.9 * len(split))

    def run_edge(self, path, **changes):
        """Changes the partition file and runs the edge again. The label of every image."""
        partition = self.edge_home / "partition.yaml"
        text = partition.read_text()
        for key, value in changes.items():
            text = re.sub(rf"^{key}: .*$", f"{key}: {value}", text, flags=re.M)
        partition.write_text(text)
        before = len(self.results())
        self.do(self.last)
        records = self.results()[before:]
        self.assertEqual(len(records), 10 * EACH)
        self.assertEqual({(r["path"], r["model"]) for r in records}, {(path, "digits")})
        return {r["id"]: r["label"] for r in records}


def label(name):
    """The digit that an image shows: its file's name has it."""
    return re.search(r"_label(\d)\.png$", name).group(1)


if __name__ == "__main__":
    unittest.main()
