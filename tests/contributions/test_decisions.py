import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent
from contributions.moderation import selectors, services
from contributions.moderation.errors import CaseClosed, ConflictOfInterest
from contributions.moderation.models import Case, Decision
from hub.errors import Forbidden, InvalidInput
from hub.repos.models import Repository
from storage.models import Blob
from storage.services import quarantine
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_user, suspend
from tests.factories.moderation import REASON, make_blob_case, make_report
from tests.factories.repositories import make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


@pytest.fixture
def withheld() -> tuple[Repository, Case]:
    """A repository with a quarantined file, and the open case about it."""
    repository = make_repository(files={"model.bin": b"bad", "good.txt": b"good"})
    sha256 = sha_of(repository, "model.bin")
    quarantine(sha256=sha256)
    return repository, make_blob_case(sha256)


def sha_of(repository: Repository, path: str) -> str:
    return selectors.RepositoryBlob.objects.get(repository=repository, path=path).sha256


def decide(case: Case, action: str, moderator=None, **rest) -> Decision:
    moderator = moderator or make_moderator()
    return services.decide(case=case, moderator=moderator, action=action, reason=REASON, **rest)


def state_of(case: Case) -> str:
    return Blob.objects.get(pk=case.sha256).state


def test_a_release_serves_the_blob_again_and_closes_the_case(withheld):
    _, case = withheld
    moderator = make_moderator()
    decision = decide(case, "release", moderator)
    case.refresh_from_db()
    assert state_of(case) == Blob.State.VERIFIED
    assert (case.state, case.outcome) == ("closed", "release")
    assert (decision.moderator, decision.action, decision.reason) == (moderator, "release", REASON)
    logged = AuditEvent.objects.get(event="case.decided")
    assert (logged.actor, logged.subject) == (moderator, case.subject)
    assert logged.data == {
        "decision": decision.pk,
        "action": "release",
        "reason": REASON,
        "about": f"blob:{case.sha256}",
    }
    released = AuditEvent.objects.get(event="blob.released")
    assert (released.actor, released.subject) == (moderator, f"blob:{case.sha256}")


def test_to_keep_a_blob_changes_no_state_and_closes_the_case(withheld):
    _, case = withheld
    decide(case, "keep")
    case.refresh_from_db()
    assert state_of(case) == Blob.State.QUARANTINED
    assert (case.state, case.outcome) == ("closed", "keep")
    assert not AuditEvent.objects.filter(event__startswith="blob.").exists()
    assert Blob.objects.filter(state=Blob.State.QUARANTINED).count() == 1


def test_a_reported_repository_is_taken_down_and_put_back():
    repository, bystander = make_repository(), make_repository()
    case = make_report(repository).case
    decide(case, "keep")
    repository.refresh_from_db()
    assert repository.taken_down_at is not None
    case.refresh_from_db()
    decide(case, "release")
    repository.refresh_from_db()
    bystander.refresh_from_db()
    assert repository.taken_down_at is None
    assert bystander.taken_down_at is None
    assert list(case.decisions.order_by("id").values_list("action", flat=True)) == ["keep", "release"]


def test_an_opposite_decision_undoes_the_first_and_both_stay(withheld):
    _, case = withheld
    decide(case, "release")
    case.refresh_from_db()
    decide(case, "keep")
    assert state_of(case) == Blob.State.QUARANTINED
    assert case.decisions.count() == 2
    assert AuditEvent.objects.filter(event="case.decided").count() == 2
    assert AuditEvent.objects.filter(event="blob.quarantined").count() == 1


def test_the_standing_decision_is_not_taken_twice(withheld):
    _, case = withheld
    decide(case, "keep")
    case.refresh_from_db()
    with pytest.raises(CaseClosed):
        decide(case, "keep")
    assert Decision.objects.count() == 1


def test_a_moderator_whose_page_is_out_of_date_does_not_undo_a_decision(withheld):
    _, case = withheld
    decide(Case.objects.get(pk=case.pk), "keep")
    with pytest.raises(CaseClosed):
        decide(case, "release")
    case.refresh_from_db()
    with pytest.raises(CaseClosed):
        decide(case, "release", seen_state="open")
    assert state_of(case) == Blob.State.QUARANTINED
    assert Decision.objects.count() == 1


def test_an_old_case_is_not_decided_again_when_there_is_a_newer_one():
    repository = make_repository()
    old = make_report(repository).case
    decide(old, "release")
    make_report(repository)
    old.refresh_from_db()
    with pytest.raises(CaseClosed, match="newer"):
        decide(old, "keep")
    repository.refresh_from_db()
    assert repository.taken_down_at is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("actions", [("keep", "release"), ("release", "keep"), ("keep", "keep")])
def test_of_two_moderators_at_once_one_decides(actions: tuple[str, str]):
    repository = make_repository(files={"model.bin": b"bad"})
    case = make_blob_case(sha_of(repository, "model.bin"))
    moderators = [make_moderator(), make_moderator()]

    def decision(action, moderator):
        mine = Case.objects.get(pk=case.pk)
        return lambda: decide(mine, action, moderator)

    futures = race([decision(action, who) for action, who in zip(actions, moderators, strict=True)])
    assert failures(futures) == [CaseClosed]
    case.refresh_from_db()
    assert Decision.objects.get().action == case.outcome
    assert AuditEvent.objects.filter(event="case.decided").count() == 1
    assert (state_of(case) == Blob.State.QUARANTINED) == (case.outcome == "keep")


def undecided(case: Case) -> bool:
    case.refresh_from_db()
    logged = AuditEvent.objects.filter(event__in=["case.decided", "blob.released"])
    return case.is_open and not Decision.objects.exists() and not logged.exists()


def test_only_a_moderator_decides(withheld):
    _, case = withheld
    suspended = make_moderator()
    suspend(suspended)
    for user in (make_user(), suspended):
        with pytest.raises(Forbidden):
            decide(case, "release", user)
    assert undecided(case)
    assert state_of(case) == Blob.State.QUARANTINED


def test_nobody_decides_about_their_own_repository():
    moderator = make_moderator()
    case = make_report(make_repository(moderator)).case
    with pytest.raises(ConflictOfInterest):
        decide(case, "release", moderator)
    assert undecided(case)


@pytest.mark.parametrize("role", ["read", "admin"])
def test_nobody_decides_about_a_blob_that_their_organisation_holds_too(withheld, role: str):
    _, case = withheld
    organisation = make_organisation(owner=(owner := make_user()))
    make_repository(owner, namespace=organisation, files={"copy.bin": b"bad"})
    moderator = make_moderator()
    make_member(organisation, role, moderator)
    with pytest.raises(ConflictOfInterest):
        decide(case, "release", moderator)
    assert undecided(case)
    assert state_of(case) == Blob.State.QUARANTINED
    decide(case, "release")


@pytest.mark.parametrize(
    ("action", "reason", "field"),
    [
        ("delete", REASON, "action"),
        ("keep", "", "reason"),
        ("keep", "too short", "reason"),
        ("keep", " " * 20, "reason"),
        ("keep", "a NUL is \x00 in it", "reason"),
    ],
)
def test_a_decision_without_words_is_refused(withheld, action: str, reason: str, field: str):
    _, case = withheld
    with pytest.raises(InvalidInput) as refusal:
        services.decide(case=case, moderator=make_moderator(), action=action, reason=reason)
    assert refusal.value.field == field
    assert undecided(case)


def test_the_database_holds_one_open_case_on_a_subject(withheld):
    repository, case = withheld
    make_report(repository)
    for row in Case.objects.all():
        row.pk, row._state.adding = None, True
        with pytest.raises(IntegrityError, match="case_open_once"), transaction.atomic():
            row.save()
    assert Case.objects.count() == 2
