"""What users of other hubs complain about most, each held by a test: here, or where ELSEWHERE says.

- big uploads that die half-way without a message; an upload reported done with files missing → ELSEWHERE
- 429 and 504 on commits of thousands of files → the limits, and how the client waits
- caps of 4–5 GB a file; links of parts that end before the last part is sent → the links of a file of 100 GB
- gated repositories that break CI, and a 401 that says "not found" → the client's exceptions
- answers with links to another host → every address in every answer
- missing ETags → every answer with a file's bytes
- a `limit` that lets an anonymous caller fetch 24 MB → the longest page
"""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import redis
from django.conf import settings as defaults
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError
from huggingface_hub.utils import _http

from hub.repos.models import Repository
from tests.factories.accounts import make_user
from tests.factories.repositories import add_large, make_repository
from tests.http.api import Api

ROOT = Path(__file__).parent.parent
ELSEWHERE = {
    "storage/test_uploads.py": (
        "test_a_truncated_multipart_upload_is_refused_and_can_be_finished",
        "test_an_upload_that_did_not_happen_is_incomplete",
    ),
    "http/huggingface/test_publishing.py": (
        "test_an_oid_claimed_without_upload_is_refused_and_leaves_nothing",
        "test_a_lie_about_the_hash_is_refused_and_leaves_nothing",
    ),
    "http/huggingface/test_commit_body.py": (
        "test_a_body_that_breaks_off_between_two_lines_is_no_shorter_commit",
    ),
    "clients/test_commits.py": (
        "test_a_long_commit_takes_no_memory_from_the_server",
        "test_a_long_commit_that_is_refused_says_why",
    ),
}
LFS = "application/vnd.git-lfs+json"
GB = 10**9
ADDRESS = re.compile(r"https?://[^\s\"'<>;,]+")


@pytest.mark.parametrize(("file", "tests"), ELSEWHERE.items())
def test_the_tests_elsewhere_are_there(file, tests):
    text = (ROOT / file).read_text()
    assert not [name for name in tests if f"def {name}(" not in text]


# --- thousands of files --------------------------------------------------------------------------


def test_thousands_of_files_stay_within_the_limits_of_one_window():
    files, snapshot = 10_000, 2_000
    # Each large file is verified; preuploads and batches are of 250, and commits at least of 20.
    assert files + 2 * files // 250 + files // 20 < defaults.RATE_LIMITS["writes"][1]
    # Whoever has no token takes HEAD and GET for each file, several times over.
    assert 2 * 2 * snapshot < defaults.RATE_LIMITS["resolvers"][0]


@pytest.mark.xdist_group("hub")
def test_the_client_waits_as_long_as_it_is_told_and_goes_on(visitor, running_hub, monkeypatch):
    slept = []
    with redis.Redis.from_url(running_hub.variables["REDIS_URL"]) as store:
        window = int(time.time()) // defaults.RATE_WINDOW
        keys = [f"rate:search:127.0.0.1:{number}" for number in (window, window + 1)]
        for key in keys:
            store.set(key, defaults.RATE_LIMITS["search"][0])

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            store.delete(*keys)

        monkeypatch.setattr(_http.time, "sleep", sleep)
        assert list(visitor.api.list_models(search="nothing-is-called-like-this")) == []
    assert len(slept) == 1
    assert 1 < slept[0] <= defaults.RATE_WINDOW + 1


# --- large files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [6 * GB, 100 * GB, 5000 * GB])
def test_a_huge_file_gets_links_for_all_its_parts_that_last_for_days(db, size):
    owner = Api(make_user("ada"))
    make_repository(owner.user, name="thing")
    objects = [{"oid": "a" * 64, "size": size}]
    answer = owner.post(
        "/ada/thing.git/info/lfs/objects/batch",
        {"operation": "upload", "transfers": ["basic", "multipart"], "objects": objects},
        LFS,
    )
    header = answer.json()["objects"][0]["actions"]["upload"]["header"]
    links = {int(number): url for number, url in header.items() if number != "chunk_size"}
    part = int(header["chunk_size"])
    assert sorted(links) == list(range(1, -(-size // part) + 1))
    assert len(links) <= 10_000
    assert part <= 5 * 1024**3
    lasts = {int(parse_qs(urlsplit(url).query)["X-Amz-Expires"][0]) for url in links.values()}
    # 5 TB in two days is 30 MB a second.
    assert min(lasts) >= 2 * 24 * 3600


# --- refusals that say what to do ----------------------------------------------------------------


@pytest.mark.xdist_group("hub")
def test_a_gated_repository_and_a_missing_one_are_told_apart_and_say_what_to_do(
    publisher, developer, visitor
):
    repo_id = f"{publisher.name}/gated"
    publisher.api.create_repo(repo_id)
    publisher.api.upload_file(path_or_fileobj=b"x", path_in_repo="a.txt", repo_id=repo_id)
    publisher.api.update_repo_settings(repo_id, gated="manual")
    for person in (developer, visitor):
        assert person.api.model_info(repo_id).gated == "manual"
        with pytest.raises(GatedRepoError, match=f"Visit {publisher.hub.url}/{repo_id} to ask for access"):
            person.api.hf_hub_download(repo_id, "a.txt")
        with pytest.raises(GatedRepoError):
            person.api.snapshot_download(repo_id)
    with pytest.raises(RepositoryNotFoundError, match="hf auth login"):
        visitor.api.model_info(f"{publisher.name}/absent")
    with pytest.raises(RepositoryNotFoundError, match="your access token has no access"):
        developer.api.model_info(f"{publisher.name}/absent")
    assert Path(publisher.api.hf_hub_download(repo_id, "a.txt")).read_bytes() == b"x"


# --- links, tags and lengths ---------------------------------------------------------------------


def addresses(value: object) -> Iterator[str]:
    """Every address in a JSON value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from addresses(key)
            yield from addresses(item)
    elif isinstance(value, list):
        for item in value:
            yield from addresses(item)
    elif isinstance(value, str):
        yield from ADDRESS.findall(value)


@pytest.mark.parametrize("public", ["", "https://hub.example.org"])
def test_every_address_in_every_answer_is_on_the_host_that_was_asked(db, settings, public):
    settings.HUB_URL = public
    here = urlsplit(public or "http://models.example.org").netloc
    store = urlsplit(settings.S3_PUBLIC_ENDPOINT_URL).netloc
    owner = Api(make_user("ada"))
    repository = make_repository(owner.user, name="thing", files={"a.txt": b"a"})
    make_repository(owner.user, name="other")
    add_large(repository, owner.user, "big.bin", b"big" * 999)
    api, lfs = "/api/models/ada/thing", "/ada/thing.git/info/lfs/objects/batch"
    line = {"key": "file", "value": {"path": "b.txt", "content": "b"}}
    commit = "\n".join(json.dumps(item) for item in ({"key": "header", "value": {"summary": "s"}}, line))
    batch = {"operation": "upload", "transfers": ["multipart"], "objects": [{"oid": "a" * 64, "size": GB}]}
    asked = [
        ("POST", "/api/repos/create", {"name": "new"}),
        ("POST", "/api/repos/create", {"name": "thing"}),
        ("GET", "/api/models?limit=1", None),
        ("GET", "/api/models?limit=1&search=ada", None),
        ("GET", api, None),
        ("GET", f"{api}?blobs=true&securityStatus=true", None),
        ("GET", f"{api}/tree/main?limit=1", None),
        ("GET", f"{api}/commits/main?limit=1", None),
        ("GET", f"{api}/refs", None),
        ("GET", "/ada/thing/resolve/main/a.txt", None),
        ("GET", "/ada/thing/resolve/main/big.bin", None),
        ("GET", "/ada/absent/resolve/main/big.bin", None),
        ("POST", f"{api}/commit/main", commit),
        ("POST", lfs, batch),
        ("POST", f"{api}/duplicate", {"repository": "ada/copy"}),
        ("GET", f"{api}/lfs-files?limit=1", None),
        ("GET", f"{api}/xet-write-token/main", None),
        ("GET", f"{api}/likers", None),
        ("GET", "/api/users/ada/overview", None),
        ("GET", "/api/users/ada/likes", None),
        ("GET", "/api/settings/repositories?limit=1", None),
        ("POST", "/api/collections", {"title": "Best"}),
        ("POST", "/api/collections", {"title": "Best"}),
        ("GET", "/api/collections?owner=ada", None),
        ("GET", "/api/schema", None),
        ("POST", "/api/repos/move", {"fromRepo": "ada/other", "toRepo": "ada/elsewhere"}),
        ("GET", "/api/models/ada/other", None),
        ("GET", "/ada/other/resolve/main/README.md", None),
    ]
    found = set()
    for method, path, data in asked:
        owner.headers["Host"] = "models.example.org"
        answer = owner.send(method, path, data or {})
        body = answer.content if answer.get("Content-Type", "").endswith("json") else b"null"
        for url in [*addresses(json.loads(body)), *addresses(list(answer.headers.values()))]:
            assert urlsplit(url).netloc in (here, store), (method, path, url)
            found.add(urlsplit(url).netloc)
    assert found == {here, store}


def test_every_answer_with_a_files_bytes_has_a_tag(db):
    owner = Api(make_user("ada"))
    repository = make_repository(owner.user, name="thing", files={"a.txt": b"a", "empty": b""})
    add_large(repository, owner.user, "big.bin", b"big" * 999)
    for path in ("a.txt", "empty", ".gitattributes", "big.bin"):
        for answer in (
            owner.get(f"/ada/thing/resolve/main/{path}"),
            owner.head(f"/ada/thing/resolve/main/{path}"),
        ):
            tag = answer.headers.get("X-Linked-Etag") or answer.headers["ETag"]
            assert re.fullmatch(r'"([0-9a-f]{40}|[0-9a-f]{64})"', tag)
            assert answer.headers["ETag"]


def test_a_page_of_a_list_is_short_whatever_limit_is_asked_for(db):
    user = make_user("ada")
    rows = [
        Repository(namespace=user.namespace, name=f"m{number}", kind="model", tags=["tag"] * 5)
        for number in range(1_001)
    ]
    Repository.objects.bulk_create(rows)
    for query in ("limit=1000000", "limit=99999999999999999999", "limit=1000000&full=true&cardData=true"):
        answer = Api().get(f"/api/models?{query}")
        assert answer.status_code == 400 or len(answer.json()) <= 1_000
        assert len(answer.content) < 2 * 1024**2
