"""Saved segments: segments.yaml in, and the catalogue in which conditions may name them."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.documents import Document
from prospecting.findings import Finding
from prospecting.prospects.models import Segment
from prospecting.prospects.segments.catalogue import Field, fields, own_fields
from prospecting.prospects.segments.condition import Condition, Group, Test
from prospecting.prospects.segments.parsing import parse

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
KEYS = ("segment", "name", "where")


def catalogue(session: Session) -> dict[str, Field]:
    """The fields there are in this database, its own columns and saved segments among them."""
    nodes: dict[str, Any] = {
        row.slug: row.condition for row in session.execute(select(Segment.slug, Segment.condition))
    }
    own = own_fields(session)
    names = fields(own, dict.fromkeys(nodes, Group()))
    read = {slug: parse(node, Document(f"segment {slug}", node), (), names) for slug, node in nodes.items()}
    # A saved one whose field went away matches nobody any more; naming it is then a reference to nothing.
    return fields(own, {slug: one for slug, one in read.items() if not isinstance(one, list)})


def load_segments(session: Session, document: Document, *, now: datetime) -> list[Finding]:
    """Bring the segments of segments.yaml in: a list of {segment: slug, name, where}. With findings nothing changes."""
    del now  # the loaders' common form
    if document.data is None:
        return []
    if not isinstance(document.data, list):
        return [document.finding("CF004", (), "This file is no list of segments.", "Begin each one with a dash.")]
    known = {one.slug: one for one in session.scalars(select(Segment))}
    findings = [finding for number, node in enumerate(document.data) for finding in _form(document, number, node)]
    if findings:
        return findings
    names = {slug: Group() for slug in [*known, *(node["segment"] for node in document.data)]}
    allowed = fields(own_fields(session), names)
    read: dict[str, Condition] = {}
    for number, node in enumerate(document.data):
        condition = parse(node["where"], document, (number, "where"), allowed)
        if isinstance(condition, list):
            findings += condition
        elif node["segment"] in read:
            findings.append(
                document.finding("CF003", (number, "segment"), f"{node['segment']} stands here twice.", "Keep one.")
            )
        else:
            read[node["segment"]] = condition
    findings += findings or _circles(document, read)
    if findings:
        return findings
    for node in document.data:
        row = known.get(node["segment"]) or Segment(slug=node["segment"])
        row.name, row.condition = str(node.get("name") or node["segment"])[:200], node["where"]
        session.add(row)
    session.flush()
    return []


def _form(document: Document, number: int, node: Any) -> list[Finding]:
    if not isinstance(node, dict):
        return [document.finding("CF004", (number,), "This is no segment.", "Write segment, name and where.")]
    found = [
        document.finding(
            "CF001", (number, key), f'"{key}" is no key here.', f"Known here: {', '.join(KEYS)}.", key=True
        )
        for key in node
        if key not in KEYS
    ]
    slug = node.get("segment")
    if not isinstance(slug, str) or not SLUG.fullmatch(slug):
        found.append(
            document.finding(
                "CF004", (number, "segment"), "A segment needs a name for files.", "Write segment: partners."
            )
        )
    if "where" not in node:
        found.append(
            document.finding("CF004", (number,), "This segment has no condition.", "Write where: {country: FR}.")
        )
    return found


def _circles(document: Document, read: dict[str, Condition]) -> list[Finding]:
    """Segments that come back to themselves."""
    uses = {slug: _named(condition) for slug, condition in read.items()}
    found = []
    for number, slug in enumerate(read):
        seen, waiting = set[str](), [*uses[slug]]
        while waiting:
            if (one := waiting.pop()) not in seen:
                seen.add(one)
                waiting += uses.get(one, ())
        if slug in seen:
            say = f"The segment {slug} asks itself whether it holds."
            found.append(document.finding("CF003", (number, "where"), say, "Break the circle."))
    return found


def _named(condition: Condition) -> set[str]:
    if isinstance(condition, Test):
        return {str(value) for value in condition.values} if condition.field == "segment" else set()
    return {name for part in (*condition.all, *condition.any, *condition.none) for name in _named(part)}
