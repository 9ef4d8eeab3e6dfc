"""HTTP requests to a server: bodies compressed, pauses that it asks for kept, errors in plain words."""

import gzip
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx

DEFAULT_SERVER = "http://127.0.0.1:4318"

_ATTEMPTS = 10
_LONGEST_PAUSE = 30.0
_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE})
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_COMPRESSION = 1
_COMPRESSED_FROM = 1024


class ServerError(Exception):
    """The server cannot be reached or refuses; the message says what to do."""


class Connection:
    """A client of one server; ``wait`` pauses between attempts."""

    def __init__(self, server: str, api_key: str | None = None, *, wait: Callable[[float], None] = time.sleep) -> None:
        """Prepare for a server such as ``http://127.0.0.1:4318``; nothing is sent yet.

        Raises:
            ServerError: the address cannot be used.
        """
        if not _is_address(server):
            raise ServerError(f"{server!r} is no address of a server; write for example {DEFAULT_SERVER}")
        if api_key and not (api_key.isascii() and api_key.isprintable()):
            raise ServerError("the key contains characters that no key has; check --api-key or THORBIS_API_KEY")
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.Client(base_url=server, headers=headers, timeout=_TIMEOUT, trust_env=False)
        self._server = server.rstrip("/")
        self._wait = wait
        self._answered = False

    def __enter__(self) -> Self:
        """Use the connection in a ``with`` block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._client.close()

    def post(self, path: str, body: bytes, parameters: Mapping[str, str] | None = None) -> None:
        """Send a body and return when it is stored; sent again while the server is busy.

        Raises:
            ServerError: not stored.
        """
        headers = {"content-type": "application/x-ndjson"}
        if len(body) >= _COMPRESSED_FROM:
            body = gzip.compress(body, _COMPRESSION, mtime=0)
            headers["content-encoding"] = "gzip"
        self._request("POST", path, content=body, params=dict(parameters or {}), headers=headers)

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        """Fetch a JSON document.

        Raises:
            ServerError: no document.
        """
        answer = self._request("GET", path, params=dict(parameters or {}))
        try:
            return answer.json()
        except ValueError:
            raise ServerError(f"{self._server}{path} answers with something else than JSON") from None

    def is_ready(self) -> bool:
        """Whether a server answers there and can take data."""
        try:
            return self._client.get("/readyz").status_code == HTTPStatus.OK
        except httpx.HTTPError:
            return False

    def _request(self, method: str, path: str, **content: Any) -> httpx.Response:
        problem = ""
        for attempt in range(_ATTEMPTS):
            try:
                answer = self._client.request(method, path, **content)
            except httpx.HTTPError as error:
                if not self._answered and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
                    raise self._unreachable() from error
                problem, pause = f"the connection broke ({type(error).__name__})", _backoff(attempt)
            else:
                self._answered = True
                if answer.status_code not in _BUSY:
                    return self._checked(answer, path)
                problem, pause = f"the server is busy ({_reason(answer)})", _pause(answer, attempt)
            if attempt + 1 < _ATTEMPTS:
                self._wait(pause)
        raise ServerError(f"{self._server} took nothing in {_ATTEMPTS} attempts: {problem}; try again later")

    def _checked(self, answer: httpx.Response, path: str) -> httpx.Response:
        if answer.is_success:
            return answer
        reason = _reason(answer)
        match answer.status_code:
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                message = f"{self._server} wants a valid key: use --api-key or set THORBIS_API_KEY ({reason})"
            case HTTPStatus.NOT_FOUND:
                message = f"{self._server} knows no {path}; is it a Thorbis Monitor, and of this version?"
            case status:
                message = f"{self._server} refused {path} with {status}: {reason}"
        raise ServerError(message)

    def _unreachable(self) -> ServerError:
        return ServerError(
            f"no server answers at {self._server}; start one with 'thorbis-monitor serve', "
            "or name another with --server"
        )


def _is_address(server: str) -> bool:
    try:
        url = httpx.URL(server)
    except (httpx.InvalidURL, UnicodeError):
        return False
    return url.scheme in {"http", "https"} and bool(url.host)


def _reason(answer: httpx.Response) -> str:
    """What the server says; the first lines of anything that is not our error document."""
    try:
        document = answer.json()
    except ValueError:
        document = None
    match document:
        case {"error": {"message": str(message)}}:
            return message
        case _:
            return answer.text.strip()[:200] or answer.reason_phrase


def _backoff(attempt: int) -> float:
    return min(_LONGEST_PAUSE, 0.5 * 2.0**attempt)


def _pause(answer: httpx.Response, attempt: int) -> float:
    """The pause that the server asks for in seconds or as a date, within bounds; else one that grows."""
    wanted = answer.headers.get("retry-after", "")
    if wanted.isdigit():
        return min(_LONGEST_PAUSE, float(wanted))
    try:
        moment = parsedate_to_datetime(wanted)
    except ValueError:
        return _backoff(attempt)
    seconds = (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return max(0.0, min(_LONGEST_PAUSE, seconds))
