"""Conditions on people: read with their positions, compiled to SQL through an allow-list of fields.

A caller hands in the catalogue: `fields()` or, with what a database knows, `catalogue(session)`, and adds its own.
"""

from prospecting.prospects.segments.catalogue import Catalogue, Field, Kind, fields, own_fields, people
from prospecting.prospects.segments.compiling import UnknownOf, unknown_of
from prospecting.prospects.segments.compiling import compiled as compile  # noqa: A004  the word for it
from prospecting.prospects.segments.condition import Condition, Group, Op, Test, Unknown
from prospecting.prospects.segments.parsing import parse
from prospecting.prospects.segments.saved import catalogue, load_segments

__all__ = [
    "Catalogue",
    "Condition",
    "Field",
    "Group",
    "Kind",
    "Op",
    "Test",
    "Unknown",
    "UnknownOf",
    "catalogue",
    "compile",
    "fields",
    "load_segments",
    "own_fields",
    "parse",
    "people",
    "unknown_of",
]
