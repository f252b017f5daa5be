"""Gifts as files: `gifts/<slug>.<language>.md`, a head that says what it is and the words below."""

import re
from collections.abc import Iterable
from pathlib import Path

from prospecting.content.heads import GiftFile, Head
from prospecting.documents import read_markdown
from prospecting.findings import Finding, Refused

_NAME = re.compile(r"(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)\.(?P<language>[a-z]{2,3}(?:-[A-Z]{2})?)\.md")


def read_gifts(folder: Path) -> tuple[list[GiftFile], list[Finding]]:
    """Every gift in `folder` that is well said, by slug and language, and what is wrong with the others."""
    gifts: list[GiftFile] = []
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.md")) if folder.is_dir() else []:
        if path.name.lower() == "readme.md":
            continue
        try:
            gifts.append(read_gift(path))
        except Refused as refused:
            findings += refused.findings
    agreed, more = _agreeing(gifts)
    return agreed, findings + more


def read_gift(path: Path) -> GiftFile:
    """The gift in the file at `path`. Raises Refused with every finding of that file."""
    name = f"{path.parent.name}/{path.name}"
    named = _NAME.fullmatch(path.name)
    if not named or len(named["slug"]) > 80:
        raise Refused.of(
            "CF004",
            "A gift's file is named slug.language.md, in lower case.",
            "Rename it, for example guide-asynchrone.fr.md.",
            file=name,
        )
    document = read_markdown(path, name=name)
    if not isinstance(document.data, dict) or not document.data:
        raise Refused.of(
            "CF004",
            "This gift has no head.",
            "Begin with a block between two --- lines: kind, title, promise, minutes, owner.",
            file=name,
            line=1,
            column=1,
        )
    return Head(document, path.parent).gift(named["slug"], named["language"])


def _agreeing(gifts: Iterable[GiftFile]) -> tuple[list[GiftFile], list[Finding]]:
    """Translations of one gift are one gift: what they say of it beyond words must be the same."""
    first: dict[str, GiftFile] = {}
    agreed, findings = [], []
    for gift in gifts:
        other = first.setdefault(gift.slug, gift)
        apart = [key for key in ("kind", "gated", "owner") if getattr(gift, key) != getattr(other, key)]
        if apart:
            findings += [
                gift.document.finding(
                    "CF004",
                    (key,),
                    f"{other.document.file} says another {key} of this gift.",
                    "Write the same in both.",
                )
                for key in apart
            ]
        else:
            agreed.append(gift)
    return agreed, findings
