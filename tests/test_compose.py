"""The compose file says only what exists: commands, health checks, no secret. No container engine is needed to know."""

from pathlib import Path
from typing import Any

import pytest
import typer
from celery.bin.celery import celery
from ruamel.yaml import YAML

from prospecting.cli.app import app

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]


def commands_of(service: dict[str, Any]) -> list[list[str]]:
    check = service["healthcheck"]["test"]
    return [
        command
        for command in (service.get("command"), check[1:])
        if command and command[0] in ("prospecting", "celery")
    ]


def test_the_services_are_those_of_the_design() -> None:
    assert set(SERVICES) == {"web", "worker", "beat", "database", "broker", "mail"}
    assert set(OURS) == {"web", "worker", "beat"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", OURS)
def test_every_command_of_ours_exists_with_its_options(name: str) -> None:
    for command in commands_of(SERVICES[name]):
        group = typer.main.get_command(app) if command[0] == "prospecting" else celery
        words = command[1:]
        if command[0] == "celery":
            assert words[:2] == ["-A", "workers.app"]
            words = words[2:]
        known = group.commands[words[0]]  # type: ignore[attr-defined]
        options = {option for parameter in known.params for option in parameter.opts}
        assert {word for word in words[1:] if word.startswith("-")} <= options


def test_no_secret_stands_in_the_file() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if "PASSWORD" in variable or "KEYS" in variable or "@" in str(value):
                assert "${" in str(value), f"{name}: {variable}"


def test_redis_may_not_throw_hints_away() -> None:
    assert "noeviction" in SERVICES["broker"]["command"]
