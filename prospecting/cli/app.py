"""The tree of commands."""

import typer

from prospecting.cli.campaign import campaign
from prospecting.cli.demo import demo
from prospecting.cli.digest import digest
from prospecting.cli.doctor import doctor
from prospecting.cli.importing import import_people
from prospecting.cli.init import init
from prospecting.cli.leads import leads
from prospecting.cli.mail import mail
from prospecting.cli.person import person
from prospecting.cli.serve import serve
from prospecting.cli.team import user

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Give first; only the warm are invited.",
)
app.command()(demo)
app.command()(init)
app.command()(serve)
app.command()(doctor)
app.command()(leads)
app.command()(digest)
app.add_typer(campaign, name="campaign")
app.command("import")(import_people)
app.add_typer(mail, name="mail")
app.add_typer(person, name="person")
app.add_typer(user, name="user")
