"""The command `alliance-abm app`: the interactive page, on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from alliance_abm.console import guarded, say

COMMAND = "app"


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(COMMAND)(serve)


@guarded
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port.")] = 8765,
    root_path: Annotated[
        str,
        typer.Option("--root-path", metavar="PATH", help="Prefix that a proxy strips: /arms."),
    ] = "",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host", metavar="NAME", show_default=False,
            help="A name under which a proxy serves it; may be repeated.",
        ),
    ] = None,
    visitors: Annotated[int, typer.Option("--visitors", min=1, help="Visitors at a time.")] = 20,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, help="Processes for runs.", show_default="all cores"),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = False,
) -> None:  # fmt: skip
    """Serve the interactive page: baseline beside reforms, offline, until interrupted."""
    from alliance_abm.problems import ConfigError

    prefix = root_path.rstrip("/")
    if prefix and not prefix.startswith("/"):
        raise ConfigError(f"--root-path: {root_path} has no / before it; allowed: such as /arms")
    try:
        from viz.app.server import AppError, Options, hosts_of, open_browser
        from viz.app.server import serve as serve_app
    except ImportError as error:
        raise ConfigError(
            f"the app needs the package {error.name}; install it with: "
            "pip install 'alliance-abm[app]'"
        ) from None

    options = Options(host, port, prefix, visitors, hosts_of(allow_host or ()), jobs)

    def started(address: str) -> None:
        say(f"the app is at {address} (Ctrl-C ends it)")
        if browser:
            open_browser(address)

    try:
        serve_app(options, started)
    except AppError as error:
        raise ConfigError(str(error)) from None
    except KeyboardInterrupt:
        say("the app has ended")
