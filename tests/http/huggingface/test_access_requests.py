"""The client's calls about gated access, and what who was let in gets at every door."""

import pytest
from django.utils import timezone

from accounts.grants import Grant
from accounts.models import AccessToken
from accounts.roles import Everywhere, TokenRole
from hub.gates.services import decide, grant
from hub.repos.gates import AccessRequest
from hub.repos.services import change_settings
from tests.browsing import RawPathClient
from tests.factories.accounts import make_user, suspend
from tests.factories.gates import ANSWERS, CARD, ask_for, make_gated
from tests.factories.repositories import add_large
from tests.http.api import Api

ID = "the-lab/thing"
QUEUE = f"/api/models/{ID}/user-access-request"
FILES = (f"/{ID}/resolve/main/config.json", f"/{ID}/resolve/main/big.bin")


@pytest.fixture
def thing(people):
    admin = people["admin"]
    lab = admin.memberships.get().organisation
    thing = make_gated(admin, namespace=lab, name="thing", card=CARD)
    add_large(thing, admin, "big.bin", b"weights" * 100)
    return thing


@pytest.fixture
def admin(people):
    return Api(people["admin"])


@pytest.fixture
def otto(thing):
    return make_user("otto", full_name="Otto O.")


def names(api, status) -> list[str]:
    return [row["user"]["user"] for row in api.get(f"{QUEUE}/{status}").json()]


def test_a_request_is_told_with_what_was_answered(thing, admin, otto):
    request = ask_for(thing, otto, ANSWERS)
    [row] = admin.get(f"{QUEUE}/pending").json()
    assert row.pop("timestamp").startswith(f"{request.asked_at:%Y-%m-%dT%H:%M}")
    assert row == {
        "requestId": str(request.pk),
        "status": "pending",
        "user": {"user": "otto", "fullname": "Otto O.", "email": "otto@example.org"},
        "fields": {**ANSWERS, "Web page": "", "I agree to be kind": True},
    }
    assert list(row["fields"])[0] == "Organisation"


def test_who_was_let_in_unasked_shares_no_address(thing, admin, otto):
    given = admin.post(f"{QUEUE}/grant", {"user": "Otto"})
    assert (given.status_code, given.json()["status"]) == (200, "accepted")
    [row] = admin.get(f"{QUEUE}/accepted").json()
    assert row["user"] == {"user": "otto", "fullname": "Otto O."}
    assert "fields" not in row
    again = admin.post(f"{QUEUE}/grant", {"user": "otto"})
    assert (again.status_code, again.json()["field"]) == (400, "user")
    member = admin.post(f"{QUEUE}/grant", {"user": admin.user.username})
    assert member.status_code == 400


@pytest.mark.parametrize("named", ["user", "requestId"])
def test_a_request_goes_from_list_to_list_and_never_where_it_is(thing, admin, otto, named):
    request = ask_for(thing, otto, ANSWERS)
    body = {named: {"user": "otto", "requestId": str(request.pk)}[named]}
    for status in ("accepted", "rejected", "pending", "rejected", "accepted", "pending"):
        assert admin.post(f"{QUEUE}/handle", body | {"status": status}).json() == {}
        assert names(admin, status) == ["otto"]
        assert admin.post(f"{QUEUE}/handle", body | {"status": status}).status_code == 404


def test_unknown_people_and_requests_are_404(thing, admin, otto, people):
    elsewhere = make_gated(people["admin"], name="elsewhere")
    foreign = ask_for(elsewhere, otto)
    sue = make_user("sue")
    ask_for(thing, sue, ANSWERS)
    suspend(sue)
    for body in (
        {"user": "otto"},
        {"user": "nobody-there"},
        {"user": "the-lab"},
        {"user": "sue"},
        {"requestId": "0"},
        {"requestId": "x"},
        {"requestId": "9" * 30},
        {"requestId": str(foreign.pk)},
    ):
        answer = admin.post(f"{QUEUE}/handle", body | {"status": "accepted"})
        assert (answer.status_code, answer.get("X-Error-Code")) == (404, None), body
    for name in ("nobody-there", "the-lab", "sue"):
        assert admin.post(f"{QUEUE}/grant", {"user": name}).status_code == 404
    assert names(admin, "pending") == []
    foreign.refresh_from_db()
    assert foreign.status == "pending"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "accepted"}, "user"),
        ({"user": "otto", "requestId": "1", "status": "accepted"}, "user"),
        ({"user": "otto", "status": "open"}, "status"),
        ({"user": "otto"}, "status"),
        ({"user": 3, "status": "accepted"}, "user"),
        ({"user": "otto", "status": "rejected", "rejectionReason": "x" * 201}, "rejectionReason"),
        ({"user": "otto", "status": "accepted", "rejectionReason": "why"}, "rejectionReason"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_decided(thing, admin, otto, body, field):
    ask_for(thing, otto, ANSWERS)
    answer = admin.post(f"{QUEUE}/handle", body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert names(admin, "pending") == ["otto"]


def test_a_list_that_is_none_and_a_repository_without_a_gate_are_400(thing, admin, otto):
    assert admin.get(f"{QUEUE}/others").status_code == 400
    ask_for(thing, otto, ANSWERS)
    change_settings(repository=thing, actor_user=admin.user, gated="")
    assert admin.get(f"{QUEUE}/pending").status_code == 400
    assert admin.post(f"{QUEUE}/handle", {"user": "otto", "status": "accepted"}).status_code == 400
    assert admin.post(f"{QUEUE}/grant", {"user": "otto"}).status_code == 400
    assert AccessRequest.objects.get().status == "pending"


@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 401), ("outsider", 403), ("read", 403), ("write", 403)]
)
def test_only_admins_see_and_decide(thing, people, otto, who, status):
    ask_for(thing, otto, ANSWERS)
    api = Api(people[who])
    answers = [
        api.get(f"{QUEUE}/pending"),
        api.post(f"{QUEUE}/handle", {"user": "otto", "status": "accepted"}),
        api.post(f"{QUEUE}/grant", {"user": "otto"}),
    ]
    assert [answer.status_code for answer in answers] == [status] * 3
    assert Api(people["admin"], role="read").get(f"{QUEUE}/pending").status_code == 403


def test_long_lists_come_in_pages_of_equal_cost(thing, admin, django_assert_max_num_queries):
    for number in range(5):
        ask_for(thing, make_user(f"asker{number}"), ANSWERS)
    AccessToken.objects.update(last_used_at=timezone.now())
    with django_assert_max_num_queries(3):
        first = admin.get(f"{QUEUE}/pending?limit=3")
    address = first["Link"].partition("<")[2].partition(">")[0].removeprefix("http://testserver")
    with django_assert_max_num_queries(3):
        second = admin.get(address)
    found = [row["user"]["user"][-1] for row in [*first.json(), *second.json()]]
    assert (found, "Link" in second) == (list("43210"), False)


@pytest.mark.parametrize("gate", ["manual", "auto"])
def test_who_is_let_in_pulls_at_once_and_is_refused_at_once(thing, people, otto, gate):
    owner, api = people["admin"], Api(otto, role="read")
    change_settings(repository=thing, actor_user=owner, gated=gate)
    pull = lambda: [api.get(path).status_code for path in FILES]  # noqa: E731
    assert pull() == [403, 403]
    request = ask_for(thing, otto, ANSWERS)
    if gate == "manual":
        refused = api.get(FILES[0])
        assert refused["X-Error-Code"] == "GatedRepo"
        assert "waits for its people to decide" in refused["X-Error-Message"]
        decide(request=request, status="accepted", actor_user=owner)
    assert pull() == [200, 302]
    link = api.get(FILES[1])
    assert link["Cache-Control"] == "private, no-cache"
    assert "X-Amz-Expires=300" in link["Location"]
    assert api.get(f"/api/models/{ID}/auth-check").status_code == 200
    decide(request=request, status="rejected", actor_user=owner, reason="No.")
    assert pull() == [403, 403]
    refused = api.head(FILES[0])
    assert (refused["X-Error-Code"], "was rejected" in refused["X-Error-Message"]) == ("GatedRepo", True)


def doors(thing, api) -> dict[str, bool]:
    """What shows or leads to the files, and whether it does for this caller. Git LFS only takes files."""
    browser = RawPathClient()
    browser.force_login(api.user)
    pages = {page: browser.get(f"/{ID}/{page}").content for page in ("blob/main/config.json", "tree/main")}
    return {
        "resolve": api.get(FILES[0]).status_code == 200,
        "resolve of a commit": api.get(f"/{ID}/resolve/{thing.head}/config.json").status_code == 200,
        "resolve of a large file": api.get(FILES[1]).status_code == 302,
        "what a file is": api.head(FILES[1]).status_code == 302,
        "chunks": api.get(f"/api/models/{ID}/xet-read-token/main").status_code == 200,
        "the client's question": api.get(f"/api/models/{ID}/auth-check").status_code == 200,
        "a file's page": b"secret" in pages["blob/main/config.json"],
        "a copy": api.send("POST", f"/api/models/{ID}/duplicate", {"repository": "-"}).status_code != 403,
    }


def test_access_that_is_taken_back_ends_at_every_door_with_the_next_request(thing, people, otto):
    thing.refresh_from_db()
    api = Api(otto, role="write")
    request = grant(repository=thing, user=otto, actor_user=people["admin"])
    opened = doors(thing, api)
    assert opened == dict.fromkeys(opened, True)
    decide(request=request, status="pending", actor_user=people["admin"])
    assert doors(thing, api) == dict.fromkeys(opened, False)
    # What anybody may know of it they still may.
    assert api.get(f"/api/models/{ID}/tree/main").status_code == 200


def test_letting_in_costs_a_pull_no_query(thing, people, otto, django_assert_num_queries):
    outsider, api = Api(people["outsider"]), Api(otto)
    grant(repository=thing, user=otto, actor_user=people["admin"])
    AccessToken.objects.update(last_used_at=timezone.now())
    assert [api.get(path).status_code for path in FILES] == [200, 302]
    for path in FILES:
        with django_assert_num_queries(2):
            assert api.get(path).status_code in (200, 302)
    with django_assert_num_queries(2):
        assert outsider.get(FILES[0]).status_code == 403


def test_fine_grained_tokens_pass_gates_where_they_may(thing, people, otto):
    grant(repository=thing, user=otto, actor_user=people["admin"])
    tokens = {
        "none": Api(otto, role=TokenRole.FINE_GRAINED),
        "gates": Api(otto, role=TokenRole.FINE_GRAINED, everywhere=[Everywhere.GATED]),
        "here": Api(otto, role=TokenRole.FINE_GRAINED, grants=[Grant("read", repository_id=thing.pk)]),
        "somebody else's": Api(make_user(), role=TokenRole.FINE_GRAINED, everywhere=[Everywhere.GATED]),
    }
    found = {name: api.get(FILES[0]).status_code for name, api in tokens.items()}
    assert found == {"none": 403, "gates": 200, "here": 200, "somebody else's": 403}


def test_a_copy_is_made_by_who_was_let_in_and_has_a_gate_of_its_own(thing, people, otto, anybody):
    api = Api(otto)
    body = {"repository": "otto/copy"}
    assert api.post(f"/api/models/{ID}/duplicate", body).status_code == 403
    request = grant(repository=thing, user=otto, actor_user=people["admin"])
    assert api.post(f"/api/models/{ID}/duplicate", body).status_code == 200
    assert anybody.get("/otto/copy/resolve/main/config.json").headers["X-Error-Code"] == "GatedRepo"
    assert AccessRequest.objects.get() == request
    decide(request=request, status="rejected", actor_user=people["admin"])
    assert api.post(f"/api/models/{ID}/duplicate", {"repository": "otto/more"}).status_code == 403
