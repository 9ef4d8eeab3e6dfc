"""Charts as ECharts options. Pure functions.

Colours are custom properties of the page's style sheet, so that charts, drawn as SVG, follow the system's
colour scheme.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# A limit is drawn once values come this near to it: a line far above them would press them flat.
_NEAR = 0.25
_HEADROOM = 1.15
_MINUTE_MS = 60_000

Points = Sequence[tuple[datetime, float | None]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart; ``colour`` names a custom property."""

    name: str
    colour: str
    points: Points
    area: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """The value that a rule fires above."""

    value: float
    label: str


def line_chart(lines: Sequence[Line], limit: Limit, unit: str) -> dict[str, Any]:
    """A chart of lines over time with the limit of a rule."""
    top = max((value for line in lines for _, value in line.points if value is not None), default=0.0)
    near = top >= limit.value * _NEAR
    series = [_series(line) for line in lines]
    if series and near:
        series[0]["markLine"] = _limit_line(limit)
    highest = max(top, limit.value if near else 0.0) * _HEADROOM
    return {
        "animation": False,
        "grid": {"left": 10, "right": 24, "top": 14, "bottom": 10, "containLabel": True},
        "textStyle": {"fontFamily": "system-ui, sans-serif"},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "className": "chart-tip",
            "backgroundColor": "var(--surface)",
            "borderColor": "var(--border)",
            "textStyle": {"color": "var(--text)", "fontSize": 12},
            "axisPointer": {"lineStyle": {"color": "var(--border-strong)"}},
            ":valueFormatter": f"value => value == null ? 'no value' : value.toLocaleString('en-US',"
            f" {{maximumFractionDigits: 2}}) + ' {unit}'",
        },
        "xAxis": {
            "type": "time",
            "minInterval": 10 * _MINUTE_MS,
            "axisLine": {"lineStyle": {"color": "var(--border-strong)"}},
            "axisTick": {"show": False},
            "splitLine": {"show": False},
            "axisLabel": {
                "color": "var(--muted)",
                "fontSize": 11,
                "hideOverlap": True,
                "formatter": "{HH}:{mm}",
            },
        },
        "yAxis": {
            "type": "value",
            "min": 0,
            "max": _round_up(highest),
            "splitNumber": 4,
            "axisLabel": {
                "color": "var(--muted)",
                "fontSize": 11,
                "showMaxLabel": False,
                ":formatter": f"value => value.toLocaleString('en-US') + ' {unit}'",
            },
            "splitLine": {"lineStyle": {"color": "var(--border)"}},
        },
        "series": series,
    }


def _series(line: Line) -> dict[str, Any]:
    colour = f"var({line.colour})"
    options: dict[str, Any] = {
        "name": line.name,
        "type": "line",
        "data": [[int(moment.timestamp() * 1000), value] for moment, value in line.points],
        "showSymbol": _lonely(line.points),
        "symbol": "circle",
        "symbolSize": 4,
        "connectNulls": False,
        "lineStyle": {"color": colour, "width": 2},
        "itemStyle": {"color": colour},
        "emphasis": {"disabled": True},
    }
    if line.area:
        options["areaStyle"] = {"color": colour, "opacity": 0.12}
    return options


def _lonely(points: Points) -> bool:
    """Whether a value stands without a neighbour, so that no line would show it."""
    known = [value is not None for _, value in points]
    neighbours = zip([False, *known], known, [*known[1:], False], strict=False)
    return any(here and not before and not after for before, here, after in neighbours)


def _limit_line(limit: Limit) -> dict[str, Any]:
    return {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": "var(--critical)", "type": "dashed", "width": 1.5},
        "label": {
            "formatter": limit.label,
            "position": "insideStartTop",
            "color": "var(--critical)",
            "fontSize": 11,
            "textBorderWidth": 0,
        },
        "data": [{"yAxis": limit.value}],
    }


def _round_up(value: float) -> float:
    """The next number that reads well on an axis."""
    if value <= 0:
        return 1
    magnitude = 10 ** (len(str(int(value))) - 1) if value >= 1 else 0.1
    for factor in (1, 1.2, 1.6, 2, 3, 4, 6, 8, 10):
        if value <= factor * magnitude:
            return factor * magnitude
    return value
