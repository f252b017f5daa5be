"""One installation, opened once by a door and handed down: settings, clock, database, tokens."""

from dataclasses import dataclass

from prospecting.clock import Clock
from prospecting.db import Database, DatabaseClock, check_version, migrate
from prospecting.settings import Settings
from prospecting.tokens import Signer


@dataclass(frozen=True)
class Installation:
    """What every door has in its hands. `clock` is engine time."""

    settings: Settings
    database: Database
    clock: Clock
    signer: Signer

    def close(self) -> None:
        self.database.close()


def open_installation(settings: Settings, *, clock: Clock | None = None, upgrade: bool = True) -> Installation:
    """Open (and with `upgrade` migrate) the database of `settings`. Raises Refused for a newer or older one."""
    database = Database(settings.url_of_database)
    if upgrade:
        migrate(database)
    else:
        check_version(database)
    return Installation(settings, database, clock or DatabaseClock(database), Signer(settings.signing_keys()))
