"""Who may talk to the app: hosts, origins, closed paths, assets, and the number of visitors."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("starlette")

from viz.app.guards import CDN, HEADERS, Guard

OWN = "http://localhost:8765"


class Behind:
    """The application behind the guard; `reached` are the types of what came through."""

    def __init__(self):
        self.reached = []

    async def __call__(self, scope, receive, send):
        self.reached.append(scope["type"])
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"page"})


@pytest.fixture
def ask(tmp_path):
    """Ask the guard; gives the messages that it sent and whether the application was reached."""
    (tmp_path / "lib@1").mkdir()
    (tmp_path / "lib@1" / "x.js").write_text("1", encoding="utf-8")
    (tmp_path.parent / "secret.txt").write_text("s", encoding="utf-8")

    def ask(path="/", kind="http", host="localhost:8765", method="GET", here=(), **headers):
        behind = Behind()
        guard = Guard(behind, ("localhost", "127.0.0.1", "::1"), 2, lambda: list(here), tmp_path)
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        pairs = [(b"host", host.encode())] if host is not None else []
        pairs += [(key.encode(), value.encode()) for key, value in named.items()]
        scope = {"type": kind, "path": path, "headers": pairs, "method": method}
        sent = []

        async def receive():
            return {"type": "websocket.connect" if kind == "websocket" else "http.request"}

        async def send(message):
            sent.append(message)

        asyncio.run(guard(scope, receive, send))
        return sent, bool(behind.reached)

    return ask


def status(sent):
    """The status of an answer over HTTP."""
    return sent[0]["status"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8765", "[::1]:8765"])
def test_own_names_are_served(ask, host):
    """Names of this machine are served, with any port and any case."""
    sent, reached = ask(host=host)
    assert reached and status(sent) == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "evil@localhost.example", "", "[", "::1", None],
)
def test_foreign_names_are_refused(ask, host):
    """Any other name, or none, gets 421 and what is allowed."""
    sent, reached = ask(host=host)
    assert not reached and status(sent) == 421
    assert b"Allowed: 127.0.0.1, ::1, localhost" in sent[1]["body"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", "", "x"])
def test_foreign_origins_change_nothing(ask, origin):
    """WebSockets and POSTs of other origins are refused; reading is left to the browser."""
    sent, reached = ask("/ws", "websocket", origin=origin)
    assert not reached and sent == [{"type": "websocket.close", "code": 1008}]
    sent, reached = ask(method="POST", origin=origin)
    assert not reached and status(sent) == 403
    assert ask(method="GET", origin=origin)[1]


def test_the_own_origin_and_none_are_served(ask):
    """The page's own requests, and those of programs that send no origin, come through."""
    assert ask("/ws", "websocket", origin=OWN)[1]
    assert ask("/ws", "websocket")[1]
    assert ask(method="POST", origin=OWN)[1]


@pytest.mark.parametrize("path", ["/resourcez", "/resourcez/x", "/_solara/api/evict/0a"])
def test_closed_paths_are_not_found(ask, path):
    """What tells of the server's inside, or ends others' sessions, is not there."""
    sent, reached = ask(path)
    assert not reached and status(sent) == 404


def test_only_installed_assets_are_asked_for(ask):
    """A missing asset is not found here, so that the page server does not fetch it elsewhere."""
    assert ask(CDN + "lib@1/x.js")[1]
    for name in (
        "lib@1/y.js",
        "lib@1",
        "",
        "../secret.txt",
        "lib@1/../../secret.txt",
        "/etc/hosts",
    ):
        sent, reached = ask(CDN + name)
        assert not reached and status(sent) == 404, name


def test_a_visitor_too_many_gets_a_page_to_read(ask):
    """Over the limit a page is answered with 503 and words; files and present visitors go on."""
    full = {"here": ("one", "two")}
    sent, reached = ask(accept="text/html,*/*", **full)
    assert not reached and status(sent) == 503
    assert b"room for 2 visitors" in sent[1]["body"]
    assert (b"retry-after", b"20") in sent[0]["headers"]
    assert ask("/static/x.css", accept="text/css", **full)[1]
    assert ask("/jupyter/api/kernels/one/channels", "websocket", **full)[1]
    sent, reached = ask("/jupyter/api/kernels/three/channels", "websocket", **full)
    assert not reached and sent == [{"type": "websocket.close", "code": 1013}]
    assert ask(accept="text/html", here=("one",))[1]


def test_answers_carry_the_policy(ask):
    """Every answer of the application says what a page may load."""
    sent, _ = ask()
    assert dict(sent[0]["headers"]) == HEADERS
