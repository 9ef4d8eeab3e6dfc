"""A package adds a kind of condition without any change here."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.bench import Bench, read_condition
from thorbis_monitor.alerts import conditions
from thorbis_monitor.alerts.registry import condition_kinds

PACKAGE = """
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from thorbis_monitor.alerts.condition import ConditionKind
from thorbis_monitor.alerts.outcome import Outcome, Row
from thorbis_monitor.config.fields import Form


class MoonForm(Form):
    full: bool


@dataclass(frozen=True)
class Moon:
    form: MoonForm

    def words(self):
        return "the moon is full"

    def questions(self):
        return ()

    def decide(self, answers):
        return Outcome((Row({}, None, "The moon is full", holds=self.form.full),))


KIND = ConditionKind("moon", MoonForm, lambda form, figures: Moon(form))
SHADOW = ConditionKind("metric", MoonForm, lambda form, figures: Moon(form))
WRONG = "no kind"
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with a kind of condition, as an installer leaves it."""
    (tmp_path / "moonwatch.py").write_text(PACKAGE)
    info = tmp_path / "moonwatch-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: moonwatch\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[thorbis_monitor.conditions]\nmoon = moonwatch:KIND\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    condition_kinds.cache_clear()
    yield info
    sys.modules.pop("moonwatch", None)
    condition_kinds.cache_clear()


def test_the_built_in_kinds_are_the_modules_of_their_package() -> None:
    modules = {file.stem for file in Path(conditions.__path__[0]).glob("*.py")} - {"__init__"}
    assert {"metric", "log_count", "ratio", "sql"} <= modules
    assert condition_kinds().keys() == modules


def test_a_kind_from_a_package_works_like_a_built_in_one(installed: Path, bench: Bench) -> None:
    assert bench.fires(read_condition("{moon: {full: true}}"))
    assert not bench.fires(read_condition("{moon: {full: false}}"))
    with pytest.raises(AssertionError, match="Did you mean `full`"):
        read_condition("{moon: {ful: true}}")


def test_a_package_cannot_replace_a_built_in_kind(installed: Path) -> None:
    (installed / "entry_points.txt").write_text("[thorbis_monitor.conditions]\nmetric = moonwatch:SHADOW\n")
    assert condition_kinds()["metric"].form.__name__ == "MetricConditionForm"


def test_an_entry_point_that_is_no_kind_is_told(installed: Path) -> None:
    (installed / "entry_points.txt").write_text("[thorbis_monitor.conditions]\nmoon = moonwatch:WRONG\n")
    with pytest.raises(TypeError, match=r"'moon' .* has to name a ConditionKind"):
        condition_kinds()
