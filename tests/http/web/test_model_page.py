"""The page of a model: card, facts, checks in words, and how to pull."""

import hashlib

import pytest

from hub.compute.services import describe
from hub.downloads import services as downloads
from hub.licensing import tasks
from hub.licensing.services import check_licence
from hub.management.demo_catalogue import picture
from hub.revisions.operations import AddInline
from hub.scanning.models import Scan
from hub.scanning.running import scan_batch
from hub.scanning.services import queue_scans
from storage import services as storage
from tests.builders.weights import safetensors
from tests.factories.moderation import REASON, decide_case, make_blob_case
from tests.factories.repositories import add_large, commit, make_repository

# Loading it would run a command; nothing here loads it.
DANGEROUS = b"cos\nsystem\n(S'true'\ntR."


def page(world, who: str, address: str = "/acme/bert") -> str:
    answer = world.client(who).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def scan_everything() -> None:
    while waiting := list(Scan.objects.exclude(state=Scan.State.DONE).values_list("pk", flat=True)):
        scan_batch(scan_ids=waiting)


@pytest.fixture
def dangerous(world) -> str:
    """A file in acme/bert that a scanner has put into quarantine; its sha256."""
    sha256 = add_large(world.public, world.users["writer"], "weights.bin", DANGEROUS)
    queue_scans(sha256s=[sha256])
    scan_everything()
    return sha256


def test_the_card_is_rendered_without_its_front_matter(world):
    shown = page(world, "nobody")
    assert '<h1 id="card-bert">Bert' in shown
    assert "pipeline_tag:" not in shown


def test_the_facts_are_beside_the_card(world):
    shown = page(world, "nobody")
    for fact in ("apache-2.0", "Sentence similarity", "embedding", "Downloads", "Updated"):
        assert fact in shown


def test_the_facts_tell_how_often_it_was_pulled(world):
    for who in ("nobody", "reader"):
        world.client(who).get("/acme/bert/resolve/main/README.md")
    downloads.flush()
    shown = page(world, "nobody")
    assert "2 in 30 days" in shown
    assert "2 in all" in shown
    assert shown.count("<rect ") == 30
    assert 'height="60.0"/></svg>' in shown
    assert '<td class="number">2</td>' in shown


def test_the_pull_lines_name_this_hub(world):
    shown = page(world, "nobody")
    assert "export HF_ENDPOINT=http://testserver\nhf download acme/bert" in shown
    assert "snapshot_download(" in shown
    assert "curl -fL -O http://testserver/acme/bert/resolve/main/" in shown


def test_the_example_is_the_largest_file_that_people_come_for(world):
    files = {
        "README.md": b"# Long " * 99,
        ".gitattributes": b"* text\n" * 99,
        "deep/.x/a.bin": b"1" * 999,
        "b": b"2",
    }
    make_repository(world.users["admin"], namespace=world.organisation, name="example", files=files)
    assert "/acme/example/resolve/main/b\n" in page(world, "nobody", "/acme/example").replace("</pre>", "\n")
    make_repository(
        world.users["admin"], namespace=world.organisation, name="words", files={"README.md": b"# Words"}
    )
    assert "/acme/words/resolve/main/README.md" in page(world, "nobody", "/acme/words")


def test_a_private_repositorys_pull_lines_ask_for_a_token(world):
    assert "Authorization: Bearer $HF_TOKEN" in page(world, "reader", "/acme/secret")


def test_a_dataset_is_pulled_as_a_dataset(world):
    make_repository(
        world.users["admin"],
        namespace=world.organisation,
        name="words",
        kind="dataset",
        files={"README.md": b"# Words"},
    )
    shown = page(world, "nobody", "/datasets/acme/words")
    assert "hf download --repo-type dataset acme/words" in shown
    assert world.client("nobody").get("/acme/words").status_code == 404


def test_a_repository_without_a_card_invites_its_writers_to_add_one(world):
    make_repository(world.users["admin"], namespace=world.organisation, name="empty")
    assert "no card yet" in page(world, "nobody", "/acme/empty")
    assert "Add a README.md" not in page(world, "nobody", "/acme/empty")
    assert "Add a README.md" in page(world, "writer", "/acme/empty")


def test_a_card_that_attacks_its_readers_is_harmless(world):
    attack = b"# Hi\n<script>alert(1)</script><img src=x onerror=alert(1)><a href=javascript:alert(1)>x</a>"
    commit(world.public, world.users["admin"], [AddInline("README.md", attack)])
    shown = page(world, "nobody").split('<article class="card prose">')[1].split("</article>")[0]
    for forbidden in ("<script", "onerror=", "javascript:"):
        assert forbidden not in shown


def test_a_description_that_attacks_the_lists_is_text(world):
    commit(world.public, world.users["admin"], [AddInline("README.md", b"x <img src=x onerror=alert(1)> y")])
    assert "<img src=x" not in page(world, "nobody", "/models")


def test_the_licence_check_is_told_in_words(world):
    assert "Licence is being checked" in page(world, "nobody")
    check_licence(repository=world.public, commit=world.public.head)
    assert "Known licence" in page(world, "nobody")


def test_a_file_whose_scan_has_not_ended_says_so(world):
    assert "Being scanned" in page(world, "nobody", "/acme/bert/tree/main")


def test_a_file_whose_hash_is_not_verified_yet_is_offered_to_writers_only(world, settings):
    settings.VERIFY_INLINE_LIMIT = 10
    add_large(world.public, world.users["writer"], "big.bin", b"more than ten bytes")
    assert "Still being checked" in page(world, "nobody")
    for who, offered in (("nobody", False), ("reader", False), ("writer", True)):
        listing = page(world, who, "/acme/bert/tree/main")
        assert "Still being checked" in listing
        assert ("resolve/main/big.bin" in listing) == offered
        shown = page(world, who, "/acme/bert/blob/main/big.bin")
        assert ("resolve/main/big.bin" in shown) == offered
        assert "more than ten bytes" not in shown


def test_a_quarantined_file_is_told_to_everybody_with_the_finding(world, dangerous):
    shown = page(world, "nobody")
    assert "In quarantine" in shown
    assert "os.system" in shown
    assert "Questions about a finding go to" in shown
    listing = page(world, "nobody", "/acme/bert/tree/main")
    assert "In quarantine" in listing
    assert "resolve/main/weights.bin" not in listing
    assert "resolve/main/config.json" in listing


def test_publishers_read_the_moderators_reason_and_others_do_not(world, dangerous):
    case = make_blob_case(dangerous)
    decide_case(case, "quarantine", world.users["moderator"])
    assert REASON in page(world, "writer")
    assert "weights.bin is in quarantine." in page(world, "admin")
    for who in ("nobody", "outsider", "reader"):
        assert REASON not in page(world, who)


def test_a_quarantined_files_content_is_not_shown(world):
    sha256 = add_large(world.public, world.users["writer"], "notes.zip", b"harmless words")
    storage.quarantine(sha256=sha256)
    shown = page(world, "admin", "/acme/bert/blob/main/notes.zip")
    assert "harmless words" not in shown
    assert "In quarantine" in shown


PICKLED_CARD = b"cos\nsystem\n(S'secret words'\ntR.\n# Card\n\nsecret words\n"


@pytest.fixture
def withheld_card(world, django_capture_on_commit_callbacks) -> str:
    """The sha256 of a README.md that the scanner withheld: a pickle can be written as text."""
    commit(world.public, world.users["writer"], [AddInline("README.md", PICKLED_CARD)])
    assert "secret words" in page(world, "nobody", "/models")
    sha256 = hashlib.sha256(PICKLED_CARD).hexdigest()
    queue_scans(sha256s=[sha256])
    with django_capture_on_commit_callbacks(execute=True):
        scan_everything()
    return sha256


def test_the_words_of_a_withheld_card_are_shown_nowhere(world, withheld_card):
    pages = ("/acme/bert", "/acme/bert/blob/main/README.md", "/acme", "/", "/models", "/models?search=bert")
    for address in pages:
        assert "secret words" not in page(world, "admin", address)
    assert "/acme/bert" not in page(world, "nobody", "/models?search=secret")
    assert "README.md cannot be shown" in page(world, "nobody")


def test_the_words_of_a_withheld_card_stay_away_from_another_repository(world, withheld_card):
    make_repository(world.users["outsider"], name="copy", files={"README.md": PICKLED_CARD})
    assert "secret words" not in page(world, "nobody", "/models")


def test_the_words_of_a_released_card_come_back(world, withheld_card, django_capture_on_commit_callbacks):
    case = make_blob_case(withheld_card)
    assert "secret words" not in page(world, "nobody", "/models")
    with django_capture_on_commit_callbacks(execute=True):
        decide_case(case, "override", world.users["moderator"])
    assert "secret words" in page(world, "nobody", "/models")
    assert "secret words" in page(world, "nobody")


def test_the_facts_tell_what_the_weights_are(world):
    assert "Parameters" not in page(world, "nobody")
    weights = safetensors({"a": ("F16", [1100, 20]), "b": ("I64", [3])})
    config = b'{"architectures": ["<b>Bert"], "max_position_embeddings": 2048}'
    files = [AddInline("model.safetensors", weights), AddInline("config.json", config)]
    head = commit(world.public, world.users["writer"], files)
    describe(repository=world.public, commit=head)
    shown = page(world, "nobody")
    for fact in ('title="22,003">22K<', ">safetensors<", ">F16 · 22K<", ">I64 · 3<", "2,048 tokens"):
        assert fact in shown
    assert "&lt;b&gt;Bert" in shown


def made(world, name: str, front: str, **rest) -> None:
    card = f"---\n{front}\n---\n# {name}\n".encode()
    make_repository(
        world.users["admin"], namespace=world.organisation, name=name, files={"README.md": card}, **rest
    )


def test_the_lineage_leads_both_ways_and_says_what_is_not_here(world):
    made(world, "small", "base_model: [acme/BERT, elsewhere/giant]\nbase_model_relation: merge")
    made(world, "smaller", "base_model: acme/bert\nbase_model_relation: quantized")
    made(world, "hidden", "base_model: acme/bert", visibility="private")
    made(world, "alone", "license: mit")
    small = page(world, "nobody", "/acme/small").split('id="lineage"')[1]
    assert "Merged from" in small
    assert 'href="/acme/bert">acme/bert<' in small
    assert 'elsewhere/giant <span class="tag">not here</span>' in small
    base = page(world, "nobody").split('id="lineage"')[1]
    assert 'Quantised from it <span class="soft">1<' in base
    assert "acme/hidden" not in base
    assert "acme/hidden" in page(world, "reader").split('id="lineage"')[1]
    assert 'id="lineage"' not in page(world, "nobody", "/acme/alone")


def test_a_base_that_the_visitor_may_not_see_is_not_here(world):
    made(world, "child", "base_model: acme/secret")
    assert "not here" in page(world, "nobody", "/acme/child")
    assert 'href="/acme/secret"' in page(world, "reader", "/acme/child")


def test_a_library_that_loads_from_the_hub_has_lines_of_its_own(world):
    made(world, "filler", "library_name: transformers\npipeline_tag: fill-mask")
    assert "pipeline(&quot;fill-mask&quot;, &quot;acme/filler&quot;)" in page(world, "nobody", "/acme/filler")
    made(world, "adapter", "library_name: peft\nbase_model: acme/filler")
    assert "from_pretrained(&quot;acme/filler&quot;)" in page(world, "nobody", "/acme/adapter")


def test_what_a_card_says_never_becomes_code_to_copy(world):
    made(world, "trap", "library_name: transformers\npipeline_tag: 'x\"); evil(\"'")
    made(world, "snare", "library_name: peft\nbase_model: 'x\"); evil(\"'")
    for name in ("trap", "snare"):
        lines = page(world, "nobody", f"/acme/{name}").split('class="tabset"')[1].split("</fieldset>")[0]
        assert "evil" not in lines


def test_the_languages_are_told_by_their_names_and_lead_to_others(world):
    made(world, "polyglot", "language: [en, de, tlh]\ntags: [soft]")
    shown = page(world, "nobody", "/acme/polyglot").split('id="facts"')[1].split("</section>")[0]
    assert '<a href="/models?language=de">German</a>' in shown
    assert '<a href="/models?language=tlh">tlh</a>' in shown
    assert "tag=soft" in shown
    assert "tag=de" not in shown


def test_the_licence_is_told_with_its_text_and_what_it_allows(world):
    shown = page(world, "nobody").split('id="licence"')[1].split("</section>")[0]
    assert "https://spdx.org/licenses/Apache-2.0.html" in shown
    assert "Commercial use" not in shown
    tasks.check(world.public.pk, world.public.head)
    assert "Commercial use" in page(world, "nobody").split('id="licence"')[1].split("</section>")[0]
    commit(world.public, world.users["writer"], [AddInline("LICENSE", b"Apache License")])
    assert 'href="/acme/bert/blob/main/LICENSE"' in page(world, "nobody")
    made(world, "unsaid", "tags: [a]")
    assert "None is declared" in page(world, "nobody", "/acme/unsaid")
    made(world, "bad-link", "license: other\nlicense_link: javascript:alert(1)")
    assert "javascript:" not in page(world, "nobody", "/acme/bad-link")


def test_pictures_of_the_repository_have_their_size(world):
    writer = world.users["writer"]
    add_large(world.public, writer, "large.png", picture(50, 40))
    card = b"# P\n![p](p.png) ![](large.png) ![](no.png)\n"
    files = {"README.md": card, "p.png": picture(30, 20), "no.png": b"no picture"}
    head = commit(world.public, writer, [AddInline(path, data) for path, data in files.items()])
    assert "width=" not in page(world, "nobody").split("<article")[1].split("</article>")[0]
    describe(repository=world.public, commit=head)
    shown = page(world, "nobody").split("<article")[1]
    assert 'src="/acme/bert/resolve/main/p.png" width="30" height="20"' in shown
    assert 'src="/acme/bert/resolve/main/large.png" width="50" height="40"' in shown
    assert 'src="/acme/bert/resolve/main/no.png" width' not in shown
