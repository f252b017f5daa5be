"""Which sender writes to whom: evenly, one sender an organisation, and the same for as long as it lasts."""

from collections import Counter
from collections.abc import Mapping, Sequence


def share_out(
    people: Mapping[int, int | None],
    mailboxes: Sequence[int],
    *,
    load: Mapping[int, int] | None = None,
    known: Mapping[int, int] | None = None,
) -> dict[int, int]:
    """The mailbox of each person, given where they work.

    `known`: the mailbox an organisation's people have already; `load`: how many people each mailbox has. The largest
    organisations are dealt first, so that the shares come out even; ties go by id, so that they come out the same.
    """
    has = Counter({mailbox: (load or {}).get(mailbox, 0) for mailbox in mailboxes})
    order = {mailbox: place for place, mailbox in enumerate(mailboxes)}
    groups: dict[tuple[int, int], list[int]] = {}
    for person, organisation in people.items():
        key = (0, organisation) if organisation is not None else (1, person)
        groups.setdefault(key, []).append(person)
    dealt: dict[int, int] = {}
    for (alone, organisation), members in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])):
        keeps = None if alone else (known or {}).get(organisation)
        mailbox = keeps if keeps in order else min(mailboxes, key=lambda one: (has[one], order[one]))
        assert mailbox is not None
        has[mailbox] += len(members)
        dealt.update(dict.fromkeys(members, mailbox))
    return dealt
