"""A table of people in: streamed, in constant memory, every broken line told and every good one kept.

Batches are committed with the line they reach, so that an import that was killed goes on where it stopped, and the
same file twice adds nothing.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path

from sqlalchemy import select, update

from prospecting.db import Database, insert_or_ignore
from prospecting.findings import Finding, Refused
from prospecting.prospects.importing.columns import Columns, columns_of, delimiter_of
from prospecting.prospects.importing.encoding import Examined, examine
from prospecting.prospects.importing.records import LONGEST_LINE, Broken, Record, Records
from prospecting.prospects.importing.rows import RowReader
from prospecting.prospects.importing.staging import Batch, Stored, store
from prospecting.prospects.models import CustomField, ImportRun
from prospecting.tokens import Signer

__all__ = ["ImportReport", "import_csv"]

BATCH = 10_000
MOST_FINDINGS = 1_000
"""More are counted, not listed."""

OnProgress = Callable[[int, int], None]
"""Called after each batch with bytes read and bytes in all."""


@dataclass
class ImportReport:
    """What came of a file. Each row of it is added, updated, unchanged, repeated, refused or left out."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    """Rows whose address stands in the file before, shortly."""
    left_out_suppressed: int = 0
    refused_rows: int = 0
    organisations: int = 0
    """New ones."""
    refused: list[Finding] = field(default_factory=list)
    """Rows that did not come in; the first 1,000."""
    warnings: list[Finding] = field(default_factory=list)
    """Columns and values left out of rows that did; the first 1,000."""
    dropped_columns: list[str] = field(default_factory=list)
    """Telephone numbers."""
    encoding: str = ""
    delimiter: str = ","
    resumed_after_line: int = 0
    """Above 0 where an import that was stopped went on."""

    def refuse(self, finding: Finding) -> None:
        self.refused_rows += 1
        if len(self.refused) < MOST_FINDINGS:
            self.refused.append(finding)

    def warn(self, finding: Finding) -> None:
        if len(self.warnings) < MOST_FINDINGS:
            self.warnings.append(finding)


def import_csv(
    database: Database,
    path: Path,
    *,
    source: str,
    now: datetime,
    signer: Signer,
    name: str | None = None,
    on_progress: OnProgress | None = None,
) -> ImportReport:
    """Bring the people of the CSV file `path`, called `name` in findings, in; they were got from `source`.

    Commits by batches. Raises Refused for the whole file (IM001 no source, IM002 encoding, IM003 no address column,
    IM004 duplicate header, IM005 empty) before anything is changed.
    """
    called = name or path.name
    source = " ".join(source.split())
    if not source or len(source) > 500:
        mend = 'Say in a few words where these people come from: --source "Salon RH 2026, badge list".'
        raise Refused.of("IM001", "Nobody is kept without a source.", mend, file=called)
    examined = examine(path, called)
    with path.open("rb") as raw, TextIOWrapper(raw, examined.encoding, newline="") as file:
        columns, said, header_ends = _header(file, called)
        report = ImportReport(encoding=examined.encoding, delimiter=columns.delimiter, warnings=said)
        report.dropped_columns = columns.dropped
        run_id, done_to = _begin(database, called, examined, source=source, columns=columns, now=now)
        report.resumed_after_line = done_to
        start = max(done_to, header_ends)
        _skip_lines(file, start - header_ends)
        records = Records(file, columns.delimiter, line=start + 1)
        records.width = columns.width
        reader = RowReader(columns, signer.hash_address)
        # One batch is stored while the next one is read.
        with ThreadPoolExecutor(1) as storing:
            run = _Run(database, report, called, source, run_id, now, storing)
            for record in records:
                run.take(record, reader)
                if len(run.batch.rows) >= BATCH:
                    run.commit()
                    if on_progress:
                        on_progress(min(raw.tell(), examined.size), examined.size)
            run.commit(finished=True)
            run.wait()
        if on_progress:
            on_progress(examined.size, examined.size)
    return report


@dataclass
class _Run:
    database: Database
    report: ImportReport
    called: str
    source: str
    run_id: int
    now: datetime
    storing: Executor
    batch: Batch = field(default_factory=Batch)
    _stored: "Future[tuple[Stored, int]] | None" = None

    def take(self, record: Record | Broken, reader: RowReader) -> None:
        """One record into the batch, or into the report."""
        self.batch.ends = record.ends
        if isinstance(record, Broken):
            self.report.refuse(Finding(record.code, self.called, record.said, "Mend this line.", record.line, 1))
            return
        read = reader.read(record)
        for message, mend in read.left_out:
            self.report.warn(Finding("IM011", self.called, message, mend, record.line, 1, "warning"))
        if read.refused:
            self.report.refuse(Finding(read.refused[0], self.called, *read.refused[1:], record.line, 1))
        elif read.row:
            self.batch.add(read.row, read.workplace)

    def commit(self, *, finished: bool = False) -> None:
        """Have the batch stored, together with the line it reaches, once the one before is."""
        self.wait()
        batch, self.batch = self.batch, Batch(ends=self.batch.ends)
        self._stored = self.storing.submit(self._store, batch, refused=self.report.refused_rows, finished=finished)

    def wait(self) -> None:
        """The batch on its way is in."""
        if self._stored is None:
            return
        stored, repeated = self._stored.result()
        self.report.added += stored.added
        self.report.updated += stored.updated
        self.report.unchanged += stored.unchanged
        self.report.left_out_suppressed += stored.suppressed
        self.report.organisations += stored.organisations
        self.report.repeated += repeated

    def _store(self, batch: Batch, *, refused: int, finished: bool) -> tuple[Stored, int]:
        with self.database.writing() as session:
            stored = store(session, batch, source=self.source, import_id=self.run_id, now=self.now)
            session.execute(
                update(ImportRun)
                .where(ImportRun.id == self.run_id)
                .values(
                    done_to_line=batch.ends,
                    finished_at=self.now if finished else None,
                    added=ImportRun.added + stored.added,
                    updated=ImportRun.updated + stored.updated,
                    refused=refused,
                )
            )
        return stored, batch.repeated


def _header(file: TextIOWrapper, called: str) -> tuple[Columns, list[Finding], int]:
    """The columns, what to say of them, and the last line of the header."""
    line, number = file.readline(LONGEST_LINE), 1
    declared = line.strip().lower()
    if declared.startswith("sep=") and len(declared) == 5:  # as Excel writes it
        line, number = file.readline(LONGEST_LINE), 2
    delimiter = declared[4] if number == 2 else delimiter_of(line)
    reader = iter(Records(_Once(line), delimiter, line=number))  # type: ignore[arg-type]
    first = next(reader, None)
    if not isinstance(first, Record):
        raise Refused.of(
            "IM003",
            "The first line holds no column names.",
            "Begin the file with one: address,first_name,…",
            file=called,
            line=number,
            column=1,
        )
    columns, said = columns_of(first.cells, delimiter, file=called, line=number)
    return columns, said, number


def _begin(
    database: Database, called: str, examined: Examined, *, source: str, columns: Columns, now: datetime
) -> tuple[int, int]:
    """The run of this file and source, and the line that an earlier, unfinished one reached."""
    with database.writing() as session:
        insert_or_ignore(session, CustomField, [{"name": name} for name in columns.own], conflict=["name"])
        key = {"digest": examined.digest, "source": source}
        row = key | {
            "file": called[-255:],
            "started_at": now,
            "done_to_line": 0,
            "added": 0,
            "updated": 0,
            "refused": 0,
        }
        insert_or_ignore(session, ImportRun, [row], conflict=["digest", "source"])
        run = session.scalars(select(ImportRun).filter_by(**key)).one()
        if run.finished_at is not None:
            run.started_at, run.finished_at, run.done_to_line, run.added, run.updated, run.refused = (
                now,
                None,
                0,
                0,
                0,
                0,
            )
        return run.id, run.done_to_line


def _skip_lines(file: TextIOWrapper, lines: int) -> None:
    for _ in range(lines):
        while (part := file.readline(LONGEST_LINE)) and not part.endswith(("\n", "\r")):
            pass


class _Once:
    """A single line, read like a file."""

    def __init__(self, line: str) -> None:
        self._line = line

    def readline(self, _limit: int) -> str:
        line, self._line = self._line, ""
        return line
