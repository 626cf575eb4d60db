"""Everything that can be seen can be reported: comments, people, organisations, commits and files."""

import pytest

from accounts.departures.services import remove_user
from accounts.models import AuditEvent
from accounts.suspensions import suspend_account
from contributions.discussions.models import DiscussionEvent
from contributions.discussions.services import comment, hide_comment
from contributions.moderation.models import Case, Flag
from hub.revisions.models import RepositoryBlob
from tests.factories.accounts import make_user
from tests.factories.discussions import make_discussion, session
from tests.factories.moderation import decide_case, make_report
from tests.factories.repositories import add_large

REPORT = {"cause": "spam", "text": "It only advertises."}
NOTICE = {"cause": "personal_data", "text": "This is where I live.", "contact": "me@example.org"}


@pytest.fixture
def event(world) -> DiscussionEvent:
    """A comment of the writer in a thread of acme/bert."""
    return make_discussion(world.public, world.users["writer"], text="Buy it now.").events.get()


def address(event: DiscussionEvent, number: int | None = None, repository: str = "acme/bert") -> str:
    number = event.discussion.number if number is None else number
    return f"/{repository}/discussions/{number}/comments/{event.pk}/report"


def test_a_comment_of_somebody_else_is_reported(world, event):
    shown = world.client("outsider").get(address(event)).content.decode()
    assert event.discussion.title in shown
    sent = world.client("outsider").post(address(event), REPORT, follow=True)
    assert sent.redirect_chain == [(f"{event.discussion.url_path}#event-{event.pk}", 302)]
    assert b"Thank you." in sent.content
    case = Case.objects.get()
    assert (case.subject_kind, case.comment, case.namespace) == (
        "comment",
        event,
        world.users["writer"].namespace,
    )
    assert case.flags.get().reporter == world.users["outsider"]


def test_each_comment_but_ones_own_has_a_link_for_it(world, event):
    other = comment(discussion=event.discussion, actor=session(world.users["outsider"]), text="No.")
    for who, seen in (("outsider", {event}), ("writer", {other}), ("nobody", {event, other})):
        shown = world.client(who).get(event.discussion.url_path).content.decode()
        assert {one for one in (event, other) if f'href="{address(one)}"' in shown} == seen


def test_a_comment_that_is_hidden_elsewhere_or_unseen_is_none(world, event):
    private = make_discussion(world.private, world.users["writer"]).events.get()
    elsewhere = make_discussion(world.public, world.users["writer"])
    hidden = comment(discussion=event.discussion, actor=session(world.users["writer"]), text="Secret.")
    hide_comment(
        discussion=event.discussion,
        event_id=hidden.pk,
        actor=session(world.users["admin"]),
        hidden=True,
    )
    missing = f"/acme/bert/discussions/{event.discussion.number}/comments/{2**63}/report"
    for place in (
        address(private, repository="acme/secret"),
        address(event, elsewhere.number),
        address(hidden),
        missing,
    ):
        for ask in (world.client("outsider").get, lambda path: world.client("outsider").post(path, REPORT)):
            assert ask(place).status_code == 404, place
    assert not Flag.objects.exists()


@pytest.mark.parametrize(("name", "kind"), [("acme", "organisation"), ("anna", "user")])
def test_people_and_organisations_are_reported_from_their_pages(world, name: str, kind: str):
    client, place = world.client("outsider"), f"/profile/{name}/report"
    assert f'href="{place}"' in client.get(f"/{name}").content.decode()
    assert client.post(place, REPORT)["Location"] == f"/{name}"
    case = Case.objects.get()
    assert (case.subject_kind, case.namespace.name) == (kind, name)


def test_nobody_has_a_link_to_report_themselves(world):
    assert b"/profile/anna/report" not in world.client("admin").get("/anna").content


def test_whoever_is_gone_cannot_be_reported_and_looks_as_if_they_had_never_been(world):
    suspended, left = make_user("sam"), make_user("lea")
    suspend_account(user=suspended, actor_user=None)
    remove_user(user=left)
    for name in ("sam", "lea", "never"):
        for who in ("nobody", "outsider"):
            assert world.client(who).get(f"/profile/{name}/report").status_code == 404
            assert world.client(who).post(f"/profile/{name}/report", NOTICE).status_code == 404
    assert not Flag.objects.exists()


def test_without_an_account_one_reports_personal_data_and_rights_anywhere(world, event):
    client = world.client("nobody")
    for place in (address(event), "/profile/anna/report", "/profile/acme/report"):
        refused = client.post(place, REPORT | {"contact": "me@example.org"})
        assert b'class="errorlist"' in refused.content
        assert client.post(place, NOTICE).status_code == 302
    assert sorted(Case.objects.values_list("subject_kind", flat=True)) == ["comment", "organisation", "user"]
    assert set(Flag.objects.values_list("source", "contact")) == {("notice", "me@example.org")}


def test_nobody_floods_the_moderators_whatever_they_report(world, event):
    client = world.client("nobody")
    places = ["/profile/anna/report", "/profile/acme/report", address(event), "/acme/bert/report"]
    answers = [client.post(places[n % 4], NOTICE).status_code for n in range(12)]
    assert answers == [302] * 10 + [429] * 2


def test_a_commit_and_a_file_are_reported_from_their_pages(world):
    client, head = world.client("outsider"), world.public.head
    place = f"/acme/bert/report?revision={head}"
    assert f'href="{place}"' in client.get(f"/acme/bert/commit/{head}").content.decode()
    assert client.post(place, REPORT)["Location"] == f"/acme/bert/commit/{head}"
    of_file = f"{place}&amp;path=docs%2Fuse.md"
    assert f'href="{of_file}"' in client.get("/acme/bert/blob/main/docs/use.md").content.decode()
    shown = client.get(of_file.replace("&amp;", "&")).content.decode()
    assert 'value="docs/use.md"' in shown
    assert f"acme/bert@{head[:8]}" in shown
    client.post(of_file.replace("&amp;", "&"), REPORT | {"path": "docs/use.md"})
    assert list(Case.objects.order_by("pk").values_list("subject_kind", "oid")) == [
        ("revision", head),
        ("blob", ""),
    ]


def test_a_pointer_to_bytes_that_the_repository_never_had_is_no_file_to_report(world):
    """They may be those of somebody else, about which no case comes from here."""
    add_large(world.public, world.users["writer"], "w.bin", b"weights")
    client = world.client("outsider")
    held = RepositoryBlob.objects.filter(repository=world.public, path="w.bin")
    held.update(state=RepositoryBlob.State.REFUSED)
    answer = client.post("/acme/bert/report", REPORT | {"path": "w.bin"})
    assert b"There is no such file." in answer.content
    assert not Case.objects.exists()
    held.update(state=RepositoryBlob.State.PRESENT)
    assert client.post("/acme/bert/report", REPORT | {"path": "w.bin"}).status_code == 302
    assert Case.objects.get().subject_kind == "blob"


def test_the_revision_is_still_there_when_the_form_comes_back(world):
    place = f"/acme/bert/report?revision={world.public.head}"
    again = world.client("outsider").post(place, REPORT | {"text": ""})
    assert again.status_code == 200
    # The form has no address of its own: it is sent where it was shown.
    assert 'class="fields card" method="post">' in again.content.decode()
    assert f"acme/bert@{world.public.head[:8]}" in again.content.decode()


def test_a_commit_that_is_missing_cannot_be_reported(world):
    for ask in (world.client("outsider").get, lambda path: world.client("outsider").post(path, REPORT)):
        assert ask(f"/acme/bert/report?revision={'0' * 40}").status_code == 404
    assert not Flag.objects.exists()


def test_who_reports_the_same_again_adds_to_their_report(world):
    client, place = world.client("outsider"), "/profile/acme/report"
    client.post(place, REPORT)
    again = client.post(place, REPORT | {"text": "Now in three places.", "evidence": "here"}, follow=True)
    assert b"You reported this already." in again.content
    world.client("reader").post(place, REPORT)
    client.post(place, REPORT | {"cause": "impersonation"})
    first, others = Flag.objects.order_by("pk").first(), Flag.objects.order_by("pk")[1:]
    assert (first.text, first.evidence) == ("It only advertises.\n\nNow in three places.", "here")
    assert first.added_at
    assert [flag.reporter for flag in others] == [world.users["reader"], world.users["outsider"]]
    assert AuditEvent.objects.get(event="flag.added_to").data["flag"] == first.pk


def test_what_is_too_long_together_is_refused_and_changes_nothing(world):
    client, place = world.client("outsider"), "/profile/acme/report"
    client.post(place, REPORT | {"text": "x" * 3000})
    refused = client.post(place, REPORT | {"text": "y" * 3000})
    assert b'class="errorlist"' in refused.content
    assert Flag.objects.get().text == "x" * 3000


def test_once_it_is_decided_the_same_person_reports_it_anew(world):
    first = make_report(world.public, reporter=world.users["outsider"])
    decide_case(first.case, "none", world.users["moderator"])
    world.client("outsider").post("/acme/bert/report", REPORT)
    assert Flag.objects.count() == 2
    assert Case.objects.count() == 2


def test_a_notice_keeps_the_language_of_the_page_on_which_it_was_written(world):
    client = world.client("nobody")
    client.cookies["language"] = "zh-hans"
    assert client.post("/acme/bert/report", NOTICE).status_code == 302
    assert Flag.objects.get().language == "zh-hans"
