"""Messages as they are stored."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.response.alerts_to_tell import ALERT, EXTERNAL_URL, firing, resolved
from thorbis_monitor.model.alert import AlertChange, ChangeKind
from thorbis_monitor.response.message import from_payload, to_payload

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_a_stored_message_reads_back_as_it_was() -> None:
    for change in (firing(), resolved()):
        message = from_payload("d1", "ops", json.loads(json.dumps(to_payload(change, EXTERNAL_URL))))
        assert (message.kind, message.alert, message.id, message.receiver) == (
            change.kind,
            change.alert,
            "d1",
            "ops",
        )
        assert message.link == f"{EXTERNAL_URL}/?alert=a1"


@given(st.dictionaries(st.text(), ANYTHING), st.text())
def test_any_data_becomes_json_that_databases_take(data: dict[str, Any], title: str) -> None:
    alert = replace(ALERT, data=data, title=title)
    text = json.dumps(to_payload(AlertChange(ChangeKind.FIRING, alert), EXTERNAL_URL), allow_nan=False)
    text.encode()
    assert "\\u0000" not in text
    from_payload("d1", "ops", json.loads(text))


def test_long_texts_and_large_objects_are_cut() -> None:
    data = {str(number): "x" * 100_000 for number in range(1000)}
    payload = to_payload(AlertChange(ChangeKind.FIRING, replace(ALERT, data=data)), EXTERNAL_URL)
    assert len(payload["alert"]["data"]) == 200
    assert payload["alert"]["data"]["0"].endswith("x… (92000 characters cut)")
