"""Every setting, typed; nobody else reads the environment or `prospecting.toml`.

The environment wins over the workspace's `prospecting.toml`, which wins over the defaults here.
"""

import os
import re
import secrets
import tomllib
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from prospecting.findings import Finding, Refused

CONFIG = "prospecting.toml"


class Settings(BaseSettings):
    """One installation's settings. Times are in seconds, limits in counts, unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="PROSPECTING_", extra="forbid", frozen=True, populate_by_name=True)

    workspace: Path
    database_url: str = Field("", validation_alias=AliasChoices("database_url", "DATABASE_URL"))
    redis_url: str = Field("", validation_alias=AliasChoices("redis_url", "REDIS_URL"))
    public_url: str = "http://127.0.0.1:8400"
    host: str = "127.0.0.1"
    port: int = Field(8400, ge=1, le=65_535)
    language: Literal["fr", "en"] = "en"
    timezone: str = "UTC"

    var: Path | None = None
    """Where the database file, journal, keys and the built-in mailbox live; `var/` in the workspace unless given."""
    journal: Path | None = None
    keys: SecretStr | None = None
    """Signing keys, `id:hex` separated by commas, the first one signs; without it `var/keys` is made once."""

    min_days_between: int = Field(2, ge=1)
    max_per_30_days: int = Field(6, ge=1)
    in_touch_days: int = Field(60, ge=0)
    messages_per_day: int = Field(100_000, ge=1)

    lease: timedelta = timedelta(seconds=150)
    grace: timedelta = timedelta(seconds=60)
    session_cap: timedelta = timedelta(seconds=120)
    smtp_timeout: float = 30.0
    tick: float = 5.0
    claim_attempts: int = 8
    crash_at: str = ""
    """A named line at which the process dies; for the tests of delivery alone (delivery/crash.py)."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The toml file comes in through `load`, as init values; the environment must win over it.
        return env_settings, init_settings

    @property
    def var_dir(self) -> Path:
        return self.var or self.workspace / "var"

    @property
    def journal_dir(self) -> Path:
        return self.journal or self.var_dir / "journal"

    @property
    def url_of_database(self) -> str:
        """SQLAlchemy's address of the database; a plain `postgresql://` gets the driver we ship."""
        if not self.database_url:
            return f"sqlite:///{self.var_dir / 'prospecting.db'}"
        for plain in ("postgresql://", "postgres://"):
            if self.database_url.startswith(plain):
                return "postgresql+psycopg://" + self.database_url.removeprefix(plain)
        return self.database_url

    @property
    def embedded(self) -> bool:
        """Whether web, workers and broker share one process (no Redis given)."""
        return not self.redis_url

    def signing_keys(self) -> dict[int, bytes]:
        """Key id (0 to 15) to key, the signing one first; made and kept in `var/keys` (mode 0600) at first use."""
        text = self.keys.get_secret_value() if self.keys else _kept_keys(self.var_dir / "keys")
        try:
            pairs = [part.strip().split(":", 1) for part in text.replace("\n", ",").split(",") if part.strip()]
            keys = {int(number): bytes.fromhex(value) for number, value in pairs}
        except ValueError as error:
            raise Refused.of(
                "CF004", "The signing keys are not of the form id:hex.", "Write PROSPECTING_KEYS as 0:<64 hex digits>."
            ) from error
        if not keys or any(number not in range(16) or len(key) < 32 for number, key in keys.items()):
            raise Refused.of(
                "CF004",
                "A signing key needs an id from 0 to 15 and 32 bytes.",
                "Write PROSPECTING_KEYS as 0:<64 hex digits>.",
            )
        return keys


def load(workspace: Path, **given: Any) -> Settings:
    """The settings of `workspace`, `given` ones over everything. Raises Refused with the file and the mend."""
    workspace = workspace.resolve()
    file = workspace / CONFIG
    text, values = _read(file) if file.exists() else ("", {})
    try:
        settings = Settings(**(values | {"workspace": workspace}))
    except ValidationError as error:
        raise Refused([_wrong(one, text, values) for one in error.errors()]) from error
    if "public_url" not in settings.model_fields_set:
        here = given.get("host", settings.host), given.get("port", settings.port)
        given = {"public_url": f"http://{here[0]}:{here[1]}"} | given
    return settings.model_copy(update=given)


def _read(file: Path) -> tuple[str, dict[str, Any]]:
    """The file's text and what it says. Raises Refused with the place at which it is no TOML."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Refused.of("CF002", "This file is not UTF-8.", "Save it as UTF-8.", file=CONFIG) from error
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        numbers = [int(number) for number in re.findall(r"\d+", place)]
        line, column = numbers if len(numbers) == 2 else (max(1, len(text.splitlines())), 1)
        raise Refused.of(
            "CF002", f"This is not TOML: {reason}.", "Mend this line.", file=CONFIG, line=line, column=column
        ) from error


def _wrong(error: ErrorDetails, text: str, values: dict[str, Any]) -> Finding:
    """One setting that cannot be, with its place in the file, or the name of its variable."""
    key = ".".join(map(str, error["loc"]))
    if key not in values:
        name = key if key.isupper() else f"PROSPECTING_{key.upper()}"
        return Finding("CF004", "", f"{name} in the environment: {error['msg']}.", "Correct it, or unset it.")
    found = re.search(rf"^([ \t]*)({re.escape(key)})\s*=\s*", text, re.MULTILINE)
    line = text.count("\n", 0, found.start(2)) + 1 if found else 0
    if error["type"] == "extra_forbidden":
        near = get_close_matches(key, Settings.model_fields, 1)
        mend = f"Did you mean `{near[0]}`?" if near else "Leave it out."
        column = len(found[1]) + 1 if found else 0
        return Finding("CF001", CONFIG, f"There is no setting `{key}`.", mend, line, column)
    column = found.end() - found.start() + 1 if found else 0
    return Finding("CF004", CONFIG, f"{key}: {error['msg']}.", "Correct this setting, or leave it out.", line, column)


def secret_from_environment(name: str) -> str | None:
    """The secret kept in the environment variable `name`; files name variables, never secrets."""
    return os.environ.get(name)


def _kept_keys(file: Path) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return file.read_text(encoding="ascii")
        with os.fdopen(handle, "w") as out:
            out.write(f"0:{secrets.token_hex(32)}\n")
            out.flush()
            os.fsync(out.fileno())
    return file.read_text(encoding="ascii")
