"""The commands as somebody types them, in a workspace of their own."""

import sys
from pathlib import Path

import pytest

from prospecting import cli
from prospecting.settings import CONFIG


class Shell:
    """Runs commands in a workspace."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._patch, self._capsys = folder, monkeypatch, capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        self._patch.setattr(sys, "argv", ["prospecting", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = self._capsys.readouterr()
        return int(ended.value.code or 0), out, err


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / CONFIG).write_text("")
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, monkeypatch, capsys)
