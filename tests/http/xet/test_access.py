"""Who may do what at the chunk storage: a pass is worth what its bearer may do at that moment."""

import json

import pytest

from accounts.models import Membership
from accounts.roles import Role
from accounts.services import revoke_token
from hub.gates.services import decide, grant
from hub.repos.services import change_settings, delete_repository, take_down
from tests.factories.accounts import make_member, make_organisation, make_user, suspend
from tests.factories.repositories import make_repository
from tests.http.api import Api
from tests.http.xet.conftest import Storage, pass_for

HASH = "0" * 64
READS = [
    ("GET", f"v1/chunks/default/{HASH}"),
    ("GET", f"v1/reconstructions/{HASH}"),
    ("GET", f"v2/reconstructions/{HASH}"),
]
WRITES = [
    ("POST", f"v1/xorb-grants/default/{HASH}"),
    ("POST", f"v1/xorb-commits/default/{HASH}/grant/{HASH}"),
    ("POST", f"v1/xorbs/default/{HASH}"),
    ("POST", "v1/shards"),
    ("POST", "v2/shards"),
]


@pytest.fixture
def lab(db):
    """An organisation."""
    return make_organisation("the-lab", owner=make_user())


@pytest.fixture
def thing(lab):
    """Its public repository."""
    owner = lab.memberships.get(role=Role.ADMIN).user
    return make_repository(owner, namespace=lab, name="thing", files={"a.txt": b"a"})


@pytest.fixture
def member(lab):
    """Somebody of the organisation who may write."""
    return Api(make_member(lab, Role.WRITE))


def statuses(storage, calls):
    """The statuses of some calls, each once."""
    body = json.dumps({"length": 100}).encode()
    return {storage.send(method, path, body, media="application/json").status_code for method, path in calls}


def codes(storage, calls):
    """The error codes of some calls, each once."""
    return {storage.send(method, path).get("X-Error-Code") for method, path in calls}


@pytest.mark.parametrize("bearer", ["", "x", "a:b", "hf_" + "x" * 34, "\x7f"])
def test_without_a_pass_there_is_nothing(db, bearer):
    assert statuses(Storage("http://testserver/cas/e0", bearer), READS + WRITES) == {401}


def test_an_access_token_is_no_pass(member, thing):
    token = member.headers["Authorization"].removeprefix("Bearer ")
    assert statuses(Storage("http://testserver/cas/e0", token), READS + WRITES) == {401}


def test_a_pass_to_read_writes_nothing(member, thing):
    assert statuses(pass_for(member, "models/the-lab/thing", "read"), WRITES) == {403}


def test_whoever_may_is_let_in_at_any_epoch(member, thing):
    storage = pass_for(member, "models/the-lab/thing")
    for epoch in ("e0", "e7", "e99999999999999999999"):
        storage.address = f"/cas/{epoch}"
        assert not statuses(storage, READS + WRITES) & {401, 403, 405, 500, 501}
        assert "RepoNotFound" not in codes(storage, READS + WRITES)


def test_a_revoked_access_token_ends_its_passes(member, thing):
    storage = pass_for(member, "models/the-lab/thing")
    token = member.user.tokens.get()
    revoke_token(token=token, actor=member.user)
    assert statuses(storage, READS + WRITES) == {401}


def test_a_suspended_user_is_out(member, thing):
    storage = pass_for(member, "models/the-lab/thing")
    suspend(member.user)
    assert statuses(storage, READS + WRITES) == {401}


def test_who_lost_the_role_has_no_part_in_what_is_private(member, thing, lab):
    storage = pass_for(member, "models/the-lab/thing")
    Membership.objects.filter(user=member.user).delete()
    # Whoever reads what is public may send files for a pull request.
    assert 403 not in statuses(storage, WRITES)
    assert codes(storage, READS) == {"EntryNotFound"}
    change_settings(repository=thing, visibility="private", gated=None, actor_user=member.user)
    assert codes(storage, READS + WRITES) == {"RepoNotFound"}


def test_what_turned_private_is_not_there_for_others(member, thing, anybody):
    outsider = Api(make_user())
    passes = [pass_for(who, "models/the-lab/thing", "read") for who in (anybody, outsider)]
    change_settings(repository=thing, visibility="private", gated=None, actor_user=member.user)
    assert [codes(storage, READS) for storage in passes] == [{"RepoNotFound"}] * 2
    assert [statuses(storage, READS) for storage in passes] == [{401}, {404}]
    assert codes(pass_for(member, "models/the-lab/thing"), READS) == {"EntryNotFound"}


def test_what_turned_gated_is_refused_to_others(member, thing):
    storage = pass_for(Api(make_user()), "models/the-lab/thing", "read")
    change_settings(repository=thing, visibility=None, gated="manual", actor_user=member.user)
    assert (statuses(storage, READS), codes(storage, READS)) == ({403}, {"GatedRepo"})


def test_who_was_let_in_reads_until_access_is_taken_back(member, thing, lab):
    owner = lab.memberships.get(role=Role.ADMIN).user
    change_settings(repository=thing, visibility=None, gated="manual", actor_user=owner)
    otto = Api(make_user(), role="read")
    request = grant(repository=thing, user=otto.user, actor_user=owner)
    storage = pass_for(otto, "models/the-lab/thing", "read")
    assert codes(storage, READS) == {"EntryNotFound"}
    decide(request=request, status="pending", actor_user=owner)
    assert (statuses(storage, READS), codes(storage, READS)) == ({403}, {"GatedRepo"})
    assert otto.get("/api/models/the-lab/thing/xet-read-token/main").status_code == 403


def test_what_is_withheld_is_not_written(member, thing):
    storage = pass_for(member, "models/the-lab/thing")
    take_down(repository=thing, actor_user=None)
    assert statuses(storage, WRITES) == {403}


def test_a_deleted_repository_is_gone(member, thing):
    storage = pass_for(member, "models/the-lab/thing")
    delete_repository(repository=thing, actor_user=member.user)
    assert (statuses(storage, READS + WRITES), codes(storage, READS + WRITES)) == ({404}, {"RepoNotFound"})


def test_nothing_else_is_served_there(member, thing):
    storage = pass_for(member, "models/the-lab/thing")
    for path in ("v1/other", "", f"v3/reconstructions/{HASH}", "v1/xorbs/default"):
        assert storage.get(path).status_code == 404
    assert storage.get("v2/shards").status_code == 405


def test_passes_of_one_access_token_are_counted_together(member, thing, settings):
    settings.RATE_WINDOW = 10**8
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"chunks": (2, 4)}
    first, second = (pass_for(member, "models/the-lab/thing", kind) for kind in ("read", "write"))
    answers = [storage.post("v1/chunks/default/x") for storage in (first, second) * 3]
    assert [answer.status_code for answer in answers] == [405] * 4 + [429] * 2
    assert int(answers[-1]["Retry-After"]) > 0
    invented = Storage("http://testserver/cas/e0", "a:b")
    assert [invented.post("v1/chunks/default/x").status_code for _ in range(3)] == [401, 401, 429]


def test_a_call_costs_few_queries(member, thing, django_assert_num_queries):
    storage = pass_for(member, "models/the-lab/thing", "read")
    with django_assert_num_queries(1):
        storage.send(*WRITES[0])
