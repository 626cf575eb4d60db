"""For which matter an answer to a finding holds: for one text and one base, whatever they are called."""

import pytest

from hub.licensing import answers
from hub.licensing.facts import How
from hub.licensing.findings import Finding
from hub.licensing.matching import match
from hub.licensing.models import LicenceCheck, LicenceFinding
from hub.licensing.selectors import findings_of
from hub.licensing.words import told
from hub.repos.models import Repository
from hub.repos.services import change_settings
from hub.revisions.moving import move_repository
from hub.revisions.operations import AddInline
from tests.factories.accounts import make_organisation, make_user
from tests.factories.licences import model, tasks
from tests.factories.repositories import commit
from tests.hub.licensing.installed import installed_files

pytestmark = pytest.mark.django_db(transaction=True)

MIT = next(
    file.text
    for file in installed_files()
    if "MIT License" in file.text.splitlines()[0] and [one.how for one in match(file.text)] == [How.EXACT]
)


def changed(bird: str) -> bytes:
    """The text of the MIT License with one more condition, as long for one bird as for the other."""
    end = "subject to the following conditions:"
    return MIT.replace(end, f"but never to count {bird}, {end}").encode()


def put(repository: Repository, path: str, data: bytes) -> None:
    """Let a file of a repository be another one, and have it checked."""
    commit(repository, repository.created_by, [AddInline(path, data)])
    repository.refresh_from_db()
    tasks.check(repository.pk, repository.head)


def found_by(repository: Repository, rule: str) -> LicenceFinding:
    """The one thing that a rule finds now."""
    (row,) = [row for row in findings_of([repository])[repository.pk] if row.rule == rule]
    return row


def waived(repository: Repository, rule: str) -> LicenceFinding:
    """What a rule finds, settled by a moderator."""
    key = found_by(repository, rule).key
    return answers.waive(repository=repository, key=key, reason="Seen.", actor_user=make_user())


def said(row: LicenceFinding) -> str:
    return told(Finding.from_json(row.said)).message


@pytest.mark.parametrize(("licence", "rules"), [("mit", ["L04"]), (None, ["L01", "L04"])])
def test_an_answer_to_a_changed_text_is_none_to_another_that_is_just_as_alike(queued, licence, rules):
    leaf = model(licence, files={"LICENSE": changed("gulls")})
    before = [waived(leaf, rule) for rule in rules]
    put(leaf, "notes.md", b"Nothing of the licence.")
    for row in before:
        assert found_by(leaf, row.rule) == row
        assert found_by(leaf, row.rule).state == "waived"
    put(leaf, "LICENSE", changed("terns"))
    kept = LicenceCheck.objects.filter(repository=leaf).order_by("pk")
    read = [{name: said for name, said in one.read["files"][0].items() if name != "oid"} for one in kept]
    assert read[0] == read[-1]
    assert read[0]["found"][0][1] == "modified"
    for row in before:
        now = found_by(leaf, row.rule)
        assert (now.state, now.reason, said(now)) == ("open", "", said(row))
    put(leaf, "LICENSE", changed("gulls"))
    for row in before:
        assert (found_by(leaf, row.rule).pk, found_by(leaf, row.rule).state) == (row.pk, "waived")


def test_an_answer_to_a_conflict_of_card_and_text_holds_for_that_text_only(queued):
    leaf = model("apache-2.0", files={"LICENSE": MIT.encode()})
    row = waived(leaf, "L03")
    leaf.refresh_from_db()
    assert leaf.licence_clear
    put(leaf, "LICENSE", MIT.replace("Copyright", "Copyright (c) 1999 Somebody Else\nCopyright").encode())
    now = found_by(leaf, "L03")
    assert (now.pk != row.pk, now.state, said(now)) == (True, "open", said(row))
    leaf.refresh_from_db()
    assert not leaf.licence_clear


def test_an_answer_holds_when_an_ancestor_gets_another_name_or_owner(queued):
    owner = make_user()
    group = make_organisation(owner=owner)
    root = model("cc-by-nc-4.0", owner=owner)
    middle = model("mit", root)
    leaf = model("mit", middle)
    before = {one.pk: waived(one, "L07") for one in (middle, leaf)}
    for namespace, name in ((owner.namespace, "renamed"), (group, "moved")):
        root.refresh_from_db()
        move_repository(repository=root, namespace=namespace, name=name, actor_user=owner)
        queued.run()
        for one in (middle, leaf):
            row = found_by(one, "L07")
            assert (row.pk, row.state, row.reason) == (before[one.pk].pk, "waived", "Seen.")
            assert f"{namespace.name}/{name}" in said(row)
            one.refresh_from_db()
            assert one.licence_clear


def test_an_answer_about_one_base_is_none_about_another_with_the_same_licence(queued):
    leaf = model("mit", model("cc-by-nc-4.0"))
    row = waived(leaf, "L07")
    other = model("cc-by-nc-4.0")
    put(leaf, "README.md", f"---\nlicense: mit\nbase_model: {other.full_name}\n---\n".encode())
    now = found_by(leaf, "L07")
    assert (now.pk != row.pk, now.state) == (True, "open")


def test_no_id_of_what_is_hidden_is_told(queued):
    owner = make_user()
    root = model("cc-by-nc-4.0", owner=owner)
    middle = model("mit", root)
    leaf = model("mit", middle)
    for hidden in (False, True):
        keys = [row.key for row in LicenceFinding.objects.filter(repository__in=[middle, leaf])]
        assert any(f"#{root.pk}:" in key for key in keys)
        told_now = [row.key for one in (middle, leaf) for row in findings_of([one])[one.pk]]
        assert any(f"#{root.pk}:" in key for key in told_now) != hidden
        change_settings(repository=root, visibility="private", actor_user=owner)
        queued.run()
