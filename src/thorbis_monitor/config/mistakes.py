"""What is wrong with a configuration, said so that it can be put right."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong: where it stands (counted from 1), what it is, and what to do."""

    file: str
    line: int
    column: int
    field: str
    message: str
    advice: str = ""

    def __str__(self) -> str:
        """Write ``file:line:column: field: message. advice``; what comes from no file has no line."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        parts = [place, *([self.field] if self.field else []), self.message]
        text = ": ".join(parts)
        return f"{text}. {self.advice}" if self.advice else text


class ConfigError(Exception):
    """The configuration cannot be used; ``mistakes`` holds every reason, in the order of the files."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))
