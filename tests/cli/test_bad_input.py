"""Bad input on the command line: one clear message with file, line and mend, exit code 1, and nothing half-done."""

import shutil
import socket
import sqlite3
from pathlib import Path

import pytest

from prospecting.cli.init import copy_example
from prospecting.settings import CONFIG
from tests.cli.conftest import Shell

CAMPAIGN = "campaigns/decide-in-writing.yaml"


@pytest.fixture
def example(shell: Shell) -> Shell:
    """The English example as `init` writes it."""
    copy_example("en", shell.folder)
    return shell


def refused(shell: Shell, *words: str) -> list[str]:
    """What a refused command says on stderr, a finding a line; it says nothing else, and ends in 1."""
    code, out, err = shell(*words)
    assert (code, out) == (1, ""), err
    lines = [line for line in err.splitlines() if line.strip()]
    assert "Traceback" not in err
    return lines


def people(shell: Shell) -> int:
    file = shell.folder / "var" / "prospecting.db"
    return _count(file, "prospect") if file.exists() else 0


def _count(file: Path, table: str) -> int:
    with sqlite3.connect(file) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.mark.parametrize(
    ("content", "begins", "mend"),
    [
        (b"email,first_name\na@b.example,Zo\x81\x8d\n", "people.csv:2:", "Save it as CSV in UTF-8"),
        (b"\xff\xfee\x00,\x00\x00", "people.csv:", "Save it as CSV in UTF-8"),
        (b"PK\x03\x04 a workbook", "people.csv  IM002", "Save it as CSV in UTF-8"),
        (b"email,name,Email\na@b.example,A,c@d.example\n", "people.csv:1:12  IM004", "take out one"),
        (b"first_name,last_name\nAnn,Ames\n", "people.csv:1:1  IM003", "Name one of them address or email"),
        (b"", "people.csv:1:1  IM005", "column names"),
    ],
)
def test_a_table_that_cannot_be_read_brings_nobody_in(shell: Shell, content: bytes, begins: str, mend: str) -> None:
    (shell.folder / "people.csv").write_bytes(content)
    [line] = refused(shell, "import", "people.csv", "--source", "Fair")
    assert line.startswith(begins)
    assert mend in line
    assert people(shell) == 0


def test_broken_addresses_are_told_line_by_line_and_the_others_come_in(shell: Shell) -> None:
    rows = ["email,first_name", "ann@ames.example,Ann", "nobody,Bob", "@gone.example,Cy", "a b@c.example,Di", "eve@e.example,Eve"]  # fmt: skip
    (shell.folder / "people.csv").write_text("\n".join(rows) + "\n")
    code, out, err = shell("import", "people.csv", "--source", "Fair")
    assert code == 1
    places = [line.split()[0] for line in err.splitlines() if "IM006" in line]
    assert places == ["people.csv:3:1", "people.csv:4:1", "people.csv:5:1"]
    assert "2 added" in out
    assert "3 rows refused" in out
    assert people(shell) == 2


def test_nobody_comes_in_without_a_source(shell: Shell) -> None:
    (shell.folder / "people.csv").write_text("email\nann@ames.example\n")
    [line] = refused(shell, "import", "people.csv", "--source", "  ")
    assert line.startswith("people.csv  IM001")
    assert "--source" in line
    assert people(shell) == 0


@pytest.mark.parametrize(
    ("said", "instead", "place", "mend"),
    [
        ("owner: maya", "ownr: maya", "4:1  CF001", "Did you mean `owner`?"),
        ("    give: decide-in-writing", "    give: decide-in-writng", ":11  CF003", "decide-in-writing"),
        ("  days: [tue, wed, thu]", "  days: [tue, someday]", ":15  CF004", ""),
        ('  hours: ["09:00-11:30", "13:30-16:30"]', '  hours: ["25:00-26:00"]', ":11  CF004", ""),
        ("  days: [tue, wed, thu]", "  days: [tue, wed, thu]\n  days: [fri]", ":3  CF002", ""),
        ('  hours: ["09:00-11:30", "13:30-16:30"]', '  hours: ["02:00-04:00"]', "CA001", ""),
    ],
)
def test_a_campaign_with_a_mistake_is_not_launched(
    example: Shell, said: str, instead: str, place: str, mend: str
) -> None:
    file = example.folder / CAMPAIGN
    text = file.read_text()
    assert text.count(said) == 1
    file.write_text(text.replace(said, instead))
    example("import", str(next((example.folder / "prospects").glob("*.csv"))), "--source", "Fair")
    lines = refused(example, "campaign", "launch", CAMPAIGN)
    errors = [line for line in lines if place in line]
    assert errors, lines
    assert all(line.startswith(f"{CAMPAIGN}:") for line in errors)
    assert mend in errors[0]
    for table in ("campaign", "campaign_version", "enrolment", "touch"):
        assert _count(example.folder / "var" / "prospecting.db", table) == 0


def test_a_taken_port_is_named_and_nothing_is_begun(example: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        [line] = refused(example, "serve", "--port", str(port))
    assert line == f"WB001  Port {port} on 127.0.0.1 is taken. Stop what listens there, or say --port {port + 1}."
    assert not (example.folder / "var").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_the_pages_are_served_on_this_machine_only(example: Shell, host: str) -> None:
    [line] = refused(example, "serve", "--host", host)
    assert line.startswith("WB003")
    assert "--host" in line
    assert not (example.folder / "var").exists()


@pytest.mark.parametrize(
    "words",
    [("leads",), ("serve", "--port", "18473"), ("campaign", "lint", CAMPAIGN), ("campaign", "launch", CAMPAIGN)],
)
def test_a_database_of_a_newer_version_is_left_alone(example: Shell, words: tuple[str, ...]) -> None:
    example("leads")
    file = example.folder / "var" / "prospecting.db"
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_later'")
    connection.close()
    [line] = refused(example, *words)
    assert line.startswith("DB001")
    assert "9999_later" in line
    assert "Install the newer version" in line
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999_later",)]


def test_a_damaged_database_is_said_to_be_one(example: Shell) -> None:
    file = example.folder / "var" / "prospecting.db"
    file.parent.mkdir()
    file.write_text("not a database at all\n" * 100)
    [line] = refused(example, "leads")
    assert line.startswith("DB004")
    assert "backup" in line


@pytest.mark.parametrize(
    "words", [("leads",), ("serve",), ("doctor",), ("campaign", "plan", "x.yaml"), ("digest", "--for", "maya"), ("import", "x.csv", "--source", "Fair")]
)  # fmt: skip
def test_a_folder_that_is_no_workspace_is_said_to_be_none(shell: Shell, words: tuple[str, ...]) -> None:
    (shell.folder / CONFIG).unlink()
    [line] = refused(shell, *words)
    assert line.startswith("CF003  No workspace here")
    assert "prospecting init DIR" in line
    assert list(shell.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('langage = "fr"\n', f"{CONFIG}:1:1  CF001"),
        ('language = "fr"\ntick = "often"\n', f"{CONFIG}:2:8  CF004"),
        ('language = "fr"\ntick = [\n', f"{CONFIG}:2:"),
        ("port = 99999\n", f"{CONFIG}:1:8  CF004"),
    ],
)
def test_settings_are_refused_with_their_line(shell: Shell, text: str, place: str) -> None:
    (shell.folder / CONFIG).write_text(text)
    [line] = refused(shell, "leads")
    assert line.startswith(place)


def test_a_setting_of_the_environment_is_named_by_its_variable(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROSPECTING_TICK", "often")
    [line] = refused(shell, "leads")
    assert line.startswith("CF004  PROSPECTING_TICK in the environment")


def test_a_workspace_is_begun_in_an_empty_folder_only(shell: Shell) -> None:
    kept = shell.folder / "mine"
    kept.mkdir()
    (kept / "notes.txt").write_text("keep me")
    [line] = refused(shell, "init", "mine")
    assert line.startswith("IN001")
    assert [file.name for file in kept.iterdir()] == ["notes.txt"]
    shutil.rmtree(kept)
    assert shell("init", "mine")[0] == 0


@pytest.mark.parametrize(
    "words",
    [("frobnicate",), ("import",), ("serve", "--port", "abc"), ("serve", "--port", "99999"), ("campaign", "dance"), ("leads", "--nothing")],
)  # fmt: skip
def test_a_wrong_usage_ends_in_2(shell: Shell, words: tuple[str, ...]) -> None:
    code, out, err = shell(*words)
    assert (code, out) == (2, "")
    assert "Usage:" in err
