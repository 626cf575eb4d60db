"""What only withheld commits have is given in chunks to writers and moderators; what others have, to all."""

import pytest

from accounts.models import User
from hub.repos.models import Repository
from hub.revisions.chunked import known_chunks
from hub.revisions.copies import share_objects
from hub.revisions.models import WithheldFile
from hub.revisions.operations import AddBlob, AddInline, DeleteFile
from hub.revisions.refs import create_branch, create_tag, delete_ref
from hub.revisions.rewriting import delete_large_files, squash_history
from hub.revisions.selectors import resolve_revision
from hub.revisions.withheld import serve_revision, withhold_revision
from storage.models import Blob
from tests import xet
from tests.factories.accounts import make_moderator, make_user
from tests.factories.chunked import add_chunked
from tests.factories.discussions import make_pull, session
from tests.factories.repositories import add_large, commit, make_repository
from tests.http.api import Api
from tests.http.xet.conftest import Storage, pass_for

pytestmark = pytest.mark.django_db

KEPT, BAD = xet.noise(9000, 1), xet.noise(9000, 2)


class Shelf:
    """A repository whose main ends with a withheld commit: it brought BAD, and has KEPT from before."""

    def __init__(self) -> None:
        self.owner = make_user("ada")
        self.repository: Repository = make_repository(self.owner, name="m", files={"a.txt": b"fine\n"})
        self.kept = add_chunked(self.repository, self.owner, "kept.bin", KEPT)
        self.before = self.head
        self.bad = add_chunked(self.repository, self.owner, "deep/er/bad.bin", BAD)
        Blob.objects.update(scan_state="safe")
        self.oid = self.head
        assert withhold_revision(origin=self.repository.pk, oid=self.oid, actor_user=make_moderator("mia"))

    @property
    def head(self) -> str:
        """Where main is."""
        return resolve_revision(self.repository, "main").commit

    def again(self, path: str) -> AddBlob:
        """The withheld bytes at a path."""
        return AddBlob(path, self.bad.true_sha256, len(BAD))

    def commit(self, *operations, ref: str = "refs/heads/main") -> str:
        """Put a commit on a branch."""
        return commit(self.repository, self.owner, list(operations), ref=ref)


@pytest.fixture
def shelf(db: None) -> Shelf:
    return Shelf()


def asked(storage: Storage, file: xet.File) -> set[tuple[int, str]]:
    """How each version answers."""
    answers = [
        storage.get(f"{version}/reconstructions/{file.true_hash}", **more)
        for version in ("v1", "v2")
        for more in ({}, {"Range": "bytes=5-9"})
    ]
    for answer in answers:
        assert answer.status_code == 200 or b"X-Amz" not in answer.content
    return {(answer.status_code, answer.headers.get("X-Error-Code", "")) for answer in answers}


def strangers(revision: str = "main") -> list[Storage]:
    """Those who may pull what everybody may."""
    reader = Api(User.objects.get(username="ada"), role="read")
    return [pass_for(api, "models/ada/m", "read", revision) for api in (Api(), Api(make_user()), reader)]


def withheld(file: xet.File) -> bool:
    """Whether a file is withheld from strangers; they are all told the same, at once."""
    answers = set().union(*(asked(storage, file) for storage in strangers()))
    assert answers in ({(200, "")}, {(403, "RevisionWithheld")})
    return answers != {(200, "")}


def test_no_pass_gives_it_to_others_and_all_say_why(shelf):
    for revision in ("main", shelf.oid, shelf.before):
        for storage in strangers(revision):
            assert asked(storage, shelf.bad) == {(403, "RevisionWithheld")}
            assert asked(storage, shelf.kept) == {(200, "")}
    for user in (shelf.owner, make_moderator()):
        assert asked(pass_for(Api(user), "models/ada/m", "read"), shelf.bad) == {(200, "")}
    words = strangers()[0].get(f"v1/reconstructions/{shelf.bad.true_hash}").json()["error"]
    assert words.startswith("deep/er/bad.bin of ada/m is not given out")


def test_nobody_is_told_of_its_chunks_or_takes_it_along(shelf):
    stranger = make_user()
    own = make_repository(stranger)
    chunks = [xet.to_text(xet.chunk_hash(file.parts[0].xorb.chunks[0])) for file in (shelf.bad, shelf.kept)]
    known = [known_chunks(repo=own, actor=session(stranger), hash=hash) for hash in chunks]
    assert [len(xorbs) for xorbs in known] == [0, 1]
    both = [shelf.bad.true_sha256, shelf.kept.true_sha256]
    sharing = {"source": shelf.repository, "target": own, "sha256s": both, "actor_user": stranger}
    assert list(share_objects(**sharing)) == both[:1]
    shelf.commit(AddInline("b.txt", b"on top\n"))
    assert not share_objects(**sharing)


def test_a_commit_on_top_that_still_has_it_gives_it_to_all(shelf):
    shelf.commit(DeleteFile("deep/er/bad.bin"), AddInline("b.txt", b"on top\n"))
    assert withheld(shelf.bad)
    assert not withheld(shelf.kept)
    shelf.commit(shelf.again("elsewhere.bin"))
    Blob.objects.update(scan_state="safe")
    assert Api().get("/ada/m/resolve/main/elsewhere.bin").status_code == 200
    assert not withheld(shelf.bad)


@pytest.mark.parametrize("where", ["on top", "beside", "in a pull request"])
def test_any_other_commit_that_has_it_gives_it_to_all(shelf, where):
    if where == "on top":
        shelf.commit(AddInline("b.txt", b"on top\n"))
    elif where == "beside":
        create_branch(repo=shelf.repository, name="side", start=shelf.before, actor_user=shelf.owner)
        shelf.commit(shelf.again("beside.bin"), ref="refs/heads/side")
    else:
        make_pull(shelf.repository, shelf.owner, {"b.txt": b"b"})
    assert not withheld(shelf.bad)


def test_commits_of_before_count_when_it_is_withheld(shelf):
    serve_revision(origin=shelf.repository.pk, oid=shelf.oid, actor_user=None)
    assert not withheld(shelf.bad)
    create_branch(repo=shelf.repository, name="side", start=shelf.before, actor_user=shelf.owner)
    beside = shelf.commit(shelf.again("beside.bin"), ref="refs/heads/side")
    withhold_revision(origin=shelf.repository.pk, oid=shelf.oid, actor_user=None)
    assert not withheld(shelf.bad)
    # On no branch any more, it is a commit all the same.
    delete_ref(repo=shelf.repository, ref="refs/heads/side", actor_user=shelf.owner)
    assert not withheld(shelf.bad)
    withhold_revision(origin=shelf.repository.pk, oid=beside, actor_user=None)
    assert withheld(shelf.bad)
    for oid in (beside, shelf.oid):
        serve_revision(origin=shelf.repository.pk, oid=oid, actor_user=None)
        assert not withheld(shelf.bad)
    assert not WithheldFile.objects.exists()


def test_the_same_files_in_another_commit_change_nothing(shelf):
    squashed = squash_history(
        repo=shelf.repository, branch="main", message="All of it", actor_user=shelf.owner
    )
    assert squashed != shelf.oid
    assert withheld(shelf.bad)
    create_tag(repo=shelf.repository, name="v1", revision=squashed, actor_user=shelf.owner)
    assert asked(strangers("v1")[0], shelf.bad) == {(403, "RevisionWithheld")}


def test_a_history_written_anew_without_the_good_commits_file_gives_nothing_more(shelf):
    """What is left of the commit on top has the very files that are withheld."""
    large = add_large(shelf.repository, shelf.owner, "large.bin", b"large bytes")
    assert not withheld(shelf.bad)
    deleting = {"rewrite_history": True, "actor_user": shelf.owner}
    assert delete_large_files(repo=shelf.repository, sha256s=[large], **deleting)
    assert Api().get("/ada/m/resolve/main/a.txt").status_code == 403
    assert withheld(shelf.bad)


def test_it_costs_no_query(shelf, django_assert_num_queries):
    def queries(file: xet.File, count: int) -> None:
        with django_assert_num_queries(count):
            storage.get(f"v2/reconstructions/{file.true_hash}")

    storage = strangers()[0]
    storage.get(f"v2/reconstructions/{shelf.kept.true_hash}")
    queries(shelf.kept, 3)
    queries(shelf.bad, 4)
    for number in range(3):
        add_large(shelf.repository, shelf.owner, f"large{number}.bin", b"bytes %d" % number)
        shelf.commit(DeleteFile("deep/er/bad.bin"), AddInline(f"{number}.txt", b"%d" % number))
        shelf.commit(shelf.again("deep/er/bad.bin"))
        withhold_revision(origin=shelf.repository.pk, oid=shelf.head, actor_user=None)
    queries(shelf.kept, 3)
