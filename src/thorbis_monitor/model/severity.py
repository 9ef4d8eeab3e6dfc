"""How bad an alert is, and what it is about."""

from enum import StrEnum


class Severity(StrEnum):
    """Severity of an alert, a rule or an event."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Position from the most severe (0) to the least (4)."""
        return list(Severity).index(self)


class Category(StrEnum):
    """The area that an alert or a rule belongs to."""

    PERFORMANCE = "performance"
    ERROR = "error"
    SECURITY = "security"
    BUSINESS = "business"
    INFRASTRUCTURE = "infrastructure"
