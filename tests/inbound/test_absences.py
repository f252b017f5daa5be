"""Automatic answers and absences, and the day on which an absence ends."""

import pytest

from prospecting.inbound import understand
from tests.inbound.letters import mail

A = {"Auto_Submitted": "auto-replied"}
CASES = [
    ("absence", "2027-01-12", mail("Bonjour,\n\nJe suis absent. De retour le 12 janvier.\n", **A)),
    ("absence", "2027-01-03", mail("Absent jusqu'au 3/01 inclus.", **A)),
    ("absence", "2027-01-05", mail("I am out of the office and will be back on Monday 5 January.", **A)),
    ("absence", "2027-01-05", mail("I'm away until Jan 5th with limited access to email.", **A)),
    (
        "absence",
        "2027-01-05",
        mail("Out of office. Returning 01/05/2027.", date="Mon, 21 Dec 2026 10:00:00 -0500", **A),
    ),
    ("absence", "2027-05-01", mail("Je serai de retour le 01/05/2027.", **A)),
    (
        "absence",
        "2027-01-04",
        mail(
            "Je suis en congés du 24 décembre au 3 janvier inclus. Je serai de retour le lundi 4 janvier 2027.\n\nEn cas d'urgence, contactez Anne au 01 02 03 04 05.",
            subject="Réponse automatique : Une heure par jour",
        ),
    ),
    (
        "absence",
        "2027-01-04",
        mail(
            "Hi,\n\nI'm on annual leave from 23 December 2026 to 3 January 2027, returning on 4 January. For urgent matters contact bob@client.example.",
            subject="Automatic reply: Une heure par jour",
            X_Auto_Response_Suppress="All",
        ),
    ),
    (
        "absence",
        "2027-01-02",
        mail(
            "Je suis actuellement absente du bureau jusqu'au 02/01/27. Votre message ne sera pas transféré.",
            subject="Absence du bureau",
        ),
    ),
    ("absence", None, mail("Je suis en congé maternité. Contactez Luc.", **A)),
    ("absence", "2026-12-28", mail("I'll be back next Monday", subject="Out of Office: Jean", **A)),
    (
        "absence",
        "2026-12-31",
        mail("Ich bin bis zum 31.12.2026 nicht im Büro.", subject="Automatische Antwort: x", **A),
    ),
    (
        "absence",
        "2027-01-07",
        mail("Ich bin wieder ab dem 7. Januar erreichbar. Bin abwesend.", subject="Abwesenheitsnotiz"),
    ),
    (
        "absence",
        "2027-01-08",
        mail("Estoy fuera de la oficina hasta el 8 de enero.", subject="Respuesta automática: x", **A),
    ),
    (
        "absence",
        "2027-01-11",
        mail(
            "JEAN DUPONT est absent(e). Retour le 11/01/2027.",
            subject="JEAN DUPONT est absent(e).",
            X_Mailer="Lotus Domino",
        ),
    ),
    (
        "absence",
        "2027-01-11",
        mail(
            "<html><body><p>Je suis absent(e) du bureau jusqu&rsquo;au <b>11 janvier 2027</b>.</p><p>Cordialement</p></body></html>",
            subtype="html",
            Auto_Submitted="auto-generated",
            subject="Réponse automatique : x",
        ),
    ),
    (
        "auto_reply",
        None,
        mail(
            "Nous avons bien reçu votre message et vous répondrons dans les meilleurs délais.",
            subject="Accusé de réception",
            **A,
        ),
    ),
    (
        "auto_reply",
        None,
        mail(
            "Your request has been received and assigned ticket #4567.",
            subject="[Ticket #4567] Une heure",
            Auto_Submitted="auto-generated",
        ),
    ),
    (
        "auto_reply",
        None,
        mail(
            "Pour que votre message soit délivré, cliquez sur le lien pour vous authentifier.",
            subject="MailInBlack - Vérification",
        ),
    ),
    ("auto_reply", None, mail("Cette adresse n'est plus consultée.", Precedence="auto_reply")),
    (
        "absence",
        "2027-01-04",
        mail("Bonjour,\nNos bureaux sont fermés du 24/12/2026 au 03/01/2027. Réouverture le 04/01/2027.", **A),
    ),
    (
        "absence",
        "2027-01-15",
        mail(
            "I will be out of the office starting 12/18/2026 and will not return until 01/15/2027.",
            sender="j@corp.example",
            date="Fri, 18 Dec 2026 08:00:00 -0800",
            subject="John Doe is out of the office",
            Auto_Submitted="auto-generated",
        ),
    ),
    ("absence", "2027-01-04", mail("Thank you for your email. I am out of office December 22 - January 4.", **A)),
    ("reply", None, mail("Je suis souvent en déplacement mais le sujet m'intéresse. Avez-vous un PDF ?")),
    ("reply", None, mail("I'm back from holidays, let's talk.")),
]


@pytest.mark.parametrize(("kind", "until", "raw"), CASES)
def test_a_machine_is_no_person_and_an_absence_has_its_end(kind: str, until: str | None, raw: bytes) -> None:
    found = understand(raw)
    assert (found.kind, found.until.isoformat() if found.until else None) == (kind, until)
    assert (found.reply is None) == (kind != "reply")


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"List_Id": "<news.example>", "List_Unsubscribe": "<mailto:x@example.com>"}, "other"),
        ({"Precedence": "bulk", "List_Id": "<news.example>"}, "other"),
        ({"X_Autoreply": "yes"}, "auto_reply"),
        ({"Return_Path": "<>"}, "auto_reply"),
        ({"Auto_Submitted": "no"}, "reply"),
        ({}, "reply"),
    ],
)
def test_headers_tell_machines_and_lists_from_people(headers: dict[str, str], kind: str) -> None:
    assert understand(mail("Voici ce que je voulais dire.", **headers)).kind == kind
