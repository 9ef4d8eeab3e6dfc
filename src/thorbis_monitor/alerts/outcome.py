"""What the evaluation of a condition found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """What was found for one label set: the value, a sentence about it, and whether the condition holds."""

    labels: Mapping[str, str]
    value: float | None
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """All rows of one evaluation.

    For a label set without a row the condition does not hold, unless ``absent_is_unknown``: then nothing is
    known about it and its alert stays as it is. ``no_data`` says that there was nothing to look at.
    """

    rows: tuple[Row, ...] = ()
    no_data: bool = False
    absent_is_unknown: bool = False
