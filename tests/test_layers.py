"""The table of parts in docs/decisions/0001-the-spine.md holds: who may import whom."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src"
PACKAGE = "thorbis_monitor"
DECISION = ROOT / "docs/decisions/0001-the-spine.md"

# The top of the package and `python -m thorbis_monitor` are no parts and may import what they show; that the
# top stays light is held by its own test.
NO_PARTS = {"", "__main__"}
LIGHT = ["", ".model", ".sdk", ".cli.main"]
HEAVY = {
    "alembic",
    "chdb",
    "clickhouse_connect",
    "fastapi",
    "google.protobuf",
    "nicegui",
    "numpy",
    "sqlalchemy",
}


@dataclass(frozen=True)
class Import:
    """A first-party import: the modules that it names, and where it stands."""

    importer: str
    imported: str
    place: str
    deferred: bool
    reason: bool


def test_parts_import_only_what_the_decision_permits() -> None:
    permitted = permitted_parts()
    wrong = []
    for found in first_party_imports():
        importer, imported = part_of(found.importer), part_of(found.imported)
        if importer not in NO_PARTS and imported not in {importer, *permitted.get(importer, ())}:
            wrong.append(f"{found.place}: {importer} may not import {imported or PACKAGE}")
    assert not wrong, "\n".join(wrong)


def test_every_part_stands_in_the_table_of_the_decision() -> None:
    parts = {part_of(name) for name in modules()} - NO_PARTS
    assert not parts - permitted_parts().keys()


def test_no_module_imports_itself_through_others() -> None:
    graph: dict[str, set[str]] = {}
    for found in first_party_imports():
        graph.setdefault(found.importer, set()).add(found.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" <- ".join(error.args[1])) from None


def test_an_import_inside_a_function_says_why() -> None:
    silent = [found.place for found in first_party_imports() if found.deferred and not found.reason]
    assert not silent, "write `# deferred: <reason>` behind these imports, or move them up:\n" + "\n".join(silent)


def test_the_core_imports_without_the_weight_of_the_server() -> None:
    light = [PACKAGE + name for name in LIGHT if PACKAGE + name in modules()]
    script = f"import sys, {', '.join(light)}; print(*(set(sys.modules) & {HEAVY!r}))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def permitted_parts() -> dict[str, set[str]]:
    """The table of the decision: each part with those that it may import."""
    rows = re.findall(r"^\| `(\w+?)(?:\.py)?` \|[^|]*\| ([^|]+) \|$", DECISION.read_text(), re.MULTILINE)
    names = [name for name, _ in rows]
    assert names, f"no table of parts in {DECISION}"
    permitted: dict[str, set[str]] = {}
    for name, cell in rows:
        match cell.strip():
            case "nothing of ours":
                permitted[name] = set()
            case "all above":
                permitted[name] = {"", *permitted}
            case "all":
                permitted[name] = {"", *names}
            case listed:
                permitted[name] = {"", *(part.strip(" `") for part in listed.split(","))}
        unknown = permitted[name] - {"", *names}
        assert not unknown, f"{DECISION}: {name} may import {unknown}, which the table does not know"
    return permitted


def modules() -> dict[str, Path]:
    """The modules of the package by their names."""
    found = {}
    for file in sorted((SOURCE / PACKAGE).rglob("*.py")):
        parts = file.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def part_of(module: str) -> str:
    """The part that a module belongs to; of the package itself, nothing."""
    return module.split(".")[1] if "." in module else ""


def first_party_imports() -> Iterator[Import]:
    """Every import of ours by ours, also in functions and under TYPE_CHECKING."""
    known = modules()
    for importer, file in known.items():
        text = file.read_text()
        lines = text.splitlines()
        package = importer if file.name == "__init__.py" else importer.rpartition(".")[0]
        for node, deferred in statements(ast.parse(text, file)):
            for imported in named_modules(node, package, known):
                written = lines[node.lineno - 1 : node.end_lineno]
                yield Import(
                    importer,
                    imported,
                    f"{file.relative_to(ROOT)}:{node.lineno}",
                    deferred,
                    any(re.search(r"# deferred: \S", line) for line in written),
                )


def statements(node: ast.AST, *, deferred: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """The import statements below a node, and whether a function holds them."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, deferred
        else:
            inside = deferred or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from statements(child, deferred=inside)


def named_modules(node: ast.Import | ast.ImportFrom, package: str, known: dict[str, Path]) -> set[str]:
    """The modules of ours that an import names; of ``from a import b``, ``a.b`` where it is a module."""
    if isinstance(node, ast.Import):
        names = {alias.name for alias in node.names}
    else:
        base = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, *([base] if base else [])])
        names = {name if (name := f"{base}.{alias.name}") in known else base for alias in node.names}
    return {name for name in names if name.split(".")[0] == PACKAGE}
