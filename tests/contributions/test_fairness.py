"""Nobody judges what they reported, nor what changed since; what a rule did is contested at once."""

import pytest

from contributions.moderation import appealing, deciding, messaging, selectors
from contributions.moderation.errors import CaseChanged, ConflictOfInterest
from contributions.moderation.models import Case, Policy
from hub.revisions.models import RepositoryBlob
from storage.models import Blob
from tests.factories.accounts import make_moderator, make_user
from tests.factories.moderation import FINDING, REASON, decide_case, make_blob_case, make_report
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def withheld() -> Case:
    """The case of ada's file that a rule withholds."""
    repository = make_repository(make_user("ada"), files={"a.bin": b"bad"})
    return make_blob_case(RepositoryBlob.objects.get(repository=repository, path="a.bin").sha256)


def ada():
    return RepositoryBlob.objects.get(path="a.bin").repository.namespace.user


def served(case: Case) -> bool:
    return Blob.objects.get(pk=case.sha256).state == Blob.State.VERIFIED


def test_a_moderator_neither_decides_nor_confirms_what_they_reported():
    reporter, repository = make_moderator(), make_repository()
    case = make_report(repository, reporter=reporter).case
    with pytest.raises(ConflictOfInterest, match="reported this yourself"):
        decide_case(case, "take_down", reporter)
    Policy.objects.update(confirm_above=0)
    proposed = decide_case(case, "take_down")
    for act in (
        lambda: deciding.confirm(decision=proposed, moderator=reporter),
        lambda: deciding.decline(decision=proposed, moderator=reporter, reason=REASON),
    ):
        with pytest.raises(ConflictOfInterest, match="reported this yourself"):
            act()
    assert deciding.confirm(decision=proposed, moderator=make_moderator()).stands
    made = appealing.appeal(decision=proposed, author=repository.namespace.user, text="It is no spam.")
    with pytest.raises(ConflictOfInterest, match="reported this yourself"):
        appealing.decide_appeal(appeal=made, moderator=reporter, upheld=True, reason=REASON)
    # They write about it like their colleagues.
    messaging.write_from_desk(case=case, moderator=reporter, text="I saw it first.", internal=True)


def test_a_proposal_is_not_confirmed_when_something_was_found_since_it_was_read(withheld):
    Policy.objects.update(confirm_above=0)
    proposed = decide_case(withheld, "override")
    seen = Case.objects.get().turn
    make_blob_case(withheld.sha256, [FINDING | {"message": "It also opens a shell."}])
    for act in (deciding.confirm, lambda **given: deciding.decline(**given, reason=REASON)):
        with pytest.raises(CaseChanged, match="while you were reading"):
            act(decision=proposed, moderator=make_moderator(), seen=seen)
    assert not served(withheld)
    seen = Case.objects.get().turn
    assert deciding.confirm(decision=proposed, moderator=make_moderator(), seen=seen).stands


def test_an_appeal_is_not_answered_when_somebody_else_appealed_since_it_was_read(withheld):
    eve = make_repository(make_user("eve"), files={"b.bin": b"bad"}).namespace.user
    decision = decide_case(withheld, "quarantine")
    made = appealing.appeal(decision=decision, author=ada(), text="It is harmless.")
    seen = Case.objects.get().turn
    appealing.appeal(decision=decision, author=eve, text="It is a test of scanners.")
    given = {"appeal": made, "moderator": make_moderator(), "upheld": True, "reason": REASON}
    with pytest.raises(CaseChanged, match="while you were reading"):
        appealing.decide_appeal(**given, seen=seen)
    made.refresh_from_db()
    assert made.state == "open"


def test_what_a_rule_did_is_contested_before_a_moderator_has_looked(withheld):
    shown = selectors.statement_of(withheld, ada())
    assert appealing.kinds_of_appeal(shown.current, ada()) == ["appeal"]
    made = appealing.appeal(decision=shown.current, author=ada(), text="It is a test of scanners.")
    assert appealing.kinds_of_appeal(shown.current, ada()) == []
    given = {"moderator": make_moderator(), "reason": "It is a known test file."}
    appealing.decide_appeal(appeal=made, upheld=False, **given)
    case = Case.objects.get()
    assert (case.state, case.outcome, served(case)) == ("closed", "override", True)


def test_an_appeal_against_a_rule_is_overtaken_by_the_moderators_decision_which_is_contested_anew(withheld):
    ruled = withheld.decisions.get()
    made = appealing.appeal(decision=ruled, author=ada(), text="It is a test of scanners.")
    decision = decide_case(withheld, "quarantine")
    made.refresh_from_db()
    assert made.state == "overtaken"
    appealing.appeal(decision=decision, author=ada(), text="It is a test of scanners.")


def test_what_a_rule_did_and_many_are_reached_by_is_not_undone_by_one_alone(withheld):
    made = appealing.appeal(decision=withheld.decisions.get(), author=ada(), text="It is a test.")
    Policy.objects.update(confirm_above=0)
    given = {"appeal": made, "moderator": make_moderator(), "reason": "It is a known test file."}
    appealing.decide_appeal(**given, upheld=False)
    assert (Case.objects.get().state, served(withheld)) == ("confirming", False)
    second = make_moderator()
    proposed = withheld.decisions.get(state="proposed")
    deciding.decline(decision=proposed, moderator=second, reason="It opens a shell.")
    appealing.decide_appeal(**given, upheld=True)
    assert (Case.objects.get().state, served(withheld)) == ("open", False)
