"""Messages: a head with subject and preheader, a body in Markdown with a few Jinja2 tags; checked, then compiled."""

from typing import NoReturn

from jinja2 import nodes
from markdown_it import MarkdownIt
from markdown_it.token import Token

from prospecting.content.allowed import READER, Source, read
from prospecting.content.compiled import WRITTEN, CompiledMessage, Part, getter
from prospecting.content.letter import COLON, MAX_HTML, inlined, layout
from prospecting.content.markup import Marks, Rebuild, Slots
from prospecting.content.plain import plain
from prospecting.content.uses import uses
from prospecting.documents import Document, parse_markdown
from prospecting.findings import Finding, Refused
from prospecting.words import known

HEAD = ("subject", "preheader")
SCHEMES = ("https://", "http://", "mailto:")
DEFAULT_PREHEADER = "{{ gift.promise | default('') }}"

_markdown = MarkdownIt("commonmark", {"html": False})


def compile_message(text: str, *, file: str, language: str, subject: str | None = None) -> CompiledMessage:
    """The message in `text`, called `file` in findings; `subject` is a variant's own, in place of the head's.

    Raises Refused with MS002 (what the template may not hold), CF001, CF002, each with line and column.
    """
    document = parse_markdown(text.replace("\r\n", "\n").replace("\r", "\n"), name=file)
    sources = _sources(document, subject)
    trees = {part: read(source) for part, source in sources.items()}
    return _Compiler(file, known(language), sources, trees).compile()


def _sources(document: Document, subject: str | None) -> dict[str, Source]:
    """Subject, preheader and body, each knowing its places in the file. Raises Refused."""
    head = document.data if isinstance(document.data, dict) else {}
    findings: list[Finding] = []
    if document.data and not isinstance(document.data, dict):
        findings.append(Finding("MS002", document.file, "The head holds no keys.", 'Write: subject: "…".', 1, 1))
    for key in head:
        if key not in HEAD:
            findings.append(
                document.finding(
                    "CF001",
                    (key,),
                    f"A message's head has no key `{key}`.",
                    f"Known here: {', '.join(HEAD)}.",
                    key=True,
                )
            )
    for key in HEAD:
        if key in head and not isinstance(head[key], str):
            findings.append(
                document.finding(
                    "MS002", (key,), f"The {key} is no text.", "Put it in quotes; braces at its start are YAML's own."
                )
            )
    if not str(head.get("subject") or subject or "").strip():
        findings.append(
            Finding(
                "MS002",
                document.file,
                "The message has no subject.",
                "Write `subject: …` between two --- lines at the top.",
                1,
                1,
            )
        )
    if not document.body.strip():
        findings.append(
            Finding(
                "MS002",
                document.file,
                "The message has no words.",
                "Write the letter below the head.",
                document.body_line,
                1,
            )
        )
    if findings:
        raise Refused(findings)
    return {
        "subject": _in_head(document, "subject", subject or head["subject"]),
        "preheader": _in_head(document, "preheader", head.get("preheader") or DEFAULT_PREHEADER),
        "body": Source(document.body, document.file, lambda offset: _place(document.body, offset, document.body_line)),
    }


def _in_head(document: Document, key: str, text: str) -> Source:
    start = document.at(key)
    lines = document.text.split("\n")
    line = lines[start.line - 1] if start.line <= len(lines) else ""
    quoted = line[start.column - 1 : start.column] in ("'", '"')
    return Source(text, document.file, lambda offset: (start.line, start.column + quoted + offset))


def _place(text: str, offset: int, first_line: int) -> tuple[int, int]:
    before = text[:offset]
    return first_line + before.count("\n"), offset - before.rfind("\n")


class _Compiler:
    """The way of one message from checked trees to filled parts."""

    def __init__(self, file: str, language: str, sources: dict[str, Source], trees: dict[str, nodes.Template]) -> None:
        self._file, self._language, self._sources, self._trees = file, language, sources, trees
        self._marks = Marks.for_texts(*(source.text for source in sources.values()))
        self._slots = Slots()
        self._slots.names.update(WRITTEN)
        self._body = sources["body"]
        self._ember = False
        self._space = False

    def compile(self) -> CompiledMessage:
        flat = self._marks.on_their_own(self._marks.flatten(self._trees["body"].body, self._body))
        tokens = _markdown.parse(flat)
        self._links(tokens)
        html = self._marks.unwrapped(_markdown.renderer.render(tokens, _markdown.options, {}))
        if lost := self._marks.lost(html):
            raise Refused(
                [
                    lost[1].finding(
                        lost[0].lineno,
                        "Markdown does not keep this tag where it stands.",
                        "Put it on a line of its own.",
                    )
                ]
            )
        self._rebuilt(
            html, tags=True
        )  # refuses conditions that tear an element apart, before the layout is around them
        words = self._marks.unwrapped_text(plain(tokens, colon=COLON[self._language], open_ended=self._marks.marked))
        return CompiledMessage(
            file=self._file,
            language=self._language,
            uses=tuple(use for part, source in self._sources.items() for use in uses(self._trees[part], source)),
            text=self._readable(words),
            _subject=self._head("subject"),
            _preheader=self._head("preheader"),
            _html=self._page(html),
            _text=self._letter(words),
            _getters=tuple((name, getter(path)) for path, name in self._slots.names.items() if path not in WRITTEN),
        )

    def _links(self, tokens: list[Token]) -> None:
        """Check every address, mark what is filled into one, and give the first one to the gift its ember."""
        for token in tokens:
            for child in token.children or []:
                if child.type == "image":
                    self._refuse(
                        str(child.attrs.get("src")),
                        "A letter holds no image.",
                        "Say it in words; show it on the gift's page.",
                    )
                if child.type != "link_open":
                    continue
                address = str(child.attrs.get("href", ""))
                marked = self._marks.in_address(address)
                if marked is None:
                    self._refuse(address, "A condition stands inside an address.", "Put it around the whole link.")
                if not marked.startswith(self._marks.nonce) and not marked.lower().startswith(SCHEMES):
                    self._refuse(
                        address,
                        f"This address leads nowhere from a mailbox: {self._readable(address)!r}.",
                        "Write it whole, with https://.",
                    )
                child.attrs = {"href": marked}
                leads = self._marks.variable(marked)
                if leads in ("gift.link", "links.gift", "links.invitation") and not self._ember:
                    self._ember = True
                    child.attrs["class"] = "ember"
                self._space |= leads == "links.space"

    def _refuse(self, words: str, message: str, mend: str) -> NoReturn:
        offset = max(self._body.text.find(words), 0)
        if found := self._marks.pattern.search(words):
            offset = self._marks.offset(found)
        raise Refused([self._body.finding(offset, message, mend)])

    def _rebuilt(self, text: str, *, tags: bool) -> nodes.Template:
        return Rebuild(self._marks, self._slots, tags=tags).tree(text)

    def _head(self, part: str) -> Part:
        marks = Marks.for_texts(self._sources[part].text)
        flat = marks.flatten(self._trees[part].body, self._sources[part])
        return Part.compiled(Rebuild(marks, self._slots, tags=False).tree(flat), name=part, html=False)

    def _page(self, html: str) -> Part:
        page = inlined(self._in_layout("letter.html", html))
        if len(page.encode()) > MAX_HTML:
            raise Refused(
                [
                    self._body.finding(
                        0,
                        f"The letter is larger than {MAX_HTML // 1000} kB, where mail programs cut it off.",
                        "Make it shorter, or give the rest as a gift.",
                    )
                ]
            )
        return Part.compiled(self._rebuilt(_folded(page), tags=True), name="HTML", html=True)

    def _letter(self, words: str) -> Part:
        text = self._marks.unwrapped_text(self._in_layout("letter.txt", words.rstrip("\n")))
        return Part.compiled(self._rebuilt(text, tags=False), name="text", html=False)

    def _in_layout(self, file: str, body: str) -> str:
        source = layout(file, self._language, ember=not self._ember, space=not self._space)
        tree = READER.parse(source)
        flat = self._marks.flatten(tree.body, Source(source, file, lambda offset: _place(source, offset, 1)))
        return self._marks.replaced(flat, "letter.body", body)

    def _readable(self, text: str) -> str:
        return self._marks.pattern.sub(
            lambda found: f"{{{{ {self._marks.variable(found[0]) or '…'} }}}}" if found[1] in "euq" else "", text
        )


def _folded(page: str, width: int = 400) -> str:
    """`page` with its long lines broken at spaces: mail allows 998 bytes a line, and values are still to come."""
    lines: list[str] = []
    for line in page.split("\n"):
        while len(line) > width and (cut := line.rfind(" ", width // 2, width)) > 0:
            lines.append(line[:cut])
            line = line[cut + 1 :]
        lines.append(line)
    return "\n".join(lines)
