"""What is read of a commit: where a sentence has to stand that a licence demands."""

import pytest

from hub.licensing.books import current_books
from hub.licensing.catalogue import built_in
from hub.licensing.reading import read_commit
from hub.revisions.selectors import resolve_revision
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
GEMMA = built_in()["gemma"]
(SENTENCE,) = (duty.text for duty in GEMMA.duties if duty.kind == "notice_file")
CARD = "---\nlicense: gemma\n---\n# Title\n"


def phrases(files: dict[str, str]) -> frozenset[str]:
    repository = make_repository(files={path: text.encode() for path, text in files.items()})
    read = read_commit(resolve_revision(repository, repository.head), current_books())
    return read.phrases if read else frozenset()


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": f"{CARD}{SENTENCE}\n"},
        {"README.md": CARD, "NOTICE.txt": f"This product:\n{SENTENCE}\n"},
        {"README.md": CARD, "LICENSE": "Terms", "legal/NOTICE": SENTENCE.replace(" ", "\n")},
    ],
)
def test_a_sentence_is_looked_for_in_the_text_of_the_card_and_in_notices(files):
    assert phrases(files) == {SENTENCE}


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": CARD, "LICENSE": f"3.1 You keep a file with this sentence: “{SENTENCE}”\n"},
        {"README.md": CARD, "USE_POLICY.md": SENTENCE},
        {"README.md": f'---\nlicense: gemma\nextra_gated_prompt: "Keep: {SENTENCE}"\n---\n# Title\n'},
    ],
)
def test_where_the_licence_demands_it_the_sentence_does_not_count(files):
    assert phrases(files) == frozenset()
