"""What people want who write back, in French and English, and whatever their mail program quotes below it."""

from datetime import date
from pathlib import Path

import pytest

from prospecting.documents import read_yaml
from prospecting.inbound import ReplyKind, understand
from tests.inbound.letters import mail

OUR = """Bonjour Jean,

Ce guide se lit en 9 minutes.

Pour ne plus rien recevoir de nous, répondez simplement « stop ».
Un clic suffit pour ne plus rien recevoir de nous <https://acme.example/u/xyz>
Unsubscribe: https://acme.example/u/xyz
Stop emailing me: click"""
Q = "\n".join("> " + line for line in OUR.split("\n"))
W = "Quel est le prix ?"
FORMS = {
    "gmail-fr": f"{W}\n\nLe mar. 1 déc. 2026 à 10:00, Claire Martin <claire@acme.example> a écrit :\n\n{Q}\n",
    "gmail-fr-wrapped": f"{W}\n\nLe mar. 1 déc. 2026 à 10:00, Claire Martin <\nclaire@acme.example> a écrit :\n\n{Q}\n",
    "gmail-en": f"{W}\n\nOn Tue, Dec 1, 2026 at 10:00 AM Claire Martin <claire@acme.example> wrote:\n\n{Q}\n",
    "apple": f"{W}\n\nEnvoyé de mon iPhone\n\n> Le 1 déc. 2026 à 10:00, Claire Martin <claire@acme.example> a écrit :\n> \n{Q}\n",
    "outlook-fr": f"{W}\n\nCordialement,\nJean\n\n________________________________\nDe : Claire Martin <claire@acme.example>\nEnvoyé : mardi 1 décembre 2026 10:00\nÀ : Jean Dupont\nObjet : Une heure par jour\n\n{OUR}\n",
    "outlook-en": f"{W}\n\nFrom: Claire Martin <claire@acme.example>\nSent: Tuesday, December 1, 2026 10:00 AM\nTo: Jean Dupont\nSubject: Une heure par jour\n\n{OUR}\n",
    "original-fr": f"{W}\n\n-----Message d'origine-----\nDe : Claire Martin [mailto:claire@acme.example]\nEnvoyé : mardi\n\n{OUR}\n",
    "original-en": f"{W}\n\n-----Original Message-----\nFrom: Claire\nSent: Tuesday\n\n{OUR}\n",
    "original-fr2": f"{W}\n\n---- Message original ----\nDe : Claire\n\n{OUR}\n",
    "thunderbird": f"{W}\n\nLe 01/12/2026 à 10:00, Claire Martin a écrit :\n{Q}\n",
    "de": f"{W}\n\nAm Di., 1. Dez. 2026 um 10:00 Uhr schrieb Claire Martin <claire@acme.example>:\n\n{Q}\n",
    "unmarked": f"{W}\n\nLe mar. 1 déc. 2026 à 10:00, Claire Martin <claire@acme.example> a écrit :\n\n{OUR}\n",
    "inline": f"Le mar. 1 déc. 2026 à 10:00, Claire Martin <claire@acme.example> a écrit :\n\n{Q}\n\n{W}\n",
    "signature": f"{W}\n\n-- \nJean Dupont\nTo unsubscribe from our newsletter reply STOP\n",
    "legal": f"{W}\n\nJean\n\nCe message et ses pièces jointes sont confidentiels et destinés exclusivement à leur destinataire. Merci de le supprimer et de ne plus nous contacter.\n",
    "legal-en": f"{W}\n\nCONFIDENTIALITY NOTICE: stop reading and delete. Do not contact.\n",
    "footer": f"{W}\n\nCordialement\nJean Dupont\nDRH - Client\nSi vous ne souhaitez plus recevoir nos communications, cliquez ici pour vous désinscrire.\n",
    "orange": f'{W}\n\n\n> Message du 01/12/26 10:00\n> De : "Claire" <claire@acme.example>\n{Q}\n',
    "yahoo": f"{W}\n\nLe mardi 1 décembre 2026 à 10:00:00 UTC+1, Claire Martin <claire@acme.example> a écrit :\n\n {OUR}\n",
    "star": f"{W}\n\n*De :* Claire Martin <claire@acme.example>\n*Envoyé :* mardi 1 décembre\n*À :* Jean\n*Objet :* x\n\n{OUR}",
}
H = OUR.replace("\n", "<br>")
PAGES = {
    "gmail": f'<div dir="ltr">{W}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Le mar. 1 déc. 2026, Claire a écrit :<br></div><blockquote class="gmail_quote">{H}</blockquote></div>',
    "outlook": f'<html><body><div>{W}</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>De :</b> Claire<br><b>Envoyé :</b> mardi</div><div>{H}</div></body></html>',
    "outlook-desktop": f'<html><body><div class="WordSection1"><p class="MsoNormal">{W}</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>De&nbsp;:</b> Claire Martin &lt;claire@acme.example&gt;<br><b>Envoyé&nbsp;:</b> mardi 1 décembre 2026 10:00<br><b>À&nbsp;:</b> Jean<br><b>Objet&nbsp;:</b> x</p></div><p>{H}</p></div></body></html>',
    "apple": f'<html><body>{W}<br><blockquote type="cite"><div>Le 1 déc. 2026, Claire a écrit :</div>{H}</blockquote></body></html>',
    "yahoo": f'<html><body><div>{W}</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>Le mardi, Claire a écrit :</div>{H}</div></body></html>',
}

REPLIES = {kind: list(texts) for kind, texts in read_yaml(Path(__file__).parent / "replies.yaml").data.items()}


@pytest.mark.parametrize("kind", list(ReplyKind))
def test_each_kind_is_understood(kind: ReplyKind) -> None:
    wrong = {text: found for text in REPLIES[kind] if (found := understand(mail(text)).reply) is not kind}
    assert wrong == {}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_quoted_signed_or_printed_below_is_not_judged(form: str) -> None:
    found = understand(mail(FORMS[form]))
    assert (found.kind, found.reply) == ("reply", "question")
    assert "stop" not in found.words.lower()


@pytest.mark.parametrize("page", PAGES)
def test_a_reply_in_html_is_cut_as_well(page: str) -> None:
    found = understand(mail(PAGES[page], subtype="html"))
    assert (found.kind, found.reply) == ("reply", "question")
    assert "stop" not in found.words.lower()


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour,\nMerci pour le guide.\nCordialement\nJean\n\nPS : merci de ne plus m'écrire.",
        "Merci\nCordialement,\nJean\n\nVeuillez me retirer de votre liste",
        "Très intéressant, envoyez-moi la suite ? Et retirez-moi de vos listes.",
        "merci de ne\nplus\nm'écrire",
        "MERCI DE NE PLUS M’ÉCRIRE",
    ],
)
def test_an_objection_beats_everything_else_wherever_it_stands(text: str) -> None:
    assert understand(mail(text)).reply == "objection"


@pytest.mark.parametrize("subject", ["STOP", "Unsubscribe", "Désinscription", "STOP 0aB-_defghijklmnopqrstuvwxy"])
def test_an_empty_mail_whose_subject_objects_is_an_objection(subject: str) -> None:
    assert understand(mail("", subject=subject)).reply == "objection"


def test_a_mail_program_that_unsubscribes_for_a_person_is_believed() -> None:
    raw = mail("This message was automatically generated by Gmail.", subject="STOP 0aB-_defghijklmnopqrstuvwxy")
    assert (understand(raw).kind, understand(raw).reply) == ("reply", "objection")


def test_a_subject_of_ours_that_is_answered_is_not_theirs() -> None:
    assert understand(mail("Merci, bien reçu.", subject="Re: Stop aux réunions")).reply == "unclear"


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("Pas maintenant, recontactez-moi en mars.", date(2027, 3, 1)),
        ("Revenez vers moi le 15 février.", date(2027, 2, 15)),
        ("Relancez-moi dans deux mois.", date(2027, 2, 19)),
        ("Pas avant la rentrée, merci.", date(2027, 9, 1)),
        ("Reparlons-en après les fêtes.", date(2027, 1, 4)),
        ("Recontactez-moi au T2.", date(2027, 4, 1)),
        ("Recontactez-moi fin janvier.", date(2027, 1, 25)),
        ("Not now. Try me again in Q3.", date(2027, 7, 1)),
        ("Please get back to me in six weeks.", date(2027, 2, 1)),
        ("Bad timing, come back next month.", date(2027, 1, 1)),
        ("Not this year. Write again in mid-March.", date(2027, 3, 15)),
        ("Pas maintenant.", None),
    ],
)
def test_not_now_has_its_day(text: str, until: date | None) -> None:
    found = understand(mail(text))
    assert (found.reply, found.until) == ("not_now", until)


@pytest.mark.parametrize(
    ("text", "erase"),
    [
        ("Je demande l'effacement de mes données (article 17 du RGPD).", True),
        ("Quelles données avez-vous sur moi ?", False),
    ],
)
def test_who_wants_their_data_erased_is_told_from_who_wants_to_see_it(text: str, erase: bool) -> None:
    found = understand(mail(text))
    assert (found.reply, found.erase) == ("rights", erase)
