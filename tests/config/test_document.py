"""Reading YAML: places of values, plain words, variables, and nothing that grows without bound."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from thorbis_monitor.config.document import MAX_BYTES, field_name, read_file, read_text
from thorbis_monitor.config.mistakes import ConfigError
from thorbis_monitor.config.nodes import Table, find_mark, plain


def read(text: str, **environ: str) -> Table:
    node, mistakes = read_text(text, "f.yaml", environ)
    assert not mistakes
    return node


def test_every_value_and_key_knows_its_place() -> None:
    node = read("a:\n  b: [1, {c: 2}]\n")
    mark = find_mark(node, ("a", "b", 1, "c"))
    assert (mark.line, mark.column) == (2, 14)
    key = find_mark(node, ("a", "b"), key=True)
    assert (key.line, key.column) == (2, 3)
    nearest = find_mark(node, ("a", "b", 5, "x"))
    assert (nearest.line, nearest.column) == (2, 6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-5", -5),
        ("1.5", 1.5),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("2026-01-01", "2026-01-01"),
        ("12:30", "12:30"),
        ("1.10", "1.10"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("''", ""),
    ],
)
def test_plain_words_are_what_they_look_like(text: str, value: object) -> None:
    assert plain(read(f"a: {text}")) == {"a": value}


def test_variables_are_filled_in_as_text() -> None:
    node = read('a: x${A}y\nb: ${B}\nc: "$${A} $A"', A="1", B="2")
    assert plain(node) == {"a": "x1y", "b": "2", "c": "${A} $A"}


def test_a_variable_cannot_bring_structure() -> None:
    assert plain(read("a: ${A}", A="[1, 2]\nb: 3")) == {"a": "[1, 2]\nb: 3"}


def test_aliases_repeat_a_value() -> None:
    assert plain(read("a: &x {b: 1}\nc: *x")) == {"a": {"b": 1}, "c": {"b": 1}}


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 9)]
    with pytest.raises(ConfigError, match="nested too deeply or repeats too much"):
        read_text("\n".join(lines), "f.yaml", {})


def test_a_value_that_holds_itself_is_refused() -> None:
    with pytest.raises(ConfigError, match="nested too deeply or repeats too much"):
        read_text("a: &a [*a]", "f.yaml", {})


@pytest.mark.parametrize("text", ["[" * 5000, "{a: " * 5000, "- " * 5000])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        read_text(text, "f.yaml", {})


def test_tags_run_nothing() -> None:
    assert plain(read("a: !!python/object/apply:os.system ['exit 1']")) == {"a": ["exit 1"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: \xff", "f.yaml:1:1: the file is not UTF-8 text. Save it as UTF-8"),
        (b"# \n" * MAX_BYTES, "f.yaml: the file is larger than 1,024 KiB. Split it"),
        (b"a: b\n\x00", "f.yaml: this is not YAML"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        read_file(file, {})
    assert str(refused.value).replace(f"{tmp_path}/", "").startswith(message)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the file cannot be read: Is a directory"):
        read_file(tmp_path, {})


def test_fields_are_named_as_people_write_them() -> None:
    assert field_name(("rules", 0, "condition", "any_of", 1)) == "rules[0].condition.any_of[1]"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=4))
def test_whatever_is_written_is_read_again(value: dict[str, object]) -> None:
    written = yaml.safe_dump(value, allow_unicode=False).replace("${", "$${")
    assert plain(read(written)) == value


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        node, mistakes = read_text(text, "f.yaml", {})
    except ConfigError as error:
        mistakes = list(error.mistakes)
        assert mistakes
    else:
        assert isinstance(node, Table)
    assert all(mistake.file == "f.yaml" for mistake in mistakes)
