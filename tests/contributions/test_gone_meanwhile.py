"""What is deleted while somebody decides about it: a clear answer, and no row left behind."""

import copy
from threading import Event

import pytest
from django.db import connection

from accounts.models import AuditEvent, Namespace, User
from contributions.discussions.models import DiscussionEvent
from contributions.moderation import deciding, flagging, subjects
from contributions.moderation.actions import ACTIONS
from contributions.moderation.models import Decision, Policy
from hub.errors import InvalidInput
from hub.repos.models import Repository
from hub.repos.services import delete_repository
from hub.revisions.models import WithheldRevision
from tests.factories.accounts import make_moderator, make_organisation, make_user
from tests.factories.discussions import make_discussion
from tests.factories.moderation import decide_case, make_report
from tests.factories.repositories import make_repository
from tests.racing import SECONDS, failures, race, wait_until_somebody_waits

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("about", ["repository", "revision", "comment", "user", "organisation"])
def test_what_was_deleted_just_before_an_effect_stays_gone_and_leaves_no_row(about: str):
    owner, organisation = make_user(), make_organisation()
    repository = make_repository(owner)
    event = DiscussionEvent.objects.get(discussion=make_discussion(repository, owner))
    subject = {
        "repository": subjects.repository(repository),
        "revision": subjects.revision(repository, repository.head),
        "comment": subjects.comment(event),
        "user": subjects.namespace(owner.namespace),
        "organisation": subjects.namespace(organisation),
    }[about]
    # As a decision has it that read it a moment ago.
    kept = copy.deepcopy(subject)
    delete_repository(repository=repository, actor_user=owner)
    User.objects.get(pk=owner.pk).delete()
    Namespace.objects.get(pk=organisation.pk).delete()
    before = AuditEvent.objects.count()
    for action in ACTIONS:
        if subject.kind in action.subjects:
            action.apply(kept, None)
            action.undo(kept, None)
    connection.check_constraints()
    assert AuditEvent.objects.count() == before
    assert not WithheldRevision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_repository_is_deleted_while_somebody_decides_and_nobody_waits_in_a_circle(monkeypatch):
    owner, moderator = make_user(), make_moderator()
    repository = make_repository(owner, files={"a.txt": b"a"})
    case = flagging.report(
        subject=subjects.revision(repository, repository.head),
        reporter=make_user(),
        cause="licence",
        text="Please look.",
    ).case
    decide_case(case, "take_down")
    held, settle = Event(), deciding.settle

    def settle_late(*args: object, **kwargs: object) -> None:
        # The case is locked; whoever deletes has the rows below the repository, and waits for the case.
        if not held.is_set():
            held.set()
            wait_until_somebody_waits()
        settle(*args, **kwargs)

    def delete() -> None:
        assert held.wait(SECONDS)
        delete_repository(repository=repository, actor_user=owner)

    monkeypatch.setattr(deciding, "settle", settle_late)
    assert failures(race([lambda: decide_case(case, "none", moderator), delete])) == []
    case.refresh_from_db()
    assert (case.outcome, case.repository) == ("none", None)
    assert not WithheldRevision.objects.exists()
    assert not Repository.objects.exists()


def test_a_policy_that_is_deleted_while_somebody_cites_it_is_named_and_nothing_is_decided():
    case = make_report(make_repository()).case
    policy = Policy.objects.get(slug="spam")
    gone = Policy.objects.create(
        slug="cats", cause="spam", due_hours=1, confirm_above=10, appeal_days=1, title="Cats", text="No cats."
    )
    kept = copy.deepcopy(gone)
    gone.delete()
    with pytest.raises(InvalidInput, match="deleted meanwhile") as refused:
        decide_case(case, "take_down", policy=kept)
    assert refused.value.field == "policy"
    assert not Decision.objects.exists()
    assert decide_case(case, "take_down", policy=policy).stands
