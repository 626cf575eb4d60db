"""No door gives what is withheld to anybody but writers and moderators, whatever it is called and wherever.

One blob under many names: in git and as a large file, in two repositories of two people, at branches, tags,
commits and in a pull request; another one in chunks. Each door is named; a new one belongs in the list.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.conf import settings
from django.http import HttpResponse

from contributions.pulls.lines import comment_on_line
from contributions.pulls.sides import sides_of
from hub.revisions.operations import AddBlob, AddInline, DeleteFile
from hub.revisions.refs import create_branch, create_tag
from hub.revisions.selectors import resolve_revision
from storage import services as storage
from storage.models import Blob
from storage.xet.hashing import to_text
from tests import xet
from tests.browsing import RawPathClient
from tests.factories.accounts import make_moderator, make_user
from tests.factories.chunked import add_chunked
from tests.factories.discussions import make_pull, session
from tests.factories.repositories import add_large, commit, make_repository, upload
from tests.http.api import Api
from tests.http.xet.conftest import grant, pass_for

pytestmark = pytest.mark.django_db

SAID = b"donotserve7f3a"
BAD = b"# Card\n\nimport donotserve7f3a\nlast line\n"
IN_CHUNKS = SAID + xet.noise(200_000, 7) + SAID
CHUNKED = xet.File([xet.Part(xet.Xorb(xet.cut(IN_CHUNKS), xet.RAW))])


@dataclass
class Caller:
    """Somebody with a browser and a client."""

    api: Api
    pages: RawPathClient

    @classmethod
    def of(cls, user=None, **token) -> "Caller":
        """As a user with a session and a token, or as nobody."""
        pages = RawPathClient()
        if user is not None:
            pages.force_login(user)
        return cls(Api(user, **token), pages)


@dataclass
class Place:
    """A path at a revision of a repository, and where its file's bytes are."""

    repo: str
    revision: str
    path: str
    chunked: bool = False

    def at(self, what: str) -> str:
        """The address of a page or file."""
        return f"/{self.repo}/{what}/{quote(self.revision, safe='')}/{quote(self.path)}"

    def api(self, what: str) -> str:
        """The address of a call about the revision."""
        return f"/api/models/{self.repo}/{what}/{quote(self.revision, safe='')}"


@dataclass
class Hub:
    """Where the bytes are, who may have them where, and who may not."""

    places: list[Place]
    people: dict[str, Caller]
    others: dict[str, Caller]


@pytest.fixture
def hub(db, settings) -> Hub:
    """The same bytes all over the hub, not withheld yet."""
    settings.RATE_WINDOW = 0
    ada, bob, carol = make_user("ada"), make_user("bob"), make_user("carol")
    one = make_repository(ada, name="one")
    # First, so that the bytes are in the store as well.
    add_large(one, ada, "large.bin", BAD)
    commit(one, ada, [AddInline("small.txt", BAD), AddInline("README.md", BAD)])
    add_chunked(one, ada, "chunks.bin", IN_CHUNKS, scheme=xet.RAW)
    old = resolve_revision(one, None).commit
    create_tag(repo=one, name="v1", revision=None, actor_user=ada)
    create_branch(repo=one, name="side", start="main", actor_user=ada)
    commit(one, ada, [DeleteFile("small.txt"), AddInline("d/moved.txt", BAD)], ref="refs/heads/side")
    pull = make_pull(one, carol, {"theirs.txt": BAD})
    comment_on_line(
        pull=pull, actor=session(carol), path="theirs.txt", side="new", line=3, text="Look",
        commit=sides_of(pull).head.commit,
    )  # fmt: skip
    two = make_repository(bob, name="two", files={"renamed.txt": BAD})
    commit(two, bob, [AddBlob("again.bin", upload(two, bob, BAD), len(BAD))])
    add_chunked(two, bob, "chunks again.bin", IN_CHUNKS, scheme=xet.RAW)
    Blob.objects.update(scan_state="safe")
    places = [
        *(Place("ada/one", revision, "small.txt") for revision in ("main", "v1", old, old[:8])),
        Place("ada/one", "refs/heads/main", "README.md"),
        Place("ada/one", "main", "large.bin"),
        Place("ada/one", "side", "d/moved.txt"),
        Place("ada/one", "refs/pr/1", "theirs.txt"),
        Place("ada/one", sides_of(pull).head.commit, "theirs.txt"),
        Place("ada/one", "v1", "chunks.bin", chunked=True),
        Place("bob/two", "main", "renamed.txt"),
        Place("bob/two", "main", "again.bin"),
        Place("bob/two", "main", "chunks again.bin", chunked=True),
    ]
    others = {"nobody": Caller.of(), "stranger": Caller.of(make_user()), "proposer": Caller.of(carol)}
    people = {"ada/one": Caller.of(ada), "bob/two": Caller.of(bob), "": Caller.of(make_moderator())}
    return Hub(places, people, others)


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def withhold() -> None:
    for data in (BAD, IN_CHUNKS):
        assert storage.quarantine(sha256=sha256_of(data))


def told(answer: HttpResponse) -> bytes:
    """Everything that an answer says, in its headers too."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body + str(dict(answer.items())).encode()


def gives(answer: HttpResponse) -> bool:
    """Whether an answer has the bytes, or a link to them in the store."""
    said = told(answer)
    return SAID in said or b"X-Amz-" in said


# --- the doors to the bytes: they give to those who may have them, and tell all others why not -----------


def resolve(caller: Caller, place: Place) -> Iterable[HttpResponse]:
    yield caller.api.get(place.at("resolve"))
    yield caller.api.get(place.at("resolve"), Range="bytes=0-30")


def resolve_from_a_page(caller: Caller, place: Place) -> Iterable[HttpResponse]:
    yield caller.pages.get(place.at("resolve"))


def reconstructions(caller: Caller, place: Place) -> Iterable[HttpResponse]:
    storage = pass_for(caller.api, f"models/{place.repo}", "read")
    for version in ("v1", "v2"):
        yield storage.get(f"{version}/reconstructions/{CHUNKED.true_hash}")
        yield storage.get(f"{version}/reconstructions/{CHUNKED.true_hash}", Range="bytes=5-9")


# --- the doors that show something of a file: they show it to those who may have it ----------------------


def page_of_the_file(caller: Caller, place: Place) -> Iterable[HttpResponse]:
    yield caller.pages.get(place.at("blob"))
    yield caller.pages.get(f"{place.at('blob')}?view=source")


def pages_around_it(caller: Caller, place: Place) -> Iterable[HttpResponse]:
    revision = quote(place.revision, safe="")
    yield caller.pages.get(f"/{place.repo}")
    yield caller.pages.get(f"/{place.repo}/tree/{revision}")
    yield caller.pages.get(place.at("commits"))
    yield caller.pages.get(f"/{place.repo}/checks/{revision}")


def edit_pages(caller: Caller, place: Place) -> Iterable[HttpResponse]:
    for what in ("edit", "move", "delete"):
        yield caller.pages.get(place.at(what))


def differences(caller: Caller, place: Place) -> Iterable[HttpResponse]:
    commits = caller.api.get(place.api("commits")).json()
    first, last = commits[-1]["id"], commits[0]["id"]
    yield caller.pages.get(f"/{place.repo}/compare/{first}...{quote(place.revision, safe='')}")
    for listed in commits:
        yield caller.pages.get(f"/{place.repo}/commit/{listed['id']}")
        yield caller.pages.get(f"/{place.repo}/commit/{listed['id']}?path={quote(place.path)}")
        yield caller.pages.get(f"/{place.repo}/restore/{listed['id']}?path={quote(place.path)}")
    yield caller.pages.get(f"/{place.repo}/compare/{last}...{first}?path={quote(place.path)}")


def pull_requests(caller: Caller, place: Place) -> Iterable[HttpResponse]:
    thread = "ada/one/discussions/1"
    yield caller.pages.get(f"/{thread}")
    yield caller.pages.get(f"/{thread}/files")
    yield caller.pages.get(f"/{thread}/files?path=theirs.txt")
    yield caller.api.get(f"/api/models/{thread}")
    yield caller.api.get(f"/api/models/{thread}?diff=1")


def facts(caller: Caller, place: Place) -> Iterable[HttpResponse]:
    yield caller.api.post(place.api("paths-info"), {"paths": [place.path], "expand": True})
    yield caller.api.get(f"{place.api('tree')}?recursive=true&expand=true")
    yield caller.api.get(f"{place.api('revision')}?securityStatus=true&blobs=true")
    yield caller.api.get(f"/api/models/{place.repo}?expand=cardData&expand=config&expand=safetensors")
    yield caller.api.get(f"/api/models/{place.repo}/safetensors-metadata/{quote(place.path)}")


def large_files(caller: Caller, place: Place) -> Iterable[HttpResponse]:
    sha256 = sha256_of(IN_CHUNKS if place.chunked else BAD)
    asked = {"operation": "download", "objects": [{"oid": sha256, "size": 1}], "transfers": ["basic"]}
    yield caller.api.post(f"/{place.repo}.git/info/lfs/objects/batch", asked)
    yield caller.api.post(f"/{place.repo}.git/info/lfs/objects/verify", {"oid": sha256, "size": 1})
    yield caller.api.get(f"/api/models/{place.repo}/lfs-files")


def addresses_not_served(caller: Caller, place: Place) -> Iterable[HttpResponse]:
    yield caller.pages.get(place.at("raw"))
    yield caller.pages.get(f"/api/resolve-cache/models/{place.repo}/{place.revision}/{quote(place.path)}")
    yield caller.pages.get(f"/api/v1/models/{place.repo}/repo?Revision=main&FilePath={quote(place.path)}")
    yield caller.pages.get(f"/{place.repo}.git/info/refs?service=git-upload-pack")


BYTES: list[Callable] = [resolve, resolve_from_a_page, reconstructions]
SHOWS: list[Callable] = [
    *(page_of_the_file, pages_around_it, edit_pages, differences),
    *(pull_requests, facts, large_files, addresses_not_served),
]


def named(door: Callable) -> str:
    return door.__name__


def of(door: Callable, places: list[Place]) -> list[Place]:
    """The places that a door can be asked about."""
    if door is reconstructions:
        return [place for place in places if place.chunked]
    return [place for place in places if place.repo == "ada/one" or door is not pull_requests]


@pytest.mark.parametrize("door", BYTES, ids=named)
def test_a_door_to_the_bytes_says_why_it_gives_none(hub, door):
    for place in of(door, hub.places):
        assert all(gives(answer) for answer in door(hub.others["stranger"], place)), place
    withhold()
    readers = {name: Caller.of(caller.api.user, role="read") for name, caller in hub.people.items()}
    for place in of(door, hub.places):
        apart = {who: caller for who, caller in hub.people.items() if who not in ("", place.repo)}
        apart |= {} if door is resolve_from_a_page else {"token to read": readers[place.repo]}
        for who, caller in (hub.others | apart).items():
            for answer in door(caller, place):
                assert (answer.status_code, answer["X-Error-Code"]) == (403, "BlobQuarantined"), (who, place)
                assert not gives(answer), (who, place)
                assert "Location" not in answer
        for who in ("", place.repo):
            assert all(gives(answer) for answer in door(hub.people[who], place)), (who, place)


@pytest.mark.parametrize("door", SHOWS, ids=named)
def test_a_door_that_shows_a_file_shows_nothing_of_it(hub, door):
    withhold()
    for place in of(door, hub.places):
        apart = next(caller for who, caller in hub.people.items() if who not in ("", place.repo))
        others = {"nobody": hub.others["nobody"], "proposer": hub.others["proposer"], "apart": apart}
        for who, caller in others.items():
            for answer in door(caller, place):
                assert answer.status_code < 500
                assert not gives(answer), (who, place, answer.request["PATH_INFO"])


@pytest.mark.parametrize("door", [page_of_the_file, differences, pull_requests], ids=named)
def test_what_is_not_withheld_is_shown_there(hub, door):
    assert any(gives(answer) for place in hub.places for answer in door(hub.others["nobody"], place))


def test_neither_a_head_nor_who_has_some_of_it_already_gets_anything(hub):
    withhold()
    known = ({}, {"If-None-Match": "*"}, {"If-Range": '"x"', "Range": "bytes=0-"}, {"Range": "bytes=-5"})
    for place in hub.places:
        address, api = place.at("resolve"), hub.others["stranger"].api
        for answer in (api.head(address), *(api.get(address, **headers) for headers in known)):
            assert (answer.status_code, answer["X-Error-Code"]) == (403, "BlobQuarantined")
            assert not {"Location", "Link", "X-Xet-Hash", "X-Linked-Size"} & set(answer.headers)
            assert not gives(answer)


def test_of_what_is_withheld_no_chunk_is_told_to_others(hub):
    [part] = CHUNKED.parts
    path = f"v1/chunks/default/{to_text(xet.chunk_hash(part.xorb.chunks[0]))}"
    stranger = hub.others["stranger"].api
    make_repository(stranger.user, name="own")
    own = pass_for(stranger, f"models/{stranger.user.username}/own")
    assert own.get(path).status_code == 200
    withhold()
    assert own.get(path).status_code == 404
    assert "url" in grant(own, part.xorb.hash, len(part.xorb.data)).json()


def test_nobody_gets_it_by_its_hash_alone_as_a_copy_or_as_their_own(hub):
    withhold()
    stranger = hub.others["stranger"].api
    own = f"{stranger.user.username}/own"
    make_repository(stranger.user, name="own")
    for repo, sha256 in (("ada/one", sha256_of(BAD)), ("bob/two", sha256_of(IN_CHUNKS))):
        assert stranger.post(f"/api/models/{repo}/duplicate", {"repository": f"{own}2"}).status_code == 403
        wanted = {"target": {"type": "model", "name": own}, "files": [{"sha256": sha256}]}
        shared = stranger.post(f"/api/models/{repo}/lfs-files/duplicate", wanted).json()
        assert [failed["sha256"] for failed in shared["failed"]] == [sha256]
        value = {"path": "w.bin", "algo": "sha256", "oid": sha256, "size": 10}
        claimed = stranger.commit(f"models/{own}", {"key": "lfsFile", "value": value})
        assert claimed.status_code >= 400
    assert stranger.get(f"/{own}/resolve/main/w.bin").status_code == 404


def test_whoever_uploads_it_again_has_it_there_alone(hub):
    withhold()
    stranger, other = hub.others["stranger"], hub.others["proposer"]
    again = make_repository(stranger.api.user, name="again", files={"new name.py": BAD})
    add_large(again, stranger.api.user, "new.bin", BAD)
    add_chunked(again, stranger.api.user, "new chunks.bin", IN_CHUNKS, scheme=xet.RAW)
    for path in ("new name.py", "new.bin", "new chunks.bin"):
        place = Place(again.full_name, "main", path)
        assert [answer.status_code for answer in resolve(other, place)] == [403, 403]
        assert all(gives(answer) for answer in resolve(stranger, place))


def test_it_stays_withheld_where_it_is_brought_by_a_merge_a_move_or_back_from_history(hub):
    withhold()
    owner, nobody = hub.people["ada/one"], hub.others["nobody"]
    one = owner.api.user.namespace.repositories.get()
    commit(one, owner.api.user, [DeleteFile("small.txt")])
    old = hub.places[2].revision
    asked = {"path": "small.txt", "branch": "main", "parent": resolve_revision(one, None).commit}
    assert owner.pages.post(f"/ada/one/restore/{old}", asked).status_code == 302
    squash = {"message": "All at once"}
    assert owner.api.post("/api/models/ada/one/super-squash/side", squash).status_code == 200
    for place in (Place("ada/one", "main", "small.txt"), Place("ada/one", "side", "d/moved.txt")):
        assert all(gives(answer) for answer in resolve(owner, place))
        assert [answer.status_code for answer in resolve(nobody, place)] == [403, 403]


def test_links_that_were_given_before_end_within_five_minutes(hub):
    assert settings.DOWNLOAD_LINK_SECONDS <= 300
    stranger = hub.others["stranger"]
    links = [stranger.api.get(hub.places[5].at("resolve"))["Location"]]
    shape = [answer.json() for answer in reconstructions(stranger, hub.places[9])]
    links += [fetch["url"] for answer in shape[:2] for [fetch] in answer["fetch_info"].values()]
    links += [link["url"] for answer in shape[2:] for [link] in answer["xorbs"].values()]
    assert len(links) == 5
    for link in links:
        [seconds] = parse_qs(urlsplit(link).query)["X-Amz-Expires"]
        assert int(seconds) <= 300
