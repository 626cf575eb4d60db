"""Changes that were asked for: a new commit that passes the checks closes the case, a date brings it back."""

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import AuditEvent, User
from contributions.moderation import flagging, subjects, tasks
from contributions.moderation.models import Case, Decision
from contributions.moderation.queueing import Wanted, queue
from hub.repos.models import Repository
from hub.repos.withholding import serve_namespace, withhold_namespace
from hub.revisions.models import RepositoryBlob
from hub.revisions.operations import AddInline, DeleteFile
from storage.models import Blob
from storage.services import keep_scan_states
from tests.factories.accounts import make_member
from tests.factories.moderation import decide_case, make_blob_case, make_report
from tests.factories.repositories import commit, make_repository
from tests.http.api import Api

SOON = timezone.timedelta(days=3)
BAD = b"bad bytes"


def ask(world, case: Case) -> Decision:
    return decide_case(case, "ask", world.users["moderator"], until=timezone.now() + SOON)


def scanned(*, state: str = "safe") -> None:
    """Every file has been scanned."""
    keep_scan_states(dict.fromkeys(Blob.objects.values_list("sha256", flat=True), state))


@pytest.fixture
def asked(world) -> Case:
    """A case about a file of acme/bert that a rule withholds, and whose people are asked to replace it."""
    commit(world.public, world.users["writer"], [AddInline("weights.bin", BAD)])
    held = RepositoryBlob.objects.get(repository=world.public, path="weights.bin")
    case = make_blob_case(held.sha256)
    ask(world, case)
    return Case.objects.get(pk=case.pk)


def replace(world) -> str:
    changes = [DeleteFile("weights.bin"), AddInline("weights.safetensors", b"good bytes")]
    oid = commit(Repository.objects.get(pk=world.public.pk), world.users["writer"], changes)
    scanned()
    return oid


def shown(world, case: Case) -> str:
    return world.client("moderator").get(f"/moderation/{case.pk}").content.decode()


def close(world, case: Case, who: str = "moderator", **change):
    seen = Case.objects.get(pk=case.pk).turn
    said = {"seen": seen, "reason": "The new commit passes.", **change}
    return world.client(who).post(f"/moderation/{case.pk}/repaired", said, follow=True)


def test_a_file_that_was_replaced_closes_the_case_in_one_step_and_stays_withheld_itself(world, asked):
    assert "Close it as repaired" not in shown(world, asked)
    oid = replace(world)
    page = shown(world, asked)
    assert f"Commit {oid[:8]} of acme/bert passes the checks." in page.replace(oid, oid[:8])
    assert "The old version stays withheld" in page
    assert "You made the changes: acme/bert@" in page
    assert b"Decided." in close(world, asked).content
    asked.refresh_from_db()
    assert (asked.state, asked.outcome) == ("closed", "quarantine")
    assert Blob.objects.get(pk=asked.sha256).state == "quarantined"
    newest = asked.decisions.latest("pk")
    assert (newest.effect, newest.state, newest.reason) == (
        "quarantine",
        "standing",
        "The new commit passes.",
    )
    assert newest.moderator == world.users["moderator"]
    assert not asked.decisions.exclude(pk=newest.pk).filter(state="standing").exists()
    assert world.client("nobody").get("/acme/bert/resolve/main/weights.safetensors").status_code == 200


@pytest.fixture
def withheld(world) -> Case:
    """A case about acme/bert, which a rule withholds for what two people said of it."""
    trusted = world.users["outsider"]
    User.objects.filter(pk=trusted.pk).update(desk_role="trusted_reporter")
    trusted.refresh_from_db()
    case = make_report(world.public, reporter=trusted, cause="malware").case
    make_report(world.public, cause="malware")
    assert world.client("nobody").get("/acme/bert").status_code == 404
    return Case.objects.get(pk=case.pk)


def write(world, who: str = "writer", **token):
    """The answer to a commit through the API."""
    api = Api(world.users[who], **token)
    value = {"path": "notes.txt", "content": "what was asked for"}
    return api.commit("models/acme/bert", {"key": "file", "value": value})


def test_a_repository_that_a_rule_withheld_is_served_again(world, withheld):
    assert write(world).status_code == 403
    ask(world, withheld)
    assert "Close it as repaired" not in shown(world, withheld)
    assert write(world).status_code == 200
    scanned()
    assert world.client("nobody").get("/acme/bert").status_code == 404
    assert "Close it as repaired" in shown(world, withheld)
    close(world, withheld)
    withheld.refresh_from_db()
    assert (withheld.state, withheld.outcome) == ("closed", "none")
    assert world.client("nobody").get("/acme/bert").status_code == 200
    assert world.client("nobody").get("/acme/bert/resolve/main/notes.txt").status_code == 200


def test_only_its_writers_change_what_is_withheld_and_nobody_else_sees_the_changes(world, withheld):
    ask(world, withheld)
    assert [write(world, who).status_code for who in ("reader", "moderator", "outsider")] == [403, 403, 404]
    assert write(world, role="read").status_code == 403
    assert write(world, "admin").status_code == 200
    nobody = world.client("nobody")
    for page in ("/acme/bert", "/acme/bert/resolve/main/notes.txt", "/api/models/acme/bert"):
        assert nobody.get(page).status_code in (401, 404)
    writer = Api(world.users["admin"])
    settings = writer.send("PUT", "/api/models/acme/bert/settings", {"visibility": "private"})
    deleted = writer.send("DELETE", "/api/repos/delete", {"name": "bert", "organization": "acme"})
    assert (settings.status_code, deleted.status_code) == (403, 403)
    copied = writer.post("/api/models/acme/bert/duplicate", {"repository": "anna/copy"})
    assert copied.status_code == 403


def test_the_page_says_until_when_it_can_be_changed(world, withheld):
    assert b"you can make them until" not in world.client("writer").get("/acme/bert").content
    ask(world, withheld)
    assert b"you can make them until" in world.client("writer").get("/acme/bert").content
    assert b"you can make them until" not in world.client("reader").get("/acme/bert").content


def test_what_is_withheld_is_changed_until_the_date_that_was_said(world, withheld):
    ask(world, withheld)
    past = timezone.now() - timezone.timedelta(seconds=1)
    Repository.objects.update(changes_asked_until=past)
    assert write(world).status_code == 403


@pytest.mark.parametrize("effect", ["take_down", "none", "warn", "forbid_name"])
def test_a_decision_ends_the_changes_that_were_asked_for(world, withheld, effect: str):
    ask(world, withheld)
    decide_case(withheld, effect, world.users["moderator"])
    world.public.refresh_from_db()
    assert world.public.changes_asked_until is None
    assert write(world).status_code == (403 if effect in ("take_down", "forbid_name") else 200)


def test_who_withholds_it_for_another_cause_freezes_it(world, withheld):
    ask(world, withheld)
    other = make_report(world.public, cause="licence").case
    decide_case(other, "take_down", world.users["moderator"])
    assert write(world).status_code == 403
    decide_case(other, "none", world.users["moderator"])
    assert write(world).status_code == 200


def test_a_whole_namespace_that_is_withheld_is_not_changed(world, withheld):
    ask(world, withheld)
    withhold_namespace(namespace=world.organisation, actor_user=None)
    assert write(world).status_code == 403
    serve_namespace(namespace=world.organisation, actor_user=None)
    assert write(world).status_code == 200


@pytest.mark.parametrize("state", ["queued", "dangerous"])
def test_a_commit_whose_checks_run_or_fail_repairs_nothing(world, asked, state: str):
    replace(world)
    scanned(state=state)
    if state == "dangerous":
        Blob.objects.update(state="quarantined")
    assert "Close it as repaired" not in shown(world, asked)
    assert b"does not pass the checks" in close(world, asked).content
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_a_file_that_is_still_there_under_another_name_or_elsewhere_is_not_repaired(world, asked):
    other = make_repository(world.users["outsider"], name="copy", files={"b.bin": BAD})
    replace(world)
    assert "Close it as repaired" not in shown(world, asked)
    commit(other, world.users["outsider"], [DeleteFile("b.bin"), AddInline("c.txt", b"c")])
    scanned()
    assert "Close it as repaired" in shown(world, asked)


def newest(world, *changes) -> str:
    """Another commit of acme/bert, all of whose files have been scanned."""
    oid = commit(Repository.objects.get(pk=world.public.pk), world.users["writer"], list(changes))
    scanned()
    return oid


def test_a_commit_that_has_the_same_files_under_another_id_repairs_nothing(world):
    case = make_report(world.public).case
    ask(world, case)
    newest(world, AddInline("new.txt", b"new"))
    newest(world, DeleteFile("new.txt"))
    assert "Close it as repaired" not in shown(world, case)
    newest(world, AddInline("other.txt", b"other"))
    assert "Close it as repaired" in shown(world, case)


def test_a_head_with_the_files_of_the_commit_in_question_repairs_nothing(world):
    bad = newest(world, AddInline("bad.txt", b"bad"))
    newest(world, DeleteFile("bad.txt"))
    case = flagging.report(
        subject=subjects.revision(Repository.objects.get(pk=world.public.pk), bad),
        reporter=world.users["outsider"],
        cause="spam",
        text="This commit is spam.",
    ).case
    ask(world, case)
    newest(world, AddInline("bad.txt", b"bad"))
    assert "Close it as repaired" not in shown(world, case)
    newest(world, AddInline("bad.txt", b"good"))
    assert "Close it as repaired" in shown(world, case)


def test_what_was_gone_before_it_was_asked_for_is_no_repair(world):
    commit(world.public, world.users["writer"], [AddInline("weights.bin", BAD)])
    case = make_blob_case(RepositoryBlob.objects.get(repository=world.public, path="weights.bin").sha256)
    replace(world)
    ask(world, case)
    assert "Close it as repaired" not in shown(world, case)
    newest(world, AddInline("other.txt", b"other"))
    assert "Close it as repaired" not in shown(world, case)


def test_a_private_repository_is_not_named_at_the_desk(world):
    commit(world.private, world.users["writer"], [AddInline("weights.bin", BAD)])
    case = make_blob_case(RepositoryBlob.objects.get(repository=world.private, path="weights.bin").sha256)
    ask(world, case)
    private = Repository.objects.get(pk=world.private.pk)
    commit(private, world.users["writer"], [DeleteFile("weights.bin")])
    scanned()
    page = shown(world, case)
    assert "A new commit of a private repository passes the checks." in page
    assert "acme/secret" not in page


def test_only_moderators_without_a_stake_close_a_case_and_with_what_they_saw(world, asked):
    replace(world)
    User.objects.filter(pk=world.users["outsider"].pk).update(desk_role="auditor")
    for who in ("nobody", "outsider", "writer"):
        assert close(world, asked, who).status_code == 404
    assert b"Something happened in this case" in close(world, asked, seen=0).content
    assert close(world, asked, reason="short").status_code == 400
    make_member(world.organisation, "read", world.users["moderator"])
    close(world, asked)
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_where_many_are_reached_a_second_moderator_confirms_what_stays_withheld(world, asked):
    replace(world)
    Case.objects.filter(pk=asked.pk).update(reach=20_000)
    close(world, asked)
    asked.refresh_from_db()
    assert asked.state == "confirming"
    assert Blob.objects.get(pk=asked.sha256).state == "quarantined"


def test_a_case_whose_date_is_over_is_back_in_the_queue_and_late(world, asked):
    tasks.sweep()
    asked.refresh_from_db()
    assert asked.state == "asked"
    Case.objects.filter(pk=asked.pk).update(due_at=timezone.now() - SOON)
    for _ in range(2):
        tasks.sweep()
    asked.refresh_from_db()
    assert asked.state == "open"
    late = Wanted(states=frozenset({"open"}), overdue=True)
    assert queue(world.users["moderator"], late).cases == [asked]
    assert AuditEvent.objects.filter(event="case.returned", subject=asked.subject).count() == 1
    replace(world)
    assert "Close it as repaired" in shown(world, asked)


def test_those_concerned_read_that_the_changes_were_made(world, asked):
    replace(world)
    close(world, asked)
    tasks.notify(asked.decisions.latest("pk").pk)
    assert mail.outbox
    assert all("The new commit passes." in message.body for message in mail.outbox)
    statement = world.client("writer").get(f"/moderation/{asked.pk}/statement").content
    assert b"The new commit passes." in statement
