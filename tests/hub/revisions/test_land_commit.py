"""One commit, whole or not at all."""

import hashlib

import pytest

from hub.errors import (
    BlobMissing,
    BlobRefused,
    EntryNotFound,
    InvalidInput,
    RevisionNotFound,
    StaleRef,
)
from hub.revisions.history import changes_of, commit_of, history
from hub.revisions.models import Ref, RepositoryBlob, RepositoryCommit
from hub.revisions.operations import AddBlob, AddInline, DeleteFile, DeleteFolder
from hub.revisions.refs import create_branch, create_tag, delete_ref
from hub.revisions.selectors import find_file, list_tree, read_text, resolve_revision
from hub.revisions.services import land_commit
from storage.git.objects import pointer_bytes
from storage.models import Blob, Commit, GitBlob, Tree, Upload
from tests.factories.accounts import make_user
from tests.factories.repositories import commit, make_repository, upload
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


def files(repository, revision="main"):
    """Paths of the files at a revision."""
    found = list_tree(resolve_revision(repository, revision), recursive=True)
    return [entry.path for entry in found if entry.type == "file"]


def stored():
    """How many rows there are of everything a commit may write."""
    return [
        model.objects.count() for model in (Blob, GitBlob, Tree, Commit, RepositoryBlob, RepositoryCommit)
    ]


def test_a_new_repository_has_one_commit_with_gitattributes():
    repository = make_repository()
    assert files(repository) == [".gitattributes"]
    assert [entry.title for entry in history(repository, resolve_revision(repository, None))] == [
        "initial commit"
    ]
    assert repository.head == resolve_revision(repository, "main").commit


def test_files_are_added_changed_and_removed_by_commits():
    repository = make_repository(owner := make_user(), files={"a.txt": b"one", "d/b.txt": b"two"})
    commit(repository, owner, [AddInline("a.txt", b"three"), DeleteFile("d/b.txt")])
    assert files(repository) == [".gitattributes", "a.txt"]
    assert read_text(find_file(resolve_revision(repository, "main"), "a.txt")) == "three"
    old = history(repository, resolve_revision(repository, "main"))[1].oid
    assert files(repository, old) == [".gitattributes", "a.txt", "d/b.txt"]
    assert files(repository, old[:8]) == files(repository, old)
    newest = commit_of(repository, resolve_revision(repository, "main").commit)
    assert [(change.kind, change.path) for change in changes_of(newest)] == [
        ("changed", "a.txt"),
        ("removed", "d/b.txt"),
    ]


def test_a_tree_that_two_commits_share_is_stored_once():
    repository = make_repository(owner := make_user(), files={"deep/a": b"1", "other/b": b"2"})
    before = Tree.objects.count()
    commit(repository, owner, [AddInline("other/c", b"3")])
    assert Tree.objects.count() == before + 2  # the root and other; deep is shared


def test_a_commit_that_changes_nothing_makes_no_commit():
    repository = make_repository(owner := make_user(), files={"a": b"1"})
    head = repository.head
    assert commit(repository, owner, [AddInline("a", b"1")]) == head
    assert len(history(repository, resolve_revision(repository, "main"))) == 2


def test_a_card_is_read_from_the_head_of_the_default_branch():
    repository = make_repository(owner := make_user())
    front = b"---\nlicense: apache-2.0\ntags: [tiny]\npipeline_tag: text-generation\n---\n"
    card = front + b"# Hi\n\nA small model.\n"
    commit(repository, owner, [AddInline("README.md", card)])
    repository.refresh_from_db()
    assert (repository.licence, repository.pipeline_tag) == ("apache-2.0", "text-generation")
    assert repository.tags == ["text-generation", "tiny", "license:apache-2.0"]
    assert repository.description == "A small model."
    create_branch(repo=repository, name="other", start=None, actor_user=owner)
    commit(repository, owner, [DeleteFile("README.md")], ref="refs/heads/other")
    repository.refresh_from_db()
    assert repository.licence == "apache-2.0"
    commit(repository, owner, [DeleteFile("README.md")])
    repository.refresh_from_db()
    assert (repository.licence, repository.tags, repository.description) == ("", [], "")


def test_a_stale_parent_is_refused_and_nothing_is_stored():
    repository = make_repository(owner := make_user(), files={"a": b"1"})
    stale = repository.head
    commit(repository, owner, [AddInline("a", b"2")])
    before = stored()
    with pytest.raises(StaleRef):
        commit(repository, owner, [AddInline("b", b"never kept")], parent=stale)
    assert stored() == before
    assert files(repository) == [".gitattributes", "a"]


def test_a_parent_may_be_abbreviated():
    repository = make_repository(owner := make_user(), files={"a": b"1"})
    stale = repository.head[:10]
    commit(repository, owner, [AddInline("a", b"2")], parent=stale)
    with pytest.raises(StaleRef):
        commit(repository, owner, [AddInline("a", b"3")], parent=stale)


def test_a_parent_of_another_repository_is_an_unknown_one():
    repository, other = make_repository(owner := make_user()), make_repository()
    commit(other, owner, [AddInline("secret", b"s")])
    with pytest.raises(InvalidInput):
        commit(repository, owner, [AddInline("a", b"1")], parent=resolve_revision(other, "main").commit)


@pytest.mark.parametrize(
    "operation",
    [
        AddInline("../up", b"x"),
        AddInline("a/../../up", b"x"),
        AddInline(".git/config", b"x"),
        AddInline("a/b", b"x"),
        DeleteFolder("../.."),
        AddBlob("w.bin", "not a hash", 1),
        AddBlob("w.bin", "A" * 64, 1),
    ],
    ids=repr,
)
def test_bad_input_is_refused_by_name_and_nothing_is_stored(operation):
    repository = make_repository(owner := make_user(), files={"a": b"1"})
    before = stored()
    with pytest.raises(InvalidInput) as refused:
        commit(repository, owner, [AddInline("fine", b"fine"), operation])
    assert refused.value.field in {"path", "oid"}
    assert stored() == before


def test_an_inline_file_over_the_limit_is_refused_and_nothing_is_stored(settings):
    repository = make_repository(owner := make_user())
    before = stored()
    with pytest.raises(InvalidInput, match="too.bin has 1048577 bytes"):
        commit(repository, owner, [AddInline("too.bin", b"x" * (settings.INLINE_LIMIT + 1))])
    assert stored() == before


def test_removing_what_is_not_there_says_so():
    repository = make_repository(owner := make_user())
    with pytest.raises(EntryNotFound, match="A file with this name doesn't exist"):
        commit(repository, owner, [DeleteFile("nothing")])


def test_an_uploaded_object_is_verified_before_a_small_commit_is_answered():
    repository = make_repository(owner := make_user())
    data = b"weights" * 1000
    sha256 = upload(repository, owner, data)
    assert not Blob.objects.filter(pk=sha256).exists()
    commit(repository, owner, [AddBlob("w.bin", sha256, len(data))])
    entry = find_file(resolve_revision(repository, "main"), "w.bin")
    assert (entry.availability, entry.size, entry.sha256) == ("present", len(data), sha256)
    assert entry.oid == GitBlob.objects.get(pointer=True, blob_id=sha256).oid


def test_bytes_with_another_hash_are_refused_and_leave_nothing():
    repository = make_repository(owner := make_user())
    before = stored()
    sha256 = upload(repository, owner, b"lies", claim=b"truth")
    with pytest.raises(BlobRefused, match="have the sha256"):
        commit(repository, owner, [AddBlob("w.bin", sha256, 4)])
    assert stored() == before
    assert Upload.objects.get(scope=repository.subject).state == Upload.State.REFUSED
    assert files(repository) == [".gitattributes"]


def test_an_object_that_was_never_uploaded_cannot_be_committed():
    repository = make_repository(owner := make_user())
    before = stored()
    with pytest.raises(BlobMissing):
        commit(repository, owner, [AddBlob("w.bin", "ab" * 32, 10)])
    assert stored() == before


def test_knowing_the_hash_of_somebody_elses_private_file_is_not_having_it():
    owner, thief = make_user(), make_user()
    private = make_repository(owner, visibility="private")
    secret = b"secret weights" * 100
    sha256 = upload(private, owner, secret)
    commit(private, owner, [AddBlob("w.bin", sha256, len(secret))])
    mine = make_repository(thief)
    with pytest.raises(BlobMissing):
        commit(mine, thief, [AddBlob("w.bin", sha256, len(secret))])
    pointer = pointer_bytes(sha256, len(secret))
    with pytest.raises(BlobMissing):
        commit(mine, thief, [AddInline("w.bin", pointer)])
    guess = upload(mine, thief, b"x" * len(secret), claim=secret)
    with pytest.raises(BlobRefused):
        commit(mine, thief, [AddBlob("w.bin", guess, len(secret))])
    assert files(mine) == [".gitattributes"]
    assert not RepositoryBlob.objects.filter(repository=mine, sha256=sha256).exists()


def test_a_lying_large_upload_never_reaches_the_blob_it_names(settings):
    """While its bytes are unverified, and after they were refused, a claim shows nothing of the real blob."""
    settings.VERIFY_INLINE_LIMIT = 10
    owner, thief = make_user(), make_user()
    private = make_repository(owner, visibility="private")
    secret = b"secret weights" * 100
    sha256 = upload(private, owner, secret)
    settings.VERIFY_INLINE_LIMIT = 10_000
    commit(private, owner, [AddBlob("w.bin", sha256, len(secret))])
    settings.VERIFY_INLINE_LIMIT = 10
    mine = make_repository(thief)
    upload(mine, thief, b"x" * len(secret), claim=secret)
    commit(mine, thief, [AddBlob("w.bin", sha256, len(secret))])
    assert find_file(resolve_revision(mine, "main"), "w.bin").availability == "checking"
    from hub.revisions.tasks import verify

    verify(str(RepositoryBlob.objects.get(repository=mine, sha256=sha256).upload_id))
    assert find_file(resolve_revision(mine, "main"), "w.bin").availability == "refused"
    assert find_file(resolve_revision(private, "main"), "w.bin").availability == "present"


def test_a_pointer_text_committed_by_its_owner_is_the_object_it_names():
    repository = make_repository(owner := make_user())
    data = b"weights" * 1000
    sha256 = upload(repository, owner, data)
    commit(repository, owner, [AddInline("w.bin", pointer_bytes(sha256, len(data)))])
    assert find_file(resolve_revision(repository, "main"), "w.bin").pointer


def test_a_copy_inside_a_repository_needs_no_size():
    repository = make_repository(owner := make_user())
    data = b"weights" * 1000
    sha256 = upload(repository, owner, data)
    commit(repository, owner, [AddBlob("w.bin", sha256, len(data))])
    commit(repository, owner, [AddBlob("copy.bin", sha256)])
    assert find_file(resolve_revision(repository, "main"), "copy.bin").size == len(data)


def test_a_commit_of_another_repository_is_an_unknown_revision():
    mine, other = make_repository(), make_repository(visibility="private")
    with pytest.raises(RevisionNotFound):
        resolve_revision(mine, other.head)


def test_branches_and_tags_are_made_found_and_removed():
    repository = make_repository(owner := make_user(), files={"a": b"1"})
    create_branch(repo=repository, name="dev/x", start=None, actor_user=owner)
    create_tag(repo=repository, name="v1", revision="main", actor_user=owner)
    commit(repository, owner, [AddInline("b", b"2")], ref="refs/heads/dev/x")
    assert files(repository, "dev/x") == [".gitattributes", "a", "b"]
    assert files(repository, "v1") == files(repository, "master") == [".gitattributes", "a"]
    delete_ref(repo=repository, ref="refs/heads/dev/x", actor_user=owner)
    with pytest.raises(RevisionNotFound):
        resolve_revision(repository, "dev/x")


def test_a_listing_costs_the_same_number_of_queries_for_few_and_for_many_files(
    django_assert_num_queries,
):
    repository = make_repository(owner := make_user())
    few = {f"d/{number}": b"%d" % number for number in range(2)}
    many = {f"d/{number}": b"%d" % number for number in range(60)}
    commit(repository, owner, [AddInline(path, data) for path, data in few.items()])
    revision = resolve_revision(repository, "main")
    with django_assert_num_queries(3):
        list_tree(revision, recursive=True)
    commit(repository, owner, [AddInline(path, data) for path, data in many.items()])
    revision = resolve_revision(repository, "main")
    with django_assert_num_queries(3):
        list_tree(revision, recursive=True)


def test_history_is_paged_by_the_last_commit_seen():
    repository = make_repository(owner := make_user())
    for number in range(5):
        commit(repository, owner, [AddInline("n", b"%d" % number)], summary=f"Number {number}")
    revision = resolve_revision(repository, "main")
    first = history(repository, revision, limit=4)
    rest = history(repository, revision, limit=4, after=first[-1].oid)
    assert [row.title for row in first + rest] == [
        *(f"Number {number}" for number in (4, 3, 2, 1, 0)),
        "initial commit",
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_pushes_at_once_one_wins_and_the_other_loses_nothing():
    repository = make_repository(owner := make_user(), files={"a": b"1"})
    head = repository.head

    def push(number):
        return lambda: land_commit(
            repo=repository,
            actor_user=owner,
            operations=[AddInline(f"file{number}", b"%d" % number)],
            summary=f"Push {number}",
            base=head,
        )

    futures = race([push(1), push(2), push(3)])
    assert failures(futures) == [StaleRef, StaleRef]
    assert len(files(repository)) == 3
    assert Ref.objects.get(repository=repository).commit_id != head


def test_the_same_content_can_be_put_under_two_paths_and_twice():
    repository = make_repository(owner := make_user(), files={"a": b"same", "b": b"same"})
    commit(repository, owner, [AddInline("c", b"same"), AddInline("c", b"last counts")])
    assert read_text(find_file(resolve_revision(repository, "main"), "c")) == "last counts"
    assert Blob.objects.filter(pk=hashlib.sha256(b"same").hexdigest()).count() == 1
