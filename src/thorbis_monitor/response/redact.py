"""URLs without their secrets, for logs, errors and pages."""

import re

_WEB = re.compile(r"(?i)(https?)://(?:[^/?#\s]*@)?(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::(\d{1,5}))?(?=[/?#]|$)")


def public_url(url: str) -> str:
    """Show where a URL leads without what may be secret in it.

    Of web addresses scheme, host and port are left; of all others only the scheme, because services put
    tokens in the place of the host: ``slack://…``.
    """
    text = url.strip()
    if web := _WEB.match(text):
        scheme, host, port = web.groups()
        rest = "/…" if text[web.end() :].strip("/") else ""
        return f"{scheme.lower()}://{host}{f':{port}' if port else ''}{rest}"
    scheme, separator, _ = text.partition("://")
    return f"{scheme}://…" if separator and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]{0,31}", scheme) else "…"
