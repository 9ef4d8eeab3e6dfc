"""How much memory there is: the limit of the cgroup, else the host."""

from pathlib import Path

import psutil
import pytest

from thorbis_monitor.config.memory_limit import detect_memory_limit

HOST = psutil.virtual_memory().total
MEBI = 1024 * 1024


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A file system without any cgroup."""
    return tmp_path


def write(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


def test_without_a_cgroup_it_is_the_host(root: Path) -> None:
    assert detect_memory_limit(root) == HOST


def test_the_limit_of_a_container_in_version_2(root: Path) -> None:
    write(root, {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": f"{100 * MEBI}\n"})
    assert detect_memory_limit(root) == 100 * MEBI


def test_the_least_limit_on_the_way_up_counts(root: Path) -> None:
    write(
        root,
        {
            "proc/self/cgroup": "0::/system.slice/app.service\n",
            "sys/fs/cgroup/system.slice/app.service/memory.max": "max\n",
            "sys/fs/cgroup/system.slice/memory.max": f"{64 * MEBI}\n",
            "sys/fs/cgroup/memory.max": f"{100 * MEBI}\n",
        },
    )
    assert detect_memory_limit(root) == 64 * MEBI


def test_the_limit_of_a_container_in_version_1(root: Path) -> None:
    write(
        root,
        {
            "proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{80 * MEBI}\n",
        },
    )
    assert detect_memory_limit(root) == 80 * MEBI


@pytest.mark.parametrize("written", ["max", "9223372036854771712", "", "nonsense"])
def test_no_limit_is_the_host(root: Path, written: str) -> None:
    write(
        root,
        {
            "proc/self/cgroup": "0::/\n4:memory:/\n",
            "sys/fs/cgroup/memory.max": written,
            "sys/fs/cgroup/memory/memory.limit_in_bytes": written,
        },
    )
    assert detect_memory_limit(root) == HOST


def test_a_limit_above_the_host_is_the_host(root: Path) -> None:
    write(root, {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": str(HOST * 2)})
    assert detect_memory_limit(root) == HOST


def test_a_path_out_of_the_tree_is_not_followed(root: Path) -> None:
    write(root, {"proc/self/cgroup": "0::/../../secret\n", "sys/secret/memory.max": str(MEBI)})
    assert detect_memory_limit(root) == HOST
