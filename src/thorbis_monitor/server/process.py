"""Running the server as a process: lock the folder, bind, serve, and stop on a signal."""

import asyncio
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
import uvloop
from fastapi import FastAPI

from thorbis_monitor.monitor import Monitor
from thorbis_monitor.plan import Plan
from thorbis_monitor.server.access import is_loopback
from thorbis_monitor.server.app import create_app, protect
from thorbis_monitor.server.late import LateApp
from thorbis_monitor.store.folder import DataFolder, FolderInUseError

_BACKLOG = 2048
_SECONDS_TO_FINISH_REQUESTS = 5


class ServeError(Exception):
    """The server cannot start; the message says why and what to do."""


def serve(plan: Plan) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        ServeError: the address or the data folder is taken, or the address needs a key.
    """
    settings = plan.settings.server
    if not is_loopback(settings.host) and not settings.api_key:
        message = (
            f"{settings.host} can be reached from other machines, so a key is needed: "
            "set THORBIS_API_KEY or server.api_key_file, or listen on 127.0.0.1."
        )
        raise ServeError(message)
    try:
        folder = DataFolder(settings.data)
    except FolderInUseError as error:
        raise ServeError(str(error)) from error
    except OSError as error:
        message = f"the data folder {settings.data} cannot be used: {error.strerror}. Choose another with --data DIR."
        raise ServeError(message) from error
    listener = _bind(settings.host, settings.port)
    address = _address(listener)
    folder.announce(address)
    monitor = Monitor(plan, folder, page_url=settings.external_url or address)
    config = uvicorn.Config(
        protect(create_app(monitor, LateApp(lambda: _pages(monitor))), monitor),
        loop="none",
        http="httptools",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SECONDS_TO_FINISH_REQUESTS,
    )
    sys.stderr.write(f"Thorbis Monitor listens on {address}, data in {settings.data}\n")
    sys.stderr.flush()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(_Server(config), listener))


class _Server(uvicorn.Server):
    """Leaves the signals to us: a server that was asked to stop and did has succeeded."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing; see ``_serve``."""
        yield


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.handle_exit, number, None)
    await server.serve(sockets=[listener])


def _pages(monitor: Monitor) -> FastAPI:
    from thorbis_monitor.web.pages import mount  # deferred: a third of the start-up, and nobody looks yet
    from thorbis_monitor.web.services import PageServices  # deferred: with the above

    app = FastAPI(openapi_url=None)
    mount(app, PageServices(dashboard=monitor.dashboard, alerts=monitor.alerts, state=monitor.state))
    return app


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {error.strerror}. Choose another port with --port N."
        raise ServeError(message) from error
    listener.listen(_BACKLOG)
    listener.set_inheritable(False)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
