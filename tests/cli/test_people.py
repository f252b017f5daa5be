"""`import`, `person` and `user`, as somebody types them."""

import json

import pytest

from tests.cli.conftest import Shell

PEOPLE = "email,first_name,tel,ville\nanne@dupont.fr,Anne-Marker,0612345678,Lyon-Marker\nbob@x.fr,Bob,,\n"


@pytest.fixture
def shell(shell: Shell) -> Shell:
    (shell.folder / "people.csv").write_text(PEOPLE)
    return shell


def test_an_import_says_what_came_in_and_what_was_left_out(shell: Shell) -> None:
    code, out, err = shell("import", "people.csv", "--source", "Salon", "--json")
    assert code == 0
    report = json.loads(out.splitlines()[-1])
    assert (report["added"], report["dropped_columns"], report["encoding"]) == (2, ["tel"], "utf-8")
    assert "people.csv:1:18" in err
    code, out, _ = shell("import", "people.csv", "--source", "Salon")
    assert code == 0
    assert "0 added, 0 updated, 2 unchanged" in out


def test_a_broken_row_ends_in_exit_code_1_and_its_line(shell: Shell) -> None:
    (shell.folder / "people.csv").write_text(PEOPLE + "nobody,,,\n")
    code, out, err = shell("import", "people.csv", "--source", "Salon", "--json")
    assert code == 1
    assert "people.csv:4:1  IM006" in err
    assert json.loads(out)["refused"][0]["line"] == 4


def test_no_source_and_no_file_are_one_clear_message_each(shell: Shell) -> None:
    assert shell("import", "people.csv")[0] == 1
    code, out, err = shell("import", "nothing.csv", "--source", "Salon")
    assert (code, out) == (1, "")
    assert "nothing.csv" in err
    assert "Traceback" not in err


def test_a_person_is_shown_handed_over_and_erased_everywhere(shell: Shell) -> None:
    shell("import", "people.csv", "--source", "Salon")
    code, out, _ = shell("person", "show", "Anne@Dupont.fr")
    assert code == 0
    assert "Anne-Marker" in out
    code, out, _ = shell("person", "export", "anne@dupont.fr")
    assert json.loads(out)["prospects"]["person"]["fields"] == {"ville": "Lyon-Marker"}
    assert shell("person", "erase", "anne@dupont.fr", "--yes")[0] == 0
    for file in (shell.folder / "var").rglob("*"):
        if file.is_file():
            kept = file.read_bytes()
            assert not any(marker in kept for marker in (b"Anne-Marker", b"Lyon-Marker", b"dupont")), file
    assert shell("person", "show", "anne@dupont.fr")[0] == 1
    code, out, _ = shell("import", "people.csv", "--source", "Salon", "--json")
    assert json.loads(out.splitlines()[-1])["left_out_suppressed"] == 1
    assert shell("person", "show", "anne@dupont.fr")[0] == 1


def test_a_user_is_added_once(shell: Shell) -> None:
    words = ("user", "add", "claire", "--name", "Claire", "--address", "claire@x.fr", "--zone", "Europe/Paris")
    assert shell(*words)[0] == 0
    code, _, err = shell(*words)
    assert (code, "already" in err) == (1, True)
    code, _, err = shell("user", "add", "tom", "--name", "Tom", "--address", "nowhere", "--zone", "Mars/Base")
    assert code == 1
    assert "CF003" in err
    assert "CF004" in err
