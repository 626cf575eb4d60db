"""One worker sends for all, in lanes: each has a delivery of another user, and the next once that has ended.

A lock in Redis keeps it to one worker. Whoever finds it taken knocks, so that the one who has it looks again.
Lanes are threads that only send: what is read and written of the tables is read and written between.
"""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress

from django.conf import settings
from django.utils import timezone
from redis.exceptions import LockError, RedisError

from hub.redis import connection
from hub.webhooks import delivery as wire
from hub.webhooks import selectors, sending, turns
from hub.webhooks.models import Delivery
from hub.webhooks.vocabulary import Reason

logger = logging.getLogger(__name__)
WORK, KNOCKS = "hub:webhooks:work", "hub:webhooks:knocks"
# The worker is given back to other queues after a while: first nothing is sent any more for who was late,
# so that nobody else waits for the last of them, and then nothing at all.
PATIENT_SECONDS, LAST_SECONDS, LOCK_SECONDS = 30, 45, 90
# Who takes longer is late.
PROMPT_SECONDS = 2.0
# Redis is asked for knocks for so long at once; then what is due by the clock is looked for.
LISTEN_SECONDS = 1
Lanes = dict[Future[wire.Outcome], Delivery]


def work() -> bool:
    """Send what is due, unless another worker does, who is knocked for; whether this one did.

    What was committed before a knock is seen by who has the lock, or by who looks after giving it back.
    """
    lock = connection().lock(WORK, timeout=LOCK_SECONDS, blocking=False)
    if not lock.acquire():
        _knock()
        return False
    pool = ThreadPoolExecutor(settings.WEBHOOK_LANES)
    try:
        _serve(pool)
    finally:
        pool.shutdown(wait=False)
        with suppress(LockError):
            lock.release()
    return True


def _serve(pool: ThreadPoolExecutor) -> None:
    lanes: Lanes = {}
    begun = time.monotonic()
    try:
        while True:
            _note_ended(lanes)
            _fill(pool, lanes, begun)
            if not lanes:
                return
            _listen()
    except RedisError:
        # What was sent is noted all the same, so that it is not sent again.
        wait(lanes)
        _note_ended(lanes)
        raise


def _fill(pool: ThreadPoolExecutor, lanes: Lanes, begun: float) -> None:
    """Let free lanes send what is due; the last of several lanes is kept for who is not late."""
    while len(lanes) < settings.WEBHOOK_LANES:
        age = time.monotonic() - begun
        patient = age < PATIENT_SECONDS and len(lanes) < max(settings.WEBHOOK_LANES - 1, 1)
        claimed = _claim_next(patient=patient) if age < LAST_SECONDS else None
        if claimed is None:
            return
        request = sending.request_for(claimed)
        if request is not None:
            lane = pool.submit(wire.send, *request)
            lanes[lane] = claimed
            lane.add_done_callback(lambda _: _knock())


def _claim_next(*, patient: bool) -> Delivery | None:
    """Claim for the user whose turn it is; for who is late only with patience."""
    late = turns.late_users()
    due = turns.in_turn(selectors.waiting(timezone.now()), turns=turns.last_turns(), late=late)
    for one in due:
        if patient or one.user not in late:
            claimed = sending.claim(delivery_id=one.delivery)
            if claimed is not None:
                turns.begin(one.user)
                return claimed
    return None


def _note_ended(lanes: Lanes) -> None:
    """Note what came of the tries that ended, and free their lanes."""
    for lane in [lane for lane in lanes if lane.done()]:
        claimed = lanes.pop(lane)
        problem = lane.exception()
        if problem is not None:
            # It is tried again when its claim has run out; the other lanes are not to suffer.
            logger.error("delivery %s could not be sent", claimed.pk, exc_info=problem)
            continue
        outcome = lane.result()
        sending.note_outcome(claimed=claimed, outcome=outcome)
        late = outcome.reason != Reason.NONE or outcome.seconds > PROMPT_SECONDS
        with suppress(RedisError):
            turns.end(claimed.webhook.user_id, late=late)


def _knock() -> None:
    """Let who has the lock look again."""
    with suppress(RedisError), connection().pipeline() as both:
        both.rpush(KNOCKS, "")
        both.expire(KNOCKS, LOCK_SECONDS)
        both.execute()


def _listen() -> None:
    """Wait for a knock, but not long; all that came are taken before what is due is looked for."""
    if connection().blpop([KNOCKS], timeout=LISTEN_SECONDS):
        connection().delete(KNOCKS)
