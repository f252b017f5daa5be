"""How the grammar's forms are written, and the regular expressions they become.

A form is written as people would say it: words, `<class>`, `(one|two_words)`, `word?` for what may be missing, `<class>~`
for up to eight of a class, `!word` for any other word, `*` for any ending, `#` for a number, `...` for up to three words
and `....` for up to six of the same clause, `^` and `$` for the sentence's ends.
"""

import re
from collections.abc import Mapping

from prospecting.campaigns.lint.shown import VALUE

Classes = Mapping[str, str]
"""Names of word classes, and the alternatives each stands for."""

WORD = rf"[a-z0-9{VALUE}]+"
GAPS = {"...": 3, "....": 6}


def compiled(written: str, classes: Classes) -> re.Pattern[str]:
    """The pattern of a whole form; it begins with the space before its first word."""
    start = "^ " if written.startswith("^") else " "
    end = " $" if written.endswith("$") else "(?= )"
    return re.compile(start + alternative(written.strip("^$ "), classes) + end)


def alternative(written: str, classes: Classes) -> str:
    """The regular expression of a form. Words are separated by one space; a gap never leaves its clause."""
    made, begun = "", False
    for item in _split(written, " "):
        if item in GAPS:
            piece, often = WORD, f"{{0,{GAPS[item]}}}?"
        elif item.endswith("~"):
            piece, often = _item(item[:-1], classes), "{0,8}?"
        elif item.endswith("?") and item != "?":
            piece, often = _item(item[:-1], classes), "?"
        else:
            made += (" " if begun else "") + _item(item, classes)
            begun = True
            continue
        made += f"(?: {piece}){often}" if begun else f"(?:{piece} ){often}"
    return made


def _item(item: str, classes: Classes) -> str:
    if item.startswith("<"):
        return f"(?:{classes[item[1:-1]]})"
    if item.startswith("!"):
        return f"(?!{_item(item[1:], classes)} ){WORD}"
    if item.startswith("("):
        inner = _split(item[1:-1], "|")
        return "(?:" + "|".join(alternative(" ".join(_split(one, "_")), classes) for one in inner) + ")"
    word, *kept_out = re.split(r"(?=\(\?!)", item)
    plain = re.escape(word).replace(r"\*", "[a-z0-9]*").replace(r"\#", r"\d{1,4}")
    return plain + "".join(kept_out).replace("_", " ")


def _split(written: str, at: str) -> list[str]:
    """`written` in pieces, without looking into parentheses."""
    pieces, depth = [""], 0
    for sign in written:
        depth += (sign == "(") - (sign == ")")
        if sign == at and not depth:
            pieces.append("")
        else:
            pieces[-1] += sign
    return [piece for piece in pieces if piece]
