"""Who: people, organisations, imports, segments, consent, suppression."""

from prospecting.prospects.addresses import BadAddress, domain_of, is_free_mail, normalise
from prospecting.prospects.audit import audit
from prospecting.prospects.exporting import export_csv
from prospecting.prospects.importing import ImportReport, import_csv
from prospecting.prospects.people import erase_person, export_person, find_person
from prospecting.prospects.places import ZoneFrom, country_zone, language_of, zone_of
from prospecting.prospects.standing import (
    move_next_allowed,
    no_customer,
    reachable,
    record_exchange,
    restore_next_allowed,
    set_standing,
    writable,
)
from prospecting.prospects.suppression import is_suppressed, object_to_contact, stop, suppress
from prospecting.prospects.wishes import consents, cool_topics, record_consent, set_pace_wish

__all__ = [
    "BadAddress",
    "ImportReport",
    "ZoneFrom",
    "audit",
    "consents",
    "cool_topics",
    "country_zone",
    "domain_of",
    "erase_person",
    "export_csv",
    "export_person",
    "find_person",
    "import_csv",
    "is_free_mail",
    "is_suppressed",
    "language_of",
    "move_next_allowed",
    "no_customer",
    "normalise",
    "object_to_contact",
    "reachable",
    "record_consent",
    "record_exchange",
    "restore_next_allowed",
    "set_pace_wish",
    "set_standing",
    "stop",
    "suppress",
    "writable",
    "zone_of",
]
