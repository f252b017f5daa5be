"""What is wrong, where, and how to mend it: the one form in which the engine refuses input."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing to mend. Lines and columns count from 1, in characters; 0 where there is none to name."""

    code: str
    file: str
    message: str
    mend: str
    line: int = 0
    column: int = 0
    severity: Severity = "error"

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return f"{place + '  ' if place else ''}{self.code}  {self.message} {self.mend}".rstrip()

    def as_dict(self) -> dict[str, Any]:
        """The published form: code, severity, file, line, column, message, mend."""
        order = ("code", "severity", "file", "line", "column", "message", "mend")
        values = asdict(self)
        return {key: values[key] for key in order}


class Refused(Exception):  # noqa: N818  the product's word for exit code 1
    """Input that the engine does not take, with every finding; nothing was changed."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))

    @classmethod
    def of(cls, code: str, message: str, mend: str = "", *, file: str = "", line: int = 0, column: int = 0) -> Self:
        """One finding, refused."""
        return cls([Finding(code, file, message, mend, line, column)])


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Those that stop a launch."""
    return [finding for finding in findings if finding.severity == "error"]
