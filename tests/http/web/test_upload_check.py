"""What the hub says of chosen files before a byte is sent: how each travels, or why it cannot."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.limits.services import set_storage_limit
from hub.http.web.upload_plan import MAX_FILES
from hub.revisions.refs import create_branch
from hub.revisions.room import kept_by
from storage.models import Upload
from tests.factories.repositories import add_large
from tests.http.web.uploading import PAGE, announced, head, post


def chosen(*paths: str, size: int = 5) -> list[dict]:
    return [{"path": path, "size": size} for path in paths]


def checked(world, files: list[dict], **more) -> dict:
    answer = post(world.client("writer"), f"{PAGE}/check", {"files": files, **more})
    assert answer.status_code == 200, answer.content
    return answer.json()


def problems(world, *paths: str, **more) -> list[str]:
    return [file["problem"] for file in checked(world, chosen(*paths), **more)["files"]]


def test_each_file_is_told_how_it_travels(world):
    told = checked(world, chosen("config.json", "model.safetensors", "docs/new.md"))
    assert told["seen"] == head(world.public)
    assert [(file["inline"], file["replaces"], file["problem"]) for file in told["files"]] == [
        (True, True, ""),
        (False, False, ""),
        (True, False, ""),
    ]


def test_more_small_files_than_a_commit_carries_go_to_the_store(world, monkeypatch):
    monkeypatch.setattr("hub.http.web.upload_plan.INLINE_TOTAL", 9)
    files = checked(world, chosen("a.txt", "b.txt"))["files"]
    assert [file["inline"] for file in files] == [True, False]


@pytest.mark.parametrize(
    "path",
    ["../x", "/x", "a//b", "", ".git/config", "a\\b", "x" * 256, "a/" * 600 + "b", "a\u202eb", "a\u2066b/c"],
)
def test_an_impossible_path_is_named_beside_good_ones(world, path):
    bad, good = problems(world, path, "fine.txt")
    assert bad
    assert good == ""


def test_a_refused_name_is_spelled_as_it_is_and_shown_as_no_other(world):
    turned, folded = problems(world, "report\u202efdp.exe", "weights\\model.bin")
    assert "'report\\u202efdp.exe'" in turned
    assert "'weights\\model.bin'" in folded


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(world, settings):
    settings.MAX_FILE_SIZE = 1000
    files = checked(world, [*chosen("large.bin", size=1001), *chosen("fits.bin", size=1000)])["files"]
    assert "too large: the hub takes up to 1 kB." in files[0]["problem"]
    assert files[1]["problem"] == ""
    assert not Upload.objects.exists()


def test_two_files_of_one_path_are_refused(world):
    assert [bool(problem) for problem in problems(world, "a.txt", "a.txt", "b.txt")] == [True, True, False]


def test_a_file_and_a_folder_of_one_name_are_refused(world):
    assert [bool(problem) for problem in problems(world, "thing", "thing/inner.txt")] == [True, False]


def test_what_is_on_the_branch_can_be_in_the_way(world):
    [folder] = problems(world, "docs")
    below, free = problems(world, "README.md/inner.txt", "docs/more/deep.txt")
    assert "a folder of this name" in folder
    assert "“README.md” is a file" in below
    assert free == ""


def test_the_branch_counts_that_was_chosen(world):
    create_branch(repo=world.public, name="other", start=None, actor_user=world.users["admin"])
    add_large(world.public, world.users["admin"], "thing", b"on main only")
    assert problems(world, "thing/inner.txt") != [""]
    assert problems(world, "thing/inner.txt", branch="other") == [""]
    # A new branch is made from main.
    assert problems(world, "thing/inner.txt", branch="fresh", new_branch=True) != [""]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"files": [{"path": 7, "size": 1}]}, 400),
        ({"files": [{"path": "x", "size": "1"}]}, 400),
        ({"files": [{"path": "x", "size": -1}]}, 400),
        ({"files": [{"path": "x", "size": True}]}, 400),
        ({"files": [{"path": "x", "size": 1}] * (MAX_FILES + 1)}, 400),
        ({"files": [{"path": "x", "size": 1}], "branch": "absent"}, 404),
        ({"files": [{"path": "x", "size": 1}], "branch": "a b"}, 400),
    ],
)
def test_what_cannot_be_answered_is_refused(world, body, status):
    answer = post(world.client("writer"), f"{PAGE}/check", body)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_queries_do_not_grow_with_the_files(world):
    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            checked(world, chosen(*(f"folder/{number}.bin" for number in range(count))))
        return len(captured)

    queries(1)
    assert queries(2) == queries(500)


def test_what_the_owner_may_not_keep_is_refused_before_it_is_hashed_and_before_it_is_sent(world):
    limit = kept_by(world.public.namespace) + 100
    set_storage_limit(namespace=world.public.namespace, limit=limit)
    client = world.client("writer")
    answer = post(client, f"{PAGE}/check", {"files": chosen("a.bin", "b.bin", size=51)})
    assert answer.status_code == 403
    assert "102 B do not fit: acme uses" in answer.json()["error"]
    files = [announced(f"{name}.bin", name.encode() * 51) for name in "ab"]
    answer = post(client, f"{PAGE}/begin", {"files": files})
    assert (answer.status_code, "do not fit" in answer.json()["error"]) == (403, True)
    assert post(client, f"{PAGE}/check", {"files": chosen("a.bin", "b.bin", size=50)}).status_code == 200
    settings = world.client("admin").get("/organisations/acme/settings").content.decode()
    assert "are used." in settings
