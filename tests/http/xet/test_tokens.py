"""Passes to the chunk storage: who gets one, in which forms, and for how long it is good."""

import time

import pytest

from hub.downloads.services import flush
from hub.http.xet import passes
from hub.http.xet.passes import Pass, PassInvalid, read_pass, signed
from storage.xet.models import Epoch
from tests.factories.repositories import make_repository


@pytest.fixture
def thing(owner):
    return make_repository(owner.user, name="thing", files={"a.txt": b"a"})


def test_both_forms_say_the_same(owner, thing):
    for kind in ("read", "write"):
        answer = owner.get(f"/api/models/ada/thing/xet-{kind}-token/main")
        told = answer.json()
        assert answer["X-Xet-Access-Token"] == told["accessToken"]
        assert answer["X-Xet-Token-Expiration"] == str(told["exp"])
        assert answer["X-Xet-Cas-Url"] == told["casUrl"] == "http://testserver/cas/e0"
        assert answer["Cache-Control"] == "private, no-store"
        shown = read_pass(told["accessToken"])
        assert (shown.repository_id, shown.writes) == (thing.pk, kind == "write")
        assert abs(told["exp"] - time.time() - 900) < 60


def test_the_address_of_the_storage_names_the_epoch(owner, thing):
    Epoch.objects.update_or_create(pk=1, defaults={"number": 7})
    told = owner.get("/api/models/ada/thing/xet-read-token/main").json()
    assert told["casUrl"].endswith("/cas/e7")


@pytest.mark.parametrize("kind", ["read", "write"])
def test_a_revision_must_be_one_or_the_word_none(owner, thing, kind):
    head = owner.get("/api/models/ada/thing").json()["sha"]
    for revision in ("main", "None", head, "refs%2Fheads%2Fmain"):
        assert owner.get(f"/api/models/ada/thing/xet-{kind}-token/{revision}").status_code == 200
    for revision in ("other", "0" * 40, "a%2Fb"):
        answer = owner.get(f"/api/models/ada/thing/xet-{kind}-token/{revision}")
        assert (answer.status_code, answer["X-Error-Code"]) == (404, "RevisionNotFound")


def test_nobody_reads_what_is_public_and_writes_nothing(anybody, thing):
    told = anybody.get("/api/models/ada/thing/xet-read-token/main").json()
    assert read_pass(told["accessToken"]).user_id is None
    assert anybody.get("/api/models/ada/thing/xet-write-token/main").status_code == 401


def test_a_pass_costs_few_queries(owner, thing, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        owner.get("/api/models/ada/thing/xet-write-token/main")


def test_a_pass_cannot_be_made_or_changed():
    text = signed(Pass(1, 2, 3, False, int(time.time()) + 60))
    assert read_pass(text) == Pass(1, 2, 3, False, read_pass(text).ends)
    for wrong in ("", "x", text[:-1], "a" + text, text.replace(":", "", 1), "é", "\0", text * 2):
        with pytest.raises(PassInvalid):
            read_pass(wrong)


def test_a_pass_is_good_for_a_while_past_its_end_and_no_longer(monkeypatch):
    moment = time.time()
    text = signed(Pass(1, 2, 3, True, int(moment)))
    monkeypatch.setattr(passes.time, "time", lambda: moment + passes.GRACE - 5)
    assert read_pass(text).writes
    monkeypatch.setattr(passes.time, "time", lambda: moment + passes.GRACE + 5)
    with pytest.raises(PassInvalid):
        read_pass(text)


def test_a_snapshot_that_asks_for_no_file_counts_as_one_pull(anybody, thing):
    counting = {"X-HF-Download-Counter": "1"}
    for _ in range(2):
        anybody.get("/api/models/ada/thing/xet-read-token/main", **counting)
    anybody.get("/api/models/ada/thing/xet-read-token/main")
    flush()
    thing.refresh_from_db()
    assert thing.downloads == 1


def test_what_clients_report_is_taken_and_forgotten(db, client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.post("/v1/telemetry", b"{}", "application/json")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get("/v1/telemetry").status_code == 405
