"""Which cases are somebody's, by the names that they themselves know."""

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Namespace
from contributions.moderation.concerns import cases_concerning
from contributions.moderation.models import Case
from contributions.moderation.selectors import earlier_cases
from contributions.moderation.sides import concerned
from contributions.moderation.vocabulary import SubjectKind
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from tests import plans
from tests.factories.accounts import make_user
from tests.factories.moderation import decide_case, make_blob_case, make_report
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


def sha256_in(repository: Repository) -> str:
    return RepositoryBlob.objects.get(repository=repository, path__startswith="a").sha256


def test_each_holder_of_a_file_knows_it_by_the_name_it_has_with_them():
    ada, bob = make_user("ada"), make_user("bob")
    first = make_repository(ada, name="m", files={"a.bin": b"bad"})
    make_repository(bob, name="n", files={"also.bin": b"bad"})
    make_repository(carl := make_user("carl"), name="o", files={"c.bin": b"harmless"})
    decide_case(make_blob_case(sha256_in(first)), "quarantine")
    assert [case.name for case in cases_concerning(ada, limit=5).cases] == ["ada/m: a.bin"]
    assert [case.name for case in cases_concerning(bob, limit=5).cases] == ["bob/n: also.bin"]
    assert cases_concerning(carl, limit=5).cases == []


def test_what_is_listed_is_what_can_be_read_and_takes_two_queries_however_much(django_assert_num_queries):
    ada = make_user("ada")
    for number in range(3):
        repository = make_repository(ada, name=f"m{number}", files={f"a{number}": b"bad%d" % number})
        decide_case(make_report(repository).case, "warn")
        make_blob_case(sha256_in(repository))
        make_report(repository, cause="other")
    with django_assert_num_queries(2):
        page = cases_concerning(ada, limit=4)
    assert (len(page.cases), page.more) == (4, True)
    everything = cases_concerning(ada, limit=50).cases
    assert len(everything) == 6
    assert all(ada in concerned(case) for case in everything)


def test_cases_of_who_keeps_a_file_private_are_not_among_the_earlier_ones():
    hidden = make_repository(make_user("ada"), files={"a.bin": b"bad"}, visibility="private")
    shown = make_repository(make_user("bob"), files={"a.bin": b"bad"})
    of_ada, of_bob = (make_report(make_repository(one.namespace.user)).case for one in (hidden, shown))
    case = make_blob_case(sha256_in(hidden))
    assert earlier_cases(case) == [of_bob]
    assert case not in earlier_cases(of_ada)
    assert Case.objects.filter(namespace=hidden.namespace).count() == 2


def test_who_has_no_case_is_told_so_from_indexes_among_ten_thousand():
    repository = make_repository(make_user("ada"), name="m", files={"a.bin": b"bad"})
    nobody = make_user("nobody")
    make_repository(nobody, name="n", files={"b.bin": b"harmless"})
    now = timezone.now()
    several = Namespace.objects.bulk_create(
        Namespace(name=f"group-{number}", kind=Namespace.Kind.ORGANISATION) for number in range(5_000)
    )
    repositories = Repository.objects.bulk_create(
        Repository(namespace=namespace, name="m", kind=repository.kind) for namespace in several
    )
    kinds = [kind for kind in SubjectKind if kind != SubjectKind.COMMENT]
    Case.objects.bulk_create(
        Case(
            subject_kind=kinds[number % len(kinds)],
            subject_key=f"thing:{number}",
            subject_name=f"thing {number}",
            sha256=f"{number:064}" if kinds[number % len(kinds)] == SubjectKind.BLOB else "",
            repository=repositories[number % len(several)],
            namespace=several[number % len(several)],
            cause="spam",
            source="report",
            title=f"thing {number}",
            severity=1,
            due_at=now,
        )
        for number in range(10_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contributions_case, hub_repository, accounts_namespace")
    with plans.recorded() as found:
        assert cases_concerning(nobody, limit=50).cases == []
    (plan,) = found
    assert "Seq Scan on contributions_case" not in plan
    assert "case_pkey" in plan
    for index in ("case_sha256", "case_repository", "case_namespace", "case_comment"):
        assert index in plan
