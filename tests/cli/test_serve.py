"""`serve` on an example, as somebody does who tries it: the built-in mailbox is there, and it stops however it is asked."""

import os
import signal
import smtplib
import subprocess
import sys
from pathlib import Path

from prospecting.cli.serve import MAIL_PORT
from prospecting.web.server import free_port
from tests.journeys.stage import process, wait_for

PROSPECTING = str(Path(sys.executable).parent / "prospecting")


def test_an_example_is_served_with_its_mailbox_and_stops_when_asked_twice(tmp_path: Path) -> None:
    subprocess.run([PROSPECTING, "init", str(tmp_path / "mine")], check=True, capture_output=True)
    log, port = tmp_path / "log", free_port()
    with process("prospecting", "serve", "--port", str(port), workspace=tmp_path / "mine", log=log) as serving:
        wait_for(lambda: "signs you in" in log.read_text(), seconds=60, why=log.read_text)
        with smtplib.SMTP("127.0.0.1", MAIL_PORT, timeout=10) as smtp:
            assert smtp.noop()[0] == 250
        for _ in range(20):
            os.kill(serving.pid, signal.SIGTERM)
        assert serving.wait(timeout=30) == 0
