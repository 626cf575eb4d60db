"""A page of activity is read from an index, however much happened, and however much of it is hidden."""

import pytest
from django.db import connection

from accounts.actors import ANONYMOUS
from contributions.activity import selectors
from tests import plans
from tests.factories.accounts import make_organisation, make_user
from tests.factories.discussions import session
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
COPIES = """
INSERT INTO contributions_act (
    event, kind, repository_id, namespace_id, public, user_id, tag, commit, ref, summary, at
) SELECT %s + n, 'made', %s, %s, %s, %s, '', '', '', '', now() FROM generate_series(1, %s) n
"""


@pytest.fixture
def crowd():
    """A laboratory with as many hidden acts on top of its public ones, and very many of others."""
    ada, others = make_user("ada"), make_repository()
    lab = make_organisation("lab", owner=ada)
    public = make_repository(ada, namespace=lab)
    hidden = make_repository(ada, namespace=lab, visibility="private")
    with connection.cursor() as cursor:
        for begin, repository, seen, user, number in (
            (100_000, public, True, ada, 5000),
            (200_000, hidden, False, ada, 5000),
            (300_000, others, True, others.created_by, 100_000),
        ):
            cursor.execute(COPIES, [begin, repository.pk, repository.namespace_id, seen, user.pk, number])
        cursor.execute("ANALYZE contributions_act, hub_repository")
    return ada, lab, public


@pytest.mark.parametrize("before", [None, 200_500])
def test_each_list_has_an_index(crowd, before):
    ada, lab, public = crowd
    page = {"before": before, "limit": 31}
    reads = {
        "act_of_repository": lambda: selectors.in_repository(public, **page),
        "act_of_namespace_public": lambda: selectors.around(ANONYMOUS, lab, **page),
        "act_of_namespace": lambda: selectors.around(session(ada), lab, **page),
        "act_of_user_public": lambda: selectors.around(ANONYMOUS, ada.namespace, **page),
        "act_of_user": lambda: selectors.around(session(make_user()), ada.namespace, **page),
    }
    for index, read in reads.items():
        with plans.recorded() as recorded:
            assert len(read()) == 31
        [plan] = [plan for plan in recorded if "FROM " + '"contributions_act"' in plan]
        assert f"using {index} on contributions_act" in plan, plan
        assert "Sort" not in plan
        # Nor is anything large read beforehand to look acts up in.
        for table in ("contributions_act", "hub_release", "hub_repositorycommit"):
            assert f"Seq Scan on {table}" not in plan
