"""What is given: gifts, and their versions by language."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from prospecting.db import Base, BigKey, Instant, Json, one_of, text


class GiftKind(StrEnum):
    LINK = "link"
    """Somebody's page, introduced on ours and reached by a plain link."""
    ARTICLE = "article"
    GUIDE = "guide"
    FILE = "file"
    VIDEO = "video"
    MASTER_CLASS = "master_class"
    INFOGRAPHIC = "infographic"
    DIAGNOSTIC = "diagnostic"


class ReviewState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RETIRED = "retired"


class Health(StrEnum):
    OK = "ok"
    CHANGED = "changed"
    MOVED = "moved"
    DEAD = "dead"
    GATED = "gated"
    STALE = "stale"


class Gift(Base):
    """One thing of value in the library. It never costs money, so there is no price to store."""

    __tablename__ = "gift"
    __table_args__ = (one_of("kind", GiftKind), one_of("state", ReviewState), one_of("health", Health))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    slug: Mapped[str] = mapped_column(text(80), unique=True)
    kind: Mapped[str] = mapped_column(text(20))
    owner: Mapped[str] = mapped_column(text(40))
    state: Mapped[str] = mapped_column(text(20), default=ReviewState.DRAFT)
    gated: Mapped[bool] = mapped_column(default=False)
    topics: Mapped[list[str]] = mapped_column(Json, default=list)
    audience: Mapped[str] = mapped_column(text(300), default="")
    fresh_until: Mapped[date | None]
    health: Mapped[str] = mapped_column(text(10), default=Health.OK)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


class GiftVersion(Base):
    """What a gift said in one language at one time; an approval concerns a version."""

    __tablename__ = "gift_version"
    __table_args__ = (UniqueConstraint("gift_id", "language", "number"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    gift_id: Mapped[int] = mapped_column(ForeignKey("gift.id"))
    language: Mapped[str] = mapped_column(text(8))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(text(64))
    title: Mapped[str] = mapped_column(text(200))
    promise: Mapped[str] = mapped_column(text(300))
    minutes: Mapped[int]
    author: Mapped[str] = mapped_column(text(120), default="")
    body: Mapped[str] = mapped_column(LongText, default="")
    """Markdown."""
    url: Mapped[str | None] = mapped_column(text(2000))
    """The foreign address of a link or a video."""
    file: Mapped[str | None] = mapped_column(text(255))
    """A file's name beside the gift, in the library's folder."""
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """What one kind alone needs: a master class's date and places, a diagnostic's definition, an infographic's source."""
    revised_on: Mapped[date | None]
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_by: Mapped[str | None] = mapped_column(text(40))
    created_at: Mapped[datetime] = mapped_column(Instant)
