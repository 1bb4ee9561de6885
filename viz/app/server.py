"""The app as a server on this machine: assets checked, guards up, processes ended with it."""

from __future__ import annotations

import importlib
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MODULE = "viz.app.main"
LOCAL = ("localhost", "127.0.0.1", "::1")
AWAY = "3m"  # a page that lost its connection finds its session again for so long
GRACE_SECONDS = 2
ASSETS = (
    "echarts@5.4.0/dist/echarts.min.js",
    "requirejs@2.3.6/require.js",
    "@widgetti/solara-vuetify-app@10.1.1/dist/fonts.css",
    "@widgetti/solara-vuetify-app@10.1.1/dist/main8.css",
    "@widgetti/solara-vuetify-app@10.1.1/dist/solara-vuetify-app8.min.js",
)
DATA = Path(__file__).parent / "data"
FILES = ("world.geo.json", "places.csv", "hindcast.json")


class AppError(Exception):
    """The app cannot start, in one message."""


@dataclass(frozen=True)
class Options:
    """How the app is served; `hosts` are names beside this machine's under which it is reached."""

    host: str = "127.0.0.1"
    port: int = 8765
    root_path: str = ""
    visitors: int = 20
    hosts: tuple[str, ...] = ()
    workers: int | None = None

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        name = "127.0.0.1" if self.host in ("0.0.0.0", "") else self.host
        return f"http://{name}:{self.port}{self.root_path}/"


def serve(options: Options, started: Callable[[str], None]) -> None:
    """Serve until the process is told to end; raises AppError before it begins.

    `started(address)` is called when pages can be opened.
    """
    _environment(options)
    missing = preflight()
    if missing:
        listed = "".join(f"\n  {name}" for name in missing)
        raise AppError(
            f"these parts of the app are missing:{listed}\n"
            "install them with: pip install 'alliance-abm[app]'"
        )
    with _listening(options) as listening:
        import warnings

        import uvicorn

        warnings.filterwarnings("ignore", category=UserWarning, module=r"solara\..*")
        config = uvicorn.Config(
            application(options, lambda: started(options.address)),
            host=options.host, port=options.port, log_level="warning", access_log=False,
            loop="asyncio", timeout_graceful_shutdown=GRACE_SECONDS, server_header=False,
        )  # fmt: skip
        server = uvicorn.Server(config)
        server.run(sockets=[listening])
    if not server.started:
        raise AppError("the page could not be started; what is above says why")


def preflight() -> list[str]:
    """Names of what the app needs and does not find."""
    try:
        importlib.import_module("solara.server.settings")
    except ImportError as error:
        return [f"Python package {error.name}"]
    folder = asset_folder()
    found = [f"asset {name}" for name in ASSETS if not _there(folder / name)]
    return found + [f"file {name}" for name in FILES if not _there(DATA / name)]


def _there(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def asset_folder() -> Path:
    """Where the page's own scripts and fonts lie."""
    from solara.server import settings

    return Path(settings.assets.proxy_cache_dir)


def application(options: Options, started: Callable[[], None]) -> Any:
    """The ASGI application: guards around the page server, the engine beside it."""
    from solara.server import kernel_context, starlette
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.requests import Request
    from starlette.responses import FileResponse
    from starlette.routing import Route

    from alliance_abm.console import say
    from alliance_abm.problems import ConfigError
    from viz.app.ensembles import Engine
    from viz.app.guards import Guard
    from viz.app.settings import Settings
    from viz.app.shared import SHARED
    from viz.app.shipped import story_results

    engine = Engine(options.workers)
    try:
        engine.keep(story_results())
    except ConfigError as error:
        say(f"the runs that ship with the app cannot be used, so the first page runs them: {error}")
    SHARED.engine = engine

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        engine.start()
        engine.prepare(Settings())
        try:
            async with starlette.lifespan(app):
                started()
                yield
        finally:
            engine.close()

    hosts = (*LOCAL, options.host, *options.hosts)
    guard = Middleware(
        Guard, hosts=hosts, limit=options.visitors,
        visitors=lambda: list(kernel_context.contexts), assets=asset_folder(),
    )  # fmt: skip

    async def world_map(request: Request) -> FileResponse:
        return FileResponse(DATA / "world.geo.json", media_type="application/geo+json")

    return Starlette(
        routes=[Route("/data/world.geo.json", world_map), *starlette.routes],
        middleware=[guard, *starlette.middleware],
        lifespan=lifespan,
    )


def _environment(options: Options) -> None:
    """Settings of the page server; read when it is first imported."""
    if "solara.server.settings" in sys.modules:
        raise AppError("the app must be started in a process of its own")
    given = {
        "SOLARA_APP": MODULE,
        "SOLARA_MODE": "production",
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
        "SOLARA_THEME_SHOW_BANNER": "false",
        "SOLARA_THEME_LOADER": "plain",
        "SOLARA_THEME_TITLE": "alliance-abm",
        "SOLARA_THEME_VARIANT": "light",
        "SOLARA_ASSETS_FONTAWESOME_ENABLED": "false",
        "SOLARA_SESSION_HTTP_ONLY": "true",
        "SOLARA_SESSION_SECRET_KEY": secrets.token_urlsafe(32),
        "SOLARA_KERNEL_CULL_TIMEOUT": AWAY,
    }
    if options.root_path:
        given["SOLARA_ROOT_PATH"] = options.root_path
    os.environ.update(given)


def _listening(options: Options) -> socket.socket:
    """A socket bound to host and port; raises AppError when they are not free."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((options.host, options.port))
    except OSError as error:
        found.close()
        raise AppError(
            f"cannot listen on {options.host}:{options.port}: {error.strerror or error}; "
            "allowed: a free port (--port) of this machine"
        ) from None
    return found


def open_browser(address: str) -> bool:
    """Show the page in a browser, where there is a screen for one."""
    if sys.platform.startswith("linux") and not _screen(os.environ):
        return False
    import webbrowser

    return webbrowser.open(address)


def _screen(environment: Any) -> bool:
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def hosts_of(names: Sequence[str]) -> tuple[str, ...]:
    """Host names as they are compared."""
    return tuple(name.strip().lower() for name in names)
