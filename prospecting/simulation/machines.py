"""How simulated machines behave: profiles in a YAML file, so that others can be tried without touching code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from prospecting.documents import read_yaml
from prospecting.findings import Refused
from prospecting.simulation.acts import Act, What, dice

BUILT_IN = Path(__file__).with_name("machines.yaml")


class Profile(BaseModel):
    """One kind of machine; the keys are explained in machines.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    share: float = Field(ge=0, le=1)
    per: Literal["person", "company"] = "person"
    delay_s: tuple[float, float] = (5, 90)
    links: Literal["all"] | float = "all"
    order: Literal["given", "random"] = "given"
    spread_s: tuple[float, float] = (0, 4)
    method: Literal["GET", "HEAD"] = "GET"
    agents: list[str] = Field(min_length=1)
    networks: int = Field(1, ge=1, le=50)
    datacentre: bool = True
    runs_javascript: bool = False
    submits_forms: bool = False
    at_click: bool = False


@dataclass(frozen=True)
class Machine:
    """A profile that stands before one person's letters."""

    profile: Profile
    key: str
    """What its own randomness depends on: the person or the company it guards."""


def load_profiles(path: Path = BUILT_IN) -> list[Profile]:
    """The profiles in the YAML list at `path`. Raises Refused with the line of the wrong one."""
    document = read_yaml(path)
    try:
        return TypeAdapter(list[Profile]).validate_python(document.data)
    except ValidationError as error:
        raise Refused(
            [
                document.finding(
                    "CF004",
                    tuple(e["loc"]),
                    f"{'.'.join(map(str, e['loc']))}: {e['msg']}.",
                    "See the built-in profiles in docs/simulation.md.",
                )
                for e in error.errors()
            ]
        ) from error


def machines_before(address: str, profiles: Sequence[Profile], *, seed: int) -> list[Machine]:
    """The machines that stand before the letters to `address`."""
    before = []
    for profile in profiles:
        key = address.rsplit("@", 1)[-1] if profile.per == "company" else address
        if dice(seed, key, "machine", profile.name).random() < profile.share:
            before.append(Machine(profile, key))
    return before


def on_arrival(machine: Machine, address: str, step: str, *, links: int, at: datetime, seed: int) -> list[Act]:
    """What a machine does with a letter of so many `links` that arrived at `at`; nothing if it acts at the click."""
    profile = machine.profile
    if profile.at_click:
        return []
    random = dice(seed, machine.key, address, step, profile.name)
    chosen = [n for n in range(links) if profile.links == "all" or random.random() < profile.links]
    if profile.order == "random":
        random.shuffle(chosen)
    now, acts = at + timedelta(seconds=random.uniform(*profile.delay_s)), []
    for order, link in enumerate(chosen):
        acts.append(_fetch(machine, address, link, now, order, seed=seed))
        now += timedelta(seconds=random.uniform(*profile.spread_s))
    return acts


def at_click(machine: Machine, address: str, step: str, *, link: int, at: datetime, seed: int) -> list[Act]:
    """A check at the person's own click, in the second before the person arrives."""
    if not machine.profile.at_click:
        return []
    random = dice(seed, machine.key, address, step, "click")
    return [_fetch(machine, address, link, at - timedelta(seconds=0.2 + random.random()), -1, seed=seed)]


def _fetch(machine: Machine, address: str, link: int, at: datetime, order: int, *, seed: int) -> Act:
    profile = machine.profile
    random = dice(seed, machine.key, "network", profile.name, link % profile.networks)
    # 20.0.0.0/8 stands for a data centre's range, 10.0.0.0/8 for people's own networks.
    network = (
        f"{20 if profile.datacentre else 10}.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"
    )
    return Act(
        at, order, What.FETCH, address, by=profile.name, detail=_manner(profile), link=link,
        agent=profile.agents[link % len(profile.agents)], network=network,
    )  # fmt: skip


def _manner(profile: Profile) -> str:
    """How it fetches: the method, and whether it runs scripts and sends forms."""
    also = ["scripts"] * profile.runs_javascript + ["forms"] * profile.submits_forms
    return " ".join([profile.method, "+".join(also)]).strip()
