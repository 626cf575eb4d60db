"""What an earlier version of the hub read is read again, in stretches, when nobody waits for more."""

import ast
from pathlib import Path

import pytest

from hub.licensing import books, rereading, tasks
from hub.licensing.models import LicenceCheck
from hub.licensing.selectors import standing_of
from tests.factories.licences import model, say

pytestmark = pytest.mark.django_db
# Plain data, the database, words and judgements: none of them reads a text.
READ_NOTHING = {"facts", "models", "books", "rules", "words"}


@pytest.fixture
def asked(monkeypatch, redis_connection) -> list[tuple[str, tuple]]:
    """What was asked for, and in which queue."""
    found: list[tuple[str, tuple]] = []
    monkeypatch.setattr(
        rereading, "enqueue", lambda task, *args: found.append((task.options.get("queue"), args))
    )
    redis_connection.delete("hub:walk:licence-readers")
    return found


def test_heads_that_another_version_read_are_read_again(asked):
    read, older = model("mit"), model("mit", files={"LICENSE": b"SPDX-License-Identifier: GPL-3.0-only\n"})
    first = older.head
    say(older, "MIT")
    # So an earlier reader kept it: nothing was found in the file.
    check = LicenceCheck.objects.get(repository=older, commit=older.head)
    for file in check.read["files"]:
        file["found"] = []
    LicenceCheck.objects.filter(repository=older).update(book="another-version", read=check.read)
    tasks.stand(older.pk)
    assert standing_of(older).own != ["gpl-3.0", "mit"]
    assert rereading.queue_what_others_read() == 1
    assert asked == [("descents", (older.pk, older.head))]
    tasks.check_again(older.pk, older.head)
    assert standing_of(older).own == ["gpl-3.0", "mit"]
    assert rereading.queue_what_others_read() == 0
    # What is no head any more is left as it was, and what this version read as well.
    assert LicenceCheck.objects.get(repository=older, commit=first).book == "another-version"
    assert LicenceCheck.objects.get(repository=read).book.startswith(f"{books.READERS_VERSION}-")


def test_a_licence_that_is_registered_makes_nobody_read_all_again(asked):
    made = model("mit")
    stamp = LicenceCheck.objects.get(repository=made).book
    LicenceCheck.objects.update(book=f"{stamp[:13]}{'0' * 40}")
    assert rereading.queue_what_others_read() == 0


def test_a_stretch_is_asked_for_at_a_time_and_none_while_something_waits(asked, monkeypatch):
    every = [model("mit") for _ in range(5)]
    LicenceCheck.objects.update(book="another-version")
    monkeypatch.setattr(rereading, "STRETCH", 2)
    counts = [rereading.queue_what_others_read() for _ in range(3)]
    assert counts == [2, 2, 1]
    assert {pk for _, (pk, _) in asked} == {one.pk for one in every}
    monkeypatch.setattr(rereading, "waiting", lambda queue: 1)
    assert rereading.queue_what_others_read() == 0


def test_all_that_reads_texts_is_part_of_its_version():
    room = Path(books.__file__).parent
    reached, ahead = set(), ["reading", "matching", "cards"]
    while ahead:
        name = ahead.pop()
        if name in reached | READ_NOTHING:
            continue
        reached.add(name)
        for node in ast.walk(ast.parse((room / f"{name}.py").read_text())):
            module = node.module if isinstance(node, ast.ImportFrom) and node.module else ""
            if module.startswith("hub.licensing.") and module.count(".") == 2:
                ahead.append(module.rpartition(".")[2])
    assert reached - {file.stem for file in books.READERS} == set()
