"""Telling whoever claimed a right of the counter-notice to it, and of what came of that."""

from django.core.mail import get_connection

from accounts import audit
from contributions.moderation import mails, posting
from contributions.moderation.models import Appeal
from contributions.moderation.posting import Taken, hand_over
from contributions.moderation.reporters import addresses_of, mail_to
from contributions.moderation.selectors import claims_told, claims_untold
from contributions.moderation.vocabulary import REPORTING, SERVING, DecisionState
from hub.events import Event


def tell_claimants(*, appeal_id: int) -> int:
    """Mail a counter-notice as it stands now to everybody who claimed the right; returns how many were told.

    So they have the waiting period to go to a court. Of two workers one sends; the log says who was told, so
    that the sweep asks again for the others only, also when a worker dies.
    """
    held = posting.hold(claims_untold().filter(pk=appeal_id).select_related("decision__case", "author"))
    try:
        return sum(_told(appeal) for appeal in held)
    finally:
        posting.let_go(held)


def _told(appeal: Appeal) -> int:
    case = appeal.decision.case
    told = claims_told(appeal)
    withheld = case.decisions.filter(state=DecisionState.STANDING).exclude(effect__in=SERVING).exists()
    # Who only asked the moderators to look at a licence finding claims nothing.
    claims = case.flags.select_related("reporter").filter(source__in=REPORTING)
    flags = [flag for flag in claims if flag.by_people and flag.pk not in told]
    addresses = addresses_of(flags)
    done, late = 0, False
    with get_connection() as connection:
        for flag in flags:
            if not (address := addresses.get(flag.pk)):
                continue
            letter = mail_to(flag, address, lambda flag: mails.countered(appeal, flag, withheld=withheld))
            taken = hand_over(connection, letter, about=f"{flag} of {appeal}")
            posting.keep([appeal])
            late |= taken == Taken.LATER
            if taken == Taken.YES:
                done += 1
                about = {"flag": flag.pk, "appeal": appeal.pk, "state": str(appeal.state)}
                audit.record(
                    Event.REPORTER_TOLD, actor=None, subject=case.subject, user=flag.reporter_id, **about
                )
    if not late:
        Appeal.objects.filter(pk=appeal.pk).update(claimants_told=appeal.state)
    return done
