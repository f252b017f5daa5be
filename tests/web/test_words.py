"""What the pages say: every sentence in both languages, each written for itself."""

import re

from jinja2 import Environment, FileSystemLoader

from prospecting.web.render import HERE, Renderer


def test_both_languages_say_the_same_things_with_the_same_slots() -> None:
    words = Renderer().words
    assert words.keys("fr") == words.keys("en")
    for key in sorted(words.keys("fr")):
        slots = [set(re.findall(r"{(\w+)}", raw(words, language, key))) for language in ("fr", "en")]
        assert slots[0] - {"n"} == slots[1] - {"n"}, key


def raw(words: object, language: str, key: str) -> str:
    words.say(language, "public.skip")  # type: ignore[attr-defined]
    return str(words._said[language][key])  # type: ignore[attr-defined]


def test_french_has_its_spaces() -> None:
    words = Renderer().words
    for key in sorted(words.keys("fr")):
        said = raw(words, "fr", key)
        assert not re.search(r" [;:!?»]|« ", said), f"{key}: {said}"
        assert "'" not in said.replace("'à'", ""), f"{key}: {said}"


def test_every_sentence_that_a_template_names_is_there() -> None:
    keys = Renderer().words.keys("en")
    bare = {re.sub(r"\.(one|other)$", "", key) for key in keys} | keys
    environment = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)
    for name in environment.list_templates():
        source = (HERE / "templates" / name).read_text(encoding="utf-8")
        for key in re.findall(r"""t\('([a-z_.]+[a-z_])'[,)]""", source):
            assert key in bare, f"{name}: {key}"
