"""`prospecting doctor`: what this installation stands on, each with a plain sentence and a mend."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from prospecting.cli.doors import AsJson, Workspace, find_workspace, print_json, progress
from prospecting.clock import wall
from prospecting.db import Database, check_version, liveness_now
from prospecting.findings import Refused
from prospecting.settings import Settings, load

DRIFT = 2.0
"""Seconds that this machine's clock may differ from the database's."""


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    well: bool
    says: str
    mend: str = ""


def doctor(
    workspace: Workspace = None,
    only: Annotated[list[str] | None, typer.Option(help="Look at this only; may be given more than once.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look at the database, the broker, the keys and the public address; exit 1 if something must be mended."""
    settings = load(find_workspace(workspace))
    unknown = sorted(set(only or []) - set(CHECKS))
    if unknown:
        raise Refused.of("CF004", f"There is no check called {unknown[0]}.", f"Say one of {', '.join(CHECKS)}.")
    found = [check(settings) for name, check in CHECKS.items() if not only or name in only]
    if as_json:
        print_json({"checks": [asdict(check) for check in found]})
    else:
        for check in found:
            progress.print(
                f"{'well' if check.well else 'MEND'}  {check.name}: {check.says} {check.mend}".rstrip(),
                highlight=False,
                soft_wrap=True,
            )
    if not all(check.well for check in found):
        raise typer.Exit(1)


def _database(settings: Settings) -> Check:
    database = Database(settings.url_of_database)
    try:
        check_version(database)
        with database.reading() as session:
            drift = abs((liveness_now(session) - wall()).total_seconds())
            durable = _durable(database)
    except OperationalError as error:
        return Check(
            "database",
            False,
            f"it does not answer: {str(error.orig).splitlines()[0]}.",
            "Start it, or correct DATABASE_URL.",
        )
    except Refused as refused:
        return Check("database", False, refused.findings[0].message, refused.findings[0].mend)
    finally:
        database.close()
    if drift > DRIFT:
        return Check("database", False, f"its clock and this machine's differ by {drift:.0f} s.", "Run NTP on both.")
    if not durable:
        return Check(
            "database", False, "a commit may be lost in a power cut.", "Set fsync and synchronous_commit to on."
        )
    return Check("database", True, f"{database.dialect}, of this version, keeps what it commits.")


def _durable(database: Database) -> bool:
    with database.engine.connect() as connection:
        if database.dialect == "sqlite":
            return int(connection.execute(text("PRAGMA synchronous")).scalar_one()) >= 2
        asked = [connection.execute(text(f"SHOW {name}")).scalar_one() for name in ("fsync", "synchronous_commit")]
        return asked[0] == "on" and asked[1] not in ("off", "local")


def _broker(settings: Settings) -> Check:
    if settings.embedded:
        return Check("broker", True, "in memory, in the process of `serve`.")
    client = Redis.from_url(settings.redis_url, socket_timeout=5, socket_connect_timeout=5)
    try:
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "")
    except RedisError as error:
        return Check("broker", False, f"Redis does not answer: {error}.", "Start it, or correct REDIS_URL.")
    finally:
        client.close()
    if policy != "noeviction":
        return Check("broker", False, f"Redis may evict hints ({policy}).", "Set maxmemory-policy to noeviction.")
    return Check("broker", True, "Redis answers and evicts nothing.")


def _keys(settings: Settings) -> Check:
    keys = settings.signing_keys()
    if not settings.keys and (settings.var_dir / "keys").stat().st_mode & 0o077:
        return Check("keys", False, "others on this machine can read var/keys.", "Run chmod 600 on it.")
    return Check("keys", True, f"{len(keys)} signing key(s); key {next(iter(keys))} signs.")


def _public_url(settings: Settings) -> Check:
    if settings.public_url.startswith("https://"):
        return Check(
            "public",
            True,
            f"{settings.public_url}; whether it is reached from outside, and what a proxy logs, cannot be seen from here.",
        )
    return Check(
        "public", True, f"{settings.public_url}: fine for a trial on this machine; prospects need an https address."
    )


CHECKS: dict[str, Callable[[Settings], Check]] = {
    "database": _database,
    "broker": _broker,
    "keys": _keys,
    "public": _public_url,
}
