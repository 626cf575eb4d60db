"""Whom a decision concerns reads of it where it is felt; nobody else does."""

import pytest
from django.utils.formats import date_format

from contributions.moderation import flagging, subjects
from contributions.moderation.appealing import appeal_until
from contributions.moderation.messaging import write_from_desk
from contributions.moderation.models import Case
from contributions.moderation.subjects import Subject
from tests.factories.accounts import make_moderator, make_user
from tests.factories.discussions import make_discussion
from tests.factories.moderation import REASON, decide_case
from tests.factories.repositories import make_repository

WHY = "Why, and how to answer or appeal"
EVERYBODY = ("nobody", "outsider", "reader", "writer", "admin", "moderator")


def case_about(subject: Subject, cause: str = "misuse") -> Case:
    return flagging.report(subject=subject, reporter=make_user(), cause=cause, text="Look at it.").case


def who_reads(world, address: str, words: str) -> set[str]:
    """For whom the page is there and has the words."""
    answers = {who: world.client(who).get(address) for who in EVERYBODY}
    return {who for who, answer in answers.items() if answer.status_code == 200 and words in text(answer)}


def text(answer) -> str:
    return answer.content.decode()


def test_who_may_write_to_a_withheld_repository_is_led_to_the_statement(world):
    case = case_about(subjects.repository(world.public))
    decide_case(case, "take_down")
    assert who_reads(world, "/acme/bert", "by a moderator&#x27;s decision") == set()
    assert who_reads(world, "/acme/bert", REASON) == {"reader", "writer", "admin", "moderator"}
    assert who_reads(world, "/acme/bert", WHY) == {"writer", "admin"}
    assert who_reads(world, "/acme/bert", f'href="/moderation/{case.pk}"') == {"moderator"}


def test_of_a_withheld_commit_those_who_may_write_are_told_with_its_name(world):
    oid = world.public.head
    case = case_about(subjects.revision(world.public, oid))
    other = make_repository(name="other")
    decide_case(case_about(subjects.revision(other, other.head)), "take_down")
    decide_case(case, "take_down")
    words = f"The files of commit {oid[:8]} are withheld"
    assert who_reads(world, "/acme/bert", words) == {"writer", "admin"}
    assert other.head == oid or other.head[:8] not in text(world.client("admin").get("/acme/bert"))
    decide_case(case, "none")
    assert who_reads(world, "/acme/bert", words) == set()


def test_the_author_of_a_hidden_comment_is_led_to_the_statement_and_nobody_else(world):
    event = make_discussion(world.public, world.users["outsider"], text="Buy it now.").events.get()
    case = case_about(subjects.comment(event), "spam")
    page = event.discussion.url_path
    assert who_reads(world, page, WHY) == set()
    decide_case(case, "hide")
    assert who_reads(world, page, WHY) == {"outsider"}
    assert who_reads(world, f"/moderation/{case.pk}/statement", REASON) == {"outsider"}


def test_a_withheld_organisation_is_there_for_its_people_and_the_desk_alone(world):
    case = case_about(subjects.namespace(world.organisation))
    decide_case(case, "take_down")
    people = {"reader", "writer", "admin", "moderator"}
    for address in ("/acme", "/profile/acme/activity"):
        assert who_reads(world, address, "Everything of acme is withheld") == people
        assert world.client("outsider").get(address).status_code == 404
    assert who_reads(world, "/acme", WHY) == {"admin"}
    assert who_reads(world, "/acme/bert", WHY) == {"admin"}
    assert who_reads(world, "/acme", "/new?namespace=acme") == set()
    decide_case(case, "none")
    assert who_reads(world, "/acme", "withheld") == set()


@pytest.mark.parametrize(
    ("effect", "words"), [("warn", "warn you"), ("suspend_uploads", "moderators suspended uploads")]
)
def test_what_was_decided_about_a_user_is_on_their_page_for_them_alone(world, effect, words):
    case = case_about(subjects.namespace(world.users["outsider"].namespace), "spam")
    decide_case(case, effect)
    assert who_reads(world, "/otto", words) == {"outsider"}
    assert who_reads(world, "/otto", WHY) == {"outsider"}


def test_the_page_of_a_suspended_user_is_there_for_the_desk_alone(world):
    decide_case(case_about(subjects.namespace(world.users["outsider"].namespace)), "suspend_account")
    assert who_reads(world, "/otto", "The account otto is suspended.") == {"moderator"}


def test_one_page_lists_all_that_was_decided_about_what_is_ones_own(world):
    mine = [
        case_about(subjects.repository(world.public)),
        case_about(subjects.revision(world.private, world.private.head)),
        case_about(subjects.namespace(world.organisation)),
    ]
    written = case_about(subjects.repository(world.private), "spam")
    write_from_desk(case=written, moderator=make_moderator(), text="What is it for?")
    note = case_about(subjects.repository(world.private), "other")
    write_from_desk(case=note, moderator=make_moderator(), text="Hm.", internal=True)
    others = [case_about(subjects.repository(make_repository())) for _ in range(2)]
    for case in [*mine, others[0]]:
        decide_case(case, "warn")

    def listed(who: str) -> set[int]:
        shown = text(world.client(who).get("/settings/decisions"))
        return {case.pk for case in Case.objects.all() if f"/moderation/{case.pk}/statement" in shown}

    assert listed("admin") == {*(case.pk for case in mine), written.pk}
    assert listed("writer") == {mine[0].pk, mine[1].pk, written.pk}
    assert listed("reader") == listed("outsider") == set()
    assert world.client("nobody").get("/settings/decisions").status_code == 302


def test_the_case_of_a_comment_or_a_user_tells_the_past_of_whose_it_is(world):
    event = make_discussion(world.public, world.users["outsider"], text="Buy it now.").events.get()
    desk = world.client("moderator")
    for subject in (subjects.comment(event), subjects.namespace(world.users["outsider"].namespace)):
        shown = text(desk.get(f"/moderation/{case_about(subject, 'spam').pk}"))
        assert "Past of otto" in shown
        assert "Past of acme" not in shown


def test_the_statement_says_what_to_do_and_until_when_to_appeal(world):
    case = case_about(subjects.repository(world.public))
    decision = decide_case(case, "take_down")
    shown = text(world.client("admin").get(f"/moderation/{case.pk}/statement"))
    assert "Only its people can see it until it is released, and nobody can change it unless" in shown
    assert f"You can appeal until {date_format(appeal_until(decision), 'DATE_FORMAT')}." in shown
    decide_case(case, "none")
    shown = text(world.client("admin").get(f"/moderation/{case.pk}/statement"))
    assert "You need to do nothing." in shown
    assert "You can appeal" not in shown


def test_the_author_of_a_hidden_comment_reads_in_the_statement_which_it_is(world):
    event = make_discussion(world.public, world.users["outsider"], text="Buy <it> now.").events.get()
    case = case_about(subjects.comment(event), "spam")
    decide_case(case, "hide")
    shown = text(world.client("outsider").get(f"/moderation/{case.pk}/statement"))
    assert "Buy &lt;it&gt; now." in shown
    assert event.discussion.url_path in shown


def test_a_date_is_asked_for_only_where_changes_can_be(world):
    event = make_discussion(world.public, world.users["outsider"], text="Buy it now.").events.get()
    desk = world.client("moderator")
    for subject, asks in ((subjects.comment(event), False), (subjects.repository(world.public), True)):
        case = case_about(subject)
        assert ('name="until"' in text(desk.get(f"/moderation/{case.pk}"))) == asks
    case = Case.objects.get(subject_kind="comment")
    said = {"effect": "hide", "policy": "spam", "reason": REASON, "seen": case.turn}
    assert desk.post(f"/moderation/{case.pk}", said).status_code == 302
    assert Case.objects.get(pk=case.pk).outcome == "hide"
