"""The licence on the page of a model and on a page of its own: terms, evidence, and findings."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.licensing import answers, tasks
from hub.licensing.catalogue import built_in
from hub.licensing.models import LicenceFinding
from hub.repos.models import Repository
from hub.revisions.operations import AddInline
from hub.revisions.withheld import withhold_revision
from tests.factories.repositories import commit, make_repository

MODIFIED = """MIT License

Copyright (c) 2026 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without
limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the
Software, and to permit persons to whom the Software is furnished to do so, subject to the following
conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions
of the Software. Nobody may be <b>unkind</b> with it.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED
TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL
THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE.
"""


def card(licence: str, *bases: str) -> bytes:
    named = f"base_model: [{', '.join(bases)}]\n" if bases else ""
    return f"---\nlicense: {licence}\n{named}---\n# A model\n".encode()


def look(repository: Repository) -> Repository:
    repository.refresh_from_db()
    tasks.check(repository.pk, repository.head)
    return repository


def page(world, who: str, address: str) -> str:
    answer = world.client(who).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def derived(world) -> Repository:
    """acme/derived, which says MIT and was made from a model that is not for commercial use."""
    root = make_repository(name="root", files={"README.md": card("cc-by-nc-4.0")})
    look(root)
    files = {"README.md": card("mit", root.full_name)}
    return look(
        make_repository(world.users["admin"], namespace=world.organisation, name="derived", files=files)
    )


@pytest.fixture
def changed(world, derived) -> Repository:
    """The same with a licence's text that is not quite the one of MIT."""
    commit(derived, world.users["admin"], [AddInline("LICENSE", MODIFIED.encode())])
    return look(derived)


def root_of(derived: Repository) -> str:
    return Repository.objects.get(name="root").full_name


def conflict(derived: Repository) -> LicenceFinding:
    return LicenceFinding.objects.get(repository=derived, rule="L07")


def test_nobody_has_looked_yet(world):
    for address in ("/acme/bert", "/acme/bert/licence"):
        assert "Nobody has looked yet" in page(world, "nobody", address)
    look(world.public)
    for address in ("/acme/bert", "/acme/bert/licence"):
        shown = page(world, "nobody", address)
        assert "Nobody has looked yet" not in shown
        assert "no legal advice" in shown


def test_the_terms_beside_the_card_say_where_they_come_from(world, derived):
    shown = page(world, "nobody", "/acme/derived")
    root = root_of(derived)
    assert "<dt>Commercial use</dt><dd>no" in shown
    assert f'<a href="/{root}/licence">{root}</a>: <a href="/licences/cc-by-nc-4.0#commercial">' in shown
    assert f"/acme/derived/licence#finding-{conflict(derived).pk}" in shown
    assert "All of it, with the evidence" in shown


def test_a_newer_commit_is_told_until_it_is_checked(world, derived):
    assert "A newer commit is being checked" not in page(world, "nobody", "/acme/derived")
    commit(derived, world.users["admin"], [AddInline("README.md", card("apache-2.0"))])
    for address in ("/acme/derived", "/acme/derived/licence"):
        assert "A newer commit is being checked" in page(world, "nobody", address)


def test_the_page_of_the_licence_leads_to_all_evidence(world, changed):
    shown = page(world, "nobody", "/acme/derived/licence")
    root = root_of(changed)
    for words in (
        '<tr id="commercial">',
        "What its files say",
        "LICENSE</a>",
        'href="/acme/derived/licence/differences/LICENSE?licence=mit"',
        "its text, changed",
        'href="/acme/derived/blob/main/README.md?view=source#L3"',
        f'href="/{root}/licence"',
        "1 step up",
        'href="/licences/cc-by-nc-4.0',
        "contradiction",
    ):
        assert words in shown, words


def test_a_sentence_that_a_licence_demands_is_there_to_copy(world):
    repository = make_repository(
        world.users["admin"],
        namespace=world.organisation,
        name="llama",
        files={"README.md": card("llama3.1")},
    )
    look(repository)
    for address in ("/acme/llama", "/acme/llama/licence"):
        assert "<pre tabindex=" in page(world, "nobody", address)
        assert "Built with Llama</pre>" in page(world, "nobody", address)
    assert "700,000,000 users a month" in page(world, "nobody", "/acme/llama")


def test_a_base_that_is_not_seen_is_not_linked(world):
    hidden = make_repository(name="hidden", visibility="private", files={"README.md": card("mit")})
    look(hidden)
    repository = make_repository(
        world.users["admin"],
        namespace=world.organisation,
        name="of-hidden",
        files={"README.md": card("mit", hidden.full_name)},
    )
    look(repository)
    shown = page(world, "nobody", "/acme/of-hidden/licence")
    assert "not here" in shown
    assert f'href="/{hidden.full_name}' not in shown


def test_an_answer_is_told_with_its_reason(world, derived):
    row = conflict(derived)
    answers.dispute(
        repository=derived, key=row.key, reason="It was <b>relicensed</b>.", actor_user=world.users["writer"]
    )
    for address in ("/acme/derived", "/acme/derived/licence"):
        shown = page(world, "nobody", address)
        assert "disputed by its publisher" in shown
        assert "It was &lt;b&gt;relicensed&lt;/b&gt;." in shown
    answers.waive(
        repository=derived,
        key=row.key,
        reason="They are the same people.",
        actor_user=world.users["moderator"],
    )
    shown = page(world, "nobody", "/acme/derived")
    assert "settled by a moderator" in shown
    assert "They are the same people." in shown


def test_the_differences_of_a_changed_text_are_marked(world, changed):
    shown = page(world, "nobody", "/acme/derived/licence/differences/LICENSE?licence=mit")
    assert "&lt;b&gt;unkind&lt;/b&gt;" in shown
    assert "<ins>" in shown
    assert "words are missing here" in shown or "word is missing here" in shown
    assert "<b>unkind" not in shown


@pytest.mark.parametrize(
    ("address", "status"), [("LICENSE", 400), ("LICENSE?licence=absent", 400), ("absent?licence=mit", 404)]
)
def test_nothing_is_compared_with_no_licence(world, changed, address, status):
    assert world.client("nobody").get(f"/acme/derived/licence/differences/{address}").status_code == status


def test_a_long_text_is_compared_in_bounded_time_and_space(world):
    words = " ".join(f"word{number % 977}" for number in range(40_000))[:262_000]
    files = {"README.md": card("mit"), "LICENSE": f"{MODIFIED}\n{words}".encode()[:262_144]}
    make_repository(world.users["admin"], namespace=world.organisation, name="long", files=files)
    shown = page(world, "nobody", "/acme/long/licence/differences/LICENSE?licence=mit")
    assert len(shown) < 600_000


def test_the_page_takes_as_many_queries_for_many_ancestors_and_findings(world):
    def queries(number: int) -> list[int]:
        bases = [
            look(make_repository(files={"README.md": card("cc-by-nc-4.0")})).full_name for _ in range(number)
        ]
        commit(world.public, world.users["admin"], [AddInline("README.md", card("mit", *bases))])
        look(world.public)
        counts = []
        for address in ("/acme/bert", "/acme/bert/licence"):
            client = world.client("admin")
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            counts.append(len(captured))
        return counts

    assert queries(1) == queries(6)


def test_every_answer_of_the_catalogue_has_words(world):
    for licence in built_in():
        assert world.client("nobody").get(f"/licences/{licence.id}").status_code == 200


def test_what_it_was_trained_on_is_linked_as_a_dataset_and_never_as_a_model_of_that_name(world):
    text = card("cc-by-nc-4.0")
    same = {"namespace": world.organisation, "name": "words", "files": {"README.md": text}}
    look(make_repository(world.users["admin"], kind="dataset", **same))
    look(make_repository(world.users["admin"], **same))
    trained = b"---\nlicense: mit\ndatasets: [acme/words]\n---\n"
    commit(world.public, world.users["admin"], [AddInline("README.md", trained)])
    look(world.public)
    shown = page(world, "nobody", "/acme/bert/licence")
    assert 'href="/datasets/acme/words/licence"' in shown
    assert 'href="/acme/words/licence"' not in shown


def test_evidence_leads_to_the_line_and_to_the_ancestor(world):
    root = look(make_repository(files={"README.md": card("mit")}))
    Repository.objects.filter(pk=root.pk).update(gated="manual")
    commit(world.public, world.users["admin"], [AddInline("README.md", card("mit", root.full_name))])
    look(world.public)
    shown = page(world, "nobody", "/acme/bert/licence").split('id="group-info"')[1]
    assert 'href="/acme/bert/blob/main/README.md?view=source#L3"' in shown
    assert f'href="/{root.full_name}/licence"' in shown


def test_what_the_model_says_itself_leads_to_where_it_says_so(world):
    files = {"README.md": card("mit"), "LICENSE": b"SPDX-License-Identifier: GPL-3.0-only\n"}
    made = look(make_repository(files=files))
    shown = page(world, "nobody", f"/{made.full_name}/licence")
    assert f'<a href="/{made.full_name}/blob/main/README.md?view=source#L2">itself</a>' in shown
    assert f'<a href="/{made.full_name}/blob/main/LICENSE">itself</a>' in shown


def test_what_a_withheld_head_says_is_for_those_who_may_have_its_files(world, changed):
    moderator = world.users["moderator"]
    key = conflict(changed).key
    address, told = "/acme/derived", ["Creative Commons", "MIT", root_of(changed)]
    withhold_revision(origin=changed.pk, oid=changed.head, actor_user=moderator)
    for who, given in (("nobody", False), ("reader", False), ("writer", True), ("moderator", True)):
        shown = page(world, who, f"{address}/licence")
        panel = page(world, who, address).split('<h2 id="licence">')[1].split("</section>")[0]
        for text in (shown, panel):
            assert "This revision is withheld." in text or given
            assert [words in text for words in told] == [given] * 3
            assert "Nobody has looked yet" not in text
        assert ("its text, changed" in shown) == given
        assert ('id="finding-' in shown) == given
        assert ("Known licence" in page(world, who, address)) == given
        differs = page(world, who, f"{address}/licence/differences/LICENSE?licence=mit")
        # What is withheld can be downloaded by some, and is shown to nobody.
        assert "<ins>" not in differs
        assert "LICENSE cannot be shown: it is withheld" in differs
        info = world.client(who).get("/api/models/acme/derived").json()["licenceCheck"]
        assert (info["state"], "declared" in info, "findings" in info) == (
            ("done", True, True) if given else ("withheld", False, False)
        )
        if who != "nobody" and not given:
            raised = world.client(who).post(f"{address}/licence/answer", {"finding": key, "act": "raise"})
            mended = world.client(who).post(f"{address}/licence/mend", {"finding": key})
            assert (raised.status_code, mended.status_code) == (404, 404)
        pinned = world.client(who).get(f"/api/models/acme/derived/revision/{changed.head}").json()
        assert pinned["licenceCheck"] == info


def test_a_commit_that_is_not_withheld_is_told_beside_one_that_is(world, derived):
    first = derived.head
    commit(derived, world.users["admin"], [AddInline("README.md", card("apache-2.0"))])
    look(derived)
    withhold_revision(origin=derived.pk, oid=first, actor_user=world.users["moderator"])
    assert "Apache" in page(world, "nobody", "/acme/derived/licence")
    told = world.client("nobody").get(f"/api/models/acme/derived/revision/{first}").json()
    assert told["licenceCheck"] == {"state": "withheld"}
