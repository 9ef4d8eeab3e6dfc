"""What the server tells the courier on its standard input, because of the secrets in it."""

import json
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from thorbis_monitor.response.retry import RetryPolicy


@dataclass(frozen=True)
class CourierSettings:
    """One line of JSON. ``receivers`` are documents as ``Receiver.document`` writes them."""

    courier: str
    state_url: str = field(repr=False)
    receivers: list[dict[str, Any]] = field(repr=False)
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    idle_seconds: float = 60.0

    def to_line(self) -> bytes:
        """Write it for the courier."""
        policy = {name: value.total_seconds() for name, value in asdict(self.policy).items()}
        fields = {name: getattr(self, name) for name in ("courier", "state_url", "receivers", "idle_seconds")}
        return json.dumps({**fields, "policy": policy}).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> "CourierSettings":
        """Read what ``to_line`` wrote."""
        fields = json.loads(line)
        policy = {name: timedelta(seconds=value) for name, value in fields.pop("policy").items()}
        return cls(**fields, policy=RetryPolicy(**policy))
