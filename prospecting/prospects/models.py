"""Who may be offered something, by what right, and who never again."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, validates

from prospecting.db import Base, BigKey, Hash, Instant, Json, one_of, text
from prospecting.prospects.folding import fold

NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
"""What counts as a number in a column of the team's own."""


class OrganisationKind(StrEnum):
    COMPANY = "company"
    ASSOCIATION = "association"
    LOCAL_AUTHORITY = "local_authority"
    SCHOOL = "school"
    OTHER = "other"


class Standing(StrEnum):
    """What an organisation is to the team besides a prospect's workplace."""

    NONE = "none"
    OPEN_PROPOSAL = "open_proposal"
    CUSTOMER = "customer"


class Suppressed(StrEnum):
    """Why an address is never written to again."""

    OBJECTED = "objected"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"


def _folded(context: DefaultExecutionContext, column: str) -> str | None:
    value = context.get_current_parameters().get(column)  # type: ignore[no-untyped-call]
    return None if value is None else fold(value)


class Organisation(Base):
    """Where prospects work. Matched by mail domain, else by folded name and country."""

    __tablename__ = "organisation"
    __table_args__ = (
        one_of("kind", OrganisationKind),
        one_of("standing", Standing),
        Index("ix_organisation_name_country", "folded_name", "country"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    name: Mapped[str] = mapped_column(text(200))
    folded_name: Mapped[str] = mapped_column(text(400))
    kind: Mapped[str] = mapped_column(text(20), default=OrganisationKind.COMPANY)
    domain: Mapped[str | None] = mapped_column(text(253), unique=True)
    country: Mapped[str | None] = mapped_column(text(2))
    headcount: Mapped[int | None]
    industry: Mapped[str | None] = mapped_column(text(100))
    folded_industry: Mapped[str | None] = mapped_column(text(400), default=lambda context: _folded(context, "industry"))
    language: Mapped[str | None] = mapped_column(text(8))
    zone: Mapped[str | None] = mapped_column(text(64))
    standing: Mapped[str] = mapped_column(text(20), default=Standing.NONE, server_default="none")
    fields: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)

    @validates("industry")
    def _fold(self, _key: str, industry: str | None) -> str | None:
        self.folded_industry = None if industry is None else fold(industry)
        return industry


class ImportRun(Base):
    """One import of one file from one source; `done_to_line` lets a killed one resume."""

    __tablename__ = "import_run"
    __table_args__ = (UniqueConstraint("digest", "source"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    file: Mapped[str] = mapped_column(text(255))
    digest: Mapped[str] = mapped_column(text(64))
    source: Mapped[str] = mapped_column(text(500))
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    done_to_line: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)


class Prospect(Base):
    """A person. There is no telephone number here, and no column that could hold one for a campaign."""

    __tablename__ = "prospect"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    address: Mapped[str] = mapped_column(text(254), unique=True)
    address_hash: Mapped[bytes] = mapped_column(Hash, unique=True)
    domain: Mapped[str] = mapped_column(text(253))
    first_name: Mapped[str | None] = mapped_column(text(100))
    last_name: Mapped[str | None] = mapped_column(text(100))
    role: Mapped[str | None] = mapped_column(text(200))
    folded_role: Mapped[str | None] = mapped_column(text(800), default=lambda context: _folded(context, "role"))
    """As conditions compare it, because the two databases fold letters differently."""
    language: Mapped[str | None] = mapped_column(text(8))
    country: Mapped[str | None] = mapped_column(text(2))
    subdivision: Mapped[str | None] = mapped_column(text(8))
    zone: Mapped[str | None] = mapped_column(text(64))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    fields: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """The team's own columns: name (small letters, digits and _) to text."""
    folded_fields: Mapped[dict[str, str]] = mapped_column(
        Json, default=lambda context: folded_fields(context.get_current_parameters().get("fields") or {})
    )
    """What conditions on them compare."""
    tags: Mapped[list[str]] = mapped_column(Json, default=list)
    source: Mapped[str] = mapped_column(text(500))
    source_at: Mapped[datetime] = mapped_column(Instant)
    import_id: Mapped[int | None] = mapped_column(BigKey)
    """The import that brought them; no foreign key, because a million checks of one row cost more than they tell."""
    created_at: Mapped[datetime] = mapped_column(Instant)

    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    """The person, or a bounce, stopped everything; kept beside the suppression, which is by address."""
    stopped_why: Mapped[str | None] = mapped_column(text(40))
    tracking_wish: Mapped[bool | None]
    """Their recorded yes or no to being observed; None: never said."""
    wish_days_between: Mapped[int | None]
    """The pace they asked for."""
    next_allowed_at: Mapped[datetime | None] = mapped_column(Instant)
    """No touch before this instant; moved on by the gate, in its own commit."""
    in_touch_at: Mapped[datetime | None] = mapped_column(Instant)
    """When somebody of the team last exchanged mail with them (invariant 12)."""
    in_touch_with: Mapped[str | None] = mapped_column(text(40))
    cooled_topics: Mapped[list[str]] = mapped_column(Json, default=list)
    """Topics they said are not for them."""

    @validates("role")
    def _fold(self, _key: str, role: str | None) -> str | None:
        self.folded_role = None if role is None else fold(role)
        return role

    @validates("fields")
    def _fold_fields(self, _key: str, fields: dict[str, Any]) -> dict[str, Any]:
        self.folded_fields = folded_fields(fields)
        return fields


def folded_fields(fields: dict[str, Any]) -> dict[str, str]:
    """Own fields as conditions compare them: numbers as they are, everything else folded."""
    return {
        name: text if NUMBER.fullmatch(text) else fold(text) for name, text in ((n, str(v)) for n, v in fields.items())
    }


class CustomField(Base):
    """A column of the team's own that some import brought; a condition on another one is a typing error."""

    __tablename__ = "custom_field"

    name: Mapped[str] = mapped_column(text(80), primary_key=True)


class Consent(Base):
    """One yes or no to being observed: what was asked, word for word, when and where; never changed."""

    __tablename__ = "consent"
    # The journal may hand the same answer over twice.
    __table_args__ = (UniqueConstraint("prospect_id", "at", "given"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    prospect_id: Mapped[int] = mapped_column(ForeignKey("prospect.id"))
    given: Mapped[bool]
    wording: Mapped[str] = mapped_column(text(1000))
    through: Mapped[str] = mapped_column(text(100))
    at: Mapped[datetime] = mapped_column(Instant)


class Suppression(Base):
    """An address that is never written to again, by keyed hash; no import, merge or restore shrinks this table."""

    __tablename__ = "suppression"
    __table_args__ = (one_of("reason", Suppressed),)

    address_hash: Mapped[bytes] = mapped_column(Hash, primary_key=True)
    reason: Mapped[str] = mapped_column(text(20))
    at: Mapped[datetime] = mapped_column(Instant)


class Segment(Base):
    """A saved condition on prospects and organisations."""

    __tablename__ = "segment"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    slug: Mapped[str] = mapped_column(text(80), unique=True)
    name: Mapped[str] = mapped_column(text(200))
    condition: Mapped[dict[str, Any]] = mapped_column(Json)


class Audit(Base):
    """Who did what to whose data, append-only."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    actor: Mapped[str] = mapped_column(text(80))
    action: Mapped[str] = mapped_column(text(80))
    subject: Mapped[str] = mapped_column(text(200))
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
