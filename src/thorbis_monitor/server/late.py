"""An application that is put together after the server is ready.

The pages take longer to import than everything else; telemetry need not wait for them. Requests that come
before they are there wait.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send


class LateApp:
    """Builds an application in the background; ``start`` and ``stop`` run in the event loop."""

    def __init__(self, build: Callable[[], FastAPI]) -> None:
        """``build`` runs in a thread."""
        self._build = build
        self._task: asyncio.Task[FastAPI] | None = None
        self._lifespan = AsyncExitStack()

    def start(self) -> None:
        """Begin to build."""
        self._task = asyncio.create_task(self._start())

    async def stop(self) -> None:
        """End the application's lifespan."""
        if self._task is not None:
            await asyncio.wait([self._task])
            await self._lifespan.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, when the application is there."""
        if self._task is None:
            message = "LateApp was asked before it was started"
            raise RuntimeError(message)
        app = await asyncio.shield(self._task)
        await app(scope, receive, send)

    async def _start(self) -> FastAPI:
        app = await asyncio.to_thread(self._build)
        await self._lifespan.enter_async_context(app.router.lifespan_context(app))
        return app
