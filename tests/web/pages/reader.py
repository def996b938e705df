"""Whoever reads pages over HTTP in live tests, and a publisher to be read of."""

import json
import urllib.error
import urllib.request

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' https: data:",
    "base-uri": "'none'",
    "form-action": "'none'",
}
WHOLE = {**POLICY, "frame-ancestors": "'none'"}
NASTY = "<script>alert(1)</script>\"'&amp;"


class Publisher:
    """A REST session of one user."""

    def __init__(self, server, token):
        self.server, self.token = server, token
        self.id = json.loads(fetch(f"{server.url}/session?token={token}").body)["sessionID"]

    def put(self, *presences):
        where = f"{self.server.url}/session?token={self.token}&id={self.id}"
        body = json.dumps({"presences": presences}).encode()
        with urllib.request.urlopen(urllib.request.Request(where, body, method="PUT")) as answer:
            assert answer.status == 200


class Fetched:
    def __init__(self, answer):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read().decode()


def policy(page):
    return dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))


def fetch(url, method="GET", **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers)) as answer:
            return Fetched(answer)
    except urllib.error.HTTPError as answer:
        with answer:
            return Fetched(answer)
