"""In `declared` and `none` a GET is answered and forgotten: nothing anywhere holds whose it was."""

import logging
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prospecting.engagement import GESTURES, Mode
from prospecting.tokens import Purpose
from tests.web.public.conftest import Site, rows

AGENT = "Marker-Agent/7.0"
NETWORK = "203.0.113.77"


def addresses(site: Site) -> list[str]:
    """Every address that a letter in `declared` or `none` holds, as a browser asks for it."""
    links, met = site.links, site.french
    whole = [
        links.gift("guide", met.touch, Mode.DECLARED),
        links.gift("guide", met.touch, Mode.NONE),
        *(links.gesture(met.touch, kind) for kind in GESTURES),
        links.space(met.touch),
        links.invitation(met.touch),
        links.objection(met.address_hash),
    ]
    return [site.path(link) for link in whole] + ["/d/calm", "/d/calm/10", "/e/class", "/p/private/once"]


def secrets(site: Site) -> list[str]:
    """What must be found nowhere: tokens, the touch, the address, the person's network and agent."""
    met = site.french
    tokens = [site.path(link).split("/")[-1] for link in addresses(site) if len(link.split("/")[-1]) > 20]
    fragment = site.installation.signer.touch(Purpose.FRAGMENT, met.touch)
    return [*tokens, fragment, str(met.touch), met.address, met.address_hash.hex(), NETWORK, AGENT, "zoe-marker"]


def files(folder: Path) -> str:
    return "\n".join(
        file.read_bytes().decode("utf-8", "replace")
        for file in folder.rglob("*")
        if file.is_file() and file.name != "shelf.json" and "prospecting.db" not in file.name
    )


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):  # the visitor's own side
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return caplog


def visit(site: Site, path: str, method: str = "GET") -> int:
    headers = {
        "user-agent": AGENT,
        "x-forwarded-for": NETWORK,
        "referer": f"https://mail.example/{site.french.address}",
    }
    return site.client.request(method, path, headers=headers).status_code


def test_gets_of_every_address_leave_no_row_no_record_and_no_line(
    site: Site, heard: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    before = rows(site)
    for path in addresses(site):
        for method in ("GET", "HEAD"):
            assert visit(site, path, method) in (200, 404), path
    site.drain()
    after = rows(site)
    after.pop("visit_count")
    before.pop("visit_count")
    assert after == before
    said = heard.text + "".join(capfd.readouterr()) + files(site.journal.folder) + site.client.get("/metrics").text
    for secret in secrets(site):
        assert secret not in said, secret


def test_errors_say_where_in_the_code_and_never_for_whom(
    site: Site, heard: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_session: object, touch: int) -> None:
        raise RuntimeError(f"touch {touch} of {site.french.address} at {site.links.space(touch)}")

    monkeypatch.setattr("prospecting.web.public.space.person_of", broken)
    assert visit(site, site.path(site.links.space(site.french.touch))) == 500
    said = heard.text + "".join(capfd.readouterr())
    assert "route p GET: RuntimeError" in said
    for secret in secrets(site):
        assert secret not in said, secret


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["GET", "HEAD", "OPTIONS", "TRACE"])), max_size=25))
def test_no_sequence_of_visits_writes_anything_about_a_person(site: Site, order: list[tuple[int, str]]) -> None:
    paths = addresses(site)
    before = rows(site)
    for place, method in order:
        visit(site, paths[place % len(paths)], method)
    site.drain()
    after = rows(site)
    assert {name: table for name, table in after.items() if name != "visit_count"} == {
        name: table for name, table in before.items() if name != "visit_count"
    }
    assert not any(secret in files(site.journal.folder) for secret in secrets(site))
