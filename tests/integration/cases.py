"""What tests with real daemons begin with."""

import atexit
import functools
import tempfile
import unittest

from integration.daemons import Site, digits


@functools.cache
def all_digits():
    """The folder with the held-out digits, one for this process; nothing is written into it."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return digits(folder.name)


class SiteCase(unittest.TestCase):
    def new_site(self, *arguments, **partition):
        """It closes with the test."""
        site = Site(*arguments, **partition)
        self.addCleanup(site.close)
        return site


class DigitsCase(SiteCase):
    """Has the held-out digits as files in the folder `images`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.images = all_digits()
