"""``thorbis-monitor serve`` as a process: one owner of a folder, clean stops, safe by default."""

import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from tests.fixtures.servers import Server, wait_until


def test_a_second_start_on_the_same_folder_is_refused_with_who_has_it(
    server: Server, new_server: Callable[..., Server]
) -> None:
    second = new_server()
    assert second.launch().wait(20) == 1
    assert f"in use by process {server.process.pid} at {server.url}" in second.output()  # type: ignore[union-attr]
    assert server.is_ready()


def test_a_taken_port_is_named(server: Server, new_server: Callable[..., Server]) -> None:
    second = new_server(data="other")
    assert second.launch().wait(20) == 1
    assert f"cannot listen on 127.0.0.1:{server.port}" in second.output()


def test_sigterm_stops_with_success_and_nothing_lost(server: Server) -> None:
    for number in range(20):
        assert server.post("/ingest/logs", b'{"message":"kept %d"}' % number)[0] == 200
    assert server.stop() == 0
    server.start()
    wait_until(lambda: len(server.get("/api/logs?contains=kept&limit=100")["items"]) == 20, what="all records")


def test_the_folder_is_free_again_after_a_kill(server: Server) -> None:
    server.kill()
    assert server.start().is_ready()


def test_other_machines_need_a_key(new_server: Callable[..., Server]) -> None:
    server = new_server("--host", "0.0.0.0")
    assert server.launch().wait(20) == 1
    assert "so a key is needed" in server.output()


def test_with_a_key_every_request_needs_it(new_server: Callable[..., Server]) -> None:
    server = new_server().start(THORBIS_API_KEY="open-sesame-42")
    assert server.post("/ingest/logs", b'{"message":"m"}')[0] == 401
    assert server.post("/ingest/logs", b'{"message":"m"}', authorization="Bearer wrong")[0] == 401
    assert server.post("/ingest/logs", b'{"message":"m"}', authorization="Bearer open-sesame-42")[0] == 200
    with pytest.raises(urllib.error.HTTPError, match="401"):
        server.get("/api/dashboard")
    assert server.is_ready(), "probes need no key"
    assert "open-sesame-42" not in server.output()


def test_requests_meant_for_another_host_are_not_answered(server: Server) -> None:
    request = urllib.request.Request(f"{server.url}/api/dashboard", headers={"host": "rebound.example"})
    with pytest.raises(urllib.error.HTTPError, match="421"):
        urllib.request.urlopen(request)


def test_pages_of_other_sites_cannot_write(server: Server) -> None:
    assert server.post("/ingest/logs", b'{"message":"m"}', origin="https://evil.example")[0] == 403
    assert server.post("/ingest/logs", b'{"message":"m"}', origin=server.url)[0] == 200


def test_a_configuration_with_mistakes_does_not_start(new_server: Callable[..., Server]) -> None:
    server = new_server("--config", "no-such-file.yaml")
    assert server.launch().wait(20) == 1
    assert "no-such-file.yaml" in server.output()
