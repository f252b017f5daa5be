"""What a personal letter costs once its message is compiled, beside the filling of a bare byte skeleton."""

from collections.abc import Iterator

from bench.measuring import Result, side_by_side
from prospecting.content import compile_message
from prospecting.delivery.mime import body, multipart

LETTERS = 3000
FLOOR = 5000
"""Letters a second and core (issue of the library; design/performance.md)."""
NAMES = tuple(f"field{n}" for n in range(10))
MESSAGE = (
    "---\nsubject: For {{ prospect.first_name }}\npreheader: Three rules you can try on Monday.\n---\n"
    "Hello {{ prospect.first_name }} {{ prospect.last_name }},\n\n{{ gift.promise }}\n\n[{{ gift.title }}]({{ gift.link }})\n\n"
    + "\n\n".join(f"{{{{ prospect.fields.{name} }}}} " + "Write it down before you say it. " * 24 for name in NAMES)
    + "\n"
)
VALUES = {
    "prospect": {"first_name": "Nadia", "last_name": "Belkacem", "fields": {name: f"a & b {name}" for name in NAMES}},
    "organisation": {"name": "Sillon"},
    "gift": {
        "title": "Meeting less",
        "promise": "Win back an hour a day.",
        "minutes": 9,
        "link": "https://give.example/g/guide",
    },
    "sender": {
        "name": "Claire Leroy",
        "organisation": "Atelier",
        "sells": "We sell workshops.",
        "postal_address": "1 rue des Arts, Paris",
    },
    "why_them": "You look after people.",
    "first": True,
}
LINKS = {name: f"https://give.example/a/{name}" for name in ("useful", "send_next", "not_for_me", "question")} | {
    "gift": "https://give.example/g/guide#token",
    "space": "https://give.example/p/token",
    "objection": "https://give.example/u/token",
}


def run() -> Iterator[Result]:
    """Compose multipart letters from a 10 kB message with fifteen variables, HTML and text, headers apart."""
    compiled = compile_message(MESSAGE, file="messages/bench.md", language="en")
    letter = compiled.fill(VALUES, LINKS)
    skeleton = multipart(["From: a@b.example"], body(letter.text), body(letter.html), eight_bit=True).replace(
        b"%", b"%%"
    )
    skeleton = skeleton.replace(b"Nadia", b"%(name)s")

    def ours() -> int:
        for _ in range(LETTERS):
            filled = compiled.fill(VALUES, LINKS)
            multipart(["From: a@b.example"], body(filled.text), body(filled.html), eight_bit=True)
        return LETTERS

    def reference() -> int:
        for _ in range(LETTERS):
            skeleton % {b"name": b"Nadia"}
        return LETTERS

    yield side_by_side(
        "compose", ours, reference, unit="letters/s", goal=f"ours ≥ {FLOOR}", holds=lambda mine, _: mine >= FLOOR
    )
