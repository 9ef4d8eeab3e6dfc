import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorbis_monitor.analysis.cursor import CursorError, pack, unpack

signed = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(signed, min_size=1, max_size=4))
def test_numbers_come_back_as_they_were_packed(numbers: list[int]) -> None:
    assert unpack(pack(*numbers), len(numbers)) == tuple(numbers)


@given(st.text(max_size=300))
def test_any_other_text_is_refused_as_a_cursor(text: str) -> None:
    try:
        numbers = unpack(text, 3)
    except CursorError:
        return
    assert len(numbers) == 3


def test_a_cursor_of_another_listing_is_refused() -> None:
    with pytest.raises(CursorError, match="pass on the value of `next`"):
        unpack(pack(1, 2), 3)


def test_a_number_that_the_store_cannot_hold_is_refused() -> None:
    with pytest.raises(CursorError):
        unpack(pack(2**63, 0, 1), 3)
