"""Whatever bytes arrive, they are answered, and soon."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prospecting.inbound import Understood, understand

MAILS = [file.read_bytes() for file in sorted((Path(__file__).parent / "mails").glob("*.eml"))]
SOON = 5.0
"""Seconds; generous, as test machines are shared. What is quadratic takes minutes."""

odd = st.sampled_from(
    [
        b"=?utf-8?b?x?=", b"\r\n\r\n", b'Content-Type: multipart/mixed; boundary=""\r\n', b"Content-Transfer-Encoding: base64\n",
        b"; charset=utf-99", b"Content-Type: message/rfc822\n\n", b"\x00", b"\xff\xfe", b"From: =?x?q?\xff?=\n",
        b"Date: Mon, 99 Zzz 99999 +9999999\n", b"filename*0*=utf-8''%ff\n", b"<![", b"&#99999999999;", b"Status: 5.\n",
    ]
)  # fmt: skip


@given(st.binary(max_size=3000))
def test_noise_is_answered(raw: bytes) -> None:
    assert isinstance(understand(raw), Understood)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(MAILS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 80), odd | st.binary(max_size=20)), max_size=12),
)
def test_mails_broken_anywhere_are_answered(raw: bytes, cuts: list[tuple[float, int, bytes]]) -> None:
    for share, length, instead in cuts:
        at = int(share * len(raw))
        raw = raw[:at] + instead + raw[at + length :]
    assert isinstance(understand(raw), Understood)


@pytest.mark.parametrize("piece", ["a", "le mon ", "a@", "<a@b.c> ", "ne me ", "> x\n", "De : \n", "On ", "le lundi\n", "1/2 ", "550 ", "<div>", "user ", "From: x\nTo: y\n"])  # fmt: skip
@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize("sender", ["jean@client.example", "mailer-daemon@client.example"])
def test_a_hostile_text_costs_no_more_than_its_length(piece: str, kind: str, sender: str) -> None:
    raw = f"From: {sender}\nSubject: failure notice\nContent-Type: text/{kind}; charset=utf-8\n\n{piece * (200_000 // len(piece))}"
    began = time.monotonic()
    understand(raw.encode())
    assert time.monotonic() - began < SOON


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "utf-16", "x-unknown", "us-ascii"])
def test_odd_charsets_and_encodings_are_read(charset: str) -> None:
    words = "Veuillez me désinscrire, merci."
    coded = words.encode(charset) if charset not in ("x-unknown", "us-ascii") else words.encode("cp1252")
    raw = f"From: jean@client.example\nSubject: Re: x\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n"
    assert understand(raw.encode() + coded).reply == "objection"
