"""`prospecting mail read`, as somebody types it."""

import json
from pathlib import Path

from tests.cli.conftest import Shell
from tests.inbound.letters import mail

MAILS = Path(__file__).parent.parent / "inbound" / "mails"


def test_it_says_what_each_file_is_as_one_list(shell: Shell) -> None:
    (shell.folder / "stop.eml").write_bytes(mail("Merci de ne plus m'écrire."))
    (shell.folder / "away.eml").write_bytes(mail("Absent jusqu'au 3/01 inclus.", Auto_Submitted="auto-replied"))
    code, out, _ = shell("mail", "read", "stop.eml", "away.eml", str(MAILS / "postfix-user-unknown.eml"), "--json")
    assert code == 0
    stop, away, bounce = json.loads(out.splitlines()[-1])
    assert list(stop) == ["file", "kind", "reply", "addresses", "status", "permanent", "reason", "until"]
    assert (stop["file"], stop["kind"], stop["reply"]) == ("stop.eml", "reply", "objection")
    assert (away["kind"], away["until"]) == ("absence", "2027-01-03")
    assert (bounce["kind"], bounce["addresses"]) == ("bounce", ["jean.dupont@client.example"])
    assert (bounce["status"], bounce["permanent"]) == ("5.1.1", True)


def test_a_file_that_is_not_there_is_one_clear_message(shell: Shell) -> None:
    code, out, err = shell("mail", "read", "nothing.eml", "--json")
    assert (code, out) == (1, "")
    assert "nothing.eml cannot be read" in err
