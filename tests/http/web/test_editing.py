"""Editing a card or a text in the browser: what is shown, what is written, and what is never lost."""

import html
import json
import re
from typing import Any

import pytest
from django.http import HttpResponse

from hub.revisions.operations import AddBlob, AddInline
from hub.revisions.selectors import find_entry, list_refs, read_text, resolve_revision
from tests.factories.accounts import make_token
from tests.factories.repositories import add_large, commit, make_repository

EDIT = "/acme/bert/edit/main/README.md"
CARD = """---
license: apache-2.0  # as the board decided
custom: [1, 2]
tags: [embedding]
pipeline_tag: sentence-similarity
---
# Bert
"""


def text_at(repository: Any, path: str, revision: str = "main") -> str | None:
    entry = find_entry(resolve_revision(repository, revision), path)
    return read_text(entry) if entry else None


def hidden(answer: HttpResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.content.decode())
    return html.unescape(found[1])


def shown_text(answer: HttpResponse) -> str:
    return html.unescape(
        re.search(r"<textarea id=\"text\"[^>]*>\n(.*?)</textarea>", answer.content.decode(), re.S)[1]
    )


def form(answer: HttpResponse, **changes: str) -> dict[str, str]:
    """What a browser sends of the page, with line ends as browsers send them."""
    fields = {
        "base": hidden(answer, "base"),
        "commit": hidden(answer, "commit"),
        "text": shown_text(answer),
        "where": "here",
        "do": "commit",
    } | changes
    return fields | {"text": re.sub(r"\r?\n", "\r\n", fields["text"])}


def test_a_text_is_changed_by_one_commit_with_the_words_of_its_author(world):
    client = world.client("writer")
    page = client.get("/acme/bert/edit/main/config.json")
    assert shown_text(page) == '{"hidden": 384}'
    sent = form(page, text='{"hidden": 512}\n', summary="Widen it", description="Twice as good.")
    answer = client.post("/acme/bert/edit/main/config.json", sent)
    assert answer["Location"] == "/acme/bert/blob/main/config.json"
    assert text_at(world.public, "config.json") == '{"hidden": 512}\n'
    last = client.get("/acme/bert/commits/main").content.decode()
    assert "Widen it" in last


def test_the_line_ends_of_the_file_stay_what_they_were(world):
    commit(
        world.public, world.users["admin"], [AddInline("w.txt", b"a\r\nb\r\n"), AddInline("u.txt", b"\na\nb")]
    )
    client = world.client("writer")
    for path, after in (("w.txt", "a\r\nb\r\nc"), ("u.txt", "\na\nb\nc")):
        page = client.get(f"/acme/bert/edit/main/{path}")
        text = shown_text(page)
        client.post(f"/acme/bert/edit/main/{path}", form(page, text=text.rstrip("\r\n") + "\nc"))
        assert text_at(world.public, path) == after


def test_a_text_that_nobody_changed_makes_no_commit(world):
    client = world.client("writer")
    head = resolve_revision(world.public, None).commit
    answer = client.post(EDIT, form(client.get(EDIT)))
    assert answer.status_code == 400
    assert b"Nothing has changed yet." in answer.content
    assert resolve_revision(world.public, None).commit == head


def test_the_form_beside_the_card_writes_what_was_touched_and_keeps_the_rest(world):
    commit(world.public, world.users["admin"], [AddInline("README.md", CARD.encode())])
    client = world.client("writer")
    page = client.get(EDIT)
    sent = form(page, were=hidden(page, "were"), license="mit", tags="embedding, small", pipeline_tag="")
    assert client.post(EDIT, sent)["Location"] == "/acme/bert"
    expected = CARD.replace("apache-2.0", "mit").replace("[embedding]", "[embedding, small]")
    assert text_at(world.public, "README.md") == expected.replace("pipeline_tag: sentence-similarity\n", "")
    world.public.refresh_from_db()
    assert (world.public.licence, world.public.pipeline_tag) == ("mit", "")
    assert world.public.card["custom"] == [1, 2]


def test_what_was_typed_into_the_text_counts_where_the_form_was_left_alone(world):
    client = world.client("writer")
    page = client.get(EDIT)
    were = hidden(page, "were")
    fields = {key: ", ".join(texts) for key, texts in json.loads(were).items()}
    text = shown_text(page).replace("apache-2.0", "mit")
    client.post(EDIT, form(page, text=text, were=were, **fields))
    assert text_at(world.public, "README.md") == text


def test_a_card_that_the_form_cannot_write_is_not_committed_and_not_lost(world):
    client = world.client("writer")
    page = client.get(EDIT)
    broken = "---\na: [1\n---\nMy long text."
    answer = client.post(EDIT, form(page, text=broken, were="{}", license="mit"))
    assert answer.status_code == 400
    assert shown_text(answer).replace("\r", "") == broken
    assert b"not valid YAML" in answer.content
    assert 'name="license" value="mit"' in answer.content.decode()
    assert "Turns sentences" in text_at(world.public, "README.md")


def test_a_card_that_cannot_be_read_has_no_empty_fields_and_gets_them_once_it_can(world):
    front = "license: {}\ntags: [a]\ncustom: {}"
    bad = f"---\n{front.format('mit', '!ours x')}\n---\n# Hello\n"
    commit(world.public, world.users["admin"], [AddInline("README.md", bad.encode())])
    client = world.client("writer")
    page = client.get(EDIT)
    shown = page.content.decode()
    assert "The front matter uses the YAML tag !ours, which a card may not: take it out." in shown
    assert "They are shown as soon as these lines can be read." in shown
    assert 'name="license"' not in shown
    german = client.get(EDIT, headers={"Accept-Language": "de"}).content.decode()
    assert "benutzen das YAML-Tag !ours" in german
    good = bad.replace("!ours x", "!!str x").replace("mit", "!!str mit")
    shown = typed(client, EDIT, page, "text", text=good, were=hidden(page, "were"))
    assert 'name="license" value="mit"' in shown
    sent = form(
        page, text=good, were=json.dumps({"license": ["mit"], "tags": ["a"]}), license="bsd", tags="a"
    )
    assert client.post(EDIT, sent)["Location"] == "/acme/bert"
    assert text_at(world.public, "README.md") == good.replace("!!str mit", "bsd")


def typed(client: Any, address: str, page: HttpResponse, by: str, **changes: str) -> str:
    """What htmx gets while somebody types into the text or a field."""
    headers = {"HX-Request": "true", "HX-Trigger-Name": by}
    answer = client.post(address, form(page, **changes), headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_preview_is_the_card_as_its_page_renders_it_and_stores_nothing(world):
    text = (
        "---\nlicense: mit\n---\n# Hello\n\n[use](docs/use.md)\n\n| a |\n|---|\n| b |\n\n<script>x</script>"
    )
    client = world.client("writer")
    head = resolve_revision(world.public, None).commit
    shown = typed(client, EDIT, client.get(EDIT), "text", text=text)
    assert "hx-swap-oob" not in shown
    assert resolve_revision(world.public, None).commit == head
    client.post(EDIT, form(client.get(EDIT), text=text))
    page = client.get("/acme/bert").content.decode()
    article = re.search(r'<article class="card prose">(.*?)</article>', page, re.S)[1]
    assert article in shown
    assert "<script>x" not in shown


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ("license: apache2", "did you mean apache-2.0?"),
        ("license: mit\npipeline_tag: text-clasification", "did you mean &#x27;text-classification&#x27;?"),
        ("license: mit\nlanguage: german", "did you mean &#x27;de&#x27;?"),
        ("license: [mit", "not valid YAML (line 3)"),
        ("license: mit", "The card is well formed"),
    ],
)
def test_warnings_come_as_one_types_with_the_nearest_known_name(world, front, words):
    client = world.client("writer")
    assert words in typed(client, EDIT, client.get(EDIT), "text", text=f"---\n{front}\n---\n", were="{}")


def test_a_field_goes_into_the_text_and_the_text_into_the_fields(world):
    client = world.client("writer")
    page = client.get(EDIT)
    were = hidden(page, "were")
    by_field = typed(client, EDIT, page, "fields", were=were, license="mit")
    assert '<textarea id="text"' in by_field
    assert "license: mit" in by_field
    assert 'id="fields"' not in by_field
    by_text = typed(client, EDIT, page, "text", text="---\nlicense: bsd\n---\n", were=were)
    assert '<textarea id="text"' not in by_text
    assert 'name="license" value="bsd"' in by_text


def test_of_two_who_edit_one_file_the_second_sees_both_texts_and_loses_nothing(world):
    first, second = world.client("writer"), world.client("admin")
    pages = [client.get(EDIT) for client in (first, second)]
    assert first.post(EDIT, form(pages[0], text="# First\n")).status_code == 302
    refused = second.post(EDIT, form(pages[1], text="# Second\n"))
    assert refused.status_code == 409
    assert shown_text(refused).replace("\r", "") == "# Second\n"
    assert b"# First" in refused.content
    assert text_at(world.public, "README.md") == "# First\n"
    # Who has seen the other text may replace it.
    assert second.post(EDIT, form(refused)).status_code == 302
    assert text_at(world.public, "README.md") == "# Second\n"


def test_a_change_of_another_file_is_no_conflict(world):
    client = world.client("writer")
    page = client.get(EDIT)
    commit(world.public, world.users["admin"], [AddInline("other.txt", b"x")])
    assert client.post(EDIT, form(page, text="# Mine\n")).status_code == 302
    assert (text_at(world.public, "README.md"), text_at(world.public, "other.txt")) == ("# Mine\n", "x")


def test_a_file_that_was_deleted_meanwhile_is_told_and_can_be_saved_again(world):
    writer, admin = world.client("writer"), world.client("admin")
    page = writer.get(EDIT)
    asked = admin.get("/acme/bert/delete/main/README.md")
    admin.post("/acme/bert/delete/main/README.md", {"base": hidden(asked, "base"), "where": "here"})
    refused = writer.post(EDIT, form(page, text="# Mine\n"))
    assert refused.status_code == 409
    assert writer.post(EDIT, form(refused)).status_code == 302
    assert text_at(world.public, "README.md") == "# Mine\n"


def test_a_change_goes_to_a_new_branch_and_leaves_the_first_alone(world):
    client = world.client("writer")
    before = text_at(world.public, "README.md")
    answer = client.post(EDIT, form(client.get(EDIT), text="# New\n", where="new", branch="better/card"))
    assert answer["Location"] == "/acme/bert/blob/better%2Fcard/README.md"
    assert client.get(answer["Location"]).status_code == 200
    assert text_at(world.public, "README.md", "better/card") == "# New\n"
    assert text_at(world.public, "README.md") == before


@pytest.mark.parametrize("branch", ["", "main", "a b", "x" * 251, "a..b"])
def test_a_branch_that_cannot_be_is_refused_with_the_text_kept(world, branch):
    client = world.client("writer")
    sent = form(client.get(EDIT), text="# New\n", where="new", branch=branch)
    answer = client.post(EDIT, sent)
    assert answer.status_code in (200, 400)
    assert shown_text(answer).replace("\r", "") == "# New\n"
    assert [ref.short_name for ref in list_refs(world.public)] == ["main"]


def test_a_commit_is_edited_onto_a_new_branch_only(world):
    client = world.client("writer")
    oid = resolve_revision(world.public, None).commit
    address = f"/acme/bert/edit/{oid}/README.md"
    page = client.get(address)
    assert b'value="here"' not in page.content
    client.post(address, form(page, text="# Bad\n"))
    assert client.post(address, form(page, text="# Good\n", where="new", branch="fix")).status_code == 302
    assert text_at(world.public, "README.md", "fix") == "# Good\n"
    assert "Turns" in text_at(world.public, "README.md")


def test_a_text_whose_branch_went_away_is_kept_and_goes_to_a_new_one(world):
    client = world.client("writer")
    client.post(EDIT, form(client.get(EDIT), text="# New\n", where="new", branch="gone"))
    address = "/acme/bert/edit/gone/README.md"
    page = client.get(address)
    list_refs(world.public)[0].delete()
    kept = client.post(address, form(page, text="# Mine\n"))
    assert shown_text(kept).replace("\r", "") == "# Mine\n"
    assert client.post(address, form(kept, where="new", branch="again")).status_code == 302
    assert text_at(world.public, "README.md", "again") == "# Mine\n"


def test_a_new_file_is_written_where_there_is_none(world):
    client = world.client("writer")
    page = client.get("/acme/bert/new/main?path=docs/")
    sent = form(page, path="docs/more.md", text="# More\n")
    assert client.post("/acme/bert/new/main", sent)["Location"] == "/acme/bert/blob/main/docs/more.md"
    assert text_at(world.public, "docs/more.md") == "# More\n"
    refused = client.post("/acme/bert/new/main", form(page, path="docs/use.md", text="# Other\n"))
    assert refused.status_code == 409
    assert text_at(world.public, "docs/use.md") == "# Use\n"


@pytest.mark.parametrize(
    "path", ["", "../x", "a//b", ".git/config", "docs", "config.json/x", "x" * 1025, "a\0b"]
)
def test_a_bad_path_of_a_new_file_is_refused_and_nothing_is_stored(world, path):
    client = world.client("writer")
    head = resolve_revision(world.public, None).commit
    answer = client.post(
        "/acme/bert/new/main", form(client.get("/acme/bert/new/main"), path=path, text="kept")
    )
    if path != "a\0b":
        assert answer.status_code in (400, 409)
        assert shown_text(answer) == "kept"
        assert resolve_revision(world.public, None).commit == head


def test_a_repository_without_a_card_gets_one_with_the_form(world):
    repository = make_repository(world.users["admin"], namespace=world.organisation, name="bare")
    client = world.client("writer")
    assert b"/acme/bare/new/main?path=README.md" in client.get("/acme/bare").content
    page = client.get("/acme/bare/new/main?path=README.md")
    sent = form(page, path="README.md", text="# Bare\n", were=hidden(page, "were"), license="mit")
    assert client.post("/acme/bare/new/main", sent)["Location"] == "/acme/bare"
    assert text_at(repository, "README.md") == "---\nlicense: mit\n---\n\n# Bare\n"


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.bin", b"\0\1"),
        ("latin.txt", b"caf\xe9"),
        ("long.txt", b"x" * (512 * 1024 + 1)),
        ("nul.txt", b"x" * 9000 + b"\0"),
    ],
)
def test_what_is_no_small_text_is_not_edited(world, path, data):
    commit(world.public, world.users["admin"], [AddInline(path, data)])
    client = world.client("writer")
    assert client.get(f"/acme/bert/edit/main/{path}").status_code == 400


def test_a_large_file_is_not_edited_and_keeps_its_bytes_when_it_moves(world):
    sha256 = add_large(world.public, world.users["admin"], "weights.bin", b"weights" * 999)
    client = world.client("writer")
    assert client.get("/acme/bert/edit/main/weights.bin").status_code == 400
    asked = client.get("/acme/bert/move/main/weights.bin")
    sent = {"base": hidden(asked, "base"), "where": "here", "path": "old/weights.bin"}
    assert client.post("/acme/bert/move/main/weights.bin", sent).status_code == 302
    found = resolve_revision(world.public, None)
    assert find_entry(found, "weights.bin") is None
    assert find_entry(found, "old/weights.bin").sha256 == sha256


def test_a_file_is_renamed_by_one_commit(world):
    client = world.client("writer")
    address = "/acme/bert/move/main/docs/use.md"
    asked = client.get(address)
    sent = {"base": hidden(asked, "base"), "where": "here", "path": "use.md"}
    assert client.post(address, sent)["Location"] == "/acme/bert/blob/main/use.md"
    assert (text_at(world.public, "docs/use.md"), text_at(world.public, "use.md")) == (None, "# Use\n")
    assert "Rename docs/use.md to use.md" in client.get("/acme/bert/commits/main").content.decode()


@pytest.mark.parametrize("large", [False, True])
def test_a_program_stays_executable_when_it_moves(world, large):
    admin, sent = world.users["admin"], {"where": "here", "path": "bin/run"}
    if large:
        sha256 = add_large(world.public, admin, "run.sh", b"echo" * 999)
        commit(world.public, admin, [AddBlob("run.sh", sha256, 4 * 999, executable=True)])
    else:
        commit(world.public, admin, [AddInline("run.sh", b"echo", executable=True)])
    client = world.client("writer")
    sent["base"] = hidden(client.get("/acme/bert/move/main/run.sh"), "base")
    assert client.post("/acme/bert/move/main/run.sh", sent).status_code == 302
    found = resolve_revision(world.public, None)
    assert find_entry(found, "bin/run").executable
    assert not find_entry(found, "config.json").executable


@pytest.mark.parametrize("path", ["config.json", "docs/use.md", "../x", "", "docs"])
def test_a_path_that_is_taken_or_bad_moves_nothing(world, path):
    client = world.client("writer")
    head = resolve_revision(world.public, None).commit
    address = "/acme/bert/move/main/docs/use.md"
    sent = {"base": hidden(client.get(address), "base"), "where": "here", "path": path}
    assert client.post(address, sent).status_code == 400
    assert resolve_revision(world.public, None).commit == head


def test_a_file_is_deleted_when_it_is_still_what_was_seen(world):
    client = world.client("writer")
    address = "/acme/bert/delete/main/config.json"
    sent = {"base": hidden(client.get(address), "base"), "where": "here"}
    commit(world.public, world.users["admin"], [AddInline("config.json", b"{}")])
    refused = client.post(address, sent)
    assert refused.status_code == 400
    assert text_at(world.public, "config.json") == "{}"
    assert client.post(address, sent | {"base": hidden(refused, "base")}).status_code == 302
    assert text_at(world.public, "config.json") is None


def test_suggestions_keep_what_was_typed_before_and_tell_only_what_one_may_see(world):
    make_repository(world.users["outsider"], name="bert-hidden", visibility="private")
    client = world.client("writer")
    found = client.get("/acme/bert/suggest", {"base_model": "x/y, bert"}).content.decode()
    assert 'value="x/y, acme/bert"' in found
    assert "hidden" not in found
    assert (
        'value="en, de">German' in client.get("/acme/bert/suggest", {"language": "en,ger"}).content.decode()
    )
    assert "option" not in client.get("/acme/bert/suggest", {"tags": "a, "}).content.decode()


def test_a_card_takes_the_name_of_no_element_of_the_desk(world):
    text = "".join(f"# {word}\n" for word in ("were", "license", "tags-known", "text", "preview", "edit"))
    commit(world.public, world.users["admin"], [AddInline("README.md", text.encode())])
    ids = re.findall(r' id="([^"]+)"', world.client("writer").get(EDIT).content.decode())
    assert "card-were" in ids
    assert len(ids) == len(set(ids))


def test_a_token_of_this_hub_is_never_committed(world):
    _, token = make_token(world.users["writer"])
    client = world.client("writer")
    answer = client.post(EDIT, form(client.get(EDIT), text=f"# {token}\n"))
    assert answer.status_code == 400
    assert token not in text_at(world.public, "README.md")
