"""The spool: durable, bounded, and whole again after any crash."""

import asyncio
from pathlib import Path

import pytest

from thorbis_monitor.ingest.errors import RefusedError
from thorbis_monitor.ingest.spool import Framing, LineFraming, ProtobufFraming, Spool
from thorbis_monitor.ingest.spool.spool import SpoolLimits

FRAMINGS: dict[str, Framing] = {"pb": ProtobufFraming(), "nl": LineFraming(b"\x1e")}
ROOMY = SpoolLimits(free_disk_bytes=0)


def _append(spool: Spool, *payloads: bytes, kind: str = "pb") -> list[bool]:
    async def run() -> list[bool]:
        return await asyncio.gather(*(spool.append(kind, payload, 1) for payload in payloads))

    return asyncio.run(run())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def test_what_was_appended_is_in_the_sealed_segment(folder: Path) -> None:
    spool = Spool(folder, FRAMINGS, ROOMY)
    assert _append(spool, b"a", b"b", b"c") == [True, True, True]
    (segment,) = spool.seal()
    assert sorted(spool.payloads(segment)) == [b"a", b"b", b"c"]


def test_each_kind_has_a_segment_of_its_own(folder: Path) -> None:
    spool = Spool(folder, FRAMINGS, ROOMY)
    _append(spool, b"a")
    _append(spool, b"line\n", kind="nl")
    assert sorted(segment.kind for segment in spool.seal()) == ["nl", "pb"]


def test_a_new_process_finds_what_a_killed_one_acknowledged(folder: Path) -> None:
    _append(Spool(folder, FRAMINGS, ROOMY), b"a", b"b")
    after = Spool(folder, FRAMINGS, ROOMY)
    (segment,) = after.seal()
    assert sorted(after.payloads(segment)) == [b"a", b"b"]
    assert after.recovered_frames == 2


def test_a_torn_tail_is_cut(folder: Path) -> None:
    _append(Spool(folder, FRAMINGS, ROOMY), b"a")
    (file,) = folder.iterdir()
    with file.open("ab") as handle:
        handle.write(FRAMINGS["pb"].frame(b"torn")[:-1])
    after = Spool(folder, FRAMINGS, ROOMY)
    (segment,) = after.seal()
    assert after.payloads(segment) == [b"a"]
    assert after.cut_bytes > 0


def test_a_segment_with_nothing_but_a_torn_frame_vanishes(folder: Path) -> None:
    _append(Spool(folder, FRAMINGS, ROOMY), b"a")
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    assert Spool(folder, FRAMINGS, ROOMY).seal() == []
    assert list(folder.iterdir()) == []


def test_the_same_body_after_a_crash_is_stored_once(folder: Path) -> None:
    _append(Spool(folder, FRAMINGS, ROOMY), b"answer lost")
    after = Spool(folder, FRAMINGS, ROOMY)
    assert _append(after, b"answer lost") == [False]
    assert _append(after, b"answer lost") == [True], "only the first repetition is the lost one"


def test_a_full_spool_refuses_and_says_when_to_come_back(folder: Path) -> None:
    spool = Spool(folder, FRAMINGS, SpoolLimits(total_bytes=100, free_disk_bytes=0))
    _append(spool, b"x" * 60)
    with pytest.raises(RefusedError, match="full") as refusal:
        _append(spool, b"x" * 60)
    assert refusal.value.status == 503
    assert refusal.value.retry_after


def test_room_returns_when_a_segment_was_loaded(folder: Path) -> None:
    spool = Spool(folder, FRAMINGS, SpoolLimits(total_bytes=100, free_disk_bytes=0))
    _append(spool, b"x" * 60)
    for segment in spool.seal():
        spool.remove(segment)
    assert spool.size == 0
    assert _append(spool, b"x" * 60) == [True]


def test_an_almost_full_disk_refuses(folder: Path) -> None:
    spool = Spool(folder, FRAMINGS, SpoolLimits(free_disk_bytes=1 << 62))
    with pytest.raises(RefusedError, match="disk"):
        _append(spool, b"x")


def test_a_segment_is_sealed_at_its_bound_without_being_asked(folder: Path) -> None:
    spool = Spool(folder, FRAMINGS, SpoolLimits(segment_records=2, free_disk_bytes=0))
    _append(spool, b"a", b"b")
    assert spool.full_segment.is_set()
    _append(spool, b"c")
    assert len(spool.seal()) == 2


def test_a_split_that_was_cut_short_before_the_parent_went_is_undone(folder: Path) -> None:
    spool = Spool(folder, FRAMINGS, ROOMY)
    _append(spool, b"a", b"b")
    (segment,) = spool.seal()
    child = folder / f"{'0' * 32}.pb.part-{segment.id}"
    child.write_bytes(FRAMINGS["pb"].frame(b"a"))
    after = Spool(folder, FRAMINGS, ROOMY)
    assert [item.id for item in after.seal()] == [segment.id]
    assert not child.exists()


def test_a_split_that_was_cut_short_after_the_parent_went_is_completed(folder: Path) -> None:
    folder.mkdir()
    for number, payload in enumerate((b"a", b"b")):
        (folder / f"{number:032}.pb.part-{'f' * 32}").write_bytes(FRAMINGS["pb"].frame(payload))
    spool = Spool(folder, FRAMINGS, ROOMY)
    assert [spool.payloads(segment) for segment in spool.seal()] == [[b"a"], [b"b"]]


def test_a_split_keeps_every_payload_and_where_loading_goes_on(folder: Path) -> None:
    spool = Spool(folder, FRAMINGS, ROOMY)
    _append(spool, b"a", b"b", b"c")
    (segment,) = spool.seal()
    children = spool.split(segment, [[b"a"], [b"b", b"c"]], 3)
    assert [child.first_statement for child in children] == [3, 3]
    assert [spool.payloads(child) for child in children] == [[b"a"], [b"b", b"c"]]
    assert [child.id for child in spool.seal()] == [child.id for child in children]


def test_closing_and_opening_again_loses_nothing(folder: Path) -> None:
    async def session() -> None:
        spool = Spool(folder, FRAMINGS, ROOMY)
        first = asyncio.ensure_future(spool.append("pb", b"first", 1))
        await spool.append("pb", b"second", 1)
        await spool.close()
        await first

    asyncio.run(session())
    after = Spool(folder, FRAMINGS, ROOMY)
    stored = [payload for segment in after.seal() for payload in after.payloads(segment)]
    assert sorted(stored) == [b"first", b"second"]
