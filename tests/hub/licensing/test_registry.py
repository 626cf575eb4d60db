"""Licences that staff register: who may, what is refused, and what stands anew."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from hub.errors import Forbidden, InvalidInput
from hub.events import Event
from hub.licensing import books, registry, sweeping, tasks
from hub.licensing.books import current_books
from hub.licensing.catalogue import CONDITIONS, Condition, catalogue
from hub.licensing.errors import LicenceChanged
from hub.licensing.facts import How
from hub.licensing.fields import checked_fields, condition_problems
from hub.licensing.fingerprints import Fingerprint
from hub.licensing.matching import match
from hub.licensing.models import LicenceCheck, RegisteredLicence
from hub.licensing.selectors import findings_of, standing_of
from hub.licensing.words import condition_words
from tests.factories.accounts import make_user
from tests.factories.licences import card, model
from tests.hub.licensing.installed import installed_files
from tests.hub.licensing.texts import MILL
from tests.racing import failures, race

pytestmark = pytest.mark.django_db

# Forty sentences of our own, so that the text is like no other.
TEXT = "Gull Model Licence 1.0\n\n" + "\n".join(
    f"{number}. Whoever flies model part number {number} over water at dusk keeps bird {number * 7} informed."
    for number in range(40)
)
FIELDS: dict[str, object] = {
    "kind": "research",
    "commercial": "no",
    "derivatives": "yes",
    "use_restrictions": "none",
}
# The text of the MIT License with its title, as some package brings it.
MIT = next(
    file.text
    for file in installed_files()
    if "MIT License" in file.text.splitlines()[0] and [one.how for one in match(file.text)] == [How.EXACT]
)


def gull(text=TEXT):
    fields = {"license_name": "gull-1.0", "license_link": "LICENSE"}
    return model("other", fields=fields, files={"LICENSE": text.encode()})


def lead():
    return make_user(desk_role="lead")


def register(**more):
    said = {"key": "gull-1.0", "name": "Gull Model Licence 1.0", "text": TEXT, "fields": FIELDS}
    return registry.register(**{**said, "actor_user": lead(), **more})


def version(key):
    row = RegisteredLicence.objects.filter(key=key).first()
    return row.version if row else ""


def change(key="gull-1.0", **more):
    """Change a licence by its version of now."""
    said = {"name": "Gull Model Licence 1.0", "text": TEXT, "fields": FIELDS, "seen": version(key)}
    return registry.change(**{**said, "key": key, "actor_user": lead(), **more})


def test_a_registered_licence_is_known_by_its_text_and_by_its_name(queued):
    before = gull()
    stranger = model("mit")
    assert standing_of(before).own == ["unknown"]
    assert LicenceCheck.objects.get(repository=before).puzzling
    register()
    queued.run()
    before.refresh_from_db()
    assert (standing_of(before).own, before.commercial_use) == (["gull-1.0"], "no")
    assert "L23" not in {row.rule for row in findings_of([before])[before.pk]}
    after = model(None, files={"LICENSE.txt": TEXT.replace("\n", "\r\n").encode()})
    assert standing_of(after).own == ["gull-1.0"]
    assert standing_of(stranger).own == ["mit"]


def test_what_it_allows_can_be_changed_and_comes_down(queued):
    register()
    base = gull()
    leaf = model("mit", base)
    assert "L07" in {row.rule for row in findings_of([leaf])[leaf.pk]}
    said = {"name": "Gull", "fields": {**FIELDS, "commercial": "yes"}}
    change(**said)
    queued.run()
    leaf.refresh_from_db()
    assert "L07" not in {row.rule for row in findings_of([leaf])[leaf.pk]}
    assert leaf.commercial_use == "yes"
    change(**said, retired=True)
    queued.run()
    leaf.refresh_from_db()
    assert leaf.commercial_use == "unknown"
    assert "gull-1.0" not in current_books().book
    events = AuditEvent.objects.filter(event__in=[Event.LICENCE_REGISTERED, Event.LICENCE_CHANGED])
    assert [event.data["retired"] for event in events.order_by("pk")] == [False, False, True]


def test_a_changed_text_is_told_as_changed(queued):
    register()
    changed = TEXT.replace("keeps bird 70 informed", "sells bird 70 to nobody at all in the world")
    found = gull(changed)
    assert "L04" in {row.rule for row in findings_of([found])[found.pk]}


@pytest.mark.parametrize("role", ["", "moderator", "auditor", "trusted_reporter"])
def test_only_leads_register(role):
    user = make_user(desk_role=role) if role else make_user()
    with pytest.raises(Forbidden):
        register(actor_user=user)
    assert not RegisteredLicence.objects.exists()


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("key", {"key": "Gull 1"}),
        ("key", {"key": "mit"}),
        ("key", {"key": "unknown"}),
        ("key", {"key": "other"}),
        ("key", {"key": "license"}),
        ("key", {"key": "mit-license"}),
        ("name", {"name": "The License"}),
        ("name", {"name": "Apache 2.0"}),
        ("name", {"name": "Unknown"}),
        ("spdx", {"fields": {"spdx": ["MIT"]}}),
        ("spdx", {"fields": {"spdx": [" "]}}),
        ("aliases", {"fields": {"aliases": ["Gull", "llama3.1"]}}),
        ("aliases", {"fields": {"aliases": ["Version"]}}),
        ("aliases", {"fields": {"aliases": ["other"]}}),
        ("text", {"text": MIT}),
        ("name", {"name": " "}),
        ("text", {"text": "Do what you like."}),
        ("text", {"text": "word " * 60_000}),
        ("commercial", {"fields": {"commercial": "perhaps"}}),
        ("colour", {"fields": {"colour": "red"}}),
        ("duties", {"fields": {"duties": [{"kind": "sing"}]}}),
        ("duties", {"fields": {"duties": ["licence_text"]}}),
        ("duties", {"fields": {"duties": [{"kind": "ui_text", "text": "x" * 501}]}}),
        ("conditions", {"fields": {"conditions": [{"kind": "mau", "limit": -1}]}}),
        ("conditions", {"fields": {"conditions": [{"kind": "mau", "limit": "many"}]}}),
        ("conditions", {"fields": {"conditions": [{"limit": 3}]}}),
        ("conditions", {"fields": {"conditions": [{"kind": "revenue_year", "limit": 3, "what": "Gull"}]}}),
        ("conditions", {"fields": {"conditions": [{"kind": "revenue_month", "limit": 3}]}}),
        ("conditions", {"fields": {"conditions": [{"kind": "display", "limit": 3, "what": "Gull"}]}}),
        ("duties", {"fields": {"duties": [{"kind": "ui_text", "limit": 3}]}}),
        ("clauses", {"fields": {"clauses": {"colour": "3"}}}),
        ("clauses", {"fields": {"clauses": {"commercial": 3}}}),
        ("aliases", {"fields": {"aliases": "gull"}}),
    ],
)
def test_what_is_wrong_is_named_and_leaves_nothing_behind(field, said):
    with pytest.raises(InvalidInput) as refused:
        register(**said)
    assert refused.value.field == field
    assert not RegisteredLicence.objects.exists()
    assert not AuditEvent.objects.filter(event=Event.LICENCE_REGISTERED).exists()


def test_all_that_can_be_said_is_kept_and_read_again():
    fields = {
        **FIELDS,
        "aliases": ["gull"],
        "compatible": ["mit"],
        "policy_url": "https://example.org/policy",
        "conditions": [{"kind": "mau", "limit": 1000, "what": ""}],
        "duties": [{"kind": "ui_text", "text": "Built with gulls", "clause": "3"}],
        "clauses": {"commercial": "1"},
    }
    register(fields=fields)
    book = current_books().book
    licence = book.known("Gull")
    assert licence.id == "gull-1.0"
    assert (licence.conditions[0].limit, licence.duties[0].text) == (1000, "Built with gulls")
    assert (licence.clauses["commercial"], licence.declared_as_other) == ("1", True)
    assert "Built with gulls" in book.sentences()


def test_a_key_is_taken_once():
    register()
    with pytest.raises(InvalidInput) as refused:
        register(name="Another")
    assert refused.value.field == "key"
    assert RegisteredLicence.objects.get().name == "Gull Model Licence 1.0"
    assert change("tern", name="T") is None


def test_names_and_texts_belong_to_one_licence():
    register(fields={**FIELDS, "aliases": ["Gull"]})
    other = {"key": "tern-1.0", "name": "Tern Licence", "text": MILL}
    for field, wrong in (
        ("key", {"key": "gull"}),
        ("name", {"name": "The Gull License"}),
        ("spdx", {"fields": {"spdx": ["gull-1.0"]}}),
        ("aliases", {"fields": {"aliases": ["GULL model licence 1.0"]}}),
        ("text", {"text": TEXT}),
    ):
        with pytest.raises(InvalidInput) as refused:
            register(**{**other, **wrong})
        assert (refused.value.field, "Gull Model Licence 1.0" in str(refused.value)) == (field, True)
    register(**other)
    with pytest.raises(InvalidInput):
        change("tern-1.0", name="Gull")
    with pytest.raises(InvalidInput):
        change("tern-1.0", name="Tern Licence")
    assert current_books().book.known("Gull").id == "gull-1.0"
    assert change("tern-1.0", name="Gull", retired=True).retired
    assert current_books().book.known("Gull").id == "gull-1.0"


@pytest.mark.parametrize("title", ["MIT License", "The MIT License (MIT)"])
def test_a_licence_under_anothers_title_leaves_that_one_known(queued, title):
    mit = MIT.replace(MIT.splitlines()[0], title)
    clause = "Whoever shows what the software makes to more than nine thousand people shows a gull beside it."
    register(
        text=f"{mit}\n{clause}\nThe gull is white and grey, looks to the left, and is as large as a hand."
    )
    for text in (mit, MIT):
        (found,) = match(text, current_books().references)
        assert (found.key, found.how) == ("mit", How.EXACT)
    assert standing_of(model(None, files={"LICENSE": mit.encode()})).own == ["mit"]


def test_the_first_who_registered_a_title_keeps_it():
    title, titled = ("gull", "model", "license", "1.0"), f"{TEXT.splitlines()[0]}\n{MILL}"
    tern = {"key": "tern-1.0", "name": "Tern"}
    register(**tern)
    register(key="auk-1.0", name="Auk", text=titled)
    assert current_books().references.titles[title] == "tern-1.0"
    change(**tern, text=TEXT.replace("Gull", "Tern"))
    change("auk-1.0", name="Auk", text=titled)
    change(**tern)
    assert current_books().references.titles[title] == "auk-1.0"


def test_who_saves_over_what_another_saved_meanwhile_is_told_and_nothing_is_kept():
    read = register().version
    first, second = make_user("first", desk_role="lead"), make_user("second", desk_role="lead")
    change(name="Gull Licence", seen=read, actor_user=first)
    for stale in (read, ""):
        with pytest.raises(LicenceChanged, match="^first changed it meanwhile"):
            change(name="Tern Licence", seen=stale, actor_user=second)
    row = RegisteredLicence.objects.get()
    assert (row.name, row.reviewed_by) == ("Gull Licence", first)
    assert AuditEvent.objects.filter(event=Event.LICENCE_CHANGED).count() == 1
    assert change(name="Tern Licence", seen=row.version, actor_user=second).name == "Tern Licence"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_the_second_is_told(queued):
    read = register().version
    names = ["Gull Licence", "Tern Licence"]
    leads = [lead() for _ in names]
    results = race(
        [
            lambda name=name, user=user: change(name=name, seen=read, actor_user=user)
            for name, user in zip(names, leads, strict=True)
        ]
    )
    assert failures(results) == [LicenceChanged]
    (kept,) = (result.result().name for result in results if not result.exception())
    assert RegisteredLicence.objects.get().name == kept
    assert AuditEvent.objects.filter(event=Event.LICENCE_CHANGED).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("field", "same"),
    [
        ("key", {"key": "gull-1.0"}),
        ("name", {"name": "Gull Licence"}),
        ("aliases", {"fields": {"aliases": ["Gull"]}}),
        ("text", {"text": TEXT}),
    ],
)
def test_what_another_takes_at_the_same_time_is_taken(queued, field, same):
    given = [
        {"key": "gull-1.0", "name": "One", "text": TEXT},
        {"key": "auk-1.0", "name": "Two", "text": MILL},
    ]
    leads = [lead() for _ in given]
    results = race(
        [
            lambda said=said, user=user: register(**{**said, **same, "actor_user": user})
            for said, user in zip(given, leads, strict=True)
        ]
    )
    (refused,) = (result.exception() for result in results if result.exception())
    assert isinstance(refused, InvalidInput)
    assert refused.field == field
    assert RegisteredLicence.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_title_that_two_bring_at_once_is_that_of_one(queued):
    title = TEXT.splitlines()[0]
    given = [{"key": "gull-1.0", "text": TEXT}, {"key": "auk-1.0", "name": "Auk", "text": f"{title}\n{MILL}"}]
    leads = [lead() for _ in given]
    results = race(
        [
            lambda said=said, user=user: register(**said, actor_user=user)
            for said, user in zip(given, leads, strict=True)
        ]
    )
    assert failures(results) == []
    rows = RegisteredLicence.objects.order_by("pk")
    titles = [Fingerprint.from_bytes(bytes(row.fingerprint)).titles for row in rows]
    assert [bool(each) for each in titles] == [True, False]


@pytest.mark.parametrize("limit", [0, 5000])
@pytest.mark.parametrize("what", ["", "Gull"])
def test_what_may_be_said_of_a_condition_has_words(limit, what):
    taken = set()
    for kind in CONDITIONS:
        said = {"kind": kind, "limit": limit, "what": what}
        if condition_problems(said):
            with pytest.raises(InvalidInput, match=kind) as refused:
                checked_fields({"conditions": [said]})
            assert refused.value.field == "conditions"
        else:
            assert checked_fields({"conditions": [said]})["conditions"] == [said]
            words = condition_words(Condition(**said))
            assert ("5,000" in words) == bool(limit)
            assert kind == "region" or ("Gull" in words) == bool(what)
            taken.add(kind)
    of_nothing = {"computational", "guardrails", "remote", "latest_version", "distillation"}
    assert (
        taken
        == {
            (0, ""): {"region", *of_nothing},
            (0, "Gull"): {"region", "display"},
            (5000, ""): {"mau", "revenue_year"},
            (5000, "Gull"): {"mau", "revenue_month"},
        }[limit, what]
    )


def test_what_the_hub_comes_with_could_be_registered():
    for condition in (one for licence in catalogue() for one in licence.conditions):
        assert not condition_problems(vars(condition))


def test_the_stamp_is_another_when_any_row_or_what_comes_with_the_hub_changes(
    monkeypatch, django_assert_num_queries
):
    stamps = [current_books().stamp]
    register()
    stamps.append(current_books().stamp)
    register(key="tern-1.0", name="Tern", text=MILL)
    stamps.append(current_books().stamp)
    # Not the one that changed last.
    first = RegisteredLicence.objects.get(key="gull-1.0")
    RegisteredLicence.objects.filter(pk=first.pk).update(updated_at=first.updated_at - timedelta(days=1))
    stamps.append(current_books().stamp)
    monkeypatch.setattr(books, "READERS_VERSION", "another one")
    stamps.append(current_books().stamp)
    assert len(set(stamps)) == len(stamps)
    assert max(map(len, stamps)) <= LicenceCheck._meta.get_field("book").max_length
    with django_assert_num_queries(1):
        assert current_books().stamp == stamps[-1]


def test_what_was_lost_is_read_again_by_the_sweep(queued):
    found = gull()
    register()
    queued.forget()
    assert sweeping.queue_puzzles() == 1
    queued.run()
    assert standing_of(found).own == ["gull-1.0"]
    assert sweeping.queue_puzzles() == 0


def test_a_card_is_read_once_for_one_book(queued):
    found = model("mit")
    stamp = LicenceCheck.objects.get(repository=found).checked_at
    tasks.check(found.pk, found.head)
    assert LicenceCheck.objects.get(repository=found).checked_at == stamp
    assert card("mit")["README.md"].startswith(b"---\nlicense: mit")
