"""The difference of a pull request as text: how much of it a program is told at most."""

import pytest

from contributions.discussions.models import Discussion
from hub.http.huggingface import patches
from hub.revisions.diffs import TEXT_LIMIT
from tests.browsing import RawPathClient
from tests.factories.accounts import make_user
from tests.factories.discussions import make_pull
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


def told(files: dict[str, bytes]) -> str:
    """What the API tells of a pull request that brings files."""
    repository = make_repository(make_user())
    make_pull(repository, make_user(), files)
    address = f"/api/models/{repository.full_name}/discussions/{Discussion.objects.get().number}"
    answer = RawPathClient().get(f"{address}?diff=1")
    assert answer.status_code == 200
    return answer.json()["diff"]


def test_of_many_files_all_are_named_and_the_first_ones_told():
    most = patches.MOST_FILES
    diff = told({f"{number:03}.txt": b"word %d\n" % number for number in range(most + 5)})
    assert diff.count("diff --git") == most + 5
    assert diff.count("\n+word ") == most
    assert diff.count("Binary files") == 5
    assert "Binary files /dev/null and b/044.txt differ" in diff


def test_a_text_that_is_too_long_is_named_and_one_at_the_limit_is_told():
    line = b"word\n"
    diff = told(
        {"at.txt": (line * TEXT_LIMIT)[:TEXT_LIMIT], "over.txt": (line * TEXT_LIMIT)[: TEXT_LIMIT + 1]}
    )
    assert "Binary files /dev/null and b/over.txt differ" in diff
    assert "+++ b/at.txt" in diff
    assert "+++ b/over.txt" not in diff.replace("Binary", "")[diff.index("over.txt") :]


def test_of_texts_that_are_too_much_together_the_rest_is_named(monkeypatch):
    monkeypatch.setattr(patches, "TEXTS_LIMIT", 25)
    diff = told({f"{name}.txt": name.encode() * 9 + b"\n" for name in "abcd"})
    assert [f"+{name * 9}" in diff for name in "abcd"] == [True, True, False, False]
    assert diff.count("Binary files") == 2


@pytest.mark.parametrize("files", [1, 60])
def test_it_asks_as_often_however_many_files_there_are(files, django_assert_num_queries):
    repository = make_repository(make_user())
    make_pull(repository, make_user(), {f"{number}.txt": b"%d" % number for number in range(files)})
    client = RawPathClient()
    address = f"/api/models/{repository.full_name}/discussions/1?diff=1"
    client.get(address)
    with django_assert_num_queries(20):
        client.get(address)
