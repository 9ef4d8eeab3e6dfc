"""Pieces of forms that several kinds of conditions share."""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from thorbis_monitor.analysis.questions.aggregate import Aggregate
from thorbis_monitor.analysis.questions.limits import Comparison, Limit
from thorbis_monitor.analysis.questions.log_count import LogMatch
from thorbis_monitor.analysis.questions.metric_value import SERIES
from thorbis_monitor.config.fields import Form, Texts
from thorbis_monitor.model.level import Level

MAX_GROUP_LABELS = 10
MAX_ALTERNATIVES = 20


class LimitForm(Form):
    """Exactly one of four comparisons."""

    above: float | None = Field(None, description="True when the value is greater than this.")
    below: float | None = Field(None, description="True when the value is less than this.")
    at_least: float | None = Field(None, description="True when the value is this or greater.")
    at_most: float | None = Field(None, description="True when the value is this or less.")

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        given = [each.value for each in Comparison if getattr(self, each.value) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"exactly one limit is needed, found {found}; write above, below, at_least or at_most")
        return self

    def limit(self) -> Limit:
        """The comparison that was written."""
        for comparison in Comparison:
            value = getattr(self, comparison.value)
            if value is not None:
                return Limit(comparison, value)
        raise AssertionError("checked by the form")


def _level(value: object) -> Level:
    if isinstance(value, Level):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value in set(Level):
        return Level(value)
    if isinstance(value, str) and value.upper() in Level.__members__:
        return Level[value.upper()]
    names = ", ".join(level.name.lower() for level in Level)
    raise ValueError(f"{value!r} is not a level; write one of {names}")


def _as_levels(value: object) -> tuple[Level, ...]:
    return tuple(_level(item) for item in (value if isinstance(value, list | tuple) else [value]))


Levels = Annotated[tuple[Level, ...], BeforeValidator(_as_levels)]


def _no_empty(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not texts or any(not text.strip() for text in texts):
        raise ValueError("an empty text matches everything; write what has to be there, or remove the line")
    return texts


def _named(labels: tuple[str, ...]) -> tuple[str, ...]:
    if any(not label.strip() for label in labels):
        raise ValueError("a label has no name; write for example service, or remove it")
    return labels


Words = Annotated[Texts, AfterValidator(_no_empty)]

NoData = Literal["resolve", "keep"]
"""What happens to an alert for which there is no data any more."""


def _group_by(value: object) -> object:
    return (SERIES,) if value == "series" else value


Labels = Annotated[Texts, AfterValidator(_named), Field(max_length=MAX_GROUP_LABELS)]
SeriesOrLabels = Annotated[Labels, BeforeValidator(_group_by)]


class LogMatchForm(Form):
    """Which log records are meant; everything that is given has to hold."""

    level: Levels | None = Field(None, description="One level or several: error, warn, info, debug, trace.")
    component: Words | None = Field(None, description="One component or several, in any case.")
    service: Words | None = Field(None, description="One service or several, in any case.")
    contains_all: Words | None = Field(None, description="The message has each of these texts, in any case.")
    contains_any: Words | None = Field(None, description="The message has one of these texts, in any case.")
    attributes: dict[str, str] = Field({}, description="Attributes with exactly these values.")
    any_of: tuple["LogMatchForm", ...] = Field(
        (), max_length=MAX_ALTERNATIVES, description="Alternatives, of which at least one has to hold."
    )

    def match(self) -> LogMatch:
        """What was written, as a question understands it."""
        return LogMatch(
            levels=self.level or (),
            components=self.component or (),
            services=self.service or (),
            contains_all=self.contains_all or (),
            contains_any=self.contains_any or (),
            attributes=tuple(sorted(self.attributes.items())),
            any_of=tuple(alternative.match() for alternative in self.any_of),
        )

    def words(self) -> str:
        """What was written, in words: ``ERROR records from component payment``."""
        levels = "/".join(level.name for level in self.level) if self.level else ""
        return " ".join(part for part in (f"{levels or 'log'} records", self._details()) if part)

    def _details(self) -> str:
        parts = []
        if self.component:
            parts.append(f"from component {either(self.component)}")
        if self.service:
            parts.append(f"of service {either(self.service)}")
        if self.contains_all:
            parts.append(f"with {' and '.join(map(repr, self.contains_all))} in the message")
        if self.contains_any:
            parts.append(f"with {either(map(repr, self.contains_any))} in the message")
        parts += [f"with {name}={value}" for name, value in sorted(self.attributes.items())]
        if self.any_of:
            alternatives = either(_alternative_words(form) for form in self.any_of)
            parts.append(f"({alternatives})" if parts else alternatives)
        return " and ".join(parts)


def _alternative_words(form: LogMatchForm) -> str:
    return form.words() if form.level else form._details()  # noqa: SLF001  the same class, one level down


def _aggregate(value: object) -> Aggregate:
    if isinstance(value, Aggregate):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not an aggregate; write avg, sum, min, max, count, last, or p95")  # noqa: TRY004  pydantic reports only ValueError
    return Aggregate.parse(value)


AggregateText = Annotated[Aggregate, BeforeValidator(_aggregate)]


class MetricForm(Form):
    """Which samples of which metrics are meant, and what is made of them."""

    name: Words = Field(description="The name of the metric, or several names that count as one.")
    aggregate: AggregateText = Field(Aggregate("avg"), description="avg, sum, min, max, count, last, or p95.")
    where: dict[str, str] = Field({}, description="Tags with exactly these values.")

    def names(self) -> str:
        """The names in words."""
        return either(self.name)


def either(texts: Iterable[str]) -> str:
    """Join texts by ``or``."""
    return " or ".join(texts)
