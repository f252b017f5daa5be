"""Everything a web process keeps in memory, and beside its journal, so that gifts open without a database."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.content.library import language_distance
from prospecting.content.models import Gift, GiftVersion
from prospecting.content.rendering import Heading, render
from prospecting.senders.models import User


@dataclass(frozen=True)
class GiftText:
    """One gift in one language, rendered: `html` is sanitised and begins at h2, `headings` are the ids in it."""

    version_id: int
    language: str
    title: str
    promise: str
    minutes: int
    author: str
    html: str
    headings: tuple[Heading, ...]
    url: str | None
    file: str | None
    data: Mapping[str, Any]
    revised_on: date | None


@dataclass(frozen=True)
class GiftPage:
    """What `/g/{slug}` shows: a gift and its newest approved words in each language."""

    gift_id: int
    slug: str
    kind: str
    gated: bool
    retired: bool
    topics: tuple[str, ...]
    owner: str
    owner_name: str
    texts: Mapping[str, GiftText]

    def text(self, language: str) -> GiftText:
        """The words in `language`, or in the nearest there is."""
        return self.texts[min(self.texts, key=lambda each: language_distance(each, language))]


def catalogue(session: Session) -> list[GiftPage]:
    """Every gift with an approved version, by slug; retired ones too, for those who have their address."""
    rows = session.execute(
        select(Gift, GiftVersion, User.name)
        .join(GiftVersion, GiftVersion.gift_id == Gift.id)
        .outerjoin(User, User.handle == Gift.owner)
        .where(GiftVersion.approved_at.is_not(None))
        .order_by(Gift.slug, GiftVersion.language, GiftVersion.number)
    )
    pages = []
    for _, group in groupby(rows, key=lambda row: row[0].id):
        of_gift = list(group)
        gift, _, owner_name = of_gift[0]
        newest = {version.language: version for _, version, _ in of_gift}
        pages.append(_page(gift, owner_name or gift.owner, newest))
    return pages


def dump(pages: Sequence[GiftPage]) -> str:
    """`pages` as JSON, for the copy on the local disk."""
    return json.dumps([asdict(page) for page in pages], ensure_ascii=False, default=str)


def read_dump(text: str) -> list[GiftPage]:
    """The pages that `dump` wrote."""
    return [_read(raw) for raw in json.loads(text)]


def _page(gift: Gift, owner_name: str, versions: Mapping[str, GiftVersion]) -> GiftPage:
    return GiftPage(
        gift_id=gift.id,
        slug=gift.slug,
        kind=gift.kind,
        gated=gift.gated,
        retired=gift.state == "retired",
        topics=tuple(gift.topics),
        owner=gift.owner,
        owner_name=owner_name,
        texts={language: _text(version) for language, version in versions.items()},
    )


def _text(version: GiftVersion) -> GiftText:
    html, headings = render(version.body)
    return GiftText(
        version_id=version.id,
        language=version.language,
        title=version.title,
        promise=version.promise,
        minutes=version.minutes,
        author=version.author,
        html=html,
        headings=tuple(headings),
        url=version.url,
        file=version.file,
        data=version.data,
        revised_on=version.revised_on,
    )


def _read(raw: dict[str, Any]) -> GiftPage:
    texts = {
        language: GiftText(
            **text
            | {
                "headings": tuple(Heading(**heading) for heading in text["headings"]),
                "revised_on": date.fromisoformat(text["revised_on"]) if text["revised_on"] else None,
            }
        )
        for language, text in raw["texts"].items()
    }
    return GiftPage(**raw | {"topics": tuple(raw["topics"]), "texts": texts})
