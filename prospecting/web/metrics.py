"""Figures for whoever runs the installation: routes by name and code, never by path."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class Metrics:
    """One web process's own registry."""

    def __init__(self, pending: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "prospecting_answers", "Answers by route and code", ["route", "code"], registry=self._registry
        )
        self._drained = Counter(
            "prospecting_journal_drained", "Journal records brought into the log", registry=self._registry
        )
        waiting = Gauge(
            "prospecting_journal_pending", "Journal records that wait for the database", registry=self._registry
        )
        waiting.set_function(pending)

    def answered(self, route: str, code: int) -> None:
        self._answers.labels(route, str(code)).inc()

    def drained(self, records: int) -> None:
        self._drained.inc(records)

    def text(self) -> bytes:
        """In Prometheus's text format."""
        return generate_latest(self._registry)
