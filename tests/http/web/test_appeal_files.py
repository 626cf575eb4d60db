"""Files of an appeal: who adds them, who saves them, and that nothing of them runs or outlives its author."""

import json
import re
from html import unescape
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEvent, User
from contributions.moderation import flagging, links, subjects
from contributions.moderation.models import Appeal, AppealFile, Case, Flag
from hub.personal.services import delete_account
from storage.models import Leftover
from tests.factories.accounts import make_member, make_user
from tests.factories.moderation import decide_case, make_report

PAGE = b"<script>alert(1)</script>"


@pytest.fixture
def appeal(world) -> Appeal:
    """What the writer of acme/bert says against its being taken down."""
    flag = make_report(world.public, reporter=world.users["outsider"])
    decide_case(flag.case, "take_down", world.users["moderator"])
    said = {"kind": "appeal", "text": "It is our own model."}
    world.client("writer").post(f"/moderation/{flag.case.pk}/statement", said)
    return Appeal.objects.get()


def add(world, appeal: Appeal, who: str = "writer", *, name: str = "proof.html", data: bytes = PAGE):
    return world.client(who).post(
        f"/moderation/{appeal.decision.case_id}/appeals/{appeal.pk}/files",
        {"file": SimpleUploadedFile(name, data)},
        follow=True,
    )


def make_report_of(user: User, *, by: User) -> Case:
    """A case about somebody's account."""
    return flagging.report(
        subject=subjects.namespace(user.namespace), reporter=by, cause="spam", text="Look."
    ).case


def address(file: AppealFile) -> str:
    return f"/moderation/{file.appeal.decision.case_id}/files/{file.pk}"


def test_whoever_appealed_adds_a_file_that_the_desk_and_those_concerned_save(world, appeal):
    assert b"The file was added to your appeal." in add(world, appeal).content
    file = AppealFile.objects.get()
    case = appeal.decision.case_id
    for who, page in (
        ("moderator", f"/moderation/{case}"),
        ("writer", f"/moderation/{case}/statement"),
        ("admin", f"/moderation/{case}/statement"),
    ):
        assert f'href="{address(file)}"' in world.client(who).get(page).content.decode()
        answer = world.client(who).get(address(file))
        assert answer.getvalue() == PAGE
        assert answer["Content-Disposition"] == 'attachment; filename="proof.html"'
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "no-store" in answer["Cache-Control"]
    event = AuditEvent.objects.get(event="appeal.file_added")
    assert (event.actor, event.data["file"]) == (world.users["writer"], str(file.pk))


def test_to_everybody_else_there_is_no_such_file(world, appeal):
    add(world, appeal)
    file = AppealFile.objects.get()
    missing = address(file).replace(str(file.pk), "00000000-0000-4000-8000-000000000000")
    elsewhere = f"/moderation/{make_report(world.private).case.pk}/files/{file.pk}"
    for who in ("outsider", "reader"):
        answers = [world.client(who).get(place).status_code for place in (address(file), missing)]
        assert answers == [404, 404]
    assert world.client("moderator").get(elsewhere).status_code == 404
    assert world.client("nobody").get(address(file)).status_code == 302


def test_a_moderator_with_a_stake_saves_nothing_and_an_auditor_does(world, appeal):
    add(world, appeal)
    file = AppealFile.objects.get()
    make_member(world.organisation, "read", world.users["moderator"])
    User.objects.filter(pk=world.users["outsider"].pk).update(desk_role="auditor")
    assert world.client("moderator").get(address(file)).status_code == 404
    assert world.client("outsider").get(address(file)).status_code == 200


def test_somebody_suspended_adds_and_saves_by_the_link_in_the_mail_about_their_own_case_only(world, appeal):
    user = world.users["outsider"]
    case = make_report_of(user, by=world.users["writer"])
    decide_case(case, "suspend_account")
    page = f"/moderation/{case.pk}/statement?{urlencode({'key': links.key_for(case, user)})}"
    nobody = world.client("nobody")
    nobody.post(page, {"kind": "appeal", "text": "Somebody else used my account."})
    (place,) = re.findall(r'action="(/moderation/[^"]*/files[^"]*)"', nobody.get(page).content.decode())
    sent = {"file": SimpleUploadedFile("proof.html", PAGE)}
    shown = nobody.post(unescape(place), sent, follow=True).content.decode()
    assert "The file was added to your appeal." in shown
    file = AppealFile.objects.get()
    assert file.appeal.author == user
    (saved,) = re.findall(rf'href="({address(file)}[^"]*)"', shown)
    assert nobody.get(unescape(saved)).getvalue() == PAGE
    # The key says who reads, and nothing of what they may have.
    key = urlencode({"key": links.key_for(appeal.decision.case, user)})
    theirs = f"/moderation/{appeal.decision.case_id}/appeals/{appeal.pk}/files?{key}"
    assert nobody.post(theirs, sent).status_code == 404
    assert add(world, appeal).status_code == 200
    other = AppealFile.objects.get(appeal=appeal)
    assert nobody.get(f"{address(other)}?{key}").status_code == 404
    assert nobody.get(f"{address(file)}?key=wrong").status_code == 302
    assert nobody.post(unescape(place).replace("key=", "key=x"), sent).status_code == 302
    decide_case(case, "none")
    assert nobody.get(unescape(saved)).status_code == 302


@pytest.mark.parametrize("who", ["outsider", "reader", "admin", "moderator"])
def test_nobody_adds_to_the_appeal_of_somebody_else(world, appeal, who: str):
    assert add(world, appeal, who).status_code == 404
    assert not AppealFile.objects.exists()


@pytest.mark.parametrize("size", [0, 10 * 1024 * 1024 + 1, 11 * 1024 * 1024 + 1])
def test_a_file_that_is_empty_or_too_large_is_refused_in_words(world, appeal, size: int):
    answer = add(world, appeal, data=b"x" * size)
    assert answer.status_code == 200
    assert b'class="notice bad' in answer.content
    assert not AppealFile.objects.exists()
    assert not Leftover.objects.exists()


def test_an_appeal_has_five_files_and_none_once_it_is_answered(world, appeal):
    for number in range(6):
        last = add(world, appeal, name=f"{number}.txt")
    assert b"at most 5 files" in last.content
    assert b"Add the file" not in last.content
    assert sorted(AppealFile.objects.values_list("name", flat=True)) == [f"{n}.txt" for n in range(5)]
    AppealFile.objects.filter(name="4.txt").delete()
    Appeal.objects.update(state="upheld")
    assert b"This appeal was answered already." in add(world, appeal).content
    assert AppealFile.objects.count() == 4


@pytest.mark.parametrize(
    ("said", "kept"), [("a\nb.txt", "ab.txt"), ("über.pdf", "über.pdf"), ("\u202egnp.exe", "gnp.exe")]
)
def test_a_name_is_nothing_but_a_name(world, appeal, said: str, kept: str):
    add(world, appeal, name=said)
    file = AppealFile.objects.get()
    assert file.name == kept
    assert "\n" not in world.client("writer").get(address(file))["Content-Disposition"]


def test_a_part_of_a_file_is_given_as_of_any_other(world, appeal):
    add(world, appeal, data=b"0123456789")
    answer = world.client("writer").get(address(AppealFile.objects.get()), headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.getvalue()) == (206, b"234")


def test_everything_said_to_the_desk_is_in_the_export(world, appeal):
    add(world, appeal)
    page = f"/moderation/{appeal.decision.case_id}/statement"
    world.client("writer").post(page, {"write": "1", "text": "We replace it today."})
    make_report(world.private, reporter=world.users["writer"])
    data = json.loads(world.client("writer").get("/settings/data/export").getvalue())
    assert [row["text"] for row in data["appeals"]] == ["It is our own model."]
    assert data["appeal_files"][0]["address"] == address(AppealFile.objects.get())
    assert [row["text"] for row in data["to_the_desk"]] == ["We replace it today."]
    assert [row["about"] for row in data["reports"]] == ["acme/secret"]
    others = json.loads(world.client("admin").get("/settings/data/export").getvalue())
    assert not any(others[name] for name in ("appeals", "appeal_files", "to_the_desk", "reports"))


def test_whoever_leaves_takes_their_files_and_their_address_along(world, appeal):
    add(world, appeal)
    key = AppealFile.objects.get().key
    rita = make_user("rita")
    flag = make_report(world.private, reporter=world.users["writer"])
    other = make_report(world.private, reporter=rita, cause="other")
    Flag.objects.update(contact="me@example.org")
    delete_account(user=world.users["writer"])
    assert not AppealFile.objects.exists()
    assert Leftover.objects.filter(key=key).exists()
    flag.refresh_from_db()
    other.refresh_from_db()
    assert (flag.reporter, flag.contact, other.contact) == (None, "", "me@example.org")
    appeal.refresh_from_db()
    assert (appeal.author, appeal.text) == (None, "It is our own model.")
