"""The script that takes the documentation's pictures finds its pages in a running house."""

import subprocess
import sys
from pathlib import Path

from prospecting.cli.serve import team_link
from tests.browser.conftest import Stage
from tests.chromium import executable
from tests.journeys.stage import ROOT


def test_sixteen_pictures_are_taken_from_one_link(stage: Stage, tmp_path: Path) -> None:
    executable()
    script = tmp_path / "screenshots.py"
    script.write_text((ROOT / "docs/screenshots.py").read_text())
    done = subprocess.run(
        [sys.executable, script, team_link(stage.installation)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    pictures = sorted((tmp_path / "screenshots").iterdir())
    assert len(pictures) == 16
    assert {picture.read_bytes()[:4] for picture in pictures} == {b"\x89PNG"}
    assert max(picture.stat().st_size for picture in pictures) < 400_000
