"""What programs are told of licences: of one commit everything, of many repositories pass or fail."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from hub.licensing import answers, checking, tasks
from hub.licensing.rules import RULES_VERSION
from hub.repos.models import Repository
from hub.repos.services import take_down
from hub.revisions.moving import move_repository
from hub.revisions.operations import AddInline
from hub.revisions.withheld import withhold_revision
from tests.factories.accounts import make_moderator, make_user
from tests.factories.repositories import add_large, commit, make_repository
from tests.http.api import Api

pytestmark = pytest.mark.django_db
TAGGED = b"SPDX-License-Identifier: MIT\n"
APACHE = (Path(__file__).parents[3] / "LICENSE").read_bytes()
CHECK = "/api/licences/check"


def card(licence: str | None, *bases: str) -> bytes:
    lines = [f"license: {licence}"] if licence else []
    lines += [f"base_model: [{', '.join(bases)}]"] if bases else []
    return "\n".join(["---", *lines, "---", "# A model", ""]).encode()


def model(owner: User, name: str, licence: str | None, *bases: str, **more: Any) -> Repository:
    files = {"README.md": card(licence, *bases), **more.pop("files", {})}
    repository = make_repository(owner, name=name, files=files, **more)
    tasks.check(repository.pk, repository.head)
    return repository


@pytest.fixture
def family(owner) -> dict[str, Repository]:
    """A base that must not be used commercially, what was made of it, and one that stands alone."""
    return {
        "base": model(owner.user, "base", "cc-by-nc-4.0"),
        "child": model(owner.user, "child", "Apache License 2.0", "ada/base"),
        "alone": model(
            owner.user,
            "alone",
            "mit AND apache-2.0",
            files={"LICENSE": TAGGED, "LICENSE-APACHE": APACHE, "a/LICENSE": b"?"},
        ),
    }


def asked(asker: Api, *names: str | dict, query: str = "", status: int = 200, **require: Any) -> dict:
    repos = [{"id": f"ada/{name}"} if isinstance(name, str) else name for name in names]
    answer = asker.post(f"{CHECK}{query}", {"repos": repos, "require": require})
    assert answer.status_code == status, answer.content
    return answer.json()


def codes(asker: Api, *names: str | dict, **require: Any) -> list[list[str]]:
    """The reasons why each does not pass."""
    return [
        [reason["code"] for reason in result["reasons"]]
        for result in asked(asker, *names, **require)["results"]
    ]


def test_everything_about_a_commit_is_told_with_its_evidence(anybody, family):
    told = anybody.get("/api/models/ada/child/licence/main").json()
    assert told == anybody.get("/api/models/ada/child/licence").json()
    assert (told["state"], told["revision"], told["rules"]) == ("done", family["child"].head, RULES_VERSION)
    assert told["declared"]["written"] == "Apache License 2.0"
    assert told["declared"]["alternatives"] == [["apache-2.0"]]
    assert told["bases"][0] | {"name": "ada/base", "line": 3, "seen": True} == told["bases"][0]
    assert told["inherited"] == [{"key": "cc-by-nc-4.0", "ancestor": "ada/base", "depth": 1}]
    assert told["terms"]["commercial"]["answer"] == "no"
    assert {source["key"] for source in told["terms"]["commercial"]["sources"]} == {"cc-by-nc-4.0"}
    assert {duty["kind"] for duty in told["duties"]} >= {"attribution"}
    conflict = told["findings"][0]
    assert (conflict["id"], conflict["severity"], conflict["state"]) == ("L07", "conflict", "open")
    assert "ada/base" in conflict["message"]
    assert conflict["evidence"][1]["line"] == 2
    assert conflict["first_seen"]


def test_the_files_are_told_with_what_was_found_in_them(anybody, family):
    files = {each["path"]: each for each in anybody.get("/api/models/ada/alone/licence").json()["files"]}
    assert files["LICENSE"]["found"] == [{"key": "mit", "how": "tag", "similarity": 0.0}]
    assert files["LICENSE-APACHE"]["found"] == [{"key": "apache-2.0", "how": "exact", "similarity": 100.0}]
    assert (files["a/LICENSE"]["scope"], files["a/LICENSE"]["found"]) == ("part", [])


def test_answers_of_people_are_public_and_another_revision_has_none(anybody, owner, family):
    child = family["child"]
    key = anybody.get("/api/models/ada/child/licence").json()["findings"][0]["key"]
    answers.dispute(repository=child, key=key, reason="We asked the author.", actor_user=owner.user)
    told = anybody.get("/api/models/ada/child/licence").json()["findings"][0]
    assert (told["state"], told["reason"]) == ("disputed", "We asked the author.")
    old = child.head
    commit(child, owner.user, [AddInline("README.md", card("mit"))])
    before = anybody.get(f"/api/models/ada/child/licence/{old}").json()
    assert before["declared"]["written"] == "Apache License 2.0"
    assert "state" not in before["findings"][0]
    now = anybody.get("/api/models/ada/child/licence").json()
    assert (now["declared"]["written"], now["inherited"]) == ("mit", [])


def test_what_is_being_verified_is_queued(anybody, owner, family, settings, monkeypatch):
    settings.VERIFY_INLINE_LIMIT = 10
    monkeypatch.setattr("hub.revisions.settling.enqueue", lambda *args: True)
    add_large(family["alone"], owner.user, "LICENSE", TAGGED * 10)
    told = anybody.get("/api/models/ada/alone/licence").json()
    assert told["state"] == "queued"
    assert "verdict" not in told
    assert codes(anybody, "alone", no_conflict=True) == [["not_checked_yet"]]


def test_what_is_missing_and_what_is_hidden_answer_alike(anybody, owner, family):
    hidden = model(owner.user, "hidden", "mit", visibility="private")
    for path in ("licence", "licence/main", "licence/absent"):
        answer, missing = (anybody.get(f"/api/models/ada/{name}/{path}") for name in ("hidden", "absent"))
        assert answer.status_code == missing.status_code == 401
        assert answer.json() == missing.json()
    assert anybody.get("/api/models/ada/alone/licence/absent").status_code == 404
    assert owner.get(f"/api/models/ada/hidden/licence/{hidden.head}").json()["verdict"] == "known"


def test_what_is_withheld_is_told_to_writers_and_moderators(anybody, owner, family):
    moderator = make_moderator()
    withhold_revision(origin=family["alone"].pk, oid=family["alone"].head, actor_user=moderator)
    for path in ("licence", f"licence/{family['alone'].head}"):
        told = anybody.get(f"/api/models/ada/alone/{path}").json()
        assert (told["state"], "declared" in told) == ("withheld", False)
        assert owner.get(f"/api/models/ada/alone/{path}").json()["state"] == "done"
    pinned = {"id": "ada/alone", "revision": family["alone"].head}
    assert codes(anybody, "alone", pinned, no_conflict=True) == [["withheld"], ["withheld"]]


def test_datasets_have_a_report_of_their_own(anybody, owner):
    files = {"README.md": card("odc-by")}
    dataset = make_repository(owner.user, name="words", kind="dataset", files=files)
    tasks.check(dataset.pk, dataset.head)
    assert anybody.get("/api/datasets/ada/words/licence").json()["terms"]["commercial"]["answer"] == "yes"
    assert codes(anybody, {"id": "ada/words", "type": "dataset"}, {"id": "ada/words"}, no_unknown=True) == [
        [],
        ["not_found"],
    ]


@pytest.mark.parametrize(
    ("require", "child", "alone"),
    [
        ({"commercial": True}, ["commercial"], []),
        ({"commercial": "unconditional"}, ["commercial"], []),
        ({"commercial": False, "derivatives": True}, [], []),
        ({"licence_text": True}, ["licence_text"], []),
        ({"no_conflict": True}, ["conflict"], []),
        ({"no_unknown": True}, [], []),
        ({"allow": ["Apache-2.0", "MIT"]}, ["not_allowed"], []),
        ({"allow": ["cc-by-nc-4.0", "apache-2.0"]}, [], ["not_allowed"]),
        ({"allow": []}, ["not_allowed", "not_allowed"], ["not_allowed", "not_allowed"]),
        ({"deny": ["cc-by-nc-4.0"]}, ["denied"], []),
        ({"deny": ["gpl-3.0"]}, [], []),
    ],
)
def test_each_requirement_is_met_or_told(anybody, family, require, child, alone):
    assert codes(anybody, "child", "alone", **require) == [child, alone]


def test_terms_with_conditions_are_commercial_unless_they_must_not_be(anybody, owner):
    model(owner.user, "llama", "llama3")
    assert codes(anybody, "llama", commercial=True) == [[]]
    assert codes(anybody, "llama", commercial="unconditional") == [["commercial"]]


def test_what_nobody_knows_is_no_yes(anybody, owner):
    model(owner.user, "bare", None)
    model(owner.user, "orphan", "mit", "no/where")
    for name in ("bare", "orphan"):
        assert codes(anybody, name, commercial=True, derivatives=True) == [["commercial", "derivatives"]]
        assert codes(anybody, name, no_unknown=True) == [["unknown"]]
        assert codes(anybody, name, allow=["mit"]) == [["not_allowed"]]


def test_a_waived_conflict_passes_and_a_disputed_one_does_not(anybody, owner, family):
    key = anybody.get("/api/models/ada/child/licence").json()["findings"][0]["key"]
    answers.dispute(repository=family["child"], key=key, reason="No.", actor_user=owner.user)
    assert codes(anybody, "child", no_conflict=True) == [["conflict"]]
    answers.waive(repository=family["child"], key=key, reason="Shown.", actor_user=make_moderator())
    assert codes(anybody, "child", no_conflict=True) == [[]]


def test_reasons_say_whose_licence_it_is(anybody, family):
    answer = asked(anybody, "child", commercial=True)
    reason = answer["results"][0]["reasons"][0]
    assert (answer["pass"], answer["results"][0]["pass"]) == (False, False)
    assert (reason["licence"], reason["ancestor"]) == ("cc-by-nc-4.0", "ada/base")
    assert "ada/base" in reason["message"]
    assert asked(anybody, "alone", commercial=True)["pass"] is True


def test_a_build_fails_by_the_status_if_it_asks_for_that_and_reads_lines(anybody, family):
    assert asked(anybody, "alone", "child", query="?fail=true", status=422, commercial=True)["pass"] is False
    assert asked(anybody, "alone", query="?fail=true", commercial=True)["pass"] is True
    body = {"repos": [{"id": "ada/alone"}, {"id": "ada/child"}], "require": {"commercial": True}}
    lines = anybody.client.post(f"{CHECK}?fail=1", body, "application/json", headers={"Accept": "text/plain"})
    assert (lines.status_code, lines["Content-Type"]) == (422, "text/plain; charset=utf-8")
    first, second = lines.content.decode().splitlines()
    assert first == "pass model ada/alone"
    assert second.startswith("FAIL model ada/child: ")


def test_other_revisions_are_judged_as_they_are(anybody, owner, family, monkeypatch):
    child = family["child"]
    old = child.head
    commit(child, owner.user, [AddInline("README.md", card("mit"))])
    child.refresh_from_db()
    tasks.check(child.pk, child.head)
    names = [
        {"id": "ada/child", "revision": revision} for revision in (old, old[:10], child.head, "main", "no")
    ]
    require = {"commercial": True, "no_conflict": True}
    worse = ["commercial", "conflict"]
    assert codes(anybody, *names, **require) == [worse, worse, [], [], ["revision_not_found"]]
    monkeypatch.setattr(checking, "MOST_OTHERS", 2)
    assert asked(anybody, *names, status=413, **require)["field"] == "repos"


def test_nobody_learns_of_what_they_may_not_see(anybody, owner, family):
    model(owner.user, "hidden", "mit", visibility="private")
    take_down(repository=family["alone"], actor_user=None)
    require = {"no_conflict": True}
    answers_of = asked(anybody, "hidden", "alone", "absent", {"id": "no/body"}, **require)["results"]
    assert {str(each["reasons"]) for each in answers_of} == {str(answers_of[2]["reasons"])}
    assert codes(anybody, {"id": "ada/hidden", "revision": "x"}, **require) == [["not_found"]]
    assert codes(Api(make_user()), "hidden", **require) == [["not_found"]]
    assert codes(owner, "hidden", **require) == [[]]
    assert codes(Api(owner.user, role="fine-grained"), "hidden", **require) == [["not_found"]]


def test_former_names_and_other_letter_cases_are_found(anybody, owner, family):
    move_repository(
        repository=family["alone"], namespace=owner.user.namespace, name="moved", actor_user=owner.user
    )
    assert codes(anybody, "alone", {"id": "ADA/Moved"}, commercial=True) == [[], []]


@pytest.mark.parametrize(
    ("body", "field", "status"),
    [
        ([], "body", 400),
        ({"require": {"no_conflict": True}}, "repos", 400),
        ({"repos": [], "require": {"no_conflict": True}}, "repos", 400),
        ({"repos": [{"id": "a/b"}] * 201, "require": {"no_conflict": True}}, "repos", 413),
        ({"repos": ["a/b"], "require": {"no_conflict": True}}, "repos[0]", 400),
        ({"repos": [{"id": "a/b"}, {"id": "a"}], "require": {"no_conflict": True}}, "repos[1].id", 400),
        ({"repos": [{"id": "a/b\0"}], "require": {"no_conflict": True}}, "id", 400),
        ({"repos": [{"id": "a/b", "type": "space"}], "require": {"no_conflict": True}}, "repos[0].type", 400),
        ({"repos": [{"id": "a/b", "type": []}], "require": {"no_conflict": True}}, "repos[0].type", 400),
        (
            {"repos": [{"id": "a/b", "revision": 1}], "require": {"no_unknown": True}},
            "repos[0].revision",
            400,
        ),
        ({"repos": [{"id": "a/b", "ref": "x"}], "require": {"no_conflict": True}}, "repos[0]", 400),
        ({"repos": [{"id": "a/b"}]}, "require", 400),
        ({"repos": [{"id": "a/b"}], "require": {}}, "require", 400),
        ({"repos": [{"id": "a/b"}], "require": {"comercial": True}}, "require", 400),
        ({"repos": [{"id": "a/b"}], "require": {"commercial": "yes"}}, "require.commercial", 400),
        ({"repos": [{"id": "a/b"}], "require": {"commercial": {}}}, "require.commercial", 400),
        ({"repos": [{"id": "a/b"}], "require": {"no_conflict": "true"}}, "require.no_conflict", 400),
        ({"repos": [{"id": "a/b"}], "require": {"allow": "mit"}}, "require.allow", 400),
        ({"repos": [{"id": "a/b"}], "require": {"deny": ["mti"]}}, "require.deny", 400),
        ({"repos": [{"id": "a/b"}], "require": {"allow": ["mit"] * 201}}, "require.allow", 413),
    ],
)
def test_what_makes_no_sense_is_named(anybody, body, field, status):
    answer = anybody.post(CHECK, body)
    assert (answer.status_code, answer.json()["field"]) == (status, field), answer.content


def test_queries_do_not_grow_with_what_is_asked(anybody, owner, family):
    for number in range(6):
        model(owner.user, f"more-{number}", "apache-2.0", "ada/base")
    bases = [f"ada/more-{number}" for number in range(6)]
    model(owner.user, "merge", "apache-2.0", *bases)
    few, many = ["child"], ["child", "alone", "merge", *(f"more-{number}" for number in range(6))]
    require = {"commercial": True, "no_conflict": True, "no_unknown": True, "licence_text": True}
    counts = []
    for asking in (
        lambda: asked(owner, *few, **require),
        lambda: asked(owner, *many, **require),
        lambda: owner.get("/api/models/ada/child/licence").json(),
        lambda: owner.get("/api/models/ada/merge/licence").json(),
    ):
        asking()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            asking()
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 14
    assert counts[2] == counts[3] <= 20
