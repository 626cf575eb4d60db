"""Whom a case about a file concerns that very many hold: asked about one at a time, told some at a time."""

import pytest
from django.core import mail
from django.db import connection

from contributions.moderation import messaging, rules, selectors, sides, tasks
from contributions.moderation.models import Case
from contributions.moderation.parts import Numbers
from contributions.moderation.vocabulary import Cause, Source, SubjectKind
from hub.revisions.models import RepositoryBlob
from tests import plans
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_user
from tests.factories.moderation import FINDING, decide_case, make_blob_case
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    """A case about a file that ada, eve and an organisation of ada's and bob's hold."""
    ada, eve = make_user("ada"), make_user("eve")
    lab = make_organisation("lab", owner=ada)
    make_member(lab, "write", make_user("bob"))
    make_member(lab, "contribute", make_user("carl"))
    for owner, namespace in ((ada, None), (eve, None), (ada, lab)):
        repository = make_repository(owner, namespace=namespace, files={"a.bin": b"bad"})
    return make_blob_case(RepositoryBlob.objects.get(repository=repository, path="a.bin").sha256)


def names(people) -> list[str]:
    return [user.username for user in people]


def test_those_who_may_write_where_it_is_are_told_some_at_a_time_and_each_once(case, monkeypatch):
    monkeypatch.setattr(sides, "BATCH", 2)
    batches = [names(some) for some in sides.in_batches(sides.concerned(case))]
    assert batches == [["ada", "eve"], ["bob"]]
    tasks.notify(decide_case(case, "quarantine").pk)
    tasks.notify(case.decisions.last().pk)
    assert sorted(message.to[0] for message in mail.outbox) == [
        f"{name}@example.org" for name in ("ada", "bob", "eve")
    ]


def test_whether_it_concerns_somebody_is_asked_in_one_query_however_many_hold_it(
    case, django_assert_num_queries
):
    by_name = {user.username: user for user in sides.User.objects.all()}
    for name, held in (("ada", 2), ("bob", 1), ("eve", 1), ("carl", 0)):
        with django_assert_num_queries(2):
            assert sides.concerns(case, by_name[name]) == bool(held)
            assert len(sides.holdings_of(case, by_name[name])) == held


def test_a_member_reads_what_their_own_side_writes(case):
    decide_case(case, "quarantine")
    by_name = {user.username: user for user in sides.User.objects.all()}
    for name in ("ada", "eve"):
        messaging.write_to_desk(case=case, author=by_name[name], text=name)
    seen = {name: selectors.statement_of(case, by_name[name]).messages for name in ("ada", "bob", "eve")}
    assert {name: [m.text for m in found] for name, found in seen.items()} == {
        "ada": ["ada"],
        "bob": ["ada"],
        "eve": ["eve"],
    }


def test_lists_of_a_case_come_in_parts_the_newest_first(case, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("contributions.moderation.parts.SIZE", 2)
    moderator, ada = make_moderator(), sides.User.objects.get(username="ada")
    for number in range(5):
        messaging.write_from_desk(case=case, moderator=moderator, text=str(number))
    for effect in ("quarantine", "override", "quarantine"):
        decide_case(case, effect)
    read = {number: Numbers(messages=number, decisions=number) for number in (1, 2, 3)}
    with django_assert_num_queries(6):
        detail = selectors.case_detail(case, read[1])
    assert [m.text for m in detail.messages] == ["3", "4"]
    assert (detail.messages.newer, detail.messages.older) == (None, 2)
    last = selectors.case_detail(case, read[3]).messages
    assert ([m.text for m in last], last.newer, last.older) == (["0"], 2, None)
    assert [d.effect for d in detail.decisions] == ["override", "quarantine"]
    # What counts now is known on every page.
    for number in (1, 2):
        shown = selectors.statement_of(case, ada, read[number])
        assert shown.current == case.decisions.last()
    assert [d.rule for d in shown.decisions] == ["scanner-found-danger", ""]


def test_of_very_many_findings_a_case_keeps_the_worst(case):
    many = [FINDING | {"severity": "suspicious", "where": f"byte {number}"} for number in range(300)]
    make_blob_case(case.sha256, many)
    case.refresh_from_db()
    assert len(case.findings) == rules.FINDINGS_MAX
    assert case.findings[0] == FINDING


def test_a_repositorys_notices_are_bounded_and_look_at_its_own_files_only(monkeypatch):
    repository = make_repository(files={f"{number}.bin": str(number).encode() for number in range(3)})
    for row in RepositoryBlob.objects.filter(repository=repository, path__endswith=".bin"):
        decide_case(make_blob_case(row.sha256), "quarantine" if row.path == "2.bin" else "override")
    Case.objects.bulk_create(
        Case(
            subject_kind=SubjectKind.BLOB,
            subject_key=f"blob:{number:064}",
            subject_name="a",
            sha256=f"{number:064}",
            cause=Cause.MALWARE,
            source=Source.SCAN,
            title="a",
            severity=1,
            due_at="2026-01-01T00:00Z",
        )
        for number in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contributions_case")
    monkeypatch.setattr(selectors, "NOTICES_SHOWN", 2)
    with plans.recorded() as found:
        assert [notice.path for notice in selectors.standing_notices(repository)] == ["2.bin", "0.bin"]
    assert "case_sha256" in "".join(found)
    assert all("Seq Scan on contributions_case" not in plan for plan in found)
