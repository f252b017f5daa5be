"""A table of people comes in whole, or says line by line what to mend, whatever spreadsheets do to it."""

import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from prospecting.clock import SetClock
from prospecting.db import Database
from prospecting.findings import Refused
from prospecting.prospects import ImportReport, export_csv, import_csv, object_to_contact
from prospecting.prospects import importing as importing_room
from prospecting.prospects.cells import guarded, without_guard
from prospecting.prospects.models import CustomField, ImportRun, Organisation, Prospect
from prospecting.tokens import Signer
from tests.conftest import TUESDAY

HEADER = "address,first_name,last_name,role,country,organisation\n"


class Importer:
    """Writes a file and imports it."""

    def __init__(self, database: Database, folder: Path, signer: Signer) -> None:
        self.database, self.file, self.signer = database, folder / "people.csv", signer

    def __call__(self, content: str | bytes, *, source: str = "Salon RH 2026", now: datetime = TUESDAY) -> ImportReport:
        self.file.write_bytes(content.encode() if isinstance(content, str) else content)
        return import_csv(self.database, self.file, source=source, now=now, signer=self.signer)

    def refusal(self, content: str | bytes, *, source: str = "Salon RH 2026") -> list[tuple[str, int, int]]:
        with pytest.raises(Refused) as refused:
            self(content, source=source)
        assert all(one.file == "people.csv" and one.mend for one in refused.value.findings)
        assert self.people() == {}
        return [(one.code, one.line, one.column) for one in refused.value.findings]

    def people(self) -> dict[str, Prospect]:
        with self.database.reading() as session:
            return {one.address: one for one in session.scalars(select(Prospect))}


@pytest.fixture
def importer(database: Database, tmp_path: Path, signer: Signer) -> Importer:
    return Importer(database, tmp_path, signer)


def counts(report: ImportReport) -> tuple[int, int, int]:
    return report.added, report.updated, report.unchanged


def test_people_come_in_with_their_source_and_their_organisation(importer: Importer) -> None:
    report = importer(
        "address,first_name,last_name,role,language,country,subdivision,zone,organisation,organisation_kind,headcount,industry,tags,Ville du siège\n"
        'Anne@Acme.fr,Anne,"Le, Goff",D.R.H.,français,France,ARA,Europe/Paris,Acme,association,1 200,Énergie,VIP; salon ;vip,Évreux\n'
    )
    assert counts(report) == (1, 0, 0)
    assert (report.organisations, report.refused, report.warnings) == (1, [], [])
    anne = importer.people()["anne@acme.fr"]
    assert (anne.first_name, anne.last_name, anne.role, anne.folded_role) == ("Anne", "Le, Goff", "D.R.H.", "drh")
    assert (anne.language, anne.country, anne.subdivision, anne.zone) == ("fr", "FR", "ARA", "Europe/Paris")
    assert anne.fields == {"ville_du_siege": "Évreux"}
    assert anne.folded_fields == {"ville_du_siege": "evreux"}
    assert anne.tags == ["salon", "vip"]
    assert (anne.source, anne.source_at, anne.address_hash) == (
        "Salon RH 2026",
        TUESDAY,
        importer.signer.hash_address("anne@acme.fr"),
    )
    with importer.database.reading() as session:
        place = session.scalars(select(Organisation)).one()
        assert (place.name, place.domain, place.kind, place.headcount) == ("Acme", "acme.fr", "association", 1200)
        assert (place.industry, place.folded_industry, place.country) == ("Énergie", "energie", "FR")
        assert session.scalars(select(CustomField.name)).all() == ["ville_du_siege"]
        assert anne.organisation_id == place.id


def test_the_same_file_twice_adds_nothing(importer: Importer) -> None:
    content = HEADER + "a@acme.fr,A,Aa,DRH,FR,Acme\nb@gmail.com,B,Bb,,FR,Mairie de Lyon\n"
    assert counts(importer(content)) == (2, 0, 0)
    again = importer(content, now=TUESDAY + timedelta(days=3))
    assert (*counts(again), again.organisations) == (0, 0, 2, 0)
    other = importer(content, source="A second list")
    assert counts(other) == (0, 0, 2)
    assert importer.people()["a@acme.fr"].source == "Salon RH 2026"


def test_a_later_file_changes_what_it_says_and_nothing_else(importer: Importer) -> None:
    importer("email,first_name,role,tags,score\na@acme.fr,Anne,DRH,one,7\nb@acme.fr,Bob,DRH,,\n")
    report = importer("email;first_name;role;tags;ville\na@acme.fr;;Directrice;two;Lyon\nb@acme.fr;Bob;;;\n")
    assert counts(report) == (0, 1, 1)
    anne = importer.people()["a@acme.fr"]
    assert (anne.first_name, anne.role, anne.folded_role, anne.tags) == (
        "Anne",
        "Directrice",
        "directrice",
        ["one", "two"],
    )
    assert anne.fields == {"score": "7", "ville": "Lyon"}
    assert anne.folded_fields == {"score": "7", "ville": "lyon"}


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("email,nom\né@x.fr,É\na@x.fr,Éloïse\n".encode("utf-8-sig"), "utf-8-sig"),
        ("email,nom\na@x.fr,Éloïse\n".encode("utf-16"), "utf-16"),
        ("email,nom\na@x.fr,Éloïse\n".encode("utf-16-le"), "utf-16-le"),
        ("email,nom\na@x.fr,Éloïse\n".encode("utf-16-be"), "utf-16-be"),
        ("email;nom\r\na@x.fr;Éloïse\r\n".encode("cp1252"), "cp1252"),
        ("email;nom;note\ra@x.fr;Éloïse;« QUALITÉ\xa0»\r".encode("cp1252"), "cp1252"),
        ("sep=;\r\nemail;nom\r\na@x.fr;Éloïse\r\n".encode(), "utf-8"),
        ("email\tnom\na@x.fr\tÉloïse\n".encode(), "utf-8"),
        ("email|nom\n\n\na@x.fr|Éloïse".encode(), "utf-8"),
    ],
)
def test_encodings_and_delimiters_are_told_and_shown(importer: Importer, content: bytes, encoding: str) -> None:
    report = importer(content)
    assert report.encoding == encoding
    assert importer.people()["a@x.fr"].last_name == "Éloïse"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", [("IM005", 1, 1)]),
        ("first_name,last_name\nA,B\n", [("IM003", 1, 1)]),
        ("email,role,Role\na@x.fr,A,B\n", [("IM004", 1, 12)]),
        ("email,prénom,first_name\na@x.fr,A,B\n", [("IM004", 1, 14)]),
        ("email,mail,x,x\na@x.fr,b@x.fr,,\n", [("IM004", 1, 7), ("IM004", 1, 14)]),
        ("email,nom\na@x.fr,Zoé\nb@x.fr,Zo".encode() + b"\xe9\n", [("IM002", 3, 10)]),
        (b"PK\x03\x04" + bytes(100), [("IM002", 0, 0)]),
        (b"email,nom\na@x.fr,\x81\x8d\n", [("IM002", 2, 8)]),
        ("email,nom\na@x.fr,É".encode("utf-16")[:-1], [("IM002", 2, 8)]),
        ('"email\n', [("IM003", 1, 1)]),
        ("\n\na@x.fr", [("IM003", 1, 1)]),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_whole(
    importer: Importer, content: str | bytes, expected: list[tuple[str, int, int]]
) -> None:
    assert importer.refusal(content) == expected


def test_nobody_is_kept_without_a_source(importer: Importer) -> None:
    assert importer.refusal("email\na@x.fr\n", source="  ") == [("IM001", 0, 0)]


def test_a_file_that_is_not_there_is_refused(importer: Importer, tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(Refused, match="CF003"):
            import_csv(importer.database, path, source="x", now=TUESDAY, signer=importer.signer)


def test_broken_rows_are_told_by_line_and_the_good_ones_come_in(importer: Importer) -> None:
    report = importer(
        HEADER
        + "good1@x.fr,A,B,,FR,X\n"  # 2
        + "not an address,A,B,,FR,X\n"  # 3
        + "few@x.fr,A\n"  # 4
        + "many@x.fr,A,B,,FR,X,what\n"  # 5
        + "trailing@x.fr,A,B,,FR,X,,\n"  # 6
        + "nul@x.fr,A\x00,B,,FR,X\n"  # 7
        + 'open@x.fr,"A,B,,FR,X\n'  # 8
        + 'good2@x.fr,"A ""the"" B",B,,FR,X\n'  # 9
        + f"giant@x.fr,{'A' * 20_000},B,,FR,X\n"  # 10
        + f"line@x.fr,{'A' * 300_000},B,,FR,X\n"  # 11
        + '"multi@x.fr","A","B","first\nsecond",FR,X\n'  # 12 and 13
        + 'stray@x.fr,12" screen,B,,FR,X\n'  # 14
        + "\n"
        + 'last@x.fr,"never closed,B,,FR,X\n'  # 16
        + "end@x.fr,A,B,,FR,X"  # 17
    )
    assert set(importer.people()) == {
        "good1@x.fr", "trailing@x.fr", "good2@x.fr", "multi@x.fr", "stray@x.fr", "end@x.fr",
    }  # fmt: skip
    told = [(one.code, one.line) for one in report.refused]
    assert told == [
        ("IM006", 3), ("IM007", 4), ("IM007", 5), ("IM008", 7), ("IM009", 8), ("IM010", 10), ("IM010", 11), ("IM009", 16),
    ]  # fmt: skip
    assert report.refused_rows == 8
    assert importer.people()["multi@x.fr"].role == "first second"
    assert importer.people()["good2@x.fr"].first_name == 'A "the" B'


def test_values_nobody_can_store_are_left_out_with_a_word(importer: Importer) -> None:
    report = importer(
        "email,country,language,zone,headcount,organisation_kind,role\n"
        f'a@x.fr,Narnia,Klingonish,Europe/Pariss,many,guild,{"x" * 300}\nb@x.fr,USA,EN,Europe/Paris,"1,200",mairie,DRH\n'
    )
    assert counts(report) == (2, 0, 0)
    assert [(one.code, one.line, one.severity) for one in report.warnings] == [("IM011", 2, "warning")] * 6
    anne, bob = importer.people()["a@x.fr"], importer.people()["b@x.fr"]
    assert (anne.country, anne.language, anne.zone, anne.role) == (None, None, None, None)
    assert (bob.country, bob.language, bob.zone) == ("US", "en", "Europe/Paris")


@pytest.mark.parametrize(
    "column",
    [
        "phone",
        "Téléphone",
        "Tél.",
        "mobile",
        "Tel. portable",
        "Work Phone",
        "phone_number",
        "PhoneNumber",
        "mobilephone",
        "fax",
        "Phone 2",
        "phone1",
    ],
)
def test_telephone_numbers_never_come_in(importer: Importer, column: str) -> None:
    report = importer(f"email,{column},ville\na@x.fr,+33 6 12 34 56 78,Lyon\n")
    assert report.dropped_columns == [column]
    assert [(one.code, one.line, one.column) for one in report.warnings] == [("IM012", 1, 7)]
    assert importer.people()["a@x.fr"].fields == {"ville": "Lyon"}


def test_a_postal_address_beside_a_mail_column_is_the_teams_own(importer: Importer) -> None:
    importer("email,address,city\na@x.fr,4 rue des Lices,Avignon\n")
    assert importer.people()["a@x.fr"].fields == {"postal_address": "4 rue des Lices", "city": "Avignon"}


def test_an_objection_outlives_every_import(importer: Importer, clock: SetClock) -> None:
    with importer.database.writing() as session:
        object_to_contact(session, importer.signer.hash_address("gone@dupont.fr"), now=clock.now(), through="link")
    report = importer("email\ngone@dupont.fr\nGone@DUPONT.fr\nhere@x.fr\n")
    assert (report.added, report.left_out_suppressed, report.repeated) == (1, 1, 1)
    assert set(importer.people()) == {"here@x.fr"}
    with importer.database.reading() as session:
        assert session.scalars(select(Organisation.domain)).all() == ["x.fr"]


def test_organisations_match_by_domain_then_by_name_and_country(importer: Importer) -> None:
    importer(
        HEADER
        + "a@gmail.com,A,A,,FR,Mairie de Lyon\nb@gmail.com,B,B,,FR,MAIRIE DE LYON\nc@gmail.com,C,C,,BE,Mairie de Lyon\nd@gmail.com,D,D,,FR,\n"
    )
    people = importer.people()
    assert (
        people["a@gmail.com"].organisation_id
        == people["b@gmail.com"].organisation_id
        != people["c@gmail.com"].organisation_id
    )
    assert people["d@gmail.com"].organisation_id is None
    report = importer(
        HEADER
        + "e@lyon.fr,E,E,,FR,Mairie de Lyon\nf@lyon.fr,F,F,,FR,\ng@acme.fr,G,G,,FR,Acme\nh@acme.fr,H,H,,US,Acme Group\n"
    )
    people = importer.people()
    assert report.organisations == 1
    assert (
        people["e@lyon.fr"].organisation_id
        == people["f@lyon.fr"].organisation_id
        == people["a@gmail.com"].organisation_id
    )
    with importer.database.reading() as session:
        acme = session.get(Organisation, people["g@acme.fr"].organisation_id)
        assert acme is not None
        assert (acme.name, acme.country, people["h@acme.fr"].organisation_id) == ("Acme Group", "FR", acme.id)


def test_an_import_that_was_killed_goes_on_where_it_stopped(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing_room, "BATCH", 10)
    content = "email,note\n" + "".join(f'p{n}@x.fr,"two\nlines"\n' for n in range(35))

    class KilledError(Exception):
        pass

    def kill(done: int, total: int) -> None:
        assert 0 < done <= total
        if len(importer.people()) >= 20:
            raise KilledError

    importer.file.write_text(content)
    with pytest.raises(KilledError):
        import_csv(importer.database, importer.file, source="s", now=TUESDAY, signer=importer.signer, on_progress=kill)
    there = len(importer.people())
    assert 20 <= there < 35
    report = import_csv(importer.database, importer.file, source="s", now=TUESDAY, signer=importer.signer)
    assert (report.added, report.resumed_after_line) == (35 - there, 1 + there * 2)
    assert len(importer.people()) == 35
    with importer.database.reading() as session:
        run = session.scalars(select(ImportRun)).one()
        assert (run.added, run.finished_at, run.done_to_line) == (35, TUESDAY, 71)


def test_a_template_in_a_cell_is_data(importer: Importer) -> None:
    importer('email,first_name,x\na@x.fr,{{ 7*7 }},"\'; DROP TABLE prospect; --"\n')
    anne = importer.people()["a@x.fr"]
    assert (anne.first_name, anne.fields) == ("{{ 7*7 }}", {"x": "'; DROP TABLE prospect; --"})


def test_findings_are_counted_beyond_what_is_listed(importer: Importer) -> None:
    report = importer("email\n" + "broken\n" * 1500)
    assert (len(report.refused), report.refused_rows) == (1000, 1500)


def exported(importer: Importer) -> str:
    out = io.StringIO(newline="")
    with importer.database.reading() as session:
        export_csv(session, out)
    return out.getvalue()


def test_what_is_exported_runs_in_no_spreadsheet_and_comes_back(importer: Importer) -> None:
    importer("email,first_name,x,tags\na@x.fr,=cmd(),+33,b;a\nb@x.fr,'-1,'plain,\nc@x.fr,@me,\"a\nb\",\n")
    before, text = importer.people(), exported(importer)
    assert "'=cmd()" in text
    assert "'+33" in text
    again = importer(text, source="export")
    assert counts(again) == (0, 0, 3)
    assert exported(importer) == text
    assert {key: one.first_name for key, one in importer.people().items()} == {
        key: one.first_name for key, one in before.items()
    }


@given(st.text())
def test_a_guarded_cell_comes_back_exactly(cell: str) -> None:
    there = guarded(cell)
    assert not there.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert without_guard(there) == (cell if there != cell else cell.strip())


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters=",;\"\n\t'=+"), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cells, cells, cells), max_size=6), st.sampled_from([",", ";", "\t"]))
def test_no_file_breaks_the_import(importer: Importer, rows: list[tuple[str, str, str]], delimiter: str) -> None:
    """Whatever stands in it, every line is accounted for, and a second time changes nothing."""
    lines = [f"p{n}@x.fr{delimiter}" + delimiter.join(row) for n, row in enumerate(rows)]
    content = delimiter.join(["email", "first_name", "x", "role"]) + "\n" + "\n".join(lines)
    importer(content, source=repr(rows)[:400] or "x")
    again = importer(content, source="again")
    assert (again.added, again.updated) == (0, 0)


def test_memory_stays_flat_however_long_the_file(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing_room, "BATCH", 50)
    largest = 0
    kept = importing_room.Batch.add

    def add(self: importing_room.Batch, *row: object) -> None:
        nonlocal largest
        kept(self, *row)  # type: ignore[arg-type]
        largest = max(largest, len(self.rows))

    monkeypatch.setattr(importing_room.Batch, "add", add)
    importer("email\n" + "".join(f"p{n}@x{n}.fr\n" for n in range(500)))
    assert largest == 50
    with importer.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Prospect)) == 500
