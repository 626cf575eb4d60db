"""Repositories are found by the ids of their licences, however their cards spell them."""

import pytest

from hub.licensing import labels, tasks
from hub.repos.models import Repository
from hub.revisions.operations import AddInline
from tests.factories.accounts import make_user
from tests.factories.repositories import commit, make_repository

pytestmark = pytest.mark.django_db


def checked(front: str, kind: str = "model") -> Repository:
    files = {"README.md": f"---\n{front}\n---\n# A model\n".encode()}
    repository = make_repository(kind=kind, files=files)
    tasks.check(repository.pk, repository.head)
    repository.refresh_from_db()
    return repository


def licences(repository: Repository) -> list[str]:
    return [tag for tag in repository.tags if tag.startswith("license:")]


@pytest.mark.parametrize(
    ("front", "tags", "licence"),
    [
        ("license: Apache License 2.0", ["license:apache-2.0"], "apache-2.0"),
        ("license: Apache-2.0", ["license:apache-2.0"], "apache-2.0"),
        ("license: mit", ["license:mit"], "mit"),
        ("license: other", ["license:other"], "other"),
        ("license: other\nlicense_name: My own", ["license:other"], "other"),
        ("license: other\nlicense_name: falcon-llm", ["license:other"], "other"),
        ("license: MIT OR Apache-2.0", ["license:apache-2.0", "license:mit"], "MIT OR Apache-2.0"),
        ("license: nobody knows", ["license:nobody knows"], "nobody knows"),
        ("license: MIT AND nobody", ["license:mit and nobody"], "MIT AND nobody"),
        ("tags: [a]", [], ""),
    ],
)
def test_what_a_card_says_is_found_by_its_id(front, tags, licence):
    repository = checked(front)
    assert (licences(repository), repository.licence) == (tags, licence)


def test_each_of_several_licences_of_a_dataset_is_found():
    assert licences(checked("license: [MIT, cc-by-4.0]", "dataset")) == ["license:cc-by-4.0", "license:mit"]


def test_the_words_of_a_search_follow_and_other_tags_keep_their_places():
    repository = checked("license: Apache License 2.0\ntags: [first]\nbase_model: ada/base")
    assert repository.tags == ["first", "license:apache-2.0", "base_model:ada/base"]
    assert "apache" in repository.tag_words.split()


def test_a_commit_that_came_meanwhile_keeps_what_its_card_says(monkeypatch):
    owner = make_user()
    repository = make_repository(owner, files={"README.md": b"---\nlicense: MIT License\n---\n"})
    before = repository.head
    found_under = labels.found_under

    def overtaken(statement):
        if repository.head == before:
            commit(repository, owner, [AddInline("README.md", b"---\nlicense: Apache License 2.0\n---\n")])
        return found_under(statement)

    monkeypatch.setattr(labels, "found_under", overtaken)
    tasks.check(repository.pk, before)
    repository.refresh_from_db()
    assert licences(repository) == ["license:apache license 2.0"]
    tasks.check(repository.pk, repository.head)
    repository.refresh_from_db()
    assert licences(repository) == ["license:apache-2.0"]
