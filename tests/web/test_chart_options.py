from datetime import UTC, datetime, timedelta

from thorbis_monitor.web.parts.chart_options import Limit, Line, line_chart

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
LIMIT = Limit(2000, "alert above 2,000 ms")


def line(*values: float | None) -> Line:
    return Line("Mean", "--series-1", [(NOON + timedelta(minutes=n), value) for n, value in enumerate(values)])


def test_the_limit_is_drawn_once_values_come_near_it() -> None:
    far = line_chart([line(100, 120)], LIMIT, "ms")
    near = line_chart([line(100, 700)], LIMIT, "ms")
    assert "markLine" not in far["series"][0]
    assert far["yAxis"]["max"] == 160
    assert near["series"][0]["markLine"]["data"] == [{"yAxis": 2000}]
    assert near["yAxis"]["max"] == 3000


def test_steps_without_a_value_are_gaps_and_a_lonely_value_is_a_dot() -> None:
    joined, lonely = line_chart([line(1, 2, None)], LIMIT, "ms"), line_chart([line(1, None, 2)], LIMIT, "ms")
    assert joined["series"][0]["data"][0] == [1769860800000, 1]
    assert [value for _, value in joined["series"][0]["data"]] == [1, 2, None]
    assert (joined["series"][0]["showSymbol"], lonely["series"][0]["showSymbol"]) == (False, True)


def test_a_chart_without_values_still_has_an_axis() -> None:
    assert line_chart([line(None, None)], LIMIT, "ms")["yAxis"]["max"] == 1
    assert line_chart([line(0, 0)], LIMIT, "%")["yAxis"]["max"] == 1
