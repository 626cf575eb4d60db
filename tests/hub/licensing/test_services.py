"""Licence checks as rows: one for each commit of the default branch."""

import re
from datetime import timedelta
from unittest import mock

import pytest
from django.conf import settings
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import AuditEvent
from hub.errors import RevisionNotFound
from hub.events import Event
from hub.licensing import rereading, services, sweeping, tasks
from hub.licensing.models import LicenceCheck
from hub.licensing.rules import RULES_VERSION
from hub.licensing.selectors import latest_check
from hub.repos.models import Repository
from hub.revisions.operations import AddInline, DeleteFile
from hub.revisions.refs import create_branch
from hub.revisions.uploads import verify
from tests import plans
from tests.factories.accounts import make_user
from tests.factories.repositories import add_large, commit, make_repository

CARD = b"---\nlicense: mit\n---\n# Title\n"
pytestmark = pytest.mark.django_db(transaction=True)


def asked() -> list[tuple]:
    """The arguments of the checks that the sweep asks for."""
    with mock.patch.object(sweeping, "enqueue") as enqueue, mock.patch.object(rereading, "enqueue"):
        tasks.sweep()
    return [call.args[1:] for call in enqueue.call_args_list if call.args[0] is sweeping.CHECK]


def age(repository: Repository) -> None:
    """Let the repository have changed last long ago."""
    Repository.objects.filter(pk=repository.pk).update(updated_at=timezone.now() - timedelta(days=1))


def test_the_card_of_the_commit_decides():
    user = make_user()
    repository = make_repository(user, files={"README.md": CARD})
    first = repository.head
    second = commit(repository, user, [DeleteFile("README.md")])
    tasks.check(repository.pk, first)
    tasks.check(repository.pk, second)
    check = latest_check(repository, first)
    assert (check.verdict, check.declared) == ("known", "mit")
    assert latest_check(repository, second).verdict == "missing"
    assert latest_check(repository, "0" * 40) is None
    assert latest_check(make_repository(), first) is None


def test_a_check_is_made_and_told_once():
    repository = make_repository(files={"README.md": CARD})
    tasks.check(repository.pk, repository.head)
    tasks.check(repository.pk, repository.head)
    assert LicenceCheck.objects.count() == 1
    events = AuditEvent.objects.filter(event=Event.LICENCE_CHECKED)
    assert [(event.subject, event.data["verdict"]) for event in events] == [(repository.subject, "known")]


def test_a_binary_readme_is_none():
    repository = make_repository(files={"README.md": b"\x00\xff\x00"})
    assert services.check_licence(repository=repository, commit=repository.head).verdict == "missing"


def test_a_commit_of_another_repository_is_not_checked():
    repository, other = make_repository(files={"README.md": CARD}), make_repository()
    with pytest.raises(RevisionNotFound):
        services.check_licence(repository=other, commit=repository.head)
    assert not LicenceCheck.objects.exists()


def test_a_repository_that_is_gone_has_no_check():
    tasks.check(10**9, "0" * 40)
    assert not LicenceCheck.objects.exists()


def test_a_card_whose_bytes_are_still_being_verified_is_judged_when_they_are(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(settings, "VERIFY_INLINE_LIMIT", 10)
    user = make_user()
    repository = make_repository(user)
    with mock.patch("hub.revisions.settling.enqueue") as enqueue:
        add_large(repository, user, "README.md", CARD)
    repository.refresh_from_db()
    tasks.check(repository.pk, repository.head)
    assert latest_check(repository) is None
    verify(upload_id=enqueue.call_args.args[1])
    tasks.check(repository.pk, repository.head)
    assert latest_check(repository).verdict == "known"


def test_the_sweep_asks_for_heads_without_a_check_after_a_while():
    waiting, checked, fresh = (make_repository(files={"README.md": CARD}) for _ in range(3))
    tasks.check(checked.pk, checked.head)
    age(waiting)
    age(checked)
    assert asked() == [(waiting.pk, waiting.head)]
    tasks.check(waiting.pk, waiting.head)
    assert asked() == []
    assert fresh.head


def test_the_sweep_reaches_every_repository_a_stretch_at_a_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sweeping, "SWEEP_STRETCH", 2)
    repositories = [make_repository(files={"README.md": CARD}) for _ in range(5)]
    old = timezone.now() - timedelta(days=30)
    Repository.objects.update(updated_at=old)
    rounds = [[asked[0] for asked in asked()] for _ in range(4)]
    made = [repository.pk for repository in repositories]
    assert [sorted(stretch) for stretch in rounds] == [made[:2], made[2:4], made[4:], made[:2]]


def test_no_sweep_reads_a_whole_table(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sweeping, "SWEEP_STRETCH", 20)
    monkeypatch.setattr(rereading, "STRETCH", 20)
    model = make_repository(files={"README.md": CARD})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO hub_repository (namespace_id, name, kind, visibility, created_at, updated_at, head,"
            " card, description, licence, pipeline_tag, library, tags, downloads, likes,"
            " name_words, card_words, gated)"
            " SELECT namespace_id, 'copy' || n, kind, visibility, created_at, now() - n * interval '1 hour',"
            " head, card, '', '', '', '', tags, 0, 0, '', '', ''"
            " FROM hub_repository, generate_series(1, 5000) n WHERE id = %s",
            [model.pk],
        )
        cursor.execute(
            "INSERT INTO hub_licencestanding (repository_id, commit, own, inherited, keys, flow, terms,"
            " digest, told, rules, seen, stood_at)"
            " SELECT id, head, '[]', '[]', '{}', '[]', '{}', '', '', %s, '', now()"
            " FROM hub_repository WHERE name <> 'copy7'",
            [RULES_VERSION],
        )
        cursor.execute(
            "INSERT INTO hub_licencecheck (repository_id, commit, verdict, declared, read, puzzling, book,"
            " checked_at) SELECT id, head, 'unknown', '', '{}', n %% 10 = 0, '', now() FROM"
            " (SELECT id, head, row_number() OVER () AS n FROM hub_repository) AS numbered",
            [],
        )
        cursor.execute(
            "INSERT INTO hub_licenceedge (child_id, base_id, name, spelled, relation, path, field, line)"
            " SELECT id, %s, 'a/base', 'a/base', '', 'README.md', 'base_model', 1 FROM hub_repository",
            [model.pk],
        )
        cursor.execute("ANALYZE")
    with plans.recorded() as recorded:
        found = asked()
    assert [repository for repository, _ in found] == [Repository.objects.get(name="copy7").pk]
    assert recorded
    # What staff registered is read whole, a few rows; there are no facts here, and one owner.
    small = re.compile("Seq Scan on (hub_registeredlicence|hub_facts|accounts_namespace)")
    assert [plan for plan in recorded if "Seq Scan" in small.sub("", plan)] == []


def test_only_the_default_branch_wakes_the_check():
    user = make_user()
    repository = make_repository(user)
    with mock.patch("hub.licensing.subscribers.enqueue") as enqueue:
        head = commit(repository, user, [AddInline("README.md", CARD)])
        create_branch(repo=repository, name="draft", start=None, actor_user=user)
        commit(repository, user, [AddInline("a.txt", b"a")], ref="refs/heads/draft")
    assert [call.args for call in enqueue.call_args_list] == [(tasks.check, repository.pk, head)]


def test_a_commit_or_repository_that_is_gone_is_no_failure():
    repository = make_repository(files={"README.md": b"# Words"})
    LicenceCheck.objects.all().delete()
    tasks.check(repository.pk, "0" * 40)
    assert not LicenceCheck.objects.exists()
    with mock.patch.object(services, "check_licence", side_effect=IntegrityError):
        with pytest.raises(IntegrityError):
            tasks.check(repository.pk, repository.head)
        with mock.patch.object(tasks, "repository_by_id", side_effect=[repository, None]):
            tasks.check(repository.pk, repository.head)
