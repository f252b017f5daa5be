"""A CSV file's records, one at a time, whatever is broken in it: what cannot be read is told, the rest goes on.

The csv module reads; this file hands it lines one by one, so that a quote that nobody closed costs its own line and
not the rest of the file.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper

LONGEST_LINE = 200_000
LONGEST_CELL = 10_000
MOST_LINES = 50
"""A cell of more lines than this is a quote that nobody closed."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record's cells; `line` is where it begins, `ends` the last line it reaches."""

    line: int
    ends: int
    cells: list[str]
    raw: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Lines that are no record: `why` is a code of IM, `said` the sentence."""

    line: int
    ends: int
    code: str
    said: str


class _Unclosed(Exception):  # noqa: N818  never leaves this file
    """The reader asks for more lines than a cell may have, or than there are."""


class _Giant(Exception):  # noqa: N818  never leaves this file
    """A line too long to be one of a table of people."""


class Records:
    """The records of `file` (opened with newline=""), from `line` on.

    `width` is the number of cells a record should have; None until the header is known.
    """

    def __init__(self, file: TextIOWrapper, delimiter: str, *, line: int = 1) -> None:
        self._file = file
        self._waiting: list[str] = []  # lines given back, the next one last
        self._fed: list[str] = []
        self._line = line
        self._reader = csv.reader(_Feed(self), delimiter=delimiter, strict=True)
        self.width: int | None = None

    def __iter__(self) -> Iterator[Record | Broken]:
        while True:
            start = self._line
            self._fed = []
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except _Giant:
                yield Broken(start, self._line - 1, "IM010", f"This line has more than {LONGEST_LINE:,} characters.")
            except _Unclosed:
                self._give_back()
                yield Broken(start, start, "IM009", "A quote is opened here and never closed.")
            except csv.Error as error:
                self._give_back()
                yield Broken(start, start, *_why(error))
            else:
                yield from self._record(start, cells)

    def feed(self) -> str:
        """The next line, for the reader; it asks for another one only inside quotes."""
        if len(self._fed) >= MOST_LINES:
            raise _Unclosed
        line = self._waiting.pop() if self._waiting else self._file.readline(LONGEST_LINE)
        if not line:
            if self._fed:
                raise _Unclosed
            raise StopIteration
        if len(line) >= LONGEST_LINE and not line.endswith(("\n", "\r")):
            self._skip_line()
        self._fed.append(line)
        self._line += 1
        return line

    def _record(self, start: int, cells: list[str]) -> Iterator[Record | Broken]:
        if not cells or cells == [""]:
            return  # an empty line
        if len(self._fed) > 1 and self.width is not None and len(cells) != self.width:
            # A stray quote that a later one seems to close: the lines between are records of their own.
            self._give_back()
            yield Broken(start, start, "IM009", "A quote is opened here and not closed on this line.")
            return
        raw = self._fed[0] if len(self._fed) == 1 else "".join(self._fed)
        yield Record(start, self._line - 1, cells, raw)

    def _give_back(self) -> None:
        """Read all lines but the first of this record again."""
        self._waiting.extend(reversed(self._fed[1:]))
        self._line -= len(self._fed) - 1

    def _skip_line(self) -> None:
        while (rest := self._file.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
            pass
        self._line += 1
        raise _Giant


class _Feed:
    """What csv.reader pulls its lines from."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        return self._records.feed()


def _why(error: csv.Error) -> tuple[str, str]:
    if "field limit" in str(error):
        return "IM010", "A cell here is far too long."
    return "IM009", "Quotes are opened and closed in the middle of a cell."
