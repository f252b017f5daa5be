"""Sending what is due from one mailbox: claim, compose, talk to RCPT, gate, DATA, result (reliability.md "One touch").

One coordinator holds the database; lanes hold the lines. Letters that stand at the gate at the same moment pass in one
commit, and so do the replies that have come in: nobody waits to make a group larger.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from queue import Empty, SimpleQueue

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from prospecting import senders
from prospecting.campaigns import touch
from prospecting.campaigns.touch import Claimed
from prospecting.delivery import crash, gate, refusals, results
from prospecting.delivery.commits import committed
from prospecting.delivery.compose import Prepared, Unfit, prepare
from prospecting.delivery.lanes import Ended, Finished, Lane, News, Refused, Standing
from prospecting.delivery.results import Told
from prospecting.delivery.transports import Line, NoConnection, Reply, Stage, Transport, open_transport
from prospecting.installation import Installation
from prospecting.journal import Journal, NotDurable
from prospecting.senders import limits
from prospecting.senders.models import Mailbox

GROUP = 50
"""Touches a commit; more are no cheaper (performance.md)."""
AFTER_421 = timedelta(minutes=15)
AFTER_NO_CONNECTION = timedelta(minutes=5)
AFTER_MAIL_REFUSED = timedelta(minutes=30)
LOGIN_REFUSED = (530, 534, 535, 538)

log = structlog.get_logger()


@dataclass(frozen=True)
class Sent:
    """What one call did: touches claimed, by what became of them."""

    claimed: int = 0
    sent: int = 0
    failed: int = 0
    uncertain: int = 0
    """Including those whose reply is in the journal, until it is drained."""
    put_off: int = 0
    """Planned again, skipped or cancelled: refused by the gate or, for now, by the server."""


def send_due(installation: Installation, mailbox_id: int, *, journal: Journal, limit: int = 200) -> Sent:
    """Send at most `limit` due touches of the mailbox; callable from any number of processes at once."""
    mailbox, claimed = _claim(installation, mailbox_id, limit)
    if mailbox is None or not claimed:
        return Sent()
    crash.point(installation.settings, "after claim")
    with installation.database.reading() as session:
        letters = prepare(session, claimed, mailbox=mailbox, installation=installation, now=installation.clock.now())
    counts: Counter[str] = Counter(claimed=len(claimed))
    unfit = [letter for letter in letters if isinstance(letter, Unfit)]
    _fail(installation, unfit)
    counts["failed"] += len(unfit)
    ready = [letter for letter in letters if isinstance(letter, Prepared)]
    if ready:
        _Coordinator(installation, mailbox, journal, counts).run(ready)
    return Sent(**counts)


def _claim(installation: Installation, mailbox_id: int, limit: int) -> tuple[Mailbox | None, list[Claimed]]:
    now, settings = installation.clock.now(), installation.settings
    with installation.database.writing() as session:
        mailbox = session.get(Mailbox, mailbox_id)
        if mailbox is None or not senders.sending_enabled(session):
            return None, []
        room = min(
            limit,
            limits.room(session, mailbox_id, now),
            limits.room_everywhere(session, now, per_day=settings.messages_per_day),
        )
        if room < 1:
            return mailbox, []
        return mailbox, touch.claim(session, mailbox_id=mailbox_id, now=now, lease=settings.lease, limit=room)


def _fail(installation: Installation, unfit: Sequence[Unfit]) -> None:
    if unfit:
        with installation.database.writing() as session:
            for one in unfit:
                results.unfit(session, one.claimed, one.reason, now=installation.clock.now())


class _Coordinator:
    """Everything that concerns the database while one batch of one mailbox is on its way."""

    def __init__(self, installation: Installation, mailbox: Mailbox, journal: Journal, counts: Counter[str]) -> None:
        self._installation = installation
        self._settings = installation.settings
        self._mailbox = mailbox
        self._journal = journal
        self._counts = counts
        self._work: SimpleQueue[Prepared] = SimpleQueue()
        self._news: SimpleQueue[News] = SimpleQueue()
        self._waiting: dict[int, Lane] = {}
        """Lanes that stand at the gate, by touch."""
        self._bug: BaseException | None = None

    def run(self, letters: Sequence[Prepared]) -> None:
        for letter in letters:
            self._work.put(letter)
        try:
            transport = open_transport(self._mailbox, self._settings)
            first = transport.connect()
        except NoConnection as error:
            self._unconnected(error.reply)
            return
        if self._mailbox.refused_logins:
            with self._installation.database.writing() as session:
                senders.login_accepted(session, self._mailbox.id)
        lanes = self._lanes(transport, first, min(transport.lines, len(letters)))
        open_lanes = len(lanes)
        try:
            while open_lanes:
                group = self._next_group()
                open_lanes -= self._handle(group)
        finally:
            self._give_up(lanes)
        if self._bug is not None:
            raise self._bug

    def _lanes(self, transport: Transport, first: Line, count: int) -> list[Lane]:
        lanes = [
            Lane(transport, first if number == 0 else None, self._work, self._news, self._settings)
            for number in range(count)
        ]
        for lane in lanes:
            lane.start()
        return lanes

    def _next_group(self) -> list[News]:
        group = [self._news.get()]
        try:
            while len(group) < GROUP:
                group.append(self._news.get_nowait())
        except Empty:
            return group
        return group

    def _handle(self, group: Sequence[News]) -> int:
        """Do what this news asks for; how many lanes it ended."""
        self._finished([one for one in group if isinstance(one, Finished)])
        self._at_the_gate([one for one in group if isinstance(one, Standing)])
        self._refused([one for one in group if isinstance(one, Refused)])
        ended = [one for one in group if isinstance(one, Ended)]
        for one in ended:
            self._bug = self._bug or one.error
            if one.unconnected is not None:
                log.info("a line could not be opened again", mailbox=self._mailbox.slug, why=one.unconnected.text)
        return len(ended)

    def _at_the_gate(self, standing: Sequence[Standing]) -> None:
        if not standing:
            return
        self._waiting |= {one.letter.touch_id: one.lane for one in standing}
        letters = [one.letter for one in standing]
        passed: frozenset[int] = frozenset()
        try:
            passed = committed(self._installation.database, lambda session: self._gate(session, letters))
            crash.point(self._settings, "after gate commit")
        except (DBAPIError, PoolTimeout) as error:
            # Not passed, or not known to have: no DATA follows, and the sweep ends what was left open.
            log.warning("the database is away at the gate", mailbox=self._mailbox.slug, error=str(error))
            self._stop_taking()
        finally:
            for letter in letters:
                self._waiting.pop(letter.touch_id).decide(go=letter.touch_id in passed)
        self._counts["put_off"] += len(letters) - len(passed)

    def _gate(self, session: Session, letters: Sequence[Prepared]) -> frozenset[int]:
        now = self._installation.clock.now()
        passed = gate.pass_through(session, letters, mailbox_id=self._mailbox.id, now=now, settings=self._settings)
        refusals.act(session, passed.refused, mailbox_id=self._mailbox.id, now=now, settings=self._settings)
        crash.point(self._settings, "before gate commit")
        return passed.ids

    def _finished(self, finished: Sequence[Finished]) -> None:
        if not finished:
            return
        now = self._installation.clock.now()
        told = [Told(one.letter.touch_id, one.letter.claim, one.reply, now) for one in finished]
        try:
            committed(self._installation.database, lambda session: self._record(session, told))
        except (DBAPIError, PoolTimeout) as error:
            log.warning("the database is away; replies go to the journal", mailbox=self._mailbox.slug, error=str(error))
            self._into_journal(told)
            self._stop_taking()
        except BaseException:
            self._into_journal(told)  # a bug of ours is no reason to forget what a server said
            raise
        crash.point(self._settings, "after result commit")
        for one in finished:
            self._counts[_became(one.reply)] += 1
            self._heed(one.reply)

    def _record(self, session: Session, told: Sequence[Told]) -> None:
        results.record(session, told, settings=self._settings)
        crash.point(self._settings, "before result commit")

    def _into_journal(self, told: Sequence[Told]) -> None:
        for one in told:
            try:
                self._journal.append(results.KIND, one.as_data(), at=one.at)
            except NotDurable as error:
                # Neither disk nor database: the touch stays `sending`, and the sweep makes it uncertain.
                log.error("a reply could not be kept", touch=one.touch_id, code=one.reply.code, error=str(error))

    def _refused(self, refused: Sequence[Refused]) -> None:
        """Replies to MAIL and RCPT. A refused sender is the mailbox's trouble, not the recipient's."""
        for one in refused:
            self._heed(one.reply)
        now = self._installation.clock.now()
        try:
            for one in refused:
                told = Told(one.letter.touch_id, one.letter.claim, one.reply, now)
                committed(self._installation.database, partial(self._before_the_gate, told))
        except (DBAPIError, PoolTimeout) as error:
            log.warning(
                "the database is away; the lease will end what was claimed",
                mailbox=self._mailbox.slug,
                error=str(error),
            )
            self._stop_taking()
        for one in refused:
            self._counts["failed" if one.reply.permanent and not self._mailbox_trouble(one.reply) else "put_off"] += 1

    def _before_the_gate(self, told: Told, session: Session) -> None:
        if self._mailbox_trouble(told.reply):
            refusals.release(session, [told.touch_id], told.claim)
        else:
            results.before_the_gate(session, told, settings=self._settings)

    @staticmethod
    def _mailbox_trouble(reply: Reply) -> bool:
        return reply.closing or (reply.stage is Stage.MAIL and reply.code not in (552, 554) and reply.permanent)

    def _heed(self, reply: Reply) -> None:
        """A server that wants to be left alone is."""
        if reply.closing:
            self._rest(AFTER_421, f"421 {reply.text}")
        elif reply.stage is Stage.MAIL and self._mailbox_trouble(reply):
            self._rest(AFTER_MAIL_REFUSED, f"{reply.code} {reply.text}")

    def _rest(self, span: timedelta, why: str) -> None:
        self._stop_taking()
        until = self._installation.clock.now() + span
        try:
            with self._installation.database.writing() as session:
                senders.rest(session, self._mailbox.id, until, why)
        except (DBAPIError, PoolTimeout) as error:
            log.warning(
                "the database is away; the mailbox could not be set to rest",
                mailbox=self._mailbox.slug,
                error=str(error),
            )

    def _stop_taking(self) -> None:
        """What no lane has taken yet goes back to planned."""
        left: list[Prepared] = []
        try:
            while True:
                left.append(self._work.get_nowait())
        except Empty:
            pass
        if not left:
            return
        self._counts["put_off"] += len(left)
        try:
            with self._installation.database.writing() as session:
                refusals.release(session, [one.touch_id for one in left], left[0].claim)
        except (DBAPIError, PoolTimeout) as error:
            log.warning(
                "the database is away; the lease will end what was claimed",
                mailbox=self._mailbox.slug,
                error=str(error),
            )

    def _unconnected(self, reply: Reply) -> None:
        """No line at all: everything goes back, and the mailbox rests; a refused login is counted."""
        self._stop_taking()
        now = self._installation.clock.now()
        why = f"{reply.code or reply.stage} {reply.text}"
        with self._installation.database.writing() as session:
            if reply.stage is Stage.LOGIN and reply.code in LOGIN_REFUSED:
                senders.login_refused(session, self._mailbox.id, why=why)
            senders.rest(session, self._mailbox.id, now + (AFTER_421 if reply.closing else AFTER_NO_CONNECTION), why)

    def _give_up(self, lanes: Sequence[Lane]) -> None:
        """The end, good or bad: nobody is left waiting at the gate, and no reply is left unread."""
        self._stop_taking()
        for lane in self._waiting.values():
            lane.decide(go=False)
        while any(lane.is_alive() for lane in lanes):
            for lane in lanes:
                lane.join(timeout=0.05)
            self._last_news()
        self._last_news()

    def _last_news(self) -> None:
        told = []
        try:
            while True:
                one = self._news.get_nowait()
                if isinstance(one, Standing):
                    one.lane.decide(go=False)
                elif isinstance(one, Finished):
                    told.append(Told(one.letter.touch_id, one.letter.claim, one.reply, self._installation.clock.now()))
        except Empty:
            self._into_journal(told)


def _became(reply: Reply) -> str:
    if reply.accepted:
        return "sent"
    if reply.permanent:
        return "failed"
    return "put_off" if reply.temporary else "uncertain"
