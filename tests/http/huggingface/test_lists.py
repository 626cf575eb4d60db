"""Lists of models and datasets: who is shown what, by which filters, and page by page."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from hub.http.huggingface import lists
from hub.repos import listing, search
from hub.repos.models import Repository
from hub.repos.services import take_down
from hub.repos.tags import count_tags
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository
from tests.http.api import Api


def ids(asker: Api, query: str = "", kind: str = "models") -> list[str]:
    """The names of one page."""
    answer = asker.get(f"/api/{kind}?{query}")
    assert answer.status_code == 200, answer.content
    return [item["id"].partition("/")[2] for item in answer.json()]


def pages(asker: Api, query: str) -> list[list[dict]]:
    """Every page, by following the links."""
    found, address = [], f"/api/models?{query}"
    while address:
        answer = asker.get(address)
        assert answer.status_code == 200, answer.content
        found.append(answer.json())
        link = re.fullmatch(r'<http://testserver(/.*)>; rel="next"', answer.headers.get("Link", ""))
        address = link and link[1]
    return found


def walked(asker: Api, query: str) -> list[str]:
    """The names on all pages."""
    return [item["id"].partition("/")[2] for page in pages(asker, query) for item in page]


def make(owner: User, name: str, front: str = "", **columns) -> Repository:
    """A model with a card, and with columns that the hub's tasks would have set."""
    made = make_repository(owner, name=name, files={"README.md": f"---\n{front}\n---\n# {name}\n".encode()})
    Repository.objects.filter(pk=made.pk).update(**columns)
    return made


@pytest.fixture
def five(owner):
    """Five models that differ in everything that lists are ordered by."""
    return [
        make(owner.user, f"m{number}", downloads=number % 2, likes=number // 2, trending=-number)
        for number in range(5)
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("lastModified", ["m4", "m3", "m2", "m1", "m0"]),
        ("createdAt", ["m4", "m3", "m2", "m1", "m0"]),
        ("downloads", ["m3", "m1", "m4", "m2", "m0"]),
        ("likes", ["m4", "m3", "m2", "m1", "m0"]),
        ("trendingScore", ["m0", "m1", "m2", "m3", "m4"]),
    ],
)
def test_every_order_is_the_same_on_pages_of_every_size(anybody, five, sort, names, limit):
    assert walked(anybody, f"sort={sort}&limit={limit}") == names
    assert walked(anybody, f"sort={sort}&limit={limit}&direction=-1&search=m") == names


def test_each_filter_narrows_the_list_and_all_hold_together(anybody, owner):
    front = (
        "library_name: peft\npipeline_tag: fill-mask\nlicense: MIT\nlanguage: [en, fr]\n"
        "datasets: [squad]\nbase_model: ada/base\ntags: [odd one]"
    )
    make(owner.user, "whole", front, parameters=7_000_000_000)
    make(
        owner.user,
        "small",
        "language: en\nlicense: mit",
        parameters=22_000_000,
        commercial_use="yes",
        licence_text=True,
        licence_clear=True,
    )
    make(make_user("eve"), "other", "tags: [peft]", gated="manual", commercial_use="conditional")
    for query, found in {
        "filter=peft": ["other", "whole"],
        "filter=fr": ["whole"],
        "filter=en&filter=license:mit": ["small", "whole"],
        "filter=en&filter=peft&filter=dataset:squad&filter=base_model:ada/base": ["whole"],
        "filter=odd%20one": ["whole"],
        "filter=odd": [],
        "filter=en&filter=absent": [],
        "pipeline_tag=fill-mask": ["whole"],
        "task=fill-mask": ["whole"],
        "author=ADA": ["small", "whole"],
        "author=nobody": [],
        "author=ADA&filter=peft": ["whole"],
        "gated=true": ["other"],
        "gated=false": ["small", "whole"],
        "commercial_use=yes": ["small"],
        "commercial_use=conditional": ["other", "small"],
        "commercial_use=conditional&gated=true": ["other"],
        "commercial_use=yes&filter=peft": [],
        "licence_text=true&licence_clear=true&commercial_use=yes&search=small": ["small"],
        "licence_clear=true&author=eve": [],
        "num_parameters=min:6B,max:128B": ["whole"],
        "num_parameters=min:22M": ["small", "whole"],
        "num_parameters=max:0.5b": ["small"],
        "num_parameters=min:1T": [],
        "apps=ollama": [],
        "inference=warm": [],
        "inference_provider=all": [],
        "search=peft&author=eve": ["other"],
    }.items():
        assert ids(anybody, query) == found, query


def test_datasets_are_filtered_by_what_their_cards_say(anybody, owner):
    card = b"---\nlanguage: [en]\ntask_categories: [fill-mask]\nsize_categories: 1K<n<10K\n---\n"
    make_repository(owner.user, name="words", kind="dataset", files={"README.md": card})
    make_repository(owner.user, name="other", kind="dataset")
    assert ids(anybody, "filter=language:en&filter=task_categories:fill-mask", "datasets") == ["words"]
    assert ids(anybody, "filter=size_categories:1K%3Cn%3C10K", "datasets") == ["words"]
    assert ids(anybody, "search=wor&search=ds", "datasets") == []
    assert ids(anybody, "search=wor&search=ada", "datasets") == ["words"]
    assert ids(anybody, "filter=language:en") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("sort=nonsense", "sort"),
        ("sort=downloads&direction=1", "direction"),
        ("gated=perhaps", "gated"),
        ("commercial_use=true", "commercial_use"),
        ("licence_text=no", "licence_text"),
        ("licence_clear=false", "licence_clear"),
        ("num_parameters=6B", "num_parameters"),
        ("num_parameters=min:6B,min:7B", "num_parameters"),
        ("num_parameters=min:-1", "num_parameters"),
        ("num_parameters=min:" + "9" * 500, "num_parameters"),
        ("num_parameters=min:٣", "num_parameters"),
        ("expand=absent", "expand"),
        ("cursor=absent", "cursor"),
        ("search=" + "x" * 501, "search"),
        ("&".join(f"filter={number}" for number in range(60)), "filter"),
    ],
)
def test_what_makes_no_sense_is_named(anybody, five, query, field):
    answer = anybody.get(f"/api/models?{query}")
    assert answer.status_code == 400
    assert answer.json()["field"] == field


def test_a_cursor_of_a_search_is_none_for_a_search_without_words(anybody, five):
    cursor = re.search(r"cursor=([^&>]+)", anybody.get("/api/models?search=m&limit=2")["Link"])[1]
    answer = anybody.get(f"/api/models?search=%20&cursor={cursor}")
    assert (answer.status_code, answer.json()["field"]) == (400, "cursor")
    assert anybody.client.get(f"/models?cursor={cursor}").status_code == 400


def test_a_cursor_serves_the_list_it_was_made_for(anybody, five):
    cursor = re.search(r"cursor=([^&>]+)", anybody.get("/api/models?sort=likes&limit=2")["Link"])[1]
    assert ids(anybody, f"sort=likes&limit=9&cursor={cursor}") == ["m2", "m1", "m0"]
    for query in ("sort=downloads", "", "search=m"):
        assert anybody.get(f"/api/models?{query}&cursor={cursor}").status_code == 400
    assert anybody.get(f"/api/datasets?sort=likes&cursor={cursor}").status_code == 400


@pytest.mark.parametrize("query", ["sort=downloads", "search=m", "filter=x&sort=downloads"])
def test_what_changes_between_pages_hides_and_repeats_nothing_else(anybody, owner, query):
    for number in range(8):
        make(owner.user, f"m{number}", "tags: [x]", downloads=10 * number)
    first = anybody.get(f"/api/models?{query}&limit=3")
    assert [item["id"] for item in first.json()] == ["ada/m7", "ada/m6", "ada/m5"]
    make(owner.user, "m-new", "tags: [x]", downloads=1000)
    Repository.objects.filter(name="m6").delete()
    Repository.objects.filter(name="m1").update(downloads=500)
    following = first["Link"].partition(">")[0].partition("?")[2]
    rest = walked(anybody, following)
    assert [name for name in rest if name != "m1"] == ["m4", "m3", "m2", "m0"]


def test_a_page_ends_early_rather_than_look_through_everything(anybody, owner, monkeypatch):
    monkeypatch.setattr(listing, "NEAR", 2)
    monkeypatch.setattr(listing, "FAR", 3)
    monkeypatch.setattr(listing, "FEW", 1)
    for number in range(12):
        make(owner.user, f"m{number}", "tags: [x]" if number in (0, 5, 6) else "", downloads=number)
    found = pages(anybody, "filter=x&sort=downloads&limit=3")
    assert len(found) > 1
    assert [item["id"] for page in found for item in page] == ["ada/m6", "ada/m5", "ada/m0"]


@pytest.mark.parametrize(
    "query",
    ["", "sort=downloads", "limit=1", "limit=2&sort=likes", "search=shared", "filter=mine", "author=the-lab"],
)
def test_only_members_are_shown_what_is_private_whatever_is_asked(people, query):
    admin = people["admin"]
    lab = next(iter(admin.memberships.all())).organisation
    for name, visibility in (
        ("shared-open", "public"),
        ("shared-secret", "private"),
        ("shared-gone", "public"),
    ):
        card = b"---\ntags: [mine]\n---\n"
        made = make_repository(
            admin, namespace=lab, name=name, visibility=visibility, files={"README.md": card}
        )
        if name == "shared-gone":
            take_down(repository=made, actor_user=None)
    make_repository(make_user(), name="shared-elsewhere", visibility="private")
    for who, user in people.items():
        shown = sorted(walked(Api(user), query))
        secrets = ["shared-gone", "shared-open", "shared-secret"]
        assert shown == (["shared-open"] if who in ("nobody", "outsider") else secrets), who


def test_a_page_has_a_thousand_rows_and_so_many_bytes_at_most(anybody, owner, monkeypatch):
    names = [f"m{number}" for number in range(6)]
    for name in names:
        make(owner.user, name, "notes: " + "x" * 5000)
    monkeypatch.setattr(lists, "PAGE_BYTES", 12_000)
    monkeypatch.setattr(lists, "STRETCH", 2)
    found = pages(anybody, "cardData=true&limit=100")
    assert [item["id"].partition("/")[2] for page in found for item in page] == names[::-1]
    assert max(len(json.dumps(page)) for page in found) < 20_000
    assert walked(anybody, "search=m&full=true&cardData=true") == names[::-1]
    monkeypatch.setattr(lists, "MAX_LIMIT", 4)
    assert len(ids(anybody, "limit=99999999999999")) == 4


@pytest.mark.parametrize("frequent", [1, 1000])
@pytest.mark.parametrize("query", ["", "search=m", "filter=x&sort=likes", "full=true&cardData=true"])
def test_a_list_asks_the_database_as_often_however_long_it_is(owner, monkeypatch, query, frequent):
    monkeypatch.setattr(search, "FREQUENT", frequent)
    make(owner.user, "m", "tags: [x]")

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert owner.get(f"/api/models?{query}").status_code == 200
        return len(captured)

    asked()
    before = asked()
    for number in range(10):
        make(owner.user, f"m{number}", "tags: [x]")
    assert asked() == before
    assert before <= 32


def test_tags_are_told_by_their_type_and_only_those_of_public_repositories(anybody, owner):
    assert anybody.get("/api/models-tags-by-type").json() == {}
    front = "library_name: peft\npipeline_tag: fill-mask\nlicense: mit\nlanguage: en\ntags: [odd, 'a:b']"
    make(owner.user, "one", front)
    make(owner.user, "two", "license: mit\ntags: [odd]")
    hidden = make(owner.user, "three", "tags: [secret]")
    Repository.objects.filter(pk=hidden.pk).update(visibility="private")
    count_tags()
    count_tags()
    found = anybody.get("/api/models-tags-by-type").json()
    assert {type_: [tag["id"] for tag in tags] for type_, tags in found.items()} == {
        "library": ["peft"],
        "pipeline_tag": ["fill-mask"],
        "license": ["license:mit"],
        "language": ["en"],
        "other": ["odd", "a:b"],
    }
    assert found["license"] == [{"id": "license:mit", "label": "mit", "type": "license"}]
    assert anybody.get("/api/datasets-tags-by-type").json() == {}
    assert anybody.get("/api/spaces-tags-by-type").status_code == 404
