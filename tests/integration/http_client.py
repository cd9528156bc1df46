"""Asks a daemon over HTTP, with nothing but the standard library."""

import http.client
import json
import time
import urllib.parse

from daemons import PATIENCE


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


def address_of(daemon):
    """"http://127.0.0.1:PORT", once it listens."""
    return daemon.wait_for("http")["address"]


def connect(address):
    parts = urllib.parse.urlsplit(address)
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)


def ask(address, path, method="GET", body=None, headers=None):
    connection = connect(address)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def wait_until(address, path, matches):
    """The first answer that matches."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = ask(address, path)
        if matches(answer):
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{path} is still {answer.status} {answer.body!r}")
        time.sleep(0.05)
