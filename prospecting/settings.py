"""Every setting, typed; nobody else reads the environment or `prospecting.toml`.

The environment wins over the workspace's `prospecting.toml`, which wins over the defaults here.
"""

import os
import secrets
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError
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
    port: int = 8400
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
    values: dict[str, Any] = {}
    if file.exists():
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Refused(
                [Finding("CF002", CONFIG, f"This is not TOML: {error}.", "Mend the line it names.")]
            ) from error
    try:
        settings = Settings(**(values | {"workspace": workspace}))
    except ValidationError as error:
        raise Refused(
            [
                Finding(
                    "CF004",
                    CONFIG,
                    f"{'.'.join(map(str, e['loc']))}: {e['msg']}.",
                    "Correct this setting, or leave it out.",
                )
                for e in error.errors()
            ]
        ) from error
    if "public_url" not in settings.model_fields_set:
        here = given.get("host", settings.host), given.get("port", settings.port)
        given = {"public_url": f"http://{here[0]}:{here[1]}"} | given
    return settings.model_copy(update=given)


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
