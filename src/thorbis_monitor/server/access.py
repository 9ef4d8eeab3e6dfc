"""Who may talk to the server.

Without a key the server is bound to loopback and answers only requests that were meant for it: the Host must be
a loopback name (a page elsewhere cannot reach it by DNS rebinding) and a write from a browser must come from its
own pages. With a key every request needs it, as bearer token or as the password of HTTP Basic.
"""

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_OPEN_PATHS = frozenset({"/healthz", "/readyz", "/livez", "/-/healthy", "/-/ready"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY_VIOLATION = 1008


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine only."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class AccessControl:
    """Refuses requests that may not be served."""

    def __init__(self, following: ASGIApp, api_key: str | None, own_hosts: Iterable[str] = ()) -> None:
        """Protect ``following``; ``own_hosts`` are names besides loopback under which the server is reached."""
        self._following = following
        self._api_key = api_key.encode() if api_key else None
        self._own_hosts = frozenset(own_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one connection."""
        if scope["type"] in {"http", "websocket"} and scope["path"] not in _OPEN_PATHS:
            refusal = self._refusal(scope)
            if refusal is not None:
                await _refuse(refusal, scope, receive, send)
                return
        await self._following(scope, receive, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        if self._api_key is not None and not self._has_key(headers.get("authorization", "")):
            return _error(
                HTTPStatus.UNAUTHORIZED,
                "a key is needed: send it as 'Authorization: Bearer KEY' or as the password of HTTP Basic",
                {"www-authenticate": 'Basic realm="Thorbis Monitor", charset="UTF-8"'},
            )
        if self._api_key is None and not self._is_own(_host_name(headers.get("host", ""))):
            return _error(
                HTTPStatus.MISDIRECTED_REQUEST,
                "this server answers on loopback names only; set external_url to the name it is reached by",
            )
        origin = headers.get("origin")
        writes = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        if origin and writes and urlsplit(origin).netloc != headers.get("host"):
            return _error(HTTPStatus.FORBIDDEN, "a page of another site may not write here")
        return None

    def _is_own(self, host: str) -> bool:
        return is_loopback(host) or host in self._own_hosts

    def _has_key(self, authorization: str) -> bool:
        if self._api_key is None:
            return True
        scheme, _, value = authorization.partition(" ")
        given = value.strip().encode()
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given, validate=True).partition(b":")[2]
            except binascii.Error:
                return False
        elif scheme.lower() != "bearer":
            return False
        return hmac.compare_digest(given, self._api_key)


def _host_name(host: str) -> str:
    return urlsplit(f"//{host}").hostname or ""


def _error(status: HTTPStatus, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"code": status.name.lower(), "message": message}}, status, headers)


async def _refuse(refusal: JSONResponse, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
    else:
        await refusal(scope, receive, send)
