"""A relay before the app: takes a path prefix away as a proxy does, and can be cut like a cable."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"
PIECE = 65_536


class Relay:
    """Passes connections on to `port`; requests outside of `prefix` get 404."""

    def __init__(self, port: int, prefix: str = "") -> None:
        self.to, self.prefix = port, prefix
        self.whole = True
        self.port = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def address(self) -> str:
        """Where the app is found through it."""
        return f"http://{HOST}:{self.port}{self.prefix}"

    def cut(self) -> None:
        """Drop every connection and take no other."""
        self.whole = False
        self._loop.call_soon_threadsafe(self._drop)

    def mend(self) -> None:
        """Take connections again."""
        self.whole = True

    def start(self) -> None:
        """Listen, in a thread."""
        self._thread.start()
        assert self._ready.wait(10.0)

    def stop(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10.0)

    def _drop(self) -> None:
        for one in list(self._open):
            one.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._pass, HOST, 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._drop()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _pass(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self._open.add(back)
        try:
            if not self.whole:
                return
            head = self._head(await near.readuntil(b"\r\n\r\n"))
            if head is None:
                back.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
                await back.drain()
                return
            far, onward = await asyncio.open_connection(HOST, self.to)
            self._open.add(onward)
            onward.write(head)
            await asyncio.gather(_copy(near, onward), _copy(far, back))
            self._open.discard(onward)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(back)
            back.close()

    def _head(self, head: bytes) -> bytes | None:
        """The head of a request as it is passed on: no prefix, one request a connection."""
        method, path, rest = head.split(b" ", 2)
        if not path.startswith(self.prefix.encode()):
            return None
        path = path.removeprefix(self.prefix.encode()) or b"/"
        if b"upgrade: websocket" not in rest.lower():
            rest = re.sub(rb"(?i)\r\nconnection: [^\r]*", b"\r\nConnection: close", rest)
        return b" ".join((method, path, rest))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(PIECE):
            target.write(piece)
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()


@contextmanager
def relaying(port: int, prefix: str = "") -> Iterator[Relay]:
    """A relay that runs."""
    relay = Relay(port, prefix)
    relay.start()
    try:
        yield relay
    finally:
        relay.stop()
