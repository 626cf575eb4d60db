"""What is read of a commit's files."""

from dataclasses import replace

import pytest

from hub.licensing import reading
from hub.licensing.books import current_books
from hub.licensing.catalogue import built_in
from hub.licensing.facts import Detected, Facts, How, LicenceFile, Role, Scope, Statement
from hub.licensing.reading import Read, read_commit
from hub.licensing.rules import judge
from hub.licensing.terms import holds_text
from hub.revisions.selectors import resolve_revision
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
GEMMA = built_in()["gemma"]
(SENTENCE,) = (duty.text for duty in GEMMA.duties if duty.kind == "notice_file")
CARD = "---\nlicense: gemma\n---\n# Title\n"


def read(files: dict[str, str]) -> Read:
    repository = make_repository(files={path: text.encode() for path, text in files.items()})
    found = read_commit(resolve_revision(repository, repository.head), current_books())
    assert found
    return found


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": f"{CARD}{SENTENCE}\n"},
        {"README.md": CARD, "NOTICE.txt": f"This product:\n{SENTENCE}\n"},
        {"README.md": CARD, "LICENSE": "Terms", "legal/NOTICE": SENTENCE.replace(" ", "\n")},
    ],
)
def test_a_sentence_is_looked_for_in_the_text_of_the_card_and_in_notices(files):
    assert read(files).phrases == {SENTENCE}


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": CARD, "LICENSE": f"3.1 You keep a file with this sentence: “{SENTENCE}”\n"},
        {"README.md": CARD, "USE_POLICY.md": SENTENCE},
        {"README.md": f'---\nlicense: gemma\nextra_gated_prompt: "Keep: {SENTENCE}"\n---\n# Title\n'},
    ],
)
def test_where_the_licence_demands_it_the_sentence_does_not_count(files):
    assert read(files).phrases == frozenset()


def test_a_file_that_only_names_a_licence_is_no_text_that_nobody_knows():
    files = {"LICENSE-ONE": "apache-2.0\n", "LICENSE-TWO": "MIT", "LICENSE-XX": "All rights reserved.\n"}
    assert {file.path: file.found for file in read(files).files} == {
        "LICENSE-ONE": (Detected("apache-2.0", How.TITLE),),
        "LICENSE-TWO": (Detected("mit", How.TITLE),),
        "LICENSE-XX": (),
    }


def test_an_empty_or_binary_file_holds_no_licence_and_one_that_is_too_large_may(monkeypatch):
    monkeypatch.setattr(reading, "SIZE_MAX", 40)
    files = {"LICENSE": " \n", "LICENSE-MODEL": "\0", "LICENSE-DATA": "Long " * 10, "LICENSE-CODE": "Short"}
    assert [file.path for file in read(files).files] == ["LICENSE-CODE", "LICENSE-DATA"]


def test_whether_a_text_is_there_is_told_alike_to_searches_builds_and_publishers():
    mit = LicenceFile("LICENSE", found=(Detected("mit", How.EXACT),))
    facts = Facts("a/b", statement=Statement("mit", (frozenset({"mit"}),)))
    for file, there in (
        (mit, True),
        (replace(mit, found=()), True),
        (replace(mit, found=(Detected("mit", How.MODIFIED),)), True),
        (replace(mit, found=(Detected("mit", How.NOTICE),)), False),
        (replace(mit, found=(Detected("mit", How.TITLE),)), False),
        (replace(mit, scope=Scope.WEIGHTS), True),
        (replace(mit, scope=Scope.CODE), False),
        (replace(mit, scope=Scope.PART), False),
        (replace(mit, role=Role.NOTICE), False),
    ):
        held = replace(facts, files=(file,))
        assert holds_text(held) is there
        assert ("L02" in {one.rule for one in judge(held, built_in())}) is not there
