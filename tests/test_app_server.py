"""The app as a process: whom it answers, what it refuses, and what it leaves behind."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.request import Request, urlopen

import app_server
import pytest
from app_server import HOST, PATIENCE, ROOT, serving, start, stop

COMMAND = [sys.executable, "-m", "alliance_abm", "app"]


def call(*words: str) -> subprocess.CompletedProcess[str]:
    """The command, run to its end."""
    return subprocess.run(
        [*COMMAND, *words], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def socket_answer(port: int, path: str, **headers: str) -> str:
    """The first line of the answer to a request for a WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    named = {"Host": f"{HOST}:{port}", "Connection": "Upgrade", "Upgrade": "websocket",
             "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key, **headers}  # fmt: skip
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    with socket.create_connection((HOST, port), PATIENCE) as one:
        one.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
        return one.recv(4096).decode("latin-1").splitlines()[0]


def test_foreign_hosts_are_refused(server):
    """A name that is not this machine's gets 421 and the names that are allowed, in text."""
    for name in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::2]", "a b", ""):
        status, headers, text = server.get("/", Host=name or " ")
        assert status in (400, 421), name
        if status == 421:
            assert "allowed" in text.lower() and "--allow-host" in text
            assert headers["content-type"].startswith("text/plain")
    for name in ("localhost", f"127.0.0.1:{server.port}", "LOCALHOST"):
        assert server.get("/readyz", Host=name)[0] == 200


def test_other_sites_change_nothing(server):
    """A WebSocket or a POST of another origin is refused; one of the page's own is not."""
    kernel = "/jupyter/api/kernels/0a/channels?session_id=0b"
    own = f"http://{HOST}:{server.port}"
    for origin in ("https://evil.example", "null", f"http://{HOST}:1", f"{own}.evil.example"):
        assert " 403 " in socket_answer(server.port, kernel, Origin=origin) + " ", origin
        asked = Request(server.address + "/_solara/api/close/0a", b"", {"Origin": origin})
        with pytest.raises(OSError, match="403"):
            urlopen(asked, timeout=PATIENCE)
    assert " 101 " in socket_answer(server.port, kernel, Origin=own) + " "


def test_inner_doors_are_closed(server):
    """Resources, evictions and files outside the assets are not found; nothing is fetched."""
    for path in (
        "/resourcez", "/resourcez?verbose", "/%72esourcez", "/_solara/api/evict/0a",
        "/_solara/cdn/no-such@1.0.0/x.js", "/_solara/cdn/../../../etc/passwd",
        "/_solara/cdn/%2e%2e/%2e%2e/etc/passwd", "/data/../app.css", "/data/%2e%2e/app.css",
    ):  # fmt: skip
        begun = time.monotonic()
        status, _, text = server.get(path)
        assert status == 404, path
        assert "root:" not in text and "grid-template" not in text
        assert time.monotonic() - begun < 10, "an outside request would wait for a name"


def test_answers_carry_a_policy(server):
    """Pages may load nothing from elsewhere, nor be shown inside another site."""
    status, headers, _ = server.get("/")
    assert status == 200
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'self'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "httponly" in headers["set-cookie"].lower()


def test_a_taken_port_is_one_message(server):
    """A port in use: one line that names host, port and what is allowed; exit code 2."""
    done = call("--port", str(server.port))
    assert done.returncode == 2
    assert f"{HOST}:{server.port}" in done.stderr and "--port" in done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_wrong_options_are_one_message():
    """A prefix without slash, a port out of range, a foreign address: exit code 2, no traceback."""
    for words in (("--root-path", "arms"), ("--port", "70000"), ("--host", "203.0.113.9")):
        done = call(*words)
        assert done.returncode == 2, (words, done.stderr)
        assert words[0] in done.stderr or words[1] in done.stderr
        assert "Traceback" not in done.stderr


def test_an_idle_server_ends_at_once(tmp_path):
    """Interrupted, the server is gone soon, with its processes for runs, and says so."""
    server = start(tmp_path, "--jobs", "2")
    try:
        begun = time.monotonic()
        assert server.end(signal.SIGINT) == 0
        assert server.left() == []
        assert time.monotonic() - begun < 30
        told = server.log.read_text(encoding="utf-8").splitlines()
        assert len(told) == 2 and told[-1] == "the app has ended"
    finally:
        stop(server)


def test_a_killed_server_leaves_nothing(tmp_path):
    """When the server is killed outright, its processes for runs end by themselves."""
    server = start(tmp_path, "--jobs", "2")
    try:
        server.end(signal.SIGKILL)
        assert server.left() == []
    finally:
        stop(server)


def test_allowed_hosts_are_served(tmp_path):
    """A name given with --allow-host is served, and no other."""
    with serving(tmp_path, "--allow-host", "Briefing.Example") as server:
        assert server.get("/readyz", Host="briefing.example")[0] == 200
        assert server.get("/readyz", Host="other.example")[0] == 421
        assert app_server.HOST in server.address
