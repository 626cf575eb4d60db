"""Who asks, and who is let in."""

import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent
from hub.access.policy import Action
from hub.access.services import may, open_repo_by_id
from hub.errors import InvalidInput, RepoNotFound
from hub.gates.errors import AccessRequestNotFound, AlreadyDecided, AlreadyLetIn, FormChanged, NotGated
from hub.gates.selectors import counts_of, request_by, requests_of
from hub.gates.services import ask, decide, grant, withdraw
from hub.personal.selectors import everything_about
from hub.personal.services import delete_account
from hub.repos.gates import AccessRequest
from hub.repos.models import Repository
from hub.repos.selectors import pulled_by
from hub.repos.services import change_settings, delete_repository
from hub.revisions.moving import move_repository
from hub.revisions.operations import AddInline
from tests.factories.accounts import make_member, make_organisation, make_user, suspend
from tests.factories.gates import ANSWERS, CARD, ask_for, make_gated
from tests.factories.repositories import commit
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_user("ada")


@pytest.fixture
def thing(owner):
    return make_gated(owner, card=CARD, name="thing")


@pytest.fixture
def otto():
    return make_user("otto")


def pulls(user, repository) -> bool:
    """Whether the user has the files, by both ways in which that is asked."""
    opened = open_repo_by_id(Actor(user, None), repository_id=repository.pk, action=Action.READ)
    one = may(Actor(user, None), opened, Action.PULL)
    unopened = may(Actor(user, None), Repository.objects.get(pk=repository.pk), Action.PULL)
    assert one == unopened == pulled_by(Actor(user, None)).filter(pk=repository.pk).exists()
    return one


def events(repository) -> list[tuple[str, str]]:
    found = AuditEvent.objects.filter(subject=repository.subject, event__startswith="access.").order_by("pk")
    return [(event.event, event.actor_name) for event in found]


def test_a_request_waits_is_accepted_taken_back_and_rejected(thing, owner, otto):
    request = ask_for(thing, otto, ANSWERS)
    assert (request.status, pulls(otto, thing)) == ("pending", False)
    decide(request=request, status="accepted", actor_user=owner)
    assert pulls(otto, thing)
    decide(request=request, status="pending", actor_user=owner)
    assert not pulls(otto, thing)
    decide(request=request, status="rejected", actor_user=owner, reason=" No. ")
    assert not pulls(otto, thing)
    request.refresh_from_db()
    assert (request.status, request.reason, request.decided_by) == ("rejected", "No.", owner)
    assert events(thing) == [
        ("access.requested", "otto"),
        ("access.accepted", "ada"),
        ("access.set_back", "ada"),
        ("access.rejected", "ada"),
    ]


def test_what_was_answered_and_agreed_to_is_kept_to_the_letter(thing, otto):
    request = ask_for(thing, otto, ANSWERS, language="de")
    assert request.fields == {**ANSWERS, "Web page": "", "I agree to be kind": True}
    assert list(request.fields)[:2] == ["Organisation", "Country"]
    assert request.terms == "Be **kind** with it.\n\ncc-by-nc-4.0"
    assert len(request.terms_digest) == 64
    assert request.language == "de"


def test_the_text_of_the_licence_is_part_of_what_is_agreed_to(owner, otto):

    thing = make_gated(owner)
    commit(thing, owner, [AddInline("LICENSE.txt", b"Do no harm.\n")])
    assert ask_for(thing, otto).terms == "Do no harm."


def test_whoever_asks_at_an_automatic_gate_is_in(owner, otto):
    thing = make_gated(owner, gate="auto")
    request = ask_for(thing, otto)
    assert (request.status, request.decided_by, pulls(otto, thing)) == ("accepted", None, True)
    assert events(thing) == [("access.requested", "otto"), ("access.accepted", "")]


@pytest.mark.parametrize("missing", list(ANSWERS))
def test_a_missing_answer_is_named_and_nothing_is_kept(thing, otto, missing):
    with pytest.raises(InvalidInput) as refused:
        ask_for(thing, otto, {label: answer for label, answer in ANSWERS.items() if label != missing})
    assert refused.value.field == missing
    assert not AccessRequest.objects.exists()
    assert events(thing) == []


def test_a_form_that_changed_meanwhile_is_read_again(thing, otto):
    with pytest.raises(FormChanged):
        ask(repository=thing, user=otto, answers=ANSWERS, seen="another")
    assert not AccessRequest.objects.exists()


def test_nobody_asks_twice_where_they_are_in_or_where_there_is_no_gate(thing, owner, otto):
    ask_for(thing, otto, ANSWERS)
    for user in (otto, owner):
        with pytest.raises(AlreadyLetIn):
            ask_for(thing, user, ANSWERS)
    change_settings(repository=thing, actor_user=owner, gated="")
    with pytest.raises(NotGated):
        ask_for(thing, make_user(), ANSWERS)
    change_settings(repository=thing, actor_user=owner, gated="manual", visibility="private")
    with pytest.raises(RepoNotFound):
        ask_for(thing, make_user(), ANSWERS)
    assert AccessRequest.objects.count() == 1


def test_what_nobody_decided_against_is_withdrawn_and_asked_anew(thing, owner, otto):
    request = ask_for(thing, otto, ANSWERS)
    withdraw(repository=thing, user=otto)
    with pytest.raises(AccessRequestNotFound):
        decide(request=request, status="accepted", actor_user=owner)
    decide(request=ask_for(thing, otto, ANSWERS), status="accepted", actor_user=owner)
    withdraw(repository=thing, user=otto)
    assert not pulls(otto, thing)
    with pytest.raises(AccessRequestNotFound):
        withdraw(repository=thing, user=otto)


@pytest.mark.parametrize("status", ["rejected", "pending"])
def test_who_was_turned_away_does_not_come_in_by_asking_anew(owner, otto, status):
    thing = make_gated(owner, gate="auto")
    decide(request=ask_for(thing, otto), status=status, actor_user=owner)
    with pytest.raises(AlreadyDecided):
        withdraw(repository=thing, user=otto)
    with pytest.raises(AlreadyLetIn):
        ask_for(thing, otto)
    assert not pulls(otto, thing)


def test_access_is_given_unasked_once(thing, owner, otto):
    request = grant(repository=thing, user=otto, actor_user=owner)
    assert (request.status, request.by_hand, request.answers) == ("accepted", True, [])
    assert pulls(otto, thing)
    for user in (otto, owner):
        with pytest.raises(AlreadyLetIn):
            grant(repository=thing, user=user, actor_user=owner)
    decide(request=request, status="rejected", actor_user=owner)
    assert grant(repository=thing, user=otto, actor_user=owner).status == "accepted"
    assert [name for name, _ in events(thing)] == ["access.granted", "access.rejected", "access.accepted"]


def test_a_decision_is_made_once_and_says_why_only_to_who_is_rejected(thing, owner, otto):
    request = ask_for(thing, otto, ANSWERS)
    with pytest.raises(AlreadyDecided):
        decide(request=request, status="pending", actor_user=owner)
    with pytest.raises(AlreadyDecided):
        decide(request=request, status="accepted", actor_user=owner, seen="rejected")
    for status, reason in (("accepted", "because"), ("rejected", "x" * 201), ("rejected", "a\0b")):
        with pytest.raises(InvalidInput):
            decide(request=request, status=status, actor_user=owner, reason=reason)
    request.refresh_from_db()
    assert (request.status, request.decided_at) == ("pending", None)


def test_the_list_outlives_the_gate_and_moves_with_the_repository(thing, owner, otto):
    request = grant(repository=thing, user=otto, actor_user=owner)
    change_settings(repository=thing, actor_user=owner, gated="")
    with pytest.raises(NotGated):
        decide(request=request_by(thing, otto), status="pending", actor_user=owner)
    other = make_organisation("lab", owner=owner)
    move_repository(repository=thing, namespace=other, name="thing", actor_user=owner)
    change_settings(repository=thing, actor_user=owner, gated="manual")
    assert (pulls(otto, thing), pulls(make_user(), thing)) == (True, False)
    assert counts_of(thing).accepted == 1
    assert request_by(thing, otto) == request


def test_private_and_gated_is_private_even_to_who_was_let_in(thing, owner, otto):
    grant(repository=thing, user=otto, actor_user=owner)
    change_settings(repository=thing, actor_user=owner, visibility="private")
    with pytest.raises(RepoNotFound):
        open_repo_by_id(Actor(otto, None), repository_id=thing.pk, action=Action.READ)
    assert not pulled_by(Actor(otto, None)).exists()


def test_who_is_suspended_or_gone_is_in_no_list(thing, owner, otto):
    leaver, member = make_user("lea"), make_user("mo")
    for user in (otto, leaver, member):
        ask_for(thing, user, ANSWERS)
    suspend(otto)
    delete_account(user=leaver)
    rows, onward = requests_of(thing, "pending", after=None, limit=10)
    assert ([row.user for row in rows], onward, counts_of(thing).pending) == ([member], None, 1)


def test_the_log_and_the_askers_own_data_tell_of_it_and_it_ends_with_the_repository(thing, owner, otto):
    ask_for(thing, otto, ANSWERS)
    told = {name: list(rows) for name, rows in everything_about(otto)}["access_requests"]
    assert [(row["name"], row["status"], row["terms"][:2]) for row in told] == [("thing", "pending", "Be")]
    delete_repository(repository=thing, actor_user=owner)
    assert not AccessRequest.objects.exists()


def test_a_name_finds_part_of_names_and_pages_follow_each_other(thing):
    for number in range(5):
        ask_for(thing, make_user(f"asker{number}", full_name=f"Nr {number} O'Neil"), ANSWERS)
    first, onward = requests_of(thing, "pending", after=None, limit=3)
    second, end = requests_of(thing, "pending", after=onward, limit=3)
    assert [row.user.username[-1] for row in [*first, *second]] == list("43210")
    assert end is None
    for search, found in (("ASKER3", 1), ("nr 2 o'", 1), ("%", 0), ("asker", 5)):
        assert len(requests_of(thing, "pending", search=search, after=None, limit=9)[0]) == found


@pytest.mark.django_db(transaction=True)
def test_who_asks_twice_at_once_has_one_request():
    thing, otto = make_gated(make_user()), make_user()
    assert failures(race([lambda: ask_for(thing, otto)] * 4)) == [AlreadyLetIn] * 3
    assert AccessRequest.objects.count() == 1
    assert [name for name, _ in events(thing)] == ["access.requested"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other", ["accepted", "rejected"])
def test_of_two_owners_who_decide_at_once_one_does(other):
    lab = make_organisation(owner=(ada := make_user()))
    bob, otto = make_member(lab, "admin"), make_user()
    thing = make_gated(ada, namespace=lab)
    request = ask_for(thing, otto)
    deciding = [
        lambda: decide(request=request, status="accepted", actor_user=ada, seen="pending"),
        lambda: decide(request=request, status=other, actor_user=bob, seen="pending"),
    ]
    assert failures(race(deciding)) == [AlreadyDecided]
    assert len(events(thing)) == 2


@pytest.mark.django_db(transaction=True)
def test_who_is_let_in_twice_at_once_is_let_in_once():
    thing, otto = make_gated(ada := make_user()), make_user()
    racers = [lambda: grant(repository=thing, user=otto, actor_user=ada)] * 3
    assert failures(race(racers)) == [AlreadyLetIn] * 2
    assert [name for name, _ in events(thing)] == ["access.granted"]
