"""Finding: facets with counts, what was chosen, orders, pages, and what is suggested while somebody types."""

import re
from urllib.parse import quote

import pytest

from hub.compute.services import describe
from hub.repos import facets
from hub.repos.models import Repository
from hub.repos.services import change_settings
from hub.repos.tags import count_tags
from hub.revisions.operations import AddInline
from tests.factories.repositories import commit, make_repository

CARDS = {
    "bert-one": "license: mit\nlibrary_name: transformers\npipeline_tag: fill-mask\nlanguage: [en, de]",
    "bert-two": "license: apache-2.0\nlibrary_name: transformers\npipeline_tag: fill-mask\nlanguage: en",
    "voice": "license: mit\nlibrary_name: peft\npipeline_tag: text-to-speech\ntags: [soft]",
}


@pytest.fixture
def shelf(world) -> dict[str, Repository]:
    """Three more models of acme beside its own two."""
    return {
        name: make_repository(
            world.users["admin"],
            namespace=world.organisation,
            name=name,
            files={"README.md": f"---\n{front}\n---\n# {name}\n".encode()},
        )
        for name, front in CARDS.items()
    }


def get(world, address: str, who: str = "nobody", **headers: str) -> str:
    answer = world.client(who).get(address, headers=headers)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def names(page: str) -> list[str]:
    return re.findall(r'class="title" href="/(?:datasets/)?acme/([^"]+)"', page)


def count(page: str, label: str) -> str:
    """The count that stands beside a value of a facet."""
    return re.search(rf"<span>{label}</span> <span class=\"soft\">([^<]+)</span>", page)[1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("task=fill-mask", {"bert-one", "bert-two"}),
        ("library=transformers&licence=mit", {"bert-one"}),
        ("language=en&language=de", {"bert-one"}),
        ("language=en", {"bert-one", "bert-two"}),
        ("tag=soft", {"voice"}),
        ("author=acme&task=text-to-speech", {"voice"}),
        ("search=bert&licence=apache-2.0&author=acme&task=fill-mask", {"bert-two"}),
        ("task=absent", set()),
        ("openness=open&task=fill-mask", {"bert-one", "bert-two"}),
        ("openness=research", set()),
        ("author=absent", set()),
        ("gated=yes", {"voice"}),
    ],
)
def test_an_address_narrows_the_list(world, shelf, query, found):
    change_settings(repository=shelf["voice"], actor_user=world.users["admin"], gated="auto")
    assert set(names(get(world, f"/models?{query}"))) == found


def test_facets_count_what_is_left_and_lead_to_it(world, shelf):
    page = get(world, "/models?library=transformers")
    assert count(page, "mit") == "1"
    assert count(page, "English") == "2"
    assert 'href="?library=transformers&amp;task=fill-mask"' in page
    assert "2 found" in page
    # What has one value is chosen once, and nothing there leads to it again.
    assert "facet-library" not in page


def test_what_was_chosen_can_be_taken_away_piece_by_piece(world, shelf):
    page = get(world, "/models?task=fill-mask&language=en&language=de&sort=likes")
    chips = page.split('class="chips"')[1].split("</ul>")[0]
    assert 'href="?sort=likes&amp;language=en&amp;language=de"' in chips
    assert 'href="?sort=likes&amp;task=fill-mask&amp;language=de"' in chips
    assert 'href="?sort=likes"' in chips
    assert '<input type="hidden" name="task" value="fill-mask">' in page


def test_counts_know_what_the_visitor_may_see(world, shelf):
    assert "4 found" in get(world, "/models")
    assert "5 found" in get(world, "/models", "reader")
    assert count(get(world, "/models", "reader"), "acme") == "5"
    assert count(get(world, "/models", "outsider"), "acme") == "4"


def test_sizes_and_parameters_come_from_the_head(world, shelf):
    described = shelf["voice"]
    describe(repository=described, commit=described.head)
    described.refresh_from_db()
    assert described.size > 0
    assert names(get(world, "/models?size=0-100MB")) == ["voice"]
    assert names(get(world, "/models?size=1GB-10GB")) == []
    Repository.objects.filter(pk=described.pk).update(parameters=7_000_000_000)
    assert names(get(world, "/models?parameters=7B-20B")) == ["voice"]
    assert names(get(world, "/models?parameters=1B-7B")) == []
    assert count(get(world, "/models"), "7B – 20B") == "1"


def test_of_many_so_many_are_counted_and_told_as_at_least(world, shelf, monkeypatch):
    monkeypatch.setattr(facets, "COUNTED", 1)
    page = get(world, "/models?task=fill-mask")
    assert "At least 1 found" in page
    assert count(page, "English") == "1+"


def test_all_of_a_large_catalogue_is_told_as_it_was_counted_before(world, shelf, monkeypatch):
    monkeypatch.setattr(facets, "COUNTED", 1)
    for name, use in (("voice", "yes"), ("bert-two", "conditional"), ("bert-one", "no")):
        Repository.objects.filter(pk=shelf[name].pk).update(commercial_use=use)
    count_tags()
    make_repository(world.users["admin"], namespace=world.organisation, name="later")
    page = get(world, "/models")
    assert "4 found" in page
    assert count(page, "Fill mask") == "2"
    assert count(page, "acme") == "4"
    assert count(page, "Open to anybody") == "4"
    assert count(page, "Allowed, maybe with conditions") == "2"
    assert count(page, "Allowed without conditions") == "1"
    assert "later" in names(page)


def test_a_dataset_is_found_by_its_task_and_language(world):
    card = b"---\ntask_categories: [translation]\nlanguage: [de]\n---\n# Words\n"
    make_repository(
        world.users["admin"],
        namespace=world.organisation,
        name="words",
        kind="dataset",
        files={"README.md": card},
    )
    assert names(get(world, "/datasets?task=translation&language=de")) == ["words"]
    assert names(get(world, "/datasets?task=translation&language=en")) == []
    assert count(get(world, "/datasets"), "German") == "1"


@pytest.mark.parametrize("search", ["%", "_", "()", "\\", "🦀"])
def test_signs_that_are_no_words_find_nothing_rather_than_everything(world, search):
    page = get(world, f"/models?search={quote(search)}")
    assert names(page) == []
    assert "Nothing matches" in page
    assert names(get(world, "/models?search=%20")) == ["bert"]


def test_a_search_from_the_list_is_sorted_by_how_well_it_matches_unless_another_order_was_asked_for(world):
    for query in ("", "?sort=trending", "?search=bert"):
        assert '<option value="" selected>' in get(world, f"/models{query}")
    assert '<option value="likes" selected>' in get(world, "/models?sort=likes")
    assert '<option value="trending" selected>' in get(world, "/models?search=bert&sort=trending")


def test_an_unknown_range_or_order_is_refused(world):
    for query in ("parameters=1-2", "size=x", "gated=maybe", "sort=x"):
        assert world.client("nobody").get(f"/models?{query}").status_code == 400


def test_the_pages_script_gets_the_list_alone_and_who_goes_back_the_page(world, shelf):
    part = get(world, "/models?task=fill-mask", **{"HX-Request": "true"})
    assert part.startswith('<div id="found"')
    assert "<html" in get(world, "/models", **{"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "HX-Request" in world.client("nobody").get("/models")["Vary"]


def test_suggestions_are_names_tasks_and_organisations(world, shelf):
    page = get(world, "/suggest?search=ac")
    assert 'href="/acme"' in page
    assert 'href="/acme/bert-one"' in page
    assert 'href="/models?task=fill-mask"' in get(world, "/suggest?search=mask")
    assert "acme/voice" not in get(world, "/suggest?search=bert")
    assert get(world, "/suggest?search=").strip() == ""
    assert get(world, "/suggest?search=zzz").strip() == ""


def test_nothing_hidden_is_suggested(world):
    assert "acme/secret" in get(world, "/suggest?search=secret", "reader")
    assert "secret" not in get(world, "/suggest?search=secret", "outsider")


def test_lists_are_narrowed_by_what_the_licence_check_found(world, shelf):
    Repository.objects.filter(pk=shelf["voice"].pk).update(commercial_use="yes", licence_text=True)
    Repository.objects.filter(pk=shelf["bert-two"].pk).update(
        commercial_use="conditional", licence_clear=True
    )
    page = get(world, "/models")
    assert count(page, "Allowed without conditions") == "1"
    assert count(page, "Allowed, maybe with conditions") == "2"
    assert count(page, "Among the files") == "1"
    assert count(page, "No open contradiction") == "1"
    assert names(get(world, "/models?commercial_use=yes")) == ["voice"]
    assert set(names(get(world, "/models?commercial_use=conditional"))) == {"voice", "bert-two"}
    assert names(get(world, "/models?commercial_use=conditional&licence_text=yes")) == ["voice"]
    narrowed = get(world, "/models?licence_clear=yes&commercial_use=conditional&search=bert")
    assert names(narrowed) == ["bert-two"]
    assert "Allowed without conditions" not in narrowed
    assert names(get(world, "/models?licence_clear=yes&licence_text=yes")) == []
    for query in ("commercial_use=no", "licence_text=no", "licence_clear=x"):
        assert world.client("nobody").get(f"/models?{query}").status_code == 400


def test_lists_are_narrowed_by_how_open_the_licences_are(world, shelf):
    for name, licence in (("voice", "cc-by-nc-4.0"), ("bert-two", "llama3")):
        card = CARDS[name].replace("mit", licence).replace("apache-2.0", licence)
        commit(shelf[name], world.users["admin"], [AddInline("README.md", f"---\n{card}\n---\n".encode())])
    page = get(world, "/models")
    assert count(page, "Open: free to use, change and share") == "2"
    assert count(page, "With conditions on its use") == "1"
    assert count(page, "Not for commercial use") == "1"
    assert set(names(get(world, "/models?openness=open"))) == {"bert", "bert-one"}
    assert names(get(world, "/models?openness=conditions")) == ["bert-two"]
    narrowed = get(world, "/models?openness=research&search=voice")
    assert names(narrowed) == ["voice"]
    assert "With conditions on its use" not in narrowed
    assert world.client("nobody").get("/models?openness=x").status_code == 400
