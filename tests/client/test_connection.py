"""Requests to a server: stored or refused in plain words, and patient while it is busy."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.client.loopback import Answer, Loopback, listening
from thorbis_monitor.client import Connection, ServerError


@pytest.fixture
def server() -> Iterator[Loopback]:
    with listening() as loopback:
        yield loopback


def test_a_body_arrives_compressed_with_parameters_and_key(server: Loopback) -> None:
    with Connection(server.address, "secret") as connection:
        connection.post("/ingest/lines", b"line\n" * 1000, {"service": "shop & co"})
    (request,) = server.requests
    assert request.path == "/ingest/lines"
    assert request.parameters == {"service": "shop & co"}
    assert request.headers["authorization"] == "Bearer secret"
    assert request.headers["content-encoding"] == "gzip"
    assert request.body == b"line\n" * 1000


def test_a_busy_server_is_asked_again_after_the_pause_it_wants(server: Loopback) -> None:
    pauses: list[float] = []
    server.answers.extend([Answer(429, headers={"retry-after": "3"}), Answer(503), Answer(None), Answer(200)])
    with Connection(server.address, wait=pauses.append) as connection:
        connection.post("/ingest/logs", b"x")
    assert [request.body for request in server.requests] == [b"x"] * 4
    assert pauses == [3.0, 1.0, 2.0]


def test_a_pause_given_as_a_date_or_far_too_long_is_bounded(server: Loopback) -> None:
    pauses: list[float] = []
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=8), usegmt=True)
    server.answers.extend(Answer(503, headers={"retry-after": value}) for value in (soon, "86400", "soon"))
    with Connection(server.address, wait=pauses.append) as connection:
        connection.post("/ingest/logs", b"x")
    assert 5 < pauses[0] <= 8
    assert pauses[1:] == [30.0, 2.0]


def test_a_server_that_stays_busy_is_given_up(server: Loopback) -> None:
    server.answers.extend(Answer(429, b'{"error":{"code":"x","message":"the spool is full"}}') for _ in range(20))
    with Connection(server.address, wait=lambda _: None) as connection, pytest.raises(ServerError) as caught:
        connection.post("/ingest/logs", b"x")
    assert len(server.requests) == 10
    assert "took nothing in 10 attempts: the server is busy (the spool is full); try again later" in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            Answer(400, b'{"error":{"message":"shift_ms is wrong"}}'),
            "refused /ingest/lines with 400: shift_ms is wrong",
        ),
        (Answer(401, b"{}"), "wants a valid key: use --api-key or set THORBIS_API_KEY"),
        (Answer(404, b"Not Found"), "knows no /ingest/lines; is it a Thorbis Monitor"),
        (Answer(500, b"<html>"), "refused /ingest/lines with 500: <html>"),
        (Answer(302, b"", {"location": "https://192.0.2.1/"}), "refused /ingest/lines with 302"),
    ],
)
def test_a_refusal_is_told_in_words_and_not_repeated(server: Loopback, answer: Answer, message: str) -> None:
    server.answers.append(answer)
    with Connection(server.address, "top-secret") as connection, pytest.raises(ServerError) as caught:
        connection.post("/ingest/lines", b"x")
    assert message in str(caught.value)
    assert "top-secret" not in str(caught.value)
    assert len(server.requests) == 1


def test_without_a_server_the_message_says_how_to_start_one(free_port: int) -> None:
    with Connection(f"http://127.0.0.1:{free_port}") as connection:
        assert not connection.is_ready()
        with pytest.raises(ServerError, match="start one with 'thorbis-monitor serve'"):
            connection.post("/ingest/logs", b"x")


def test_a_server_that_went_away_is_waited_for(free_port: int) -> None:
    pauses: list[float] = []
    with listening() as loopback, Connection(loopback.address, wait=pauses.append) as connection:
        connection.post("/ingest/logs", b"x")
        loopback.answers.extend([Answer(None)] * 9)
        connection.post("/ingest/logs", b"x")
    assert len(pauses) == 9


@pytest.mark.parametrize("address", ["", "localhost", "ftp://x", "http://", "http://[::1"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ServerError, match="is no address of a server"):
        Connection(address)


def test_a_key_with_a_line_break_is_refused_without_showing_it() -> None:
    with pytest.raises(ServerError) as caught:
        Connection("http://127.0.0.1:1", "se\ncret")
    assert "cret" not in str(caught.value)


def test_a_document_that_is_no_json_is_an_error(server: Loopback) -> None:
    server.answers.append(Answer(200, b"<html>"))
    with (
        Connection(server.address) as connection,
        pytest.raises(ServerError, match="something else than JSON"),
    ):
        connection.get("/api/alerts")
