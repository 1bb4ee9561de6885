"""Who may talk to the server: known hosts, own pages only, and no more visitors than there is room.

The page server under it checks neither Host nor Origin, would fetch missing assets from the
internet, and shows a visitor too many a blank page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' ws: wss:; frame-ancestors 'self'; base-uri 'self'; form-action 'self'"
)
HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
}
CLOSED_PATHS = ("/resourcez", "/_solara/api/evict")
CDN = "/_solara/cdn/"
TRY_AGAIN = 1013  # of WebSocket: try again later
REFUSED = 1008  # of WebSocket: against the policy
FULL_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="refresh" content="20"><title>alliance-abm: all places are taken</title>
<style>body{{font:18px/1.5 sans-serif;max-width:34em;margin:16vh auto;padding:0 1em;color:#222}}
</style></head><body><h1>All places are taken</h1>
<p>This server has room for {room} at a time, and all places are taken. The page tries
again every 20 seconds. Whoever runs the server can give it more room with
<code>alliance-abm app --visitors</code>.</p></body></html>"""


class Guard:
    """Refuses foreign hosts and origins, closed paths, and visitors beyond a limit.

    `visitors()` is the ids of the present ones; `assets` holds the files of the page's own
    content server, which is not to look for others elsewhere.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Sequence[str],
        limit: int,
        visitors: Callable[[], Sequence[str]],
        assets: Path,
    ) -> None:
        self.app, self.hosts, self.limit = app, frozenset(hosts), limit
        self.visitors, self.assets = visitors, assets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on to the page server."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            code = TRY_AGAIN if refusal.status_code == 503 else REFUSED
            await send({"type": "websocket.close", "code": code})
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Any:
        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        host = headers.get("host", "")
        if _name(f"//{host}") not in self.hosts:
            allowed = ", ".join(sorted(self.hosts))
            return _text(f"Unknown host {host[:80]!r}. Allowed: {allowed} (see --allow-host).", 421)
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope.get("method") not in ("GET", "HEAD")
        if changes and origin is not None and urlsplit(origin).netloc != host:
            return _text("Requests of other sites are refused.", 403)
        path = scope["path"]
        if path.startswith(CLOSED_PATHS):
            return _text("Not found.", 404)
        if path.startswith(CDN) and not self._held(path.removeprefix(CDN)):
            return _text("This asset is not installed.", 404)
        return self._full(scope, path, headers)

    def _held(self, name: str) -> bool:
        file = (self.assets / name).resolve()
        return file.is_relative_to(self.assets.resolve()) and file.is_file()

    def _full(self, scope: Scope, path: str, headers: dict[str, str]) -> Any:
        here = self.visitors()
        if len(here) < self.limit:
            return None
        page = scope["type"] == "http" and "text/html" in headers.get("accept", "")
        kernel = scope["type"] == "websocket" and not any(one in path for one in here)
        if not (page or kernel):
            return None
        room = "one visitor" if self.limit == 1 else f"{self.limit} visitors"
        return HTMLResponse(FULL_PAGE.format(room=room), 503, {"retry-after": "20"})


def _name(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def _text(message: str, status: int) -> PlainTextResponse:
    return PlainTextResponse(message + "\n", status)


def _with_headers(send: Send) -> Send:
    async def told(message: Any) -> None:
        if message["type"] == "http.response.start":
            present = {key.lower() for key, _ in message.get("headers", ())}
            added = [(key, value) for key, value in HEADERS.items() if key not in present]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return told
