"""History, differences and restoring on the pages: what they say, and to whom."""

import pytest

from hub.repos.policies import set_scan_policy
from hub.repos.services import change_settings
from hub.revisions.operations import AddInline, DeleteFile
from hub.revisions.refs import create_branch, create_tag
from hub.revisions.selectors import find_file, resolve_revision
from storage import services as storage
from storage.models import Blob
from tests.builders.weights import safetensors
from tests.factories.repositories import add_large, commit
from tests.http.web.test_files import page
from tests.http.web.test_policy import queries
from tests.http.web.test_viewers import words


def change(world, files: dict[str, bytes | None], **rest) -> str:
    operations = [DeleteFile(path) if data is None else AddInline(path, data) for path, data in files.items()]
    return commit(world.public, world.users["admin"], operations, **rest)


def head(world) -> str:
    return resolve_revision(world.public, None).commit


def test_a_path_has_a_history_of_its_own(world):
    change(world, {"config.json": b"{}"}, summary="Empty it")
    change(world, {"docs/use.md": b"# More"}, summary="Say more")
    shown = page(world, "/acme/bert/commits/main/config.json")
    assert "Empty it" in shown
    assert "Say more" not in shown
    assert "Say more" in page(world, "/acme/bert/commits/main/docs")
    assert "No commits here." in page(world, "/acme/bert/commits/main/absent")


def test_a_commit_shows_the_lines_that_changed(world):
    oid = change(world, {"config.json": b'{"hidden": 512}', "<b>.txt": b"<i>new</i>\n"})
    shown = page(world, f"/acme/bert/commit/{oid}")
    assert "<mark>384</mark>" in shown
    assert "<mark>512</mark>" in shown
    assert "&lt;i&gt;new&lt;/i&gt;" in shown
    assert "<i>new" not in shown


def test_authors_who_have_an_account_lead_to_their_page(world):
    admin = world.users["admin"]
    oid = change(world, {"config.json": b"{}"})
    for address in ("commits/main", f"commit/{oid}", "blob/main/config.json"):
        assert f'href="/{admin.username}">' in page(world, f"/acme/bert/{address}")
    type(admin).objects.filter(pk=admin.pk).update(username="somebody-else")
    assert f'href="/{admin.username}">' not in page(world, f"/acme/bert/commit/{oid}")


def test_a_commit_says_in_words_what_became_of_the_card(world):
    card = b"---\nlicense: mit\ntags: [embedding, small]\n---\n# Bert\n"
    read = words(page(world, f"/acme/bert/commit/{change(world, {'README.md': card})}"))
    assert "Licence : apache-2.0 → mit" in read
    assert "Tags : + small" in read
    assert "Task was removed: sentence-similarity" in read


def test_a_commit_says_which_tensors_changed(world):
    user, before = world.users["admin"], {"a.weight": ("F32", [2, 2]), "b.weight": ("F32", [4])}
    add_large(world.public, user, "w.safetensors", safetensors(before))
    add_large(
        world.public, user, "w.safetensors", safetensors({"a.weight": ("F16", [2, 2]), "c": ("I8", [3])})
    )
    read = words(page(world, f"/acme/bert/commit/{head(world)}"))
    assert "8 weights (32 B) → 7 weights (11 B)" in read
    assert "a.weight F32 2 × 2 16 B F16 2 × 2 8 B" in read
    assert "c – + I8 3 3 B" in read
    assert "b.weight − F32 4 16 B –" in read


def test_a_moved_file_is_a_renamed_one(world):
    oid = change(world, {"docs/use.md": None, "docs/usage.md": b"# Use\n"})
    read = words(page(world, f"/acme/bert/commit/{oid}"))
    assert "1 changed file" in read
    assert "renamed docs/use.md → docs/usage.md" in read


def test_binary_and_large_files_are_named_and_not_compared(world, monkeypatch):
    monkeypatch.setattr("hub.http.web.comparisons.TEXT_LIMIT", 1000)
    oid = change(world, {"a.bin": b"\0\1", "long.txt": b"line\n" * 1000})
    read = words(page(world, f"/acme/bert/commit/{oid}"))
    assert "It is not text." in read
    assert "It is too large to be compared here." in read


def test_of_a_long_difference_each_file_has_a_page(world, monkeypatch):
    monkeypatch.setattr("hub.http.web.comparisons.MOST_LINES", 20)
    oid = change(world, {"one.txt": b"a\n" * 15, "two.txt": b"b\n" * 15})
    shown = page(world, f"/acme/bert/commit/{oid}")
    assert shown.count('class="added"') == 15
    assert 'href="?path=two.txt"' in shown
    alone = page(world, f"/acme/bert/commit/{oid}?path=two.txt")
    assert alone.count('class="added"') == 15
    assert "one.txt" not in alone


def test_the_files_of_a_gated_repository_are_named_and_what_is_in_them_is_not(world):
    oid = change(world, {"config.json": b'{"hidden": "lynx"}', "docs/README.md": b"# Inside\n"})
    change_settings(repository=world.public, visibility=None, gated="manual", actor_user=world.users["admin"])
    places = (f"/commit/{oid}", "/compare/main...main", f"/compare/{oid}...main", "/tree/main/docs")
    for who, may in (("nobody", False), ("outsider", False), ("reader", True), ("moderator", True)):
        shown = "".join(page(world, f"/acme/bert{place}", who) for place in places)
        assert "config.json" in shown
        assert ("lynx" in shown) == may
        assert ("Inside" in shown) == may


def test_what_is_withheld_is_in_no_difference(world):
    oid = change(world, {"config.json": b'{"hidden": 512}'})
    sha256 = find_file(resolve_revision(world.public, None), "config.json").sha256
    storage.quarantine(sha256=sha256)
    for who in ("nobody", "outsider", "reader", "writer", "moderator"):
        shown = page(world, f"/acme/bert/commit/{oid}", who)
        assert "What is in it cannot be shown." in shown
        assert "512" not in shown
        assert "384" not in shown
        assert "512" not in page(world, "/acme/bert/blob/main/config.json", who).replace("512 ", "")


def test_what_the_rules_refuse_is_in_no_difference_of_those_who_are_refused(world):
    oid = change(world, {"config.json": b'{"hidden": 512}'})
    set_scan_policy(organisation=world.organisation, kind="", said={"queued": "refuse"}, actor_user=None)
    Blob.objects.update(scan_state="queued")
    for who, given in (("nobody", False), ("reader", False), ("writer", True), ("moderator", True)):
        assert ("<mark>512</mark>" in page(world, f"/acme/bert/commit/{oid}", who)) == given, who


def test_two_revisions_are_compared(world):
    create_tag(repo=world.public, name="v1", revision=None, actor_user=world.users["admin"])
    change(world, {"config.json": b"{}"}, summary="Empty it")
    read = words(page(world, "/acme/bert/compare/v1...main"))
    assert "1 commit that v1 lacks" in read
    assert "Empty it" in read
    assert "1 changed file" in read
    assert "v1 has no commits that main lacks." in words(page(world, "/acme/bert/compare/main...v1"))


def test_the_form_leads_to_a_comparison(world):
    create_branch(repo=world.public, name="try/this", start=None, actor_user=world.users["admin"])
    answer = world.client("nobody").get("/acme/bert/compare?from=main&to=try/this")
    assert answer["Location"] == "/acme/bert/compare/main...try%2Fthis"
    assert "0 changed files" in words(page(world, answer["Location"]))


@pytest.mark.parametrize(("asked", "status"), [("main", 400), ("main...absent", 404), ("absent...main", 404)])
def test_what_cannot_be_compared_is_said_so(world, asked, status):
    assert world.client("nobody").get(f"/acme/bert/compare/{asked}").status_code == status


def test_another_repositorys_commit_is_compared_with_nothing(world):
    other = commit(world.private, world.users["admin"], [AddInline("only.txt", b"private")])
    assert world.client("nobody").get(f"/acme/bert/compare/main...{other}").status_code == 404
    assert world.client("admin").get(f"/acme/bert/restore/{other}").status_code == 404


def test_a_writer_restores_a_file_after_seeing_what_that_changes(world):
    then = head(world)
    now = change(world, {"config.json": b"{}", "new.txt": b"x"})
    asked = page(world, f"/acme/bert/restore/{then}?path=config.json", "writer")
    assert "This changes 1 file on main:" in words(asked)
    assert head(world) == now
    form = {"path": "config.json", "parent": now, "branch": "main"}
    answer = world.client("writer").post(f"/acme/bert/restore/{then}", form)
    assert answer["Location"] == "/acme/bert/blob/main/config.json"
    assert ">384</span>" in page(world, answer["Location"])
    assert "new.txt" in page(world, "/acme/bert/tree/main")
    assert "Restore config.json as it was at" in page(world, "/acme/bert/commits/main")


def test_everything_is_restored_on_another_branch(world):
    then = head(world)
    create_branch(repo=world.public, name="side", start=None, actor_user=world.users["admin"])
    side = commit(world.public, world.users["admin"], [AddInline("s", b"s")], ref="refs/heads/side")
    form = {"path": "", "parent": side, "branch": "side"}
    assert world.client("writer").post(f"/acme/bert/restore/{then}", form).status_code == 302
    assert resolve_revision(world.public, "side").tree == resolve_revision(world.public, then).tree
    assert head(world) == then


@pytest.mark.parametrize(("who", "status"), [("nobody", 302), ("outsider", 403), ("reader", 403)])
def test_who_may_not_write_restores_nothing(world, who, status):
    then = head(world)
    now = change(world, {"config.json": b"{}"})
    form = {"path": "config.json", "parent": now}
    assert world.client(who).post(f"/acme/bert/restore/{then}", form).status_code == status
    assert "/restore/" not in page(world, f"/acme/bert/tree/{then}", who)
    assert head(world) == now


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        ({"parent": "0" * 40}, 400),
        ({"path": "absent"}, 404),
        ({"branch": "absent"}, 404),
        ({"branch": ".."}, 400),
    ],
)
def test_a_form_that_is_wrong_restores_nothing(world, form, status):
    then = head(world)
    now = change(world, {"config.json": b"{}"})
    given = {"parent": now, "path": "config.json"} | form if form else {"path": "config.json"}
    assert world.client("writer").post(f"/acme/bert/restore/{then}", given).status_code == status
    assert head(world) == now


def test_a_branch_that_moved_meanwhile_stays_as_it_is(world):
    then = head(world)
    seen = change(world, {"config.json": b"{}"})
    now = change(world, {"other": b"x"})
    answer = world.client("writer").post(
        f"/acme/bert/restore/{then}", {"path": "config.json", "parent": seen}
    )
    assert answer.status_code == 412
    assert head(world) == now


def test_a_large_folder_has_pages_folders_first(world, monkeypatch):
    monkeypatch.setattr("hub.http.web.folders.PAGE", 3)
    change(world, {"zoo/a": b"1", "B.txt": b"2", "c.txt": b"3"})
    first = page(world, "/acme/bert/tree/main")
    assert "1 to 3 of 7" in words(first)
    assert (
        first.index("tree/main/docs") < first.index("tree/main/zoo") < first.index("blob/main/.gitattributes")
    )
    assert "blob/main/B.txt" not in first.split("</table>")[0]
    assert 'rel="next" href="?page=2"' in first
    last = page(world, "/acme/bert/tree/main?page=3")
    assert "7 to 7 of 7" in words(last)
    assert 'rel="next"' not in last
    assert "This folder is empty." in page(world, "/acme/bert/tree/main?page=99")
    assert world.client("nobody").get("/acme/bert/tree/main?page=x").status_code == 400


def test_a_folder_says_what_it_holds_in_all(world):
    change(world, {"docs/more/x": b"12345", "docs/more/same": b"12345"})
    assert "3 files, 16 B in all" in words(page(world, "/acme/bert/tree/main/docs"))


def test_a_folders_readme_is_below_it_with_links_that_lead_on(world):
    change(world, {"docs/ReadMe.md": b"# Guide\n\nSee [how](use.md) and ![x](p.png)\n"})
    shown = page(world, "/acme/bert/tree/main/docs")
    assert "Guide" in shown.split('<article class="card prose">')[1]
    assert 'href="/acme/bert/blob/main/docs/use.md"' in shown.split("<article")[1]
    assert 'src="/acme/bert/resolve/main/docs/p.png"' in shown
    assert "<article" not in page(world, "/acme/bert/tree/main/docs?page=1").replace("<article", "", 1)


@pytest.mark.parametrize("place", ["/tree/main/many", "/commit/{head}", "/compare/{start}...main"])
def test_pages_ask_as_often_for_many_files_as_for_few(world, place):
    change(world, {f"many/{number}.txt": b"%d" % number for number in range(3)})
    start, client = head(world), world.client("admin")
    change(world, {f"many/{number}.txt": b"then %d" % number for number in range(2)})
    few = queries(client, "/acme/bert" + place.format(head=head(world), start=start))
    change(world, {f"many/{number}.txt": b"more %d" % number for number in range(60)})
    many = queries(client, "/acme/bert" + place.format(head=head(world), start=start))
    assert many == few <= 30
