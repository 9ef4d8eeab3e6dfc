"""Response time and error rate over the last hour."""

from typing import Any

from nicegui import ui

from thorbis_monitor.dashboard.document import PerformanceSection
from thorbis_monitor.web.elements import Text, block, show_if
from thorbis_monitor.web.parts.chart_options import Limit, Line, line_chart
from thorbis_monitor.web.parts.start import Example, requests_example, response_time_example

RESPONSE_TIME_LIMIT = Limit(2000, "alert above 2,000 ms")
ERROR_RATE_LIMIT = Limit(5, "alert above 5 %")
"""The limits of the default rules high_response_time and error_rate_spike."""


class Charts:
    """Two charts; each says what to send while it has nothing to show."""

    def __init__(self, address: str) -> None:
        """Draw the sections; ``show`` fills them."""
        self._response_time = _Chart(
            "Response time",
            (("Mean", "--series-1"), ("95th percentile", "--series-2")),
            RESPONSE_TIME_LIMIT,
            response_time_example(address),
        )
        self._error_rate = _Chart(
            "Error rate", (("Errors per request", "--series-3"),), ERROR_RATE_LIMIT, requests_example(address)
        )

    def show(self, performance: PerformanceSection) -> None:
        """Show the series of the last hour."""
        times = performance.response_time
        self._response_time.show(
            line_chart(
                [
                    Line("Mean", "--series-1", [(point.timestamp, point.average) for point in times], area=True),
                    Line("95th percentile", "--series-2", [(point.timestamp, point.p95) for point in times]),
                ],
                RESPONSE_TIME_LIMIT,
                "ms",
            ),
            empty=all(point.average is None for point in times),
        )
        rates = [
            (point.timestamp, None if point.rate is None else point.rate * 100) for point in performance.error_rates
        ]
        self._error_rate.show(
            line_chart([Line("Errors per request", "--series-3", rates, area=True)], ERROR_RATE_LIMIT, "%"),
            empty=all(rate is None for _, rate in rates),
        )


class _Chart:
    """A titled chart with its legend."""

    def __init__(self, title: str, legend: tuple[tuple[str, str], ...], limit: Limit, example: Example) -> None:
        with block("section", "section"):
            with block("section-head"):
                Text(title, tag="h2")
                Text("last hour, by minute", "quiet")
            with block("panel"):
                self._shown = block("chart-box")
                with self._shown:
                    with block("legend"):
                        for name, colour in legend:
                            with block("legend-item", "span"):
                                block("legend-key", "i").style(f"background: var({colour})")
                                Text(name)
                        with block("legend-item is-limit", "span"):
                            block("legend-key is-limit", "i")
                            Text(limit.label)
                    self._chart = ui.echart({}, renderer="svg").classes("chart")
                self._empty = block("empty")
                with self._empty:
                    example.draw()
        self._options: dict[str, Any] = {}

    def show(self, options: dict[str, Any], *, empty: bool) -> None:
        show_if(self._shown, visible=not empty)
        show_if(self._empty, visible=empty)
        if options != self._options:
            self._options = options
            self._chart.options.clear()
            self._chart.options.update(options)
            self._chart.update()
