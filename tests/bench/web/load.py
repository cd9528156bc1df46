"""Load that is answered, all of it."""

from integration import wrk


class Refused(Exception):
    """Not every request was answered."""


def run(url, seconds, connections=1, post=None, core=None):
    """Requests per second of one thread; with `post` they are such ones."""
    load = wrk.run(url, seconds, connections, post, core)
    if load.refused or load.broken:
        raise Refused(f"{url}: {load.refused} answers were refusals; connections: {load.broken}")
    return load.per_second
