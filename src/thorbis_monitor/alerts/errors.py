"""What can go wrong when people work with alerts."""


class AlertNotFoundError(LookupError):
    """There is no alert with this id."""

    def __init__(self, alert_id: str) -> None:
        """Name the id that was asked for."""
        super().__init__(f"there is no alert with the id {alert_id!r}")
        self.alert_id = alert_id


class AlertConflictError(Exception):
    """The alert is in a state that does not allow this operation."""
