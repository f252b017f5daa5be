"""Whether an agent's own words say that it is a program: crawlerdetect's list, and what it leaves out (`agents.yaml`)."""

import re
from functools import cache, lru_cache
from pathlib import Path

from crawlerdetect import CrawlerDetect

from prospecting.documents import read_yaml

FILE = Path(__file__).with_name("agents.yaml")
MAX_LENGTH = 1000
"""Longer agents are looked at no further: no browser's is."""


@lru_cache(maxsize=4096)
def says_so(agent: str) -> bool:
    """Whether `agent` names itself as a program: a crawler, a scanner, a preview, a library."""
    agent = agent[:MAX_LENGTH].strip()
    if not agent:
        return False  # nothing said; that is odd, and no more
    patterns = _patterns()
    if patterns["people"].search(agent):
        return False
    return (
        bool(patterns["programs"].search(agent))
        or not patterns["browsers"].search(agent)
        or bool(_detector().is_crawler(agent))
    )


def looks_odd(agent: str) -> bool:
    """A weak sign: no agent, one no browser of these years sends, or one far too long."""
    if not agent.strip() or len(agent) > MAX_LENGTH // 2:
        return True
    return bool(_patterns()["odd"].search(agent))


@cache
def _detector() -> CrawlerDetect:
    return CrawlerDetect()


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    lists = read_yaml(FILE).data
    return {name: re.compile("|".join(f"(?:{each})" for each in lists[name]), re.IGNORECASE) for name in lists}
