"""What a scan found decides at every door who gets the bytes; one quarantine holds under every name."""

import hashlib

import pytest

from hub.downloads import services as downloads
from hub.repos.models import Repository
from hub.repos.policies import set_scan_policy
from hub.revisions.operations import AddInline
from storage import services as storage
from storage.models import Blob
from tests.factories.accounts import make_moderator, make_user
from tests.factories.repositories import add_large, commit, make_repository
from tests.http.api import Api

DATA = b"the same bytes under every name" * 10
SHA = hashlib.sha256(DATA).hexdigest()
# One blob in two repositories: in git and as a large file, under two names each; whole in the store as well.
ONE = ("/ada/one/resolve/main/small.txt", "/ada/one/resolve/main/large.bin")
TWO = ("/bob/two/resolve/main/d/renamed.txt", "/bob/two/resolve/main/other.bin")
PLACES = (*ONE, *TWO)


@pytest.fixture
def bob(db):
    """Somebody else with the same bytes."""
    return Api(make_user("bob"))


@pytest.fixture
def places(owner, bob):
    """Two repositories with the blob; its sha256."""
    for api, name, small, large in (
        (owner, "one", "small.txt", "large.bin"),
        (bob, "two", "d/renamed.txt", "other.bin"),
    ):
        repository = make_repository(api.user, name=name)
        add_large(repository, api.user, large, DATA)
        commit(repository, api.user, [AddInline(small, DATA)])
    Blob.objects.update(scan_state="safe")
    return SHA


def scanned(state: str) -> None:
    """Let the scans say this of the bytes."""
    Blob.objects.filter(pk=SHA).update(scan_state=state)


def refuse(*states: str, organisation=None, kind="") -> None:
    """Have files of these states refused."""
    said = dict.fromkeys(states, "refuse")
    set_scan_policy(organisation=organisation, kind=kind, said=said, actor_user=None)


@pytest.mark.parametrize(
    ("state", "status", "warned"),
    [
        ("safe", "safe", ""),
        ("unscanned", "unscanned", ""),
        ("queued", "queued", "has not ended"),
        ("suspicious", "suspicious", "unusual"),
        ("error", "error", "could not read"),
        ("dangerous", "unsafe", "a moderator released it"),
    ],
)
def test_every_pull_tells_the_state(places, anybody, state, status, warned):
    scanned(state)
    for path in PLACES:
        for ask in (anybody.get, anybody.head):
            response = ask(path)
            assert response.status_code in (200, 302)
            assert response.headers["X-Scan-Status"] == status
            assert warned in response.headers.get("X-Scan-Warning", "")
            assert ("X-Scan-Warning" in response.headers) == bool(warned)


def test_a_range_and_what_is_not_sent_again_tell_the_state_too(places, anybody):
    scanned("suspicious")
    etag = anybody.get(ONE[0]).headers["ETag"]
    for headers in ({"Range": "bytes=0-3"}, {"If-None-Match": etag}, {"Range": "bytes=9999-"}):
        assert anybody.get(ONE[0], **headers).headers["X-Scan-Status"] == "suspicious"


def test_one_quarantine_holds_at_every_door_of_every_repository(places, owner, bob, anybody):
    storage.quarantine(sha256=places)
    reader = Api(owner.user, role="read")
    for path in PLACES:
        others = bob if path in ONE else owner
        for api in (anybody, others, reader):
            for ask in (api.get, api.head):
                refused = ask(path)
                assert (refused.status_code, refused["X-Error-Code"]) == (403, "BlobQuarantined"), path
                assert refused["X-Scan-Status"] == "unsafe"
                assert "in quarantine" in refused["X-Error-Message"]
                assert "Location" not in refused
                assert refused["Cache-Control"] == "private, no-cache"
                assert not refused.content.startswith(DATA[:8])
        known = anybody.get(path, **{"If-None-Match": "*", "Range": "bytes=0-3"})
        assert known.status_code == 403
    for source, api in (("one", bob), ("two", owner)):
        whose = "ada" if source == "one" else "bob"
        target = {"repository": f"{api.user.username}/copy"}
        assert api.post(f"/api/models/{whose}/{source}/duplicate", target).status_code == 403
        mine = {"type": "model", "name": f"{api.user.username}/{'two' if api is bob else 'one'}"}
        body = {"target": mine, "files": [{"sha256": places}]}
        shared = api.post(f"/api/models/{whose}/{source}/lfs-files/duplicate", body).json()
        assert [failed["sha256"] for failed in shared["failed"]] == [places]
    storage.release(sha256=places)
    assert {anybody.get(path).status_code for path in PLACES} == {200, 302}


def test_its_people_and_moderators_get_what_is_withheld_with_a_warning(places, owner, bob):
    storage.quarantine(sha256=places)
    moderator = Api(make_moderator())
    for path in PLACES:
        for api in (owner if path in ONE else bob, moderator):
            for ask in (api.get, api.head):
                response = ask(path)
                assert response.status_code in (200, 302), path
                assert response["X-Scan-Status"] == "unsafe"
                assert response["X-Scan-Warning"].endswith("It is withheld from others.")
                # What others are refused, no cache keeps for them.
                assert response["Cache-Control"] == "private, no-cache"
    assert owner.get(ONE[0]).content == DATA


def test_a_moderator_gets_nothing_of_what_they_cannot_see(places, owner, bob):
    Repository.objects.update(visibility="private")
    storage.quarantine(sha256=places)
    assert Api(make_moderator()).get(ONE[0]).status_code == 404


@pytest.mark.parametrize("state", ["suspicious", "error"])
def test_what_the_rules_refuse_is_a_403_that_says_what_and_where_to_ask(places, anybody, owner, state):
    refuse(state)
    scanned(state)
    refused = anybody.get(ONE[0])
    assert (refused.status_code, refused["X-Error-Code"]) == (403, "BlobWithheld")
    assert refused["X-Scan-Status"] == state
    assert "http://testserver/ada/one" in refused.json()["error"]
    assert owner.get(ONE[0])["X-Scan-Warning"].endswith("It is withheld from others.")


def test_what_is_not_scanned_yet_is_a_503_that_says_when_to_come_back(places, anybody, owner):
    refuse("queued")
    scanned("queued")
    for path in PLACES:
        refused = anybody.get(path)
        assert (refused.status_code, refused["X-Error-Code"]) == (503, "BlobBeingScanned")
        assert int(refused["Retry-After"]) > 0
        assert "still being scanned" in refused.json()["error"]
        assert refused["X-Scan-Status"] == "queued"
    assert owner.get(ONE[0]).status_code == 200
    scanned("safe")
    assert anybody.get(ONE[0]).status_code == 200


def test_a_rule_holds_at_once_and_where_it_is_said(places, anybody):
    scanned("suspicious")
    statuses = lambda: {path: anybody.get(path).status_code for path in (ONE[0], TWO[0])}  # noqa: E731
    assert statuses() == {ONE[0]: 200, TWO[0]: 200}
    refuse("suspicious", kind="dataset")
    assert statuses() == {ONE[0]: 200, TWO[0]: 200}
    refuse("suspicious", kind="model")
    assert statuses() == {ONE[0]: 403, TWO[0]: 403}
    set_scan_policy(organisation=None, kind="model", said={"suspicious": "serve"}, actor_user=None)
    assert statuses() == {ONE[0]: 200, TWO[0]: 200}
    assert "X-Scan-Warning" not in anybody.get(ONE[0])


def test_an_organisation_is_stricter_for_its_own_files_only(people, anybody, owner):
    organisation = people["admin"].memberships.get().organisation
    make_repository(people["admin"], namespace=organisation, name="thing", files={"a.txt": DATA})
    make_repository(owner.user, name="one", files={"a.txt": DATA})
    scanned("suspicious")
    refuse("suspicious", organisation=organisation)
    said = {"dangerous": "serve", "error": "serve"}
    set_scan_policy(organisation=organisation, kind="", said=said, actor_user=None)
    mine, theirs = "/ada/one/resolve/main/a.txt", "/the-lab/thing/resolve/main/a.txt"
    for name, status in (
        ("nobody", 403),
        ("outsider", 403),
        ("read", 403),
        ("contribute", 403),
        ("write", 200),
    ):
        api = Api(people[name])
        assert (api.get(theirs).status_code, api.get(mine).status_code) == (status, 200), name
    # Its word that dangerous files be served is milder than the hub's, and counts for nothing.
    storage.quarantine(sha256=SHA)
    assert [anybody.get(path).status_code for path in (mine, theirs)] == [403, 403]


def test_headers_of_weights_follow_the_same_rules(owner, anybody):
    make_repository(owner.user, name="m", files={"model.safetensors.index.json": b'{"weight_map": {}}'})
    path = "/api/models/ada/m/safetensors-metadata/model.safetensors.index.json"
    assert anybody.get(path).status_code == 200
    refuse("queued")
    assert (anybody.get(path).status_code, owner.get(path).status_code) == (503, 200)


def test_a_refused_pull_is_not_counted(places, anybody):
    storage.quarantine(sha256=places)
    anybody.get(ONE[0])
    anybody.head(ONE[1], **{"X-HF-Download-Counter": "1"})
    downloads.flush()
    assert set(Repository.objects.values_list("downloads", flat=True)) == {0}


def test_what_may_be_kept_by_caches_is_what_stays_as_it_is(places, anybody, owner):
    oid = anybody.head(ONE[0])["X-Repo-Commit"]
    named = ONE[0].replace("main", oid)
    assert anybody.get(named)["Cache-Control"] == "public, max-age=300, s-maxage=0"
    for state in ("queued", "suspicious", "error", "dangerous"):
        scanned(state)
        assert anybody.get(named)["Cache-Control"] == "public, no-cache"
    # Whoever has it already is refused it as well, and no cache can answer in the hub's place.
    etag = anybody.get(named)["ETag"]
    storage.quarantine(sha256=places)
    assert anybody.get(named, **{"If-None-Match": etag}).status_code == 403
    assert owner.get(named, **{"If-None-Match": etag})["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("state", ["safe", "queued", "suspicious", "error", "dangerous"])
def test_rules_cost_a_pull_no_query(people, places, bob, state, django_assert_max_num_queries):
    scanned(state)
    refuse("suspicious", kind="model")
    for organisation in (None, people["admin"].memberships.get().organisation):
        refuse("error", organisation=organisation, kind="dataset")
    for path in PLACES:
        for api in (Api(), bob):
            api.get(path)
            api.get(path)
            with django_assert_max_num_queries(3):
                assert api.get(path).status_code in (200, 302, 403)


def test_a_file_that_lies_below_a_refused_one_is_not_touched(places, owner, anybody):
    repository = Repository.objects.get(name="one")
    commit(repository, owner.user, [AddInline("fine.txt", b"fine")])
    Blob.objects.exclude(pk=SHA).update(scan_state="safe")
    storage.quarantine(sha256=places)
    assert anybody.get("/ada/one/resolve/main/fine.txt")["X-Scan-Status"] == "safe"
