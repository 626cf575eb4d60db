"""What fell through is picked up: lost news of what is gone, in stretches, and in the queue that fits."""

import importlib
from unittest import mock

import pytest
from django.db import DataError, connection

from hub.celery import app
from hub.licensing import descent, standing, sweeping, tasks
from hub.licensing.models import LicenceCheck, LicenceEdge, LicenceStanding
from hub.licensing.rules import RULES_VERSION
from hub.licensing.selectors import standing_of
from hub.repos.models import Repository
from hub.repos.services import delete_repository
from tests.factories.licences import model

pytestmark = pytest.mark.django_db(transaction=True)
# The queue of whatever is not sent elsewhere.
NORMAL = "celery"


def keys(repository: Repository) -> dict[str, int]:
    return {key: depth for key, _, depth in standing_of(repository).inherited}


def waiting_by_queue(queued) -> dict[str, set[str]]:
    """The names of the tasks that wait, by the queue that they wait in."""
    found: dict[str, set[str]] = {}
    for task, _ in queued.waiting:
        name = getattr(task, "task", None) or task.name
        queue = app.amqp.router.route(dict(getattr(task, "options", {})), name)["queue"]
        found.setdefault(queue.name, set()).add(name.rpartition(".")[2])
    return found


def test_a_base_that_is_gone_is_followed_also_where_the_news_was_lost(queued):
    root, data = model("cc-by-nc-4.0"), model("cc-by-nc-4.0", kind="dataset")
    middle = model("mit", root)
    leaf = model("mit", middle)
    stranger = model("mit", model("apache-2.0"), "no/where")
    trained = model("mit", fields={"datasets": data.full_name})
    before = standing_of(stranger).stood_at
    for gone in (root, data):
        delete_repository(repository=gone, actor_user=gone.created_by)
    queued.forget()
    assert keys(leaf) == {"mit": 1, "cc-by-nc-4.0": 2}
    assert sweeping.queue_what_lost_its_base() == 2
    queued.run()
    assert keys(middle) == {"unknown": 1}
    assert keys(leaf) == {"mit": 1, "unknown": 2}
    assert LicenceEdge.objects.get(child=trained).base_id is None
    assert "cc-by-nc" not in str([standing_of(one).terms for one in (middle, leaf, trained)])
    assert standing_of(stranger).stood_at == before
    assert sweeping.queue_what_lost_its_base() == 0


def test_the_edges_are_looked_at_a_stretch_at_a_time(queued, monkeypatch):
    monkeypatch.setattr(sweeping, "SWEEP_STRETCH", 2)
    roots = [model("mit") for _ in range(3)]
    for root in roots:
        model("mit", root)
    for root in roots[1:]:
        delete_repository(repository=root, actor_user=root.created_by)
    queued.forget()
    assert [sweeping.queue_what_lost_its_base() for _ in range(2)] == [1, 1]
    queued.run()
    assert LicenceEdge.objects.filter(base=None).count() == 2


def test_nothing_more_is_asked_of_those_who_follow_many_while_something_waits_there(queued, monkeypatch):
    root = model("mit")
    model("mit", root)
    delete_repository(repository=root, actor_user=root.created_by)
    LicenceStanding.objects.update(rules="older")
    queued.forget()
    monkeypatch.setattr(sweeping, "waiting", lambda queue: int(queue == descent.DESCENTS))
    tasks.sweep()
    assert not queued.waiting
    monkeypatch.setattr(sweeping, "waiting", lambda queue: 0)
    tasks.sweep()
    assert waiting_by_queue(queued) == {"descents": {"descend", "renew"}}


def test_what_was_lost_waits_for_nobody_and_the_sweep_neither(queued, settings):
    settings.RECHECK_AFTER = 0
    leaf = model("mit")
    LicenceStanding.objects.all().delete()
    queued.forget()
    tasks.sweep()
    assert waiting_by_queue(queued) == {NORMAL: {"check"}}
    queued.run()
    assert standing_of(leaf).own == ["mit"]
    for name in ("sweep", "check", "check_again", "stand", "recheck"):
        assert app.amqp.router.route({}, f"hub.licensing.tasks.{name}")["queue"].name == NORMAL


@pytest.mark.parametrize("ask", [lambda: descent.recheck("mit", 0), sweeping.queue_puzzles])
def test_a_few_are_read_again_at_once_and_many_when_nobody_waits(queued, monkeypatch, ask):
    for _ in range(3):
        model("mit", files={"LICENSE": b"Nobody knows what this text is, nor who wrote it."})
    LicenceCheck.objects.update(book="older")
    queued.forget()
    ask()
    assert waiting_by_queue(queued) == {NORMAL: {"check_again"}}
    assert len(queued.waiting) == 3
    queued.forget()
    for module in (descent, sweeping):
        monkeypatch.setattr(module, "TOGETHER", 2)
    ask()
    assert waiting_by_queue(queued) == {"descents": {"check_again"}}
    assert len(queued.waiting) == 3


def test_many_are_not_asked_for_again_while_they_wait(queued, monkeypatch):
    for _ in range(2):
        model("mit", files={"LICENSE": b"Nobody knows what this text is, nor who wrote it."})
    LicenceCheck.objects.update(book="older")
    queued.forget()
    monkeypatch.setattr(sweeping, "waiting", lambda queue: 1)
    assert sweeping.queue_puzzles() == 2
    monkeypatch.setattr(sweeping, "TOGETHER", 1)
    assert sweeping.queue_puzzles() == 0
    assert len(queued.waiting) == 2


def test_the_next_stretches_of_a_licence_that_concerns_many_wait_for_everybody(queued, monkeypatch):
    monkeypatch.setattr(descent, "STRETCH", 2)
    leaves = [model("mit") for _ in range(3)]
    queued.forget()
    descent.recheck("mit", 0)
    assert waiting_by_queue(queued) == {NORMAL: {"check_again"}, "descents": {"recheck"}}
    queued.waiting.popleft(), queued.waiting.popleft()
    descent.recheck("mit", leaves[1].pk)
    assert waiting_by_queue(queued) == {"descents": {"recheck", "check_again"}}


def test_a_judgement_that_cannot_be_kept_holds_up_no_other(queued, monkeypatch):
    monkeypatch.setattr(sweeping, "STRETCH", 1)
    monkeypatch.setattr(sweeping, "RENEWING", 600)
    leaves = [model("mit") for _ in range(3)]
    queued.forget()
    LicenceStanding.objects.update(rules="0")
    LicenceStanding.objects.filter(pk=leaves[2].pk).update(rules="z")
    keep, asked = standing.keep_findings, []

    def refuse(found):
        asked.extend(repository.pk for repository in found)
        if leaves[0].pk in asked[-1:]:
            raise DataError("value too long")
        return keep(found)

    monkeypatch.setattr(standing, "keep_findings", refuse)
    assert sweeping.queue_renewal()
    queued.run()
    assert sorted(asked) == [leaf.pk for leaf in leaves]
    rules = dict(LicenceStanding.objects.values_list("pk", "rules"))
    assert [rules[leaf.pk] for leaf in leaves] == ["0", RULES_VERSION, RULES_VERSION]


def test_what_is_judged_by_the_rules_of_now_is_not_judged_again(queued):
    model("mit")
    queued.forget()
    with mock.patch.object(sweeping, "stand_and_tell") as stood:
        assert not sweeping.queue_renewal()
        sweeping.renew()
    assert not queued.waiting
    assert not stood.called


def test_what_was_read_before_its_bytes_were_told_is_read_again(queued):
    leaf, other = model("mit", files={"LICENSE": b"SPDX-License-Identifier: MIT\n"}), model("mit")
    check = LicenceCheck.objects.get(repository=leaf)
    oid = check.read["files"][0].pop("oid")
    assert len(oid) == 40
    check.save()
    stamp = LicenceCheck.objects.get(repository=other).checked_at
    queued.forget()
    with connection.cursor() as cursor:
        cursor.execute(importlib.import_module("hub.migrations.0031_texts_by_oid").READ_AGAIN)
    descent.stand_and_tell([leaf.pk])
    assert standing_of(leaf).own == ["mit"]
    assert sweeping.queue_puzzles() == 1
    queued.run()
    check.refresh_from_db()
    assert (check.read["files"][0]["oid"], check.puzzling) == (oid, False)
    assert LicenceCheck.objects.get(repository=other).checked_at == stamp
