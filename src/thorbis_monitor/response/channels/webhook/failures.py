"""Why a request failed, in words of our own: the libraries' texts may repeat headers and addresses."""

import socket
import ssl
from collections.abc import Iterator

_BY_TYPE = {
    "ConnectTimeout": "no connection within the timeout",
    "ReadTimeout": "no answer within the timeout",
    "WriteTimeout": "the request was not taken within the timeout",
    "ConnectError": "no connection",
    "ProxyError": "the proxy refused",
    "ReadError": "the connection ended without an answer",
    "RemoteProtocolError": "the connection ended without an answer",
}


def explain(error: Exception) -> str:
    """Say what went wrong, without addresses and headers."""
    for cause in _causes(error):
        if text := _of_the_system(cause):
            return text
    name = type(error).__name__
    return _BY_TYPE.get(name, f"the request failed ({name})")


def _of_the_system(cause: BaseException) -> str | None:
    match cause:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({cause.verify_message}); see ca_file"
        case socket.gaierror():
            return "the host name cannot be resolved"
        case ssl.SSLError():
            return f"no TLS connection ({cause.reason or 'handshake failed'})"
        case ConnectionError() if cause.strerror:
            return cause.strerror.lower()
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
