"""Gifts as files, their versions and reviews, and what may leave."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from prospecting import content
from prospecting.content import pages
from prospecting.content.library import set_health
from prospecting.content.models import Gift, GiftVersion, Health
from prospecting.db import Database
from prospecting.findings import Refused
from prospecting.senders.models import User
from tests.conftest import TUESDAY

EXAMPLES = Path(__file__).parents[2] / "examples"
TODAY = date(2026, 12, 1)
HEAD = {
    "kind": "guide",
    "title": "A guide",
    "promise": "Gain an hour.",
    "minutes": "9",
    "owner": "claire",
    "approved_by": "sophie",
}


def write(folder: Path, name: str, body: str = "## One\n\nWords.", **head: str | None) -> Path:
    lines = [f"{key}: {value}" for key, value in (HEAD | head).items() if value is not None]
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("---\n" + "\n".join(lines) + f"\n---\n{body}\n", encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "gifts", "guide.en.md")


def load(database: Database, folder: Path) -> list[str]:
    with database.writing() as session:
        return [str(finding) for finding in content.load_gifts(session, folder, now=TUESDAY)]


def sendable(database: Database, today: date = TODAY) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(GiftVersion.title).join(Gift).where(content.sendable_condition(today))))


def test_the_same_file_twice_is_one_version_and_changed_words_are_the_next(database: Database, folder: Path) -> None:
    assert load(database, folder) == []
    load(database, folder)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(GiftVersion)) == 1
    write(folder, "guide.en.md", "Other words.")
    load(database, folder)
    write(folder, "guide.en.md")
    load(database, folder)
    load(database, folder)
    with database.reading() as session:
        assert session.scalars(select(GiftVersion.number).order_by(GiftVersion.number)).all() == [1, 2, 3]
        facts = content.gift(session, "guide", "en")
    assert facts
    assert facts.number == 3


def test_an_approval_concerns_a_version(database: Database, folder: Path) -> None:
    load(database, folder)
    write(folder, "guide.en.md", "Not read by anybody yet.", approved_by=None)
    load(database, folder)
    with database.reading() as session:
        given = content.gift(session, "guide", "en")
        newest = content.gifts(session)[0]
    assert given
    assert given.number == 1
    assert given.approved
    assert newest.number == 2
    assert newest.why_not(TODAY) == "not_approved"
    assert sendable(database) == ["A guide"]


def test_an_approval_of_a_version_that_has_just_changed_is_refused(database: Database, folder: Path) -> None:
    write(folder, "guide.en.md", approved_by=None)
    load(database, folder)
    with database.reading() as session:
        first = content.gifts(session)[0].version_id
    write(folder, "guide.en.md", "Changed meanwhile.", approved_by=None)
    load(database, folder)
    with database.writing() as session, pytest.raises(Refused, match="changed since"):
        content.approve(session, first, by="sophie", now=TUESDAY)
    with database.writing() as session:
        content.approve(session, content.gifts(session)[0].version_id, by="sophie", now=TUESDAY)
    assert sendable(database) == ["A guide"]


def test_a_draft_is_submitted_once(database: Database, folder: Path) -> None:
    write(folder, "guide.en.md", approved_by=None)
    load(database, folder)
    with database.writing() as session:
        version = content.gifts(session)[0].version_id
        assert content.submit(session, version)
        assert not content.submit(session, version)


def test_a_gift_is_given_in_the_nearest_language(database: Database, folder: Path) -> None:
    write(folder, "guide.fr.md", title="Un guide")
    write(folder, "guide.de.md", title="Ein Leitfaden", approved_by=None)
    load(database, folder)
    with database.reading() as session:
        titles = {
            language: content.gift(session, "guide", language).title
            for language in ("fr", "fr-CA", "en-GB", "de", "it")
        }  # type: ignore[union-attr]
        assert content.gift(session, "unknown", "fr") is None
        assert content.languages(session, "guide") == ["en", "fr"]
    assert titles == {"fr": "Un guide", "fr-CA": "Un guide", "en-GB": "A guide", "de": "A guide", "it": "A guide"}


@pytest.mark.parametrize(
    ("health", "leaves"),
    [
        (Health.OK, True),
        (Health.CHANGED, True),
        (Health.MOVED, True),
        (Health.DEAD, False),
        (Health.GATED, False),
        (Health.STALE, False),
    ],
)
def test_a_dead_or_newly_gated_gift_does_not_leave(
    database: Database, folder: Path, health: Health, leaves: bool
) -> None:
    load(database, folder)
    with database.writing() as session:
        facts = content.gifts(session)[0]
        set_health(session, facts.gift_id, health, now=TUESDAY)
    with database.reading() as session:
        facts = content.gifts(session)[0]
    assert bool(sendable(database)) is leaves
    assert (facts.why_not(TODAY) is None) is leaves


def test_a_gift_leaves_until_the_last_day_of_its_freshness(database: Database, folder: Path) -> None:
    write(folder, "guide.en.md", fresh_until="2026-12-01")
    load(database, folder)
    assert sendable(database, TODAY)
    assert not sendable(database, TODAY + timedelta(days=1))


def test_a_retired_gift_does_not_leave_but_its_page_still_opens(database: Database, folder: Path) -> None:
    load(database, folder)
    with database.writing() as session:
        content.retire(session, "guide")
    assert not sendable(database)
    with database.reading() as session:
        assert [page.slug for page in content.catalogue(session)] == ["guide"]


@pytest.mark.parametrize(
    ("head", "place", "code"),
    [
        ({"price": "0"}, "8:1", "GF011"),
        ({"prix": "12 €"}, "8:1", "GF011"),
        ({"titel": "x"}, "8:1", "CF001"),
        ({"kind": "gadget"}, "2:7", "CF004"),
        ({"minutes": "a few"}, "5:10", "CF004"),
        ({"minutes": "0"}, "5:10", "CF004"),
        ({"promise": None}, "1:1", "GF007"),
        ({"title": None}, "1:1", "CF004"),
        ({"owner": None}, "1:1", "CF004"),
        ({"fresh_until": "soon"}, "8:14", "CF004"),
        ({"revised": "2026-02-30"}, "8:10", "CF004"),
        ({"gated": "perhaps"}, "8:8", "CF004"),
        ({"topics": "work"}, "8:9", "CF004"),
        ({"url": "javascript:alert(1)"}, "8:6", "CF004"),
        ({"url": "https://user:secret@example.org/"}, "8:6", "CF004"),
        ({"file": "../team.yaml"}, "8:7", "CF004"),
        ({"file": "missing.pdf"}, "8:7", "CF003"),
        ({"kind": "link"}, "1:1", "CF004"),
        ({"kind": "diagnostic"}, "1:1", "CF004"),
        (
            {
                "kind": "master_class",
                "data": '{starts: "2027-03-10T17:00", zone: Europe/Nowhere, minutes: 60, places: 5}',
            },
            "8:42",
            "CF003",
        ),
        (
            {"kind": "master_class", "data": "{starts: tomorrow, zone: Europe/Paris, minutes: 60, places: 5}"},
            "8:16",
            "CF004",
        ),
        ({"state": "approved", "approved_by": None}, "7:8", "CF004"),
        ({"data": "{price: 12}"}, "8:8", "GF011"),
    ],
)
def test_each_mistake_is_named_where_it_stands(
    database: Database, tmp_path: Path, head: dict[str, str | None], place: str, code: str
) -> None:
    findings = load(database, write(tmp_path / "gifts", "guide.en.md", **head))
    assert any(finding.startswith(f"gifts/guide.en.md:{place}  {code}") for finding in findings), findings
    with database.reading() as session:
        assert content.gifts(session) == []


def test_a_file_of_another_name_is_refused_and_the_readme_is_not_a_gift(database: Database, folder: Path) -> None:
    (folder / "README.md").write_text("About this folder.")
    (folder / "Guide FR.md").write_text("---\nkind: guide\n---\n")
    (folder / "plain.en.md").write_text("No head here.")
    assert [finding.split("  ")[0] for finding in load(database, folder)] == [
        "gifts/Guide FR.md",
        "gifts/plain.en.md:1:1",
    ]


def test_translations_must_agree_on_what_they_are(database: Database, folder: Path) -> None:
    write(folder, "guide.fr.md", kind="article")
    assert load(database, folder) == [
        "gifts/guide.fr.md:2:7  CF004  gifts/guide.en.md says another kind of this gift. Write the same in both."
    ]


def test_an_unknown_owner_is_named_once_there_is_a_team(database: Database, folder: Path) -> None:
    with database.writing() as session:
        session.add(User(handle="claire", name="Claire", address="claire@example.org"))
    assert [finding.split("  ")[1] for finding in load(database, folder)] == ["CF003"]  # sophie, who approved


def test_a_file_that_is_no_pdf_is_refused_and_another_file_is_another_version(database: Database, folder: Path) -> None:
    (folder / "guide.pdf").write_bytes(b"MZ nothing to read")
    write(folder, "guide.en.md", kind="file", file="guide.pdf")
    assert "no PDF" in load(database, folder)[0]
    for content_ in (b"%PDF-1.7 one", b"%PDF-1.7 two", b"%PDF-1.7 two"):
        (folder / "guide.pdf").write_bytes(content_)
        assert load(database, folder) == []
    with database.reading() as session:
        facts = content.gifts(session)[0]
    assert facts.number == 2
    assert facts.data["bytes"] == 12


def test_a_file_of_three_gigabytes_is_refused_without_being_read(database: Database, folder: Path) -> None:
    with (folder / "film.mp4").open("wb") as film:
        film.truncate(3_000_000_000)
    write(folder, "guide.en.md", kind="video", file="film.mp4")
    assert "3,000,000,000 bytes" in load(database, folder)[0]


def test_pages_are_sanitised_have_addresses_for_headings_and_survive_the_disk(database: Database, folder: Path) -> None:
    body = "# Été & hiver\n\n## Été\n\n<script>alert(1)</script>\n\n[bad](javascript:alert(1)) [good](https://example.org) ![x](https://t.example/p.gif)\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    write(folder, "guide.en.md", body, revised="2026-11-03")
    load(database, folder)
    with database.reading() as session:
        (page,) = content.catalogue(session)
    text = page.text("fr")
    assert [(h.level, h.id) for h in text.headings] == [(2, "ete-hiver"), (3, "ete")]
    assert '<h2 id="ete-hiver">' in text.html
    assert "<table>" in text.html
    assert "<script" not in text.html
    assert 'href="javascript' not in text.html
    assert "<img" not in text.html
    assert pages.read_dump(pages.dump([page])) == [page]


@pytest.mark.parametrize("workspace", sorted(path.name for path in EXAMPLES.iterdir() if (path / "gifts").is_dir()))
def test_the_examples_gifts_are_all_well_said(database: Database, workspace: str) -> None:
    assert load(database, EXAMPLES / workspace / "gifts") == []
    with database.reading() as session:
        assert all(facts.why_not(TODAY) is None for facts in content.gifts(session))


def test_a_zone_that_is_no_text_is_refused_like_any_other(database: Database, tmp_path: Path) -> None:
    data = '{starts: "2027-03-10T17:00", zone: [Europe/Paris], minutes: 60, places: 5}'
    findings = load(database, write(tmp_path / "gifts", "class.en.md", kind="master_class", data=data))
    assert [finding.split("  ")[1] for finding in findings] == ["CF003"]
