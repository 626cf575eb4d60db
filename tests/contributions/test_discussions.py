"""What people may say, where, and what of it stays."""

import pytest
from django.db import IntegrityError

from accounts.actors import ANONYMOUS, Actor
from accounts.models import AuditEvent
from contributions.discussions import services
from contributions.discussions.errors import AlreadySo, ThreadNotFound, TooOften
from contributions.discussions.models import Discussion, DiscussionEvent
from contributions.discussions.rules import checked_title, fitting_title, mentioned
from contributions.discussions.selectors import counts, events_of, find_thread, threads, users_named
from contributions.discussions.withholding import serve_comment, withhold_comment
from hub.errors import AuthenticationRequired, Forbidden, InvalidInput
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_token, make_user
from tests.factories.discussions import make_discussion, make_pull, session
from tests.factories.repositories import make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_user("ada")


@pytest.fixture
def repository(owner):
    return make_repository(owner)


def kinds(discussion: Discussion) -> list[str]:
    return [str(event.kind) for event in events_of(discussion)]


def test_anybody_who_has_an_account_opens_a_discussion_and_it_gets_the_next_number(repository):
    asker = make_user()
    first, second = make_discussion(repository, asker), make_pull(repository, asker).discussion
    other = make_discussion(make_repository(), asker)
    assert (first.number, second.number, other.number) == (1, 2, 1)
    [comment] = events_of(first)
    assert (comment.text, comment.author, comment.kind) == ("Why?", asker, "comment")
    logged = AuditEvent.objects.get(event="discussion.opened", data__number=1, subject=repository.subject)
    assert (logged.actor, logged.data["discussion"]) == (asker, first.pk)


@pytest.mark.django_db(transaction=True)
def test_two_who_open_one_at_once_get_two_numbers():
    repository, people = make_repository(), [make_user(), make_user(), make_user()]
    results = race([lambda user=user: make_discussion(repository, user) for user in people])
    assert not failures(results)
    assert sorted(result.result().number for result in results) == [1, 2, 3]


@pytest.mark.parametrize("title", ["", "  ab ", "x" * 201, "\n\n"])
def test_a_title_has_some_words_and_not_too_many(repository, title):
    with pytest.raises(InvalidInput) as caught:
        services.open_discussion(repository=repository, actor=session(make_user()), title=title, text="")
    assert caught.value.field == "title"
    assert not Discussion.objects.exists()


def test_a_title_is_one_line():
    assert checked_title("  a\nquestion\0\x1b\x85 ") == "a question"


def test_a_title_turns_nothing_around():
    assert checked_title("\u202eevil\u2066 title\u200f") == "evil title\u200f"
    assert fitting_title("\u202d\u2069") == "Change files"


def test_whoever_may_only_read_opens_none_and_says_nothing(owner):
    organisation = make_organisation(owner=owner)
    repository = make_repository(owner, namespace=organisation, visibility="private")
    reader = make_member(organisation, "read")
    thread = make_discussion(repository, owner)
    with pytest.raises(Forbidden):
        make_discussion(repository, reader)
    with pytest.raises(Forbidden):
        services.comment(discussion=thread, actor=session(reader), text="But")
    with pytest.raises(AuthenticationRequired):
        services.comment(discussion=thread, actor=ANONYMOUS, text="But")
    assert kinds(thread) == ["comment"]
    assert Discussion.objects.count() == 1


def test_a_comment_is_edited_by_its_author_alone_and_what_it_said_stays(repository, owner):
    asker = make_user()
    thread = make_discussion(repository, asker, text="Why?")
    [comment] = events_of(thread)
    services.edit_comment(discussion=thread, event_id=comment.pk, actor=session(asker), text="Why not?")
    services.edit_comment(discussion=thread, event_id=comment.pk, actor=session(asker), text="Why not?")
    services.edit_comment(discussion=thread, event_id=comment.pk, actor=session(asker), text="How?")
    for somebody in (owner, make_user(), make_moderator()):
        with pytest.raises(Forbidden):
            services.edit_comment(discussion=thread, event_id=comment.pk, actor=session(somebody), text="Ha")
    [comment] = events_of(thread)
    assert comment.text == "How?"
    assert [edit.text for edit in comment.edits.all()] == ["Why?", "Why not?"]
    assert comment.edited_at is not None


def test_another_threads_comment_is_not_edited_through_this_one(repository):
    asker = make_user()
    here, there = make_discussion(repository, asker), make_discussion(make_repository(), asker)
    [comment] = events_of(there)
    with pytest.raises(ThreadNotFound):
        services.edit_comment(discussion=here, event_id=comment.pk, actor=session(asker), text="No")


def test_a_comment_is_hidden_by_its_author_by_writers_and_by_moderators(repository, owner):
    asker = make_user()
    for somebody in (asker, owner, make_moderator()):
        thread = make_discussion(repository, asker)
        [comment] = events_of(thread)
        services.hide_comment(discussion=thread, event_id=comment.pk, actor=session(somebody))
        with pytest.raises(AlreadySo):
            services.hide_comment(discussion=thread, event_id=comment.pk, actor=session(somebody))
        [comment] = events_of(thread)
        assert (comment.hidden, comment.hidden_by) == (True, somebody)
    with pytest.raises(Forbidden):
        services.hide_comment(discussion=thread, event_id=comment.pk, actor=session(make_user()))


def test_what_a_writer_hid_its_author_does_not_show_again(repository, owner):
    asker = make_user()
    thread = make_discussion(repository, asker)
    [comment] = events_of(thread)
    services.hide_comment(discussion=thread, event_id=comment.pk, actor=session(owner))
    with pytest.raises(Forbidden):
        services.hide_comment(discussion=thread, event_id=comment.pk, actor=session(asker), hidden=False)
    with pytest.raises(Forbidden):
        services.edit_comment(discussion=thread, event_id=comment.pk, actor=session(asker), text="Ha")
    services.hide_comment(discussion=thread, event_id=comment.pk, actor=session(owner), hidden=False)
    assert not events_of(thread)[0].hidden


def test_what_a_moderator_hid_stays_hidden_whoever_hid_it_before(repository, owner):
    asker, moderator, another = make_user(), make_moderator(), make_moderator()
    thread = make_discussion(repository, asker)
    [comment] = events_of(thread)

    def hide(user, hidden=True):
        services.hide_comment(discussion=thread, event_id=comment.pk, actor=session(user), hidden=hidden)

    for user in (asker, owner, moderator):
        hide(user)
        with pytest.raises(AlreadySo):
            hide(user)
        with pytest.raises(AlreadySo):
            hide(asker)
    assert AuditEvent.objects.filter(event="comment.hidden").count() == 3
    for user in (asker, owner):
        with pytest.raises(Forbidden):
            hide(user, hidden=False)
    assert events_of(thread)[0].hidden_by == moderator
    hide(another, hidden=False)
    assert not events_of(thread)[0].hidden


def test_what_a_decision_withholds_nobody_in_the_thread_shows_edits_or_hides(repository, owner):
    asker, moderator = make_user(), make_moderator()
    thread = make_discussion(repository, asker)
    [comment] = events_of(thread)
    assert withhold_comment(event=comment, actor_user=moderator)
    assert not withhold_comment(event=comment, actor_user=moderator)
    assert events_of(thread)[0].hidden
    about = {"discussion": thread, "event_id": comment.pk}
    for user in (asker, owner, moderator):
        with pytest.raises(Forbidden):
            services.hide_comment(**about, actor=session(user), hidden=False)
        with pytest.raises(AlreadySo):
            services.hide_comment(**about, actor=session(user))
        with pytest.raises(Forbidden):
            services.edit_comment(**about, actor=session(user), text="Ha")
        with pytest.raises(Forbidden):
            services.react(**about, actor=session(user), emoji="👍")
    assert serve_comment(event=comment, actor_user=moderator)
    assert not serve_comment(event=comment, actor_user=moderator)
    [comment] = events_of(thread)
    assert (comment.hidden, comment.text, comment.reactions.count()) == (False, "Why?", 0)
    told = AuditEvent.objects.filter(event__in=["comment.withheld", "comment.served"]).order_by("pk")
    assert [(one.event, one.actor, one.data["comment"]) for one in told] == [
        ("comment.withheld", moderator, comment.pk),
        ("comment.served", moderator, comment.pk),
    ]
    assert {one.subject for one in told} == {repository.subject}


def test_what_its_author_had_hidden_stays_so_when_it_is_served_again(repository):
    asker = make_user()
    thread = make_discussion(repository, asker)
    [comment] = events_of(thread)
    services.hide_comment(discussion=thread, event_id=comment.pk, actor=session(asker))
    assert withhold_comment(event=comment, actor_user=None)
    assert serve_comment(event=comment, actor_user=None)
    [comment] = events_of(thread)
    assert (comment.hidden, comment.hidden_by) == (True, asker)
    services.hide_comment(discussion=thread, event_id=comment.pk, actor=session(asker), hidden=False)
    assert not events_of(thread)[0].hidden


def test_a_comment_that_is_gone_is_neither_withheld_nor_served(repository):
    [comment] = events_of(make_discussion(repository, make_user()))
    repository.delete()
    assert not withhold_comment(event=comment, actor_user=None)
    assert not serve_comment(event=comment, actor_user=None)
    assert not AuditEvent.objects.filter(event="comment.withheld").exists()


def test_a_thread_is_renamed_and_closed_by_its_author_and_by_writers(repository, owner):
    asker = make_user()
    thread = make_discussion(repository, asker)
    services.rename(discussion=thread, actor=session(asker), title="A better question")
    services.change_status(discussion=thread, actor=session(owner), status="closed", text="Answered")
    with pytest.raises(AlreadySo):
        services.change_status(discussion=thread, actor=session(owner), status="closed")
    services.change_status(discussion=thread, actor=session(asker), status="open")
    with pytest.raises(Forbidden):
        services.change_status(discussion=thread, actor=session(make_user()), status="closed")
    with pytest.raises(InvalidInput):
        services.change_status(discussion=thread, actor=session(asker), status="merged")
    thread = find_thread(repository, thread.number)
    assert (thread.title, thread.status) == ("A better question", "open")
    assert kinds(thread) == ["comment", "title-change", "comment", "status-change", "status-change"]
    assert events_of(thread)[1].data == {"from": "A question", "to": "A better question"}


def test_a_locked_thread_is_for_its_repositorys_people(repository, owner):
    asker, moderator = make_user(), make_moderator()
    thread = make_discussion(repository, asker)
    [comment] = events_of(thread)
    with pytest.raises(Forbidden):
        services.set_locked(discussion=thread, actor=session(asker), value=True)
    services.set_locked(discussion=thread, actor=session(owner), value=True)
    thread = find_thread(repository, thread.number)
    for act in (
        lambda: services.comment(discussion=thread, actor=session(asker), text="But"),
        lambda: services.edit_comment(
            discussion=thread, event_id=comment.pk, actor=session(asker), text="But"
        ),
        lambda: services.react(discussion=thread, event_id=comment.pk, actor=session(asker), emoji="👍"),
        lambda: services.rename(discussion=thread, actor=session(asker), title="But why"),
    ):
        with pytest.raises(Forbidden):
            act()
    services.comment(discussion=thread, actor=session(moderator), text="Please stay calm.")
    services.set_locked(discussion=thread, actor=session(owner), value=False)
    services.comment(discussion=thread, actor=session(asker), text="Thanks")
    assert kinds(thread) == ["comment", "locking-change", "comment", "locking-change", "comment"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_who_comments_while_a_thread_is_locked_comes_before_or_is_refused(turn):
    owner, other = make_user(), make_user()
    thread = make_discussion(make_repository(owner), owner)
    results = race(
        [
            lambda: services.set_locked(discussion=thread, actor=session(owner), value=True),
            lambda: services.comment(discussion=thread, actor=session(other), text="But"),
        ]
    )
    if failures(results):
        assert failures(results) == [Forbidden]
        assert kinds(thread) == ["comment", "locking-change"]
    else:
        assert kinds(thread) == ["comment", "comment", "locking-change"]


def test_reacting_twice_is_reacting_once(repository):
    asker, other = make_user(), make_user()
    thread = make_discussion(repository, asker)
    [comment] = events_of(thread)
    for _ in range(2):
        services.react(discussion=thread, event_id=comment.pk, actor=session(other), emoji="👍")
    services.react(discussion=thread, event_id=comment.pk, actor=session(asker), emoji="🎉")
    services.react(discussion=thread, event_id=comment.pk, actor=session(asker), emoji="🎉", value=False)
    with pytest.raises(InvalidInput):
        services.react(discussion=thread, event_id=comment.pk, actor=session(other), emoji="x")
    [comment] = events_of(thread)
    assert [(r.emoji, r.user) for r in comment.reactions.all()] == [("👍", other)]
    acts = AuditEvent.objects.filter(event="comment.reacted").order_by("id")
    assert [(act.actor, act.data["emoji"], act.data["value"]) for act in acts] == [
        (other, "👍", True),
        (asker, "🎉", True),
        (asker, "🎉", False),
    ]


def test_nobody_says_more_than_a_person_does(repository, settings):
    settings.COMMENTS_PER_HOUR = 3
    asker = make_user()
    thread = make_discussion(repository, asker)
    for _ in range(2):
        services.comment(discussion=thread, actor=session(asker), text="And")
    with pytest.raises(TooOften) as caught:
        services.comment(discussion=thread, actor=session(asker), text="And")
    assert 3590 < caught.value.seconds <= 3601
    with pytest.raises(TooOften):
        make_discussion(repository, asker)
    make_discussion(repository, make_user())
    assert DiscussionEvent.objects.filter(author=asker).count() == 3


def test_a_read_token_says_nothing(repository):
    asker = make_user()
    thread = make_discussion(repository, asker)
    token, _ = make_token(asker, role="read")
    with pytest.raises(Forbidden):
        services.comment(discussion=thread, actor=Actor(asker, token), text="And")


def test_lists_are_by_kind_by_status_and_by_author(repository, owner):
    asker = make_user()
    talk, closed = make_discussion(repository, asker), make_discussion(repository, owner)
    services.change_status(discussion=closed, actor=session(owner), status="closed")
    pull = make_pull(repository, asker, status="draft").discussion
    make_discussion(make_repository(), asker)

    def numbers(**how):
        return [thread.number for thread in threads(repository, **how)]

    assert numbers() == [pull.number, closed.number, talk.number]
    assert numbers(pulls=True) == [pull.number]
    assert numbers(pulls=False, status="open") == [talk.number]
    assert numbers(status="open") == [pull.number, talk.number]
    assert numbers(status="closed") == [closed.number]
    assert numbers(author=asker.username.upper()) == [pull.number, talk.number]
    assert numbers(words="BETTER card") == [pull.number]
    assert (counts(threads(repository)).open, counts(threads(repository)).closed) == (2, 1)


def test_a_thread_costs_the_same_queries_however_much_was_said(repository, django_assert_num_queries, owner):
    thread = make_discussion(repository, owner)
    with django_assert_num_queries(4):
        events_of(thread)
    for number in range(5):
        said = services.comment(discussion=thread, actor=session(make_user()), text=f"{number}")
        services.react(discussion=thread, event_id=said.pk, actor=session(owner), emoji="👍")
    with django_assert_num_queries(4):
        events = events_of(thread)
        assert [event.author.namespace.name for event in events]
        assert [reaction.user.username for event in events for reaction in event.reactions.all()]


def test_a_discussion_is_never_a_draft(repository, owner):
    with pytest.raises(IntegrityError):
        Discussion.objects.create(repository=repository, number=7, title="No", status="draft")


def test_who_left_is_nobody_in_what_they_said(repository):
    asker = make_user()
    thread = make_discussion(repository, asker)
    asker.delete()
    [event] = events_of(thread)
    assert (event.text, event.author) == ("Why?", None)
    assert find_thread(repository, thread.number).author is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ada and @Grace.", ["ada", "grace"]),
        ("@ada, @ada", ["ada"]),
        ("mail me: ada@example.org", []),
        ("`@ada`\n```\n@ada\n```", []),
        ("(@ada-b)", ["ada-b"]),
        ("https://example.org/@ada", []),
        (" ".join(f"@u{number}" for number in range(30)), [f"u{number}" for number in range(20)]),
        ("@", []),
        ("- a\n    - @ada, please look", ["ada"]),
        ("``a ` @grace`` and @ada `@bob`", ["ada"]),
        ("`@ada", ["ada"]),
        ("~~~\n@grace\n```\n~~~\n@ada", ["ada"]),
        ("`" * 65_535, []),
        ("` `` ``` " * 7_000 + "@ada", ["ada"]),
    ],
)
def test_a_text_calls_people_by_their_names(text, names):
    assert mentioned(text) == names


def test_people_are_found_by_name_in_any_letter_case_but_not_organisations(owner):
    organisation = make_organisation()
    assert users_named(["ADA", organisation.name, "nobody-here"]) == [owner]


def test_a_comment_is_edited_so_often_and_no_more(repository, monkeypatch):
    monkeypatch.setattr(services, "EDITS_MAX", 2)
    asker = make_user()
    thread = make_discussion(repository, asker)
    [comment] = events_of(thread)
    for number in range(2):
        services.edit_comment(discussion=thread, event_id=comment.pk, actor=session(asker), text=f"{number}")
    with pytest.raises(InvalidInput):
        services.edit_comment(discussion=thread, event_id=comment.pk, actor=session(asker), text="3")
    assert events_of(thread)[0].text == "1"


def test_what_was_said_before_is_not_read_when_it_is_too_much(repository, monkeypatch):
    monkeypatch.setattr("contributions.discussions.selectors.EDITS_READ", 3)
    asker = make_user()
    thread = make_discussion(repository, asker, text="long")
    [comment] = events_of(thread)
    services.edit_comment(discussion=thread, event_id=comment.pk, actor=session(asker), text="x")
    assert list(events_of(thread)[0].edits.all()) == []


def test_the_author_of_a_locked_thread_does_not_close_it(repository, owner):
    asker = make_user()
    thread = make_discussion(repository, asker)
    services.set_locked(discussion=thread, actor=session(owner), value=True)
    with pytest.raises(Forbidden):
        services.change_status(discussion=thread, actor=session(asker), status="closed")
