"""Writing values of our own (paths, settings, tokens) into statements. Values from users are bound, never written."""


def literal(value: str | int) -> str:
    """A value as an SQL literal."""
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
