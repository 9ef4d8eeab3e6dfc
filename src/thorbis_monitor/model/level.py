"""Log levels and their OpenTelemetry severity numbers."""

from enum import IntEnum


class Level(IntEnum):
    """Level of a log record; the number is what records carry on the wire."""

    ERROR = 0
    WARN = 1
    INFO = 2
    DEBUG = 3
    TRACE = 4

    @property
    def severity_number(self) -> int:
        """The lowest OpenTelemetry severity number of this level (logs data model, 1 to 24)."""
        return _SEVERITY_NUMBER[self]

    @classmethod
    def parse(cls, text: str) -> "Level":
        """Read a level by name in any case; an unknown name is INFO."""
        return cls.__members__.get(text.strip().upper(), cls.INFO)


_SEVERITY_NUMBER = {Level.TRACE: 1, Level.DEBUG: 5, Level.INFO: 9, Level.WARN: 13, Level.ERROR: 17}
