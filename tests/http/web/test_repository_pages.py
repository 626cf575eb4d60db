"""Making, finding, changing and deleting repositories."""

import re
from html import unescape

import pytest

from hub.repos.models import Repository
from hub.revisions.selectors import find_entry, read_text, resolve_revision
from tests.factories.repositories import make_repository

NEW = {"namespace": "acme", "name": "fresh", "kind": "model", "visibility": "public"}


def test_a_writer_makes_a_model_in_three_fields(world):
    answer = world.client("writer").post("/new", NEW)
    assert answer["Location"] == "/acme/fresh"
    assert world.client("nobody").get("/acme/fresh/tree/main").status_code == 200


def test_a_private_dataset_is_made_private(world):
    answer = world.client("writer").post("/new", NEW | {"kind": "dataset", "visibility": "private"})
    assert answer["Location"] == "/datasets/acme/fresh"
    assert world.client("nobody").get("/datasets/acme/fresh").status_code == 404


@pytest.mark.parametrize(
    ("who", "change"),
    [
        ("writer", {"name": "bert"}),
        ("writer", {"name": "BERT"}),
        ("writer", {"name": "a b"}),
        ("writer", {"name": "a--b"}),
        ("writer", {"name": ""}),
        ("writer", {"name": "x" * 97}),
        ("writer", {"visibility": "secret"}),
        ("writer", {"licence": "gpl-9"}),
        ("writer", {"namespace": "otto"}),
        ("reader", {}),
        ("outsider", {}),
        ("moderator", {}),
    ],
)
def test_a_bad_new_repository_is_refused_at_its_field(world, who, change):
    before = Repository.objects.count()
    answer = world.client(who).post("/new", NEW | change)
    assert answer.status_code == 200
    assert b'class="errorlist"' in answer.content
    assert Repository.objects.count() == before


@pytest.mark.parametrize("who", ["admin", "writer"])
def test_a_name_that_is_taken_is_told_in_the_same_words_whoever_took_it(world, who):
    client = world.client(who)
    shown = client.post("/new", NEW | {"name": "BERT"}).content.decode()
    assert "There is one called “acme/bert” already. Choose another name." in shown
    german = client.post("/new", NEW | {"name": "BERT"}, headers={"Accept-Language": "de"}).content.decode()
    assert "„acme/bert“ gibt es schon. Nehmen Sie einen anderen Namen." in german


def test_a_repository_of_another_kind_is_not_made(world):
    before = Repository.objects.count()
    assert world.client("writer").post("/new", NEW | {"kind": "space"}).status_code == 400
    assert world.client("writer").get("/new?kind=space").status_code == 200
    assert Repository.objects.count() == before


def test_a_licence_begins_the_card_and_none_makes_none(world):
    client = world.client("writer")
    client.post("/new", NEW | {"licence": "mit"})
    made = Repository.objects.get(name="fresh")
    found = resolve_revision(made, None)
    assert read_text(find_entry(found, "README.md")) == "---\nlicense: mit\n---\n\n# fresh\n"
    assert made.licence == "mit"
    client.post("/new", NEW | {"name": "bare", "licence": ""})
    bare = resolve_revision(Repository.objects.get(name="bare"), None)
    assert find_entry(bare, "README.md") is None


def test_the_search_finds_by_beginnings_of_words_and_only_what_matches(world):
    make_repository(world.users["outsider"], name="whisper")
    shown = world.client("nobody").get("/models?search=ber").content
    assert b"acme/bert" in shown
    assert b"otto/whisper" not in shown
    assert b"Nothing matches" in world.client("nobody").get("/models?search=absent").content


def test_models_and_datasets_are_listed_apart(world):
    make_repository(world.users["outsider"], name="words", kind="dataset")
    assert b"otto/words" not in world.client("nobody").get("/models").content
    assert b"otto/words" in world.client("nobody").get("/datasets").content


def test_a_list_has_pages_that_keep_the_search(world, monkeypatch):
    monkeypatch.setattr("hub.http.web.browse.PAGE", 1)
    make_repository(world.users["outsider"], name="bertram")
    first = world.client("nobody").get("/models?search=bert").content.decode()
    following = unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    assert following.startswith("/models?search=bert&cursor=")
    assert "acme/bert" in first
    assert "otto/bertram" not in first
    second = world.client("nobody").get(following).content.decode()
    assert "otto/bertram" in second
    assert 'rel="next"' not in second
    assert 'rel="first" href="?search=bert"' in second


@pytest.mark.parametrize(
    "query", ["sort=absent", "sort=name", "cursor=0", "cursor=", "search=%00", "search=" + "x" * 201]
)
def test_a_bad_list_address_says_which_value_is_wrong(world, query):
    answer = world.client("nobody").get(f"/models?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0].encode() in answer.content


@pytest.mark.parametrize("search", ["'", "a & | !", "\\", "日本", "<script>alert(1)</script>"])
def test_any_search_is_safe(world, search):
    answer = world.client("nobody").get("/models", {"search": search})
    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content


def test_an_admin_changes_who_can_see_a_repository(world):
    world.client("admin").post("/acme/bert/settings", {"visibility": "private", "gate": "open"})
    assert world.client("nobody").get("/acme/bert").status_code == 404
    world.client("admin").post("/acme/bert/settings", {"visibility": "public", "gate": "open"})
    assert world.client("nobody").get("/acme/bert").status_code == 200


def test_an_admin_gates_the_files_and_the_pages_explain_it(world):
    saved = world.client("admin").post("/acme/bert/settings", {"visibility": "public", "gate": "manual"})
    assert saved.status_code == 302, saved.content.decode()[1500:]
    for who, may in (("nobody", False), ("outsider", False), ("reader", True), ("moderator", True)):
        client = world.client(who)
        card = client.get("/acme/bert").content
        assert b"Turns sentences into vectors." in card
        assert (b"The files of this repository are gated." in card) is not may
        assert (b"/acme/bert/resolve/main/config.json" in client.get("/acme/bert/tree/main").content) is may
        file = client.get("/acme/bert/blob/main/config.json")
        assert (file.status_code, b">384</span>" in file.content) == ((200, True) if may else (403, False))
    assert b">Gated<" in world.client("nobody").get("/acme").content
    # A form without the gate opens nothing.
    world.client("admin").post("/acme/bert/settings", {"visibility": "public"})
    assert Repository.objects.get(name="bert").gated == "manual"


@pytest.mark.parametrize(("who", "status"), [("nobody", 302), ("outsider", 403), ("writer", 403)])
def test_others_change_nothing_in_the_settings(world, who, status):
    client = world.client(who)
    assert client.post("/acme/bert/settings", {"visibility": "private"}).status_code == status
    assert client.post("/acme/bert/settings/delete", {"confirmation": "acme/bert"}).status_code == status
    assert Repository.objects.get(name="bert").visibility == "public"


def test_a_repository_is_deleted_when_its_full_name_was_typed(world):
    client = world.client("admin")
    assert client.post("/acme/bert/settings/delete", {"confirmation": "bert"}).status_code == 400
    assert world.client("nobody").get("/acme/bert").status_code == 200
    assert client.post("/acme/bert/settings/delete", {"confirmation": "acme/bert"})["Location"] == "/acme"
    assert world.client("admin").get("/acme/bert").status_code == 404


def test_an_admin_renames_a_repository_and_the_old_address_leads_on(world):
    sent = {"namespace": "acme", "name": "berta"}
    assert world.client("admin").post("/acme/bert/settings/move", sent)["Location"] == "/acme/berta"
    for page in ("", "/tree/main", "/blob/main/config.json"):
        assert world.client("nobody").get(f"/acme/bert{page}")["Location"] == f"/acme/berta{page}"


def test_a_repository_goes_to_another_owner_when_its_name_was_typed(world):
    sent = {"namespace": "anna", "name": "bert"}
    refused = world.client("admin").post("/acme/bert/settings/move", sent)
    assert refused.status_code == 400
    assert Repository.objects.get(name="bert").namespace.name == "acme"
    moved = world.client("admin").post("/acme/bert/settings/move", sent | {"confirmation": "acme/bert"})
    assert moved["Location"] == "/anna/bert"
    assert Repository.objects.get(name="bert").namespace.name == "anna"


@pytest.mark.parametrize(
    "change",
    [{"namespace": "otto"}, {"namespace": "absent"}, {"name": "secret"}, {"name": "a b"}, {"name": ""}],
)
def test_a_move_to_where_one_may_not_create_or_to_a_bad_name_moves_nothing(world, change):
    sent = {"namespace": "acme", "name": "bert", "confirmation": "acme/bert"} | change
    answer = world.client("admin").post("/acme/bert/settings/move", sent)
    assert answer.status_code == 400
    assert b'class="errorlist"' in answer.content
    assert Repository.objects.get(name="bert").full_name == "acme/bert"


@pytest.mark.parametrize(("who", "status"), [("nobody", 302), ("outsider", 403), ("writer", 403)])
def test_others_move_nothing(world, who, status):
    sent = {"namespace": "acme", "name": "berta"}
    assert world.client(who).post("/acme/bert/settings/move", sent).status_code == status
    assert Repository.objects.filter(name="bert").exists()
