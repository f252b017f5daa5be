"""The campaign file's whole form, as frozen models: every key, its default, and what it may hold.

What a rule of the linter judges (a pace under the floor, an invitation after one gift) is accepted here, so that
the linter can say it with its own code; the engine's invariants do not rest on a definition being reasonable.
"""

from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    model_serializer,
    model_validator,
)

from prospecting.campaigns.conditions import When
from prospecting.campaigns.spans import Day, Quiet, Span, Window, shown, wrong

BARS = {"low": 30.0, "normal": 50.0, "high": 80.0}

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$", max_length=80)]
Whole = Annotated[int, Field(strict=True)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
Choice = Literal["question", "proposal", "replay", "meeting"]


def _path(value: str) -> str:
    if value.startswith(("/", "~")) or "\\" in value or ".." in value.split("/") or not value.endswith(".md"):
        raise wrong(
            f"{shown(value)} is no message of this workspace.",
            "Write a path like messages/guide.md, relative to the workspace.",
        )
    return value


def _zone(value: str) -> str:
    if value != "prospect" and value not in available_timezones():
        raise wrong(
            f"There is no time zone {shown(value)}.",
            "Write prospect, or a zone's name like Europe/Paris.",
            code="CF003",
        )
    return value


def _listed(value: Any) -> Any:
    """One value is a list of one."""
    return [value] if isinstance(value, str) else value


MessagePath = Annotated[str, Field(max_length=200), AfterValidator(_path)]


class Form(BaseModel):
    """Closed: a key that is not there is a typing error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Lawful(Form):
    """By what right we write, and why to this person; `why_them` is printed in the first message."""

    basis: Literal["legitimate_interest", "consent", "contract"] = "legitimate_interest"
    why_them: str = Field("", max_length=1000)


class Audience(Form):
    """Who: a condition on prospects and organisations (`prospects.segments` reads it), and its limits."""

    where: dict[str, JsonValue]
    per_organisation: Whole | None = Field(None, ge=1)
    not_in_touch_for: Span = Span(60)
    customers: Literal["leave_out", "include"] = "leave_out"


class CalendarRules(Form):
    """When a message may leave, in the recipient's local time."""

    timezone: Annotated[str, AfterValidator(_zone)] = "prospect"
    days: Annotated[tuple[Day, ...], Field(min_length=1, max_length=7)] = (Day.TUE, Day.WED, Day.THU)
    hours: Annotated[tuple[Window, ...], Field(min_length=1, max_length=24)] = (
        Window.read("08:30-11:30"),
        Window.read("14:00-17:00"),
    )
    holidays: Annotated[
        tuple[Annotated[str, Field(pattern=r"^(prospect|[A-Z]{2})$")], ...], BeforeValidator(_listed)
    ] = ("prospect",)
    """Countries whose public holidays are kept besides the prospect's own, which always are."""
    quiet: tuple[Quiet, ...] = ()

    @property
    def zone(self) -> ZoneInfo | None:
        """The one zone of this calendar; None: each prospect's own."""
        return None if self.timezone == "prospect" else ZoneInfo(self.timezone)


class Pace(Form):
    """How often at most; the strictest of the campaign's, the person's and the installation's holds."""

    min_days_between: Whole = Field(4, ge=0, le=366)
    max_per_30_days: Whole = Field(4, ge=1, le=30)
    after_unused: Whole = Field(3, ge=1, le=100)
    """So many gifts in a row that nobody used make it twice as slow; two more end it."""


class BestOf(Form):
    """One of several gifts, learned for the whole campaign."""

    best_of: Annotated[tuple[Slug, ...], Field(min_length=2, max_length=20)]


def _give(value: Any) -> str:
    return "best_of" if isinstance(value, dict | BestOf) else "slug"


Give = Annotated[Annotated[Slug, Tag("slug")] | Annotated[BestOf, Tag("best_of")], Discriminator(_give)]


class Variant(Form):
    """One arm of a test: what differs from the step's message."""

    id: Id
    subject: str | None = Field(None, min_length=1, max_length=200)
    preheader: str | None = Field(None, min_length=1, max_length=300)
    message: MessagePath | None = None

    @model_validator(mode="after")
    def _differs(self) -> "Variant":
        if self.subject is None and self.preheader is None and self.message is None:
            raise wrong("This variant changes nothing.", "Give it a subject, a preheader or a message of its own.")
        return self


class Step(Form):
    """One gift, given once."""

    id: Id
    after: Span | None = None
    """Since the step before left; None: as soon as the pace allows."""
    when: When | None = None
    wait: Span = Span(10, working=True)
    """How long `when` is waited for; then `otherwise`."""
    otherwise: Literal["end", "skip"] = "end"
    give: Give
    message: MessagePath
    variants: tuple[Variant, ...] = Field((), max_length=10)

    @model_validator(mode="after")
    def _waits_for_something(self) -> "Step":
        for name in ("wait", "otherwise"):
            if self.when is None and name in self.model_fields_set:
                raise wrong(
                    f"`{name}` has no condition to wait for.", f"Add `when`, or leave `{name}` out.", name, key=True
                )
        return self

    @model_serializer(mode="wrap")
    def _write(self, handler: Any) -> Any:
        written = handler(self)
        if self.when is None:
            return {key: value for key, value in written.items() if key not in ("when", "wait", "otherwise")}
        return written

    @property
    def gifts(self) -> tuple[str, ...]:
        """The slugs this step may give; more than one for `best_of`."""
        return self.give.best_of if isinstance(self.give, BestOf) else (self.give,)

    @property
    def messages(self) -> tuple[str, ...]:
        """The step's own message, then those of its variants."""
        return (self.message, *(variant.message for variant in self.variants if variant.message))


class AtLeast(Form):
    """Acts without which no number is warm."""

    deliberate: Whole = Field(1, ge=1, le=20)


class Warm(Form):
    """From when on a person is warm."""

    bar: Literal["low", "normal", "high"] | Annotated[float, Field(gt=0, le=10_000)] = "normal"
    half_life: Span = Span(21)
    at_least: AtLeast = AtLeast()

    @property
    def points(self) -> float:
        """The bar as a number."""
        return BARS[self.bar] if isinstance(self.bar, str) else self.bar

    @model_validator(mode="after")
    def _decays(self) -> "Warm":
        if self.half_life.count < 1 or self.half_life.working:
            raise wrong("A half-life is one calendar day at least.", 'Write it like "21 days".', "half_life")
        return self


class Route(Form):
    """Whose lead it becomes."""

    by: Literal["sender", "organisation", "turn", "load"] = "sender"


class Invitation(Form):
    """The one ask; for warm people only."""

    after_gifts: Whole = Field(2, ge=0, le=50)
    message: MessagePath
    choices: tuple[Choice, ...]
    send: Literal["reviewed", "automatic"] = "reviewed"
    route: Route = Route()


class CampaignDefinition(Form):
    """A campaign file, from the seven-line one to the full one."""

    model_config = ConfigDict(title="A campaign of prospecting")

    campaign: Slug
    name: str = Field("", max_length=200)
    purpose: Literal["prospecting", "network"] = "prospecting"
    owner: str = Field(min_length=1, max_length=40)
    language: Language | None = None
    starts: date | None = None
    ends: date | None = None
    """The last day on which a gift may leave."""
    start_with: Whole | None = Field(None, ge=1, le=100_000)
    lawful: Lawful = Lawful()
    tracking: Literal["by_country", "declared", "none"] = "by_country"
    audience: Audience
    calendar: CalendarRules = CalendarRules()
    pace: Pace = Pace()
    senders: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)]
    gifts: Annotated[tuple[Step, ...], Field(min_length=1, max_length=100)]
    warm: Warm = Warm()
    invitation: Invitation | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> "CampaignDefinition":
        if self.purpose == "network" and self.invitation:
            raise wrong(
                "A network campaign never invites.",
                "Take the invitation out, or say purpose: prospecting.",
                "invitation",
                key=True,
            )
        if self.purpose == "prospecting" and not self.invitation:
            raise wrong(
                "The campaign does not say how it invites those who become warm.",
                "Add invitation: {message: …, choices: [question, meeting]}, or say purpose: network.",
            )
        if self.starts and self.ends and self.ends < self.starts:
            raise wrong("The campaign ends before it starts.", "Correct `starts` or `ends`.", "ends")
        return self

    @property
    def title(self) -> str:
        """Its name, or its slug where it has none."""
        return self.name or self.campaign

    @property
    def messages(self) -> tuple[str, ...]:
        """Every message file, each once, in the order of the file."""
        paths = [path for step in self.gifts for path in step.messages]
        return tuple(dict.fromkeys([*paths, *([self.invitation.message] if self.invitation else [])]))

    def step(self, step_id: str) -> Step:
        """The step called `step_id` (KeyError)."""
        for step in self.gifts:
            if step.id == step_id:
                return step
        raise KeyError(step_id)
