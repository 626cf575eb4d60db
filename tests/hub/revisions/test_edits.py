"""Edits by several people at once: each lands or is told, and none undoes another."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from hub.errors import FileChanged, RefExists
from hub.revisions.edits import Onto, land_edit
from hub.revisions.models import Ref
from hub.revisions.operations import AddInline
from hub.revisions.selectors import find_entry, read_text, resolve_revision
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository

MAIN = Onto("main")


def oid_at(repository, path: str) -> str:
    entry = find_entry(resolve_revision(repository, None), path)
    return entry.oid if entry else ""


def at_once(calls):
    """The results, or the errors, of calls that run in threads of their own."""

    def run(call):
        try:
            return call()
        except (FileChanged, RefExists) as problem:
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_of_many_edits_of_one_file_exactly_one_lands():
    user = make_user()
    repository = make_repository(user, files={"a.txt": b"begin"})
    seen = {"a.txt": oid_at(repository, "a.txt")}

    def edit(number: int):
        operations = [AddInline("a.txt", b"%d" % number)]
        return lambda: land_edit(
            repo=repository, actor_user=user, onto=MAIN, seen=seen, operations=operations, summary="Edit"
        )

    results = at_once([edit(number) for number in range(5)])
    landed = [result for result in results if isinstance(result, str)]
    assert len(landed) == 1
    assert all(isinstance(result, FileChanged) for result in results if result not in landed)
    text = read_text(find_entry(resolve_revision(repository, None), "a.txt"))
    assert text == str(results.index(landed[0]))


@pytest.mark.django_db(transaction=True)
def test_edits_of_different_files_all_land():
    user = make_user()
    repository = make_repository(user)

    def edit(number: int):
        path = f"{number}.txt"
        return lambda: land_edit(
            repo=repository,
            actor_user=user,
            onto=MAIN,
            seen={path: ""},
            operations=[AddInline(path, b"x")],
            summary="Edit",
        )

    assert all(isinstance(result, str) for result in at_once([edit(number) for number in range(4)]))
    assert all(oid_at(repository, f"{number}.txt") for number in range(4))


@pytest.mark.django_db
def test_a_refused_edit_leaves_no_branch_behind():
    user = make_user()
    repository = make_repository(user, files={"a.txt": b"begin"})
    head = resolve_revision(repository, None).commit
    with pytest.raises(FileChanged) as caught:
        land_edit(
            repo=repository,
            actor_user=user,
            onto=Onto("new", head),
            seen={"a.txt": "0" * 40},
            operations=[AddInline("a.txt", b"x")],
            summary="Edit",
        )
    assert caught.value.path == "a.txt"
    assert list(Ref.objects.filter(repository=repository).values_list("name", flat=True)) == [
        "refs/heads/main"
    ]
