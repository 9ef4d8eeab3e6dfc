"""Why a request was refused."""

from http import HTTPStatus


class RefusedError(Exception):
    """A request that was not stored; nothing of it was kept.

    ``status`` is the HTTP status to answer with, ``retry_after`` the seconds after which trying again makes
    sense (None: trying the same again is pointless).
    """

    def __init__(self, status: HTTPStatus, reason: str, *, retry_after: int | None = None) -> None:
        """Keep the reason for the sender."""
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.retry_after = retry_after


def malformed(reason: str) -> RefusedError:
    """The body is not what its format says; sending it again is pointless."""
    return RefusedError(HTTPStatus.BAD_REQUEST, reason)


def too_large(reason: str) -> RefusedError:
    """The body exceeds a limit."""
    return RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason)


def unavailable(reason: str, *, retry_after: int = 5) -> RefusedError:
    """Nothing is wrong with the body; there is no room for it now."""
    return RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, reason, retry_after=retry_after)
