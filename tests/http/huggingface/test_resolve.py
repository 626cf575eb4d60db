"""What a pull answers beside the bytes: caching, ranges, origins, sizes, names, and whether it counts."""

import re
from urllib.parse import quote, unquote
from urllib.request import Request, urlopen

import pytest
from django.utils import timezone

from hub.downloads import services as downloads
from hub.http.links import same_origin
from hub.repos.models import Repository
from hub.revisions.operations import AddInline
from storage.models import Blob, GitBlob
from tests.factories.repositories import add_large, commit, make_repository

FILE, LARGE = "/ada/thing/resolve/main/a.txt", "/ada/thing/resolve/main/w.bin"


@pytest.fixture
def thing(owner):
    """A repository with a small and a large file."""
    thing = make_repository(owner.user, name="thing", files={"a.txt": b"0123456789", "d/b.txt": b"b"})
    add_large(thing, owner.user, "w.bin", b"weights" * 1000)
    return thing


def counted(repository):
    """How many downloads of a repository the catalogue holds."""
    downloads.flush()
    return Repository.objects.get(pk=repository.pk).downloads


@pytest.mark.parametrize(
    ("header", "status"),
    [('"{}"', 304), ('W/"{}"', 304), ('"x", "{}"', 304), ("*", 304), ('"x"', 200), ("{}", 200), ("", 200)],
)
def test_a_small_file_is_not_sent_again(anybody, thing, header, status):
    etag = anybody.get(FILE).headers["ETag"].strip('"')
    for ask in (anybody.get, anybody.head):
        response = ask(FILE, **{"If-None-Match": header.format(etag)})
        assert (response.status_code, response.headers["ETag"]) == (status, f'"{etag}"')
        assert response.headers["X-Repo-Commit"]
        assert status == 200 or not response.content


def test_a_range_holds_only_for_the_content_it_was_asked_of(owner, anybody, thing):
    etag = anybody.get(FILE).headers["ETag"]
    assert anybody.get(FILE, **{"Range": "bytes=2-3", "If-Range": etag}).content == b"23"
    for other in ('"x"', f"W/{etag}", "Mon, 01 Jan 2024 00:00:00 GMT"):
        response = anybody.get(FILE, **{"Range": "bytes=2-3", "If-Range": other})
        assert (response.status_code, response.content) == (200, b"0123456789")
    head = anybody.head(FILE, Range="bytes=2-3")
    assert (head.status_code, head.headers["Content-Length"]) == (200, "10")


def test_head_tells_all_that_get_tells(anybody, thing):
    for path in (FILE, LARGE):
        got, head = anybody.get(path), anybody.head(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert got.headers.keys() == head.headers.keys()
        varying = {"Location", "X-Request-Id", "RateLimit"}
        for name in got.headers.keys() - varying:
            assert head.headers[name] == got.headers[name], name


def test_a_pointer_to_what_came_as_a_small_file_has_its_bytes(owner, anybody, thing):
    sha256 = add_large(thing, owner.user, "same.bin", b"0123456789")
    for _ in range(2):
        response = anybody.get("/ada/thing/resolve/main/same.bin")
        assert (response.content, response.headers["ETag"]) == (b"0123456789", f'"{sha256}"')
        assert anybody.get("/ada/thing/resolve/main/same.bin", Range="bytes=2-4").content == b"234"
        assert anybody.head("/ada/thing/resolve/main/same.bin").headers["Content-Length"] == "10"


def test_a_range_of_a_large_file_is_the_stores(anybody, thing):
    response = anybody.get(LARGE, Range="bytes=7-13")
    assert response.status_code == 302
    with urlopen(Request(response.headers["Location"], headers={"Range": "bytes=7-13"})) as reply:
        assert (reply.status, reply.read()) == (206, b"weights")
        assert reply.headers["Content-Range"] == "bytes 7-13/7000"


@pytest.mark.parametrize("name", ['ü ñ "q"; x.txt', "日本.bin", "a'b(c)*.txt", "100%.txt"])
def test_names_survive_on_both_ways(owner, anybody, thing, name):
    commit(thing, owner.user, [AddInline(name, b"\0small")])
    add_large(thing, owner.user, f"l/{name}", b"large" * 1000)
    address = quote(name)
    small = anybody.get(f"/ada/thing/resolve/main/{address}")
    link = anybody.get(f"/ada/thing/resolve/main/l/{address}").headers["Location"]
    with urlopen(link) as reply:
        for said in (small.headers["Content-Disposition"], reply.headers["Content-Disposition"]):
            assert said.startswith("attachment")
            assert name_in(said) == name
        assert reply.headers["Content-Type"] == "application/octet-stream"


def name_in(disposition):
    """The name of a Content-Disposition, as RFC 6266 reads it."""
    extended = re.search(r"filename\*=(?:UTF-8|utf-8)''([^;]*)", disposition)
    if extended:
        return unquote(extended[1])
    return re.search(r'filename="((?:[^"\\]|\\.)*)"', disposition)[1].replace('\\"', '"')


def test_a_missing_file_tells_the_commit_and_a_missing_revision_does_not(anybody, thing):
    missing = anybody.head("/ada/thing/resolve/main/no.txt")
    assert (missing.status_code, missing.headers["X-Error-Code"]) == (404, "EntryNotFound")
    assert missing.headers["X-Repo-Commit"] == anybody.head(FILE).headers["X-Repo-Commit"]
    revision = anybody.head("/ada/thing/resolve/none/a.txt")
    assert (revision.status_code, revision.headers["X-Error-Code"]) == (404, "RevisionNotFound")
    assert "X-Repo-Commit" not in revision.headers


def test_a_commit_is_known_by_its_beginning_when_there_is_only_one(anybody, thing):
    full = anybody.head(FILE).headers["X-Repo-Commit"]
    for asked, status in (
        (full, 200),
        (full[:7], 200),
        (full[:6], 404),
        (full[:-1] + "g", 404),
        ("f" * 40, 404),
    ):
        assert anybody.get(f"/ada/thing/resolve/{asked}/a.txt").status_code == status, asked


def test_a_file_over_the_clients_limit_keeps_its_size_to_itself(anybody, thing):
    for size, told in ((50 * 1000**3, str(50 * 1000**3)), (50 * 1000**3 + 1, None)):
        GitBlob.objects.filter(pointer=True).update(size=size)
        for ask in (anybody.get, anybody.head):
            response = ask(LARGE)
            assert (response.status_code, response.headers.get("X-Linked-Size")) == (302, told)


def test_links_lead_to_the_stores_public_address(anybody, thing, settings):
    settings.S3_PUBLIC_ENDPOINT_URL = "https://files.example.org"
    assert anybody.get(LARGE).headers["Location"].startswith("https://files.example.org/")


def test_a_store_on_the_hubs_own_origin_leads_no_client_astray(anybody, thing, settings):
    settings.S3_PUBLIC_ENDPOINT_URL = "http://TestServer:80/store"
    head = anybody.head(LARGE)
    assert (head.status_code, head.headers["Content-Length"]) == (200, "7000")
    assert head.headers["X-Linked-Size"] == "7000"
    assert head.headers["X-Repo-Commit"]
    assert anybody.get(LARGE).status_code == 302


def test_origins_are_compared_by_scheme_host_and_port():
    assert same_origin("http://a.example", "http://A.example:80/x")
    assert same_origin("https://a.example:443", "https://a.example")
    for other in ("https://a.example", "http://a.example:81", "http://b.example"):
        assert not same_origin("http://a.example", other)


def test_what_depends_on_who_asks_is_not_kept_for_others(owner, anybody, thing):
    secret = make_repository(owner.user, name="secret", visibility="private", files={"a.txt": b"s"})
    head = anybody.head(FILE).headers["X-Repo-Commit"]
    assert anybody.get(FILE).headers["Cache-Control"] == "public, no-cache"
    # Its scan has not ended, so that its state will change.
    assert anybody.get(FILE.replace("main", head)).headers["Cache-Control"] == "public, no-cache"
    Blob.objects.update(scan_state="safe")
    kept = anybody.get(FILE.replace("main", head)).headers["Cache-Control"]
    assert kept == "public, max-age=300, s-maxage=0"
    assert anybody.get(LARGE.replace("main", head)).headers["Cache-Control"] == "private, no-cache"
    gated = make_repository(owner.user, name="gated", files={"a.txt": b"g"})
    Repository.objects.filter(pk=gated.pk).update(gated="auto")
    assert owner.get("/ada/gated/resolve/main/a.txt").headers["Cache-Control"] == "private, no-cache"
    Repository.objects.filter(pk=gated.pk).update(gated="", taken_down_at=timezone.now())
    assert owner.get("/ada/gated/resolve/main/a.txt").headers["Cache-Control"] == "private, no-cache"
    private = f"/ada/secret/resolve/{Repository.objects.get(pk=secret.pk).head}/a.txt"
    for api, path in ((owner, private), (anybody, private), (anybody, "/ada/thing/resolve/main/no")):
        response = api.get(path)
        assert response.headers["Cache-Control"] == "private, no-cache", path
    for response in (owner.get(private), anybody.get(private), anybody.get(FILE), anybody.get(LARGE)):
        assert {"Authorization", "Cookie"} <= set(re.split(", ?", response.headers["Vary"]))


def test_a_pull_counts_once_whatever_it_takes(owner, anybody, thing):
    for path in (FILE, LARGE, FILE.replace("a.txt", "d/b.txt")):
        anybody.get(path)
        anybody.get(path, Range="bytes=0-3")
    assert counted(thing) == 1
    owner.get(FILE)
    owner.get(LARGE)
    assert counted(thing) == 2


def test_only_what_is_taken_counts(anybody, thing):
    etag = anybody.head(FILE).headers["ETag"]
    counts = {"X-HF-Download-Counter": "1"}
    anybody.head(FILE, **counts)
    anybody.head(LARGE)
    anybody.get(FILE, **{"If-None-Match": etag})
    anybody.get(FILE, Range="bytes=99-")
    anybody.get("/ada/thing/resolve/main/none")
    assert counted(thing) == 0
    # The client's library goes to the link that its HEAD was answered with, past the hub.
    anybody.head(LARGE, **counts)
    assert counted(thing) == 1


def test_downloads_are_told_by_the_day(owner, anybody, thing):
    anybody.get(FILE)
    owner.get(FILE)
    downloads.flush()
    address = "/api/models/ada/thing/downloads"
    told = anybody.get(address).json()
    assert (told["downloads"], told["downloadsAllTime"], len(told["days"])) == (2, 2, 30)
    today = told["days"][-1]
    assert today["downloads"] == 2
    one = anybody.get(f"{address}?from={today['day']}&to={today['day']}").json()
    assert one["days"] == [today]
    assert len(anybody.get(f"{address}?from=2024-01-01&to=2024-12-31").json()["days"]) == 366
    for query, field in (
        ("from=x", "from"),
        ("to=2024-13-01", "to"),
        ("from=2024-02-02&to=2024-02-01", "from"),
        ("from=2023-01-01&to=2024-02-01", "from"),
        ("from=9999999999999", "from"),
        ("to=0001-01-01&from=0001-01-02", "from"),
    ):
        response = anybody.get(f"{address}?{query}")
        assert (response.status_code, response.json()["field"]) == (400, field), query
    assert anybody.get(f"{address}?to=0001-01-01").status_code == 200
    assert anybody.post(address, {}).status_code == 405
