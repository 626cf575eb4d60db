"""Branches and tags: what they may be called, and which cannot be beside one another."""

import pytest

from hub.errors import InvalidInput, RefExists
from hub.revisions.models import Ref
from hub.revisions.names import branch_ref, tag_ref
from hub.revisions.refs import create_branch, create_tag, delete_ref
from tests.factories.repositories import make_repository
from tests.racing import failures, race


@pytest.fixture
def repository(db):
    """A repository with its first commit."""
    return make_repository()


@pytest.mark.parametrize(
    "name",
    [
        "HEAD",
        "@",
        "a.lock",
        "a.lock/b",
        "a/b.lock",
        "a..b",
        "a b",
        "-a",
        "a/",
        ".a",
        "a/.b",
        "\0",
        "",
        "a\u202eb",
    ],
)
def test_a_name_that_git_could_not_keep_is_refused(name: str):
    for ref in (branch_ref, tag_ref):
        with pytest.raises(InvalidInput):
            ref(name)


@pytest.mark.parametrize("name", ["a", "a/b", "HEAD/x", "locked", "v1.0", "a.lockb", "模型"])
def test_a_name_that_git_can_keep_is_a_ref(name: str):
    assert branch_ref(name) == f"refs/heads/{name}"


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a"), ("a", "a/b/c"), ("a/b/c", "a/b")])
def test_no_ref_lies_below_another(repository, first: str, second: str):
    user = repository.created_by
    for create in (
        lambda name: create_branch(repo=repository, name=name, start=None, actor_user=user),
        lambda name: create_tag(repo=repository, name=name, revision=None, actor_user=user),
    ):
        create(first)
        with pytest.raises(RefExists):
            create(second)
    assert set(Ref.objects.filter(repository=repository).values_list("name", flat=True)) == {
        "refs/heads/main",
        f"refs/heads/{first}",
        f"refs/tags/{first}",
    }


def test_refs_that_only_begin_alike_and_those_of_other_repositories_do_not_matter(repository):
    user = repository.created_by
    other = make_repository(user)
    for repo, name in [
        (repository, "a_b"),
        (other, "axb/c"),
        (repository, "a/b"),
        (repository, "ab"),
        (other, "a"),
    ]:
        create_branch(repo=repo, name=name, start=None, actor_user=user)
    delete_ref(repo=repository, ref="refs/heads/a/b", actor_user=user)
    create_branch(repo=repository, name="a", start=None, actor_user=user)


@pytest.mark.django_db(transaction=True)
def test_of_a_ref_and_one_below_it_made_at_once_one_is_refused():
    repository = make_repository()
    user = repository.created_by

    def make(name: str):
        return lambda: create_branch(repo=repository, name=name, start=None, actor_user=user)

    assert failures(race([make("a/b"), make("a")])) == [RefExists]
