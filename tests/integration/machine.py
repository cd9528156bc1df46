"""A machine of its own: a root file system with an installed Tideline, in a network namespace."""

import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile

from daemons import BUILD, PATIENCE, ROOT
from namespaces import TwoMachines

# What the README says a machine without LibTorch needs beside the engine module.
LIBTORCH = ("libtorch.so", "libtorch_cpu.so", "libc10.so", "libgomp*.so*")


class Machine:
    """Sees the system's programs, its own folders, and nothing of the checkout. `home` is its home
    folder as seen from here; mounts end with the command they were made for."""

    def __init__(self, namespace, hosts):
        self._folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self._folder.name)
        self.namespace = namespace
        self.home = self.root / "home/person"
        self.home.mkdir(parents=True)
        self.modules = self.root / "opt/tideline/lib/tideline"
        self.mounts = []  # (from, to)
        subprocess.run(["cmake", "--install", str(BUILD), "--prefix", "/opt/tideline"], check=True,
                       env={**os.environ, "DESTDIR": str(self.root)}, stdout=subprocess.DEVNULL)
        self._lend_the_system()
        self._lend_libtorch()
        etc = self.root / "etc"
        etc.mkdir()
        (etc / "nsswitch.conf").write_text("hosts: files\n")
        (etc / "hosts").write_text("".join(f"{ip} {name}\n" for name, ip in hosts.items()))
        shutil.copy("/etc/ld.so.cache", etc)
        (self.root / "tmp").mkdir()

    def _lend_the_system(self):
        for name in ("usr", "bin", "sbin", "lib", "lib32", "lib64", "dev", "proc", "sys"):
            system = pathlib.Path("/", name)
            if system.is_symlink():
                (self.root / name).symlink_to(system.readlink())
            elif system.is_dir():
                (self.root / name).mkdir()
                self.mounts.append((system, self.root / name))

    def _lend_libtorch(self):
        lib = next(ROOT.glob(".venv/lib/python*/site-packages/torch/lib"))
        for pattern in LIBTORCH:
            for library in lib.glob(pattern):
                (self.modules / library.name).touch()
                self.mounts.append((library, self.modules / library.name))

    def command(self, text):
        """The arguments that run a line of shell in the home folder of this machine."""
        mounts = [f"mount --rbind {shlex.quote(str(a))} {shlex.quote(str(b))}" for a, b in self.mounts]
        environment = ["HOME=/home/person", "PATH=/opt/tideline/bin:/usr/bin:/bin"]
        enter = shlex.join(["exec", "chroot", str(self.root), "env", "-i", "-C", "/home/person",
                            *environment, "sh", "-c", text])
        return TwoMachines.inside(self.namespace, "sh", "-ec", "\n".join([*mounts, enter]))

    def run(self, text):
        done = subprocess.run(self.command(text), capture_output=True, text=True, timeout=PATIENCE)
        if done.returncode != 0:
            raise AssertionError(f"{text}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def close(self):
        self._folder.cleanup()
