"""Self-diagnostics: questions, a report of one's own, the comparison with peers."""

from prospecting.diagnostics.definition import Band, Diagnostic, Option, Question, load_definition
from prospecting.diagnostics.peers import Comparison, compare, keep, results
from prospecting.diagnostics.report import BadAnswers, Part, Report, score
from prospecting.diagnostics.shelf import definition, definitions, load_definitions

__all__ = [
    "BadAnswers",
    "Band",
    "Comparison",
    "Diagnostic",
    "Option",
    "Part",
    "Question",
    "Report",
    "compare",
    "definition",
    "definitions",
    "keep",
    "load_definition",
    "load_definitions",
    "results",
    "score",
]
