"""What self-diagnostics keep: their definitions, and results that belong to nobody."""

from datetime import date
from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from prospecting.db import Base, BigKey, Json, text


class DiagnosticVersion(Base):
    """The definition of a diagnostic in one language, as its file says it; the newest replaces the one before."""

    __tablename__ = "diagnostic"
    __table_args__ = (UniqueConstraint("slug", "language"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    slug: Mapped[str] = mapped_column(text(80))
    language: Mapped[str] = mapped_column(text(8))
    definition: Mapped[dict[str, Any]] = mapped_column(Json)


class DiagnosticResult(Base):
    """One report's points, for comparison: no person, no touch, no hour."""

    __tablename__ = "diagnostic_result"
    __table_args__ = (Index("ix_diagnostic_result_slug", "slug", "id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    """Random, made with the report; so that a result replayed from the journal counts once, and leads to no event."""
    slug: Mapped[str] = mapped_column(text(80))
    language: Mapped[str] = mapped_column(text(8))
    scores: Mapped[dict[str, list[int]]] = mapped_column(Json)
    """Dimension to [points, most points possible]."""
    week: Mapped[date]
    """The Monday of its week."""
