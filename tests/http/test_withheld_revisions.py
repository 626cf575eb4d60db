"""What a withheld revision has in its files is for writers and moderators, whatever it is called."""

from urllib.parse import quote

import pytest

from accounts.models import AuditEvent, User
from contributions.discussions.services import comment
from contributions.moderation import flagging, subjects
from contributions.pulls.lines import comment_on_line
from contributions.pulls.merging import update
from contributions.pulls.sides import sides_of
from hub.errors import Forbidden, RevisionWithheld
from hub.repos.models import Repository
from hub.repos.services import delete_repository
from hub.revisions.copies import duplicate_repository, share_objects
from hub.revisions.models import WithheldRevision
from hub.revisions.moving import move_repository
from hub.revisions.operations import AddInline, DeleteFile
from hub.revisions.refs import create_branch, create_tag
from hub.revisions.rewriting import squash_history
from hub.revisions.selectors import find_file, list_tree, resolve_revision
from hub.revisions.withheld import serve_revision, withhold_revision
from hub.scanning.policy import admit
from storage.models import Blob
from tests import xet
from tests.browsing import RawPathClient
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_user
from tests.factories.chunked import add_chunked
from tests.factories.discussions import make_pull, session
from tests.factories.moderation import decide_case
from tests.factories.repositories import add_large, commit, make_repository
from tests.http.api import Api

pytestmark = pytest.mark.django_db

SAID = b"withheldword"
CARD = b"---\nlicense: mit\ntags: [oddtag]\n---\n# withheldword\n"
FILES = ("README.md", "large.bin", "chunks.bin")


@pytest.fixture
def owner() -> User:
    return make_user("ada")


@pytest.fixture
def repository(owner: User) -> Repository:
    """Its main ends at a commit that has the word in a card, in the store and in chunks."""
    made = make_repository(owner, name="m", files={"a.txt": b"fine\n"})
    add_large(made, owner, "large.bin", SAID * 3)
    add_chunked(made, owner, "chunks.bin", SAID * 9000, scheme=xet.RAW)
    commit(made, owner, [AddInline("README.md", CARD)])
    create_tag(repo=made, name="v1", revision=None, actor_user=owner)
    create_branch(repo=made, name="side", start="main", actor_user=owner)
    Blob.objects.update(scan_state="safe")
    return made


@pytest.fixture
def oid(repository: Repository) -> str:
    """The commit, withheld."""
    found = resolve_revision(repository, None).commit
    assert withhold_revision(origin=repository.pk, oid=found, actor_user=make_moderator("mia"))
    return found


def names_of(oid: str) -> tuple[str, ...]:
    return ("main", "refs/heads/main", "v1", "side", oid, oid[:8])


def browser(user: User | None = None) -> RawPathClient:
    client = RawPathClient()
    if user is not None:
        client.force_login(user)
    return client


def test_no_name_gives_its_files_to_others_and_all_say_why(repository, oid, owner):
    stranger, mine, moderator = Api(make_user()), Api(owner), Api(make_moderator())
    for name in names_of(oid):
        for path in (*FILES, "a.txt"):
            address = f"/ada/m/resolve/{quote(name, safe='')}/{path}"
            for api in (Api(), stranger, Api(owner, role="read")):
                # A second time, when the process remembers where the file is.
                for ask in (api.get, api.head, api.get):
                    refused = ask(address)
                    assert (refused.status_code, refused["X-Error-Code"]) == (403, "RevisionWithheld")
                    assert "moderator's decision" in refused["X-Error-Message"]
                    assert not {"Location", "Link", "X-Xet-Hash"} & set(refused.headers)
            for api in (mine, moderator):
                given = api.get(address)
                assert given.status_code in (200, 302)
                assert given["X-Scan-Warning"].endswith("It is withheld from others.")
                assert given["Cache-Control"] == "private, no-cache"


def test_no_page_and_no_call_shows_what_is_in_its_files(repository, oid):
    parent = resolve_revision(repository, "main").commit
    addresses = [
        "/ada/m",
        f"/ada/m/commit/{parent}",
        f"/ada/m/commit/{parent}?path=README.md",
        *(f"/ada/m/{page}/main/README.md" for page in ("blob", "edit", "move", "commits")),
        *(f"/ada/m/tree/{quote(name, safe='')}" for name in names_of(oid)),
        "/api/models/ada/m",
        "/api/models/ada/m?expand=cardData",
        "/models?search=withheldword",
        "/api/models?filter=oddtag",
    ]
    for user in (None, make_user()):
        for address in addresses:
            answer = browser(user).get(address)
            assert answer.status_code < 500
            assert SAID not in answer.content.replace(b'value="withheldword"', b""), address
    for address in ("/ada/m", "/ada/m/tree/v1", "/ada/m/blob/main/a.txt"):
        assert b"This revision is withheld." in browser().get(address).content
    tree = Api().get("/api/models/ada/m/tree/main").json()
    assert [entry for entry in tree if "xetHash" in entry] == []


def test_a_commit_on_top_and_those_before_are_served_and_its_difference_is_not_told(repository, oid, owner):
    new = commit(repository, owner, [DeleteFile("README.md"), AddInline("b.txt", b"fine, too\n")])
    Blob.objects.update(scan_state="safe")
    for name in ("main", new, new[:8]):
        assert Api().get(f"/ada/m/resolve/{name}/a.txt").status_code == 200
        assert Api().get(f"/ada/m/resolve/{name}/b.txt").status_code == 200
    assert b"This revision is withheld." not in browser().get("/ada/m").content
    for address in (f"/ada/m/commit/{new}", f"/ada/m/compare/v1...{new}", f"/ada/m/compare/{new}...side"):
        assert SAID not in browser().get(address).content
    first = Api().get("/api/models/ada/m/commits/main").json()[-2]["id"]
    assert Api().get(f"/ada/m/resolve/{first}/a.txt").status_code == 200


def test_what_is_served_again_is_as_it_was(repository, oid, owner):
    assert not withhold_revision(origin=repository.pk, oid=oid, actor_user=None)
    repository.refresh_from_db()
    assert (repository.licence, repository.tags) == ("", [])
    assert serve_revision(origin=repository.pk, oid=oid, actor_user=None)
    assert not serve_revision(origin=repository.pk, oid=oid, actor_user=None)
    repository.refresh_from_db()
    assert repository.licence == "mit"
    assert SAID in browser().get("/ada/m").content
    assert Api().get("/ada/m/resolve/v1/README.md").status_code == 200
    told = AuditEvent.objects.filter(event__startswith="revision.").order_by("pk")
    assert [(row.event, row.subject, row.data["commit"]) for row in told] == [
        ("revision.withheld", repository.subject, oid),
        ("revision.served", repository.subject, oid),
    ]
    assert not WithheldRevision.objects.exists()


def test_it_is_withheld_in_its_repository_alone(oid, owner):
    other = make_repository(owner, name="other", files={"README.md": CARD})
    WithheldRevision.objects.create(repository=other, origin=other.pk, address="", oid="0" * 40)
    assert Api().get("/ada/other/resolve/main/README.md").status_code == 200


def test_nobody_takes_it_along_into_a_repository_of_their_own(repository, oid, owner):
    stranger = make_user()
    own = {"namespace": stranger.namespace, "name": "copy", "visibility": None, "actor_user": stranger}
    with pytest.raises(Forbidden, match="withheld"):
        duplicate_repository(source=repository, **own)
    target = make_repository(stranger)
    late = add_large(repository, owner, "late.bin", b"late bytes")
    withhold_revision(origin=repository.pk, oid=resolve_revision(repository, None).commit, actor_user=None)
    early = find_file(resolve_revision(repository, "v1"), "large.bin").sha256
    sharing = {"source": repository, "target": target, "actor_user": stranger}
    failed = share_objects(sha256s=[late, early], **sharing)
    assert list(failed) == [late]
    assert not Repository.objects.filter(name="copy").exists()


def test_nobody_else_builds_a_pull_request_on_it(repository, oid, owner):
    stranger = make_user()
    with pytest.raises(Forbidden, match="withheld"):
        make_pull(repository, stranger, {"b.txt": b"b"})
    assert make_pull(repository, owner, {"b.txt": b"b"}).discussion.number == 1


def test_a_pull_request_whose_branch_is_withheld_neither_takes_it_over_nor_shows_it(repository, owner):
    stranger = make_user()
    pull = make_pull(repository, stranger, {"a.txt": b"mine\n"})
    new = commit(repository, owner, [AddInline("b.txt", b"withheldword\n")])
    withhold_revision(origin=repository.pk, oid=new, actor_user=None)
    with pytest.raises(Forbidden, match="withheld"):
        update(pull=pull, actor=session(stranger))
    head = sides_of(pull).head.commit
    spot = {"path": "a.txt", "side": "new", "line": 1, "commit": head, "text": "Look"}
    comment_on_line(pull=pull, actor=session(stranger), **spot)
    withhold_revision(origin=repository.pk, oid=head, actor_user=None)
    with pytest.raises(Forbidden):
        comment_on_line(pull=pull, actor=session(stranger), **spot)
    comment(discussion=pull.discussion, actor=session(stranger), text="Why?")
    diff = Api().get("/api/models/ada/m/discussions/1?diff=1").json()["diff"]
    assert b"+mine" not in browser().get("/ada/m/discussions/1/files").content
    assert "+mine" not in diff


def test_it_costs_a_pull_and_a_listing_no_query(repository, owner, django_assert_num_queries):
    def queries() -> None:
        with django_assert_num_queries(1):
            found = resolve_revision(repository, "v1")
        with django_assert_num_queries(3):
            assert list_tree(found)
        address = "/ada/m/resolve/v1/README.md"
        api.get(address)
        with django_assert_num_queries(2):
            api.get(address)

    api = Api(owner)
    queries()
    withhold_revision(origin=repository.pk, oid=resolve_revision(repository, "v1").commit, actor_user=None)
    queries()


def test_the_refusal_names_the_file_and_the_repository(repository, oid):
    entry = find_file(resolve_revision(repository, "v1"), "README.md")
    with pytest.raises(RevisionWithheld, match=r"README\.md of ada/m is not given out at this revision"):
        admit(session(make_user()), repository, entry)


def publish_again(repository: Repository, owner: User) -> str:
    """Take the files out, and bring the very same again."""
    commit(repository, owner, [DeleteFile("README.md"), DeleteFile("a.txt")])
    return commit(repository, owner, [AddInline("README.md", CARD), AddInline("a.txt", b"fine\n")])


def refused_everywhere(address: str, names: tuple[str, ...], owner: User) -> None:
    for name in names:
        for path in ("README.md", "a.txt"):
            for ask in (Api().get, Api(make_user()).head, Api().get):
                refused = ask(f"{address}/resolve/{name}/{path}")
                assert (refused.status_code, refused["X-Error-Code"]) == (403, "RevisionWithheld")
            assert Api(owner).get(f"{address}/resolve/{name}/{path}").status_code == 200
        for page in ("tree", "blob"):
            found = browser().get(
                f"{address}/{page}/{name}/README.md".replace("tree/main/README.md", "tree/main")
            )
            assert SAID not in found.content
    head = {"id": address[1:]}
    asked = [head, *(head | {"revision": name} for name in names)]
    checked = Api().post("/api/licences/check", {"repos": asked, "require": {"commercial": True}}).json()
    assert [[reason["code"] for reason in one["reasons"]] for one in checked["results"]] == [
        ["withheld"] for _ in asked
    ]
    for page in ("/models?search=withheldword", "/api/models?filter=oddtag", f"/api/models{address}"):
        said = browser().get(page).content.replace(b'value="withheldword"', b"")
        assert SAID not in said
        assert b"ada/m" not in said or page.startswith("/api/models/ada")


def test_the_same_files_in_another_commit_are_withheld_at_every_door(repository, oid, owner):
    new = publish_again(repository, owner)
    Blob.objects.update(scan_state="safe")
    assert new != oid
    refused_everywhere("/ada/m", ("main", new, new[:8]), owner)
    squashed = squash_history(repo=repository, branch="main", message="All of it", actor_user=owner)
    refused_everywhere("/ada/m", ("main", squashed), owner)
    with pytest.raises(Forbidden, match="withheld"):
        make_pull(repository, make_user(), {"b.txt": b"b"})
    # Another file makes other files of it, which moderators look at anew.
    commit(repository, owner, [DeleteFile("README.md")])
    assert Api().get("/ada/m/resolve/main/a.txt").status_code == 200
    assert serve_revision(origin=repository.pk, oid=oid, actor_user=None)
    assert Api().get(f"/ada/m/resolve/{new}/README.md").status_code == 200


def test_the_same_files_in_a_repository_made_anew_are_withheld_until_the_decision_is_undone(owner):
    """Also when it was renamed before it was deleted."""
    first = make_repository(owner, name="first", files={"README.md": CARD, "a.txt": b"fine\n"})
    withhold_revision(origin=first.pk, oid=first.head, actor_user=None)
    move_repository(repository=first, namespace=owner.namespace, name="m", actor_user=owner)
    delete_repository(repository=first, actor_user=owner)
    other = make_repository(owner, name="other", files={"README.md": CARD, "a.txt": b"fine\n"})
    again = make_repository(owner, name="M", files={"README.md": CARD, "a.txt": b"fine\n"})
    Blob.objects.update(scan_state="safe")
    assert Api().get("/ada/other/resolve/main/README.md").status_code == 200
    delete_repository(repository=other, actor_user=owner)
    refused_everywhere("/ada/M", ("main",), owner)
    assert serve_revision(origin=first.pk, oid=first.head, actor_user=None)
    again.refresh_from_db()
    assert again.licence == "mit"
    assert Api().get("/ada/M/resolve/main/README.md").status_code == 200
    assert not WithheldRevision.objects.exists()


def test_of_a_fresh_repository_only_the_commit_is_withheld_for_all_of_them_have_its_files(owner):
    lab = make_organisation("lab", owner=owner)
    make_member(lab, "admin", bob := make_user("bob"))
    first = make_repository(owner, namespace=lab, name="m")
    withhold_revision(origin=first.pk, oid=first.head, actor_user=None)
    assert WithheldRevision.objects.get().tree == ""
    assert resolve_revision(first, "main").withheld
    delete_repository(repository=first, actor_user=owner)
    # By somebody else, so that it is another commit also within the same second.
    again = make_repository(bob, namespace=lab, name="m")
    assert not resolve_revision(again, "main").withheld


def test_a_decision_about_a_commit_is_undone_where_its_repository_was_made_anew(owner):
    first = make_repository(owner, name="m", files={"a.txt": b"fine\n"})
    subject = subjects.revision(first, first.head)
    case = flagging.report(subject=subject, reporter=make_user(), cause="spam", text="Look.").case
    decide_case(case, "take_down")
    delete_repository(repository=first, actor_user=owner)
    again = make_repository(owner, name="m", files={"a.txt": b"fine\n"})
    assert resolve_revision(again, "main").withheld
    decide_case(case, "none")
    assert not resolve_revision(again, "main").withheld
