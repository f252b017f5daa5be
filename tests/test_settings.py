"""Settings: the environment over the file over the defaults; keys made once and kept to their owner."""

from pathlib import Path

import pytest

from prospecting.findings import Refused
from prospecting.settings import load


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "PROSPECTING_PORT"):
        monkeypatch.delenv(name, raising=False)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "prospecting.toml").write_text('language = "fr"\nport = 9000\n')
    assert (load(tmp_path).language, load(tmp_path).port) == ("fr", 9000)
    monkeypatch.setenv("PROSPECTING_PORT", "9100")
    assert load(tmp_path).port == 9100


def test_a_plain_postgresql_address_gets_our_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@h/d")
    assert load(tmp_path).url_of_database == "postgresql+psycopg://u:p@h/d"


def test_the_public_address_follows_the_port_unless_it_is_said(tmp_path: Path) -> None:
    assert load(tmp_path, port=8500).public_url == "http://127.0.0.1:8500"
    (tmp_path / "prospecting.toml").write_text('public_url = "https://give.example"\n')
    assert load(tmp_path, port=8500).public_url == "https://give.example"


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "prospecting.toml").write_text("prot = 9000\n")
    with pytest.raises(Refused, match="prot"):
        load(tmp_path)


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = load(tmp_path).signing_keys()
    assert load(tmp_path).signing_keys() == first
    assert (tmp_path / "var" / "keys").stat().st_mode & 0o077 == 0


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        load(tmp_path, keys=None, var=tmp_path).model_copy(
            update={"keys": __import__("pydantic").SecretStr("0:00ff")}
        ).signing_keys()
