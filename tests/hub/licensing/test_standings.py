"""Where repositories stand: terms come down from bases, follow what changes above, and end in circles."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DataError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent
from hub.compute.services import describe
from hub.events import Event
from hub.licensing import answers, descent, reading, selectors, standing, sweeping, tasks
from hub.licensing.books import current_books
from hub.licensing.matching import match
from hub.licensing.models import LicenceCheck, LicenceEdge, LicenceFinding, LicenceStanding
from hub.licensing.selectors import findings_of, judged_at, standing_of
from hub.licensing.standing import restand
from hub.repos.models import Repository
from hub.repos.services import change_settings, delete_repository
from hub.revisions.moving import move_repository
from hub.revisions.selectors import resolve_revision
from hub.revisions.withheld import serve_revision, withhold_revision
from tests.factories.accounts import make_user
from tests.factories.licences import model, say
from tests.racing import failures, race

pytestmark = pytest.mark.django_db(transaction=True)


def keys(repository: Repository) -> dict[str, int]:
    return {key: depth for key, _, depth in standing_of(repository).inherited}


def rules(repository: Repository) -> set[str]:
    return {f"{row.rule}:{row.severity}" for row in findings_of([repository])[repository.pk]}


def test_the_terms_of_the_bases_come_down_step_by_step(queued):
    root = model("cc-by-nc-4.0")
    middle = model("apache-2.0", root)
    leaf = model("mit", middle)
    assert keys(middle) == {"cc-by-nc-4.0": 1}
    assert keys(leaf) == {"apache-2.0": 1, "cc-by-nc-4.0": 2}
    leaf.refresh_from_db()
    assert (leaf.commercial_use, leaf.licence_clear, leaf.licence_text) == ("no", False, False)
    assert "L07:conflict" in rules(leaf)


def test_a_base_that_is_not_here_or_not_seen_is_unknown(queued):
    hidden = model("mit", visibility="private")
    for base in ("no/where", hidden):
        leaf = model("mit", base)
        leaf.refresh_from_db()
        assert keys(leaf) == {"unknown": 1}
        assert leaf.commercial_use == "unknown"
        assert hidden.name not in str(standing_of(leaf).terms) or base != "no/where"


def test_the_same_people_see_their_private_base_beside_a_private_model(queued):
    owner = make_user()
    base = model("cc-by-nc-4.0", owner=owner, visibility="private")
    leaf = model("mit", base, owner=owner, visibility="private")
    public = model("mit", base, owner=owner)
    assert keys(leaf) == {"cc-by-nc-4.0": 1}
    assert keys(public) == {"unknown": 1}


def test_a_change_above_reaches_all_below(queued):
    root = model("mit")
    middle = model("mit", root)
    leaf = model("mit", middle)
    assert keys(leaf) == {"mit": 1}
    say(root, "cc-by-nc-4.0")
    queued.run()
    assert keys(leaf) == {"mit": 1, "cc-by-nc-4.0": 2}
    assert "L07:conflict" in rules(leaf)
    say(root, "mit")
    queued.run()
    assert keys(leaf) == {"mit": 1}
    assert "L07:conflict" not in rules(leaf)
    assert standing_of(root).told == standing_of(root).digest


def test_in_a_circle_what_its_origin_dropped_dies_out(queued):
    root = model("cc-by-nc-4.0")
    first = model("mit", root)
    second = model("mit", first)
    say(first, "mit", root.full_name, second.full_name)
    queued.run()
    assert keys(first)["cc-by-nc-4.0"] == 1
    assert keys(second)["cc-by-nc-4.0"] == 2
    say(root, "mit")
    queued.run()
    assert "cc-by-nc-4.0" not in {**keys(first), **keys(second)}
    assert queued.count < 600


def test_a_base_that_comes_later_is_found_by_its_name(queued):
    owner = make_user("late")
    leaf = model("mit", "Late/Base")
    assert keys(leaf) == {"unknown": 1}
    model("cc-by-nc-4.0", owner=owner, name="base")
    queued.run()
    assert keys(leaf) == {"cc-by-nc-4.0": 1}


def test_a_base_that_moves_hides_or_goes_is_followed(queued):
    owner = make_user()
    root = model("cc-by-nc-4.0", owner=owner)
    leaf = model("mit", root)
    move_repository(repository=root, namespace=owner.namespace, name="elsewhere", actor_user=owner)
    queued.run()
    assert standing_of(leaf).inherited == [["cc-by-nc-4.0", f"{owner.username}/elsewhere", 1]]
    root.refresh_from_db()
    change_settings(repository=root, visibility="private", actor_user=owner)
    queued.run()
    assert keys(leaf) == {"unknown": 1}
    root.refresh_from_db()
    change_settings(repository=root, visibility="public", actor_user=owner)
    queued.run()
    assert keys(leaf) == {"cc-by-nc-4.0": 1}
    root.refresh_from_db()
    delete_repository(repository=root, actor_user=owner)
    queued.run()
    assert keys(leaf) == {"unknown": 1}
    assert LicenceEdge.objects.get(child=leaf).base_id is None


def test_what_a_file_names_as_a_base_counts_and_is_told(queued):
    root = model("cc-by-nc-4.0")
    adapter = f'{{"base_model_name_or_path": "{root.full_name}"}}'.encode()
    leaf = model("mit", files={"adapter_config.json": adapter})
    queued.run()
    assert keys(leaf) == {"cc-by-nc-4.0": 1}
    assert {"L07:conflict", "L20:warning"} <= rules(leaf)


def test_where_a_model_was_loaded_from_is_only_a_hint(queued):
    root = model("cc-by-nc-4.0")
    config = f'{{"_name_or_path": "{root.full_name}"}}'.encode()
    leaf = model("mit", files={"config.json": config})
    queued.run()
    assert keys(leaf) == {}
    assert "L20:info" in rules(leaf)
    assert "L07:conflict" not in rules(leaf)


def test_a_text_of_another_licence_is_found(queued):
    notice = b"SPDX-License-Identifier: GPL-3.0-only\n"
    leaf = model("mit", files={"LICENSE": notice})
    assert set(standing_of(leaf).own) == {"gpl-3.0", "mit"}


def test_an_answer_counts_until_the_matter_changes(queued):
    root = model("cc-by-nc-4.0")
    leaf = model("mit", root)
    owner, moderator = leaf.created_by, make_user()
    (finding,) = [row for row in findings_of([leaf])[leaf.pk] if row.rule == "L07"]
    answers.dispute(repository=leaf, key=finding.key, reason="It was bought.", actor_user=owner)
    leaf.refresh_from_db()
    assert not leaf.licence_clear
    answers.waive(repository=leaf, key=finding.key, reason="Seen.", actor_user=moderator)
    leaf.refresh_from_db()
    assert leaf.licence_clear
    restand([leaf.pk])
    finding.refresh_from_db()
    assert (finding.state, finding.reason) == ("waived", "Seen.")
    say(leaf, "apache-2.0", root.full_name)
    finding.refresh_from_db()
    assert (finding.state, finding.reason) == ("open", "")
    leaf.refresh_from_db()
    assert not leaf.licence_clear
    assert AuditEvent.objects.filter(event=Event.LICENCE_WAIVED).count() == 1


@pytest.mark.parametrize("state", ["disputed", "waived"])
def test_an_answer_comes_back_with_the_same_matter(queued, state):
    root = model("cc-by-nc-4.0")
    leaf = model("mit", root)
    (finding,) = [row for row in findings_of([leaf])[leaf.pk] if row.rule == "L07"]
    give = {"disputed": answers.dispute, "waived": answers.waive}[state]
    give(repository=leaf, key=finding.key, reason="It was bought.", actor_user=leaf.created_by)
    for gone in (True, False):
        Repository.objects.filter(pk=root.pk).update(taken_down_at=timezone.now() if gone else None)
        restand([leaf.pk])
        finding.refresh_from_db()
        assert finding.state == ("resolved" if gone else state)
        assert ("L07" in {row.rule for row in findings_of([leaf])[leaf.pk]}) != gone
    leaf.refresh_from_db()
    assert (finding.reason, finding.answered_by, finding.resolved_at) == (
        "It was bought.",
        leaf.created_by,
        None,
    )
    assert leaf.licence_clear == (state == "waived")


def test_neither_another_matter_nor_a_reopened_one_comes_back_answered(queued):
    root = model("cc-by-nc-4.0")
    leaf = model("mit", root)
    (finding,) = [row for row in findings_of([leaf])[leaf.pk] if row.rule == "L07"]
    owner = leaf.created_by
    answers.waive(repository=leaf, key=finding.key, reason="Seen.", actor_user=owner)
    say(leaf, "mit")
    say(leaf, "apache-2.0", root.full_name)
    finding.refresh_from_db()
    assert (finding.state, finding.reason) == ("open", "")
    answers.waive(repository=leaf, key=finding.key, reason="Again.", actor_user=owner)
    answers.reopen(repository=leaf, key=finding.key, actor_user=owner)
    say(leaf, "apache-2.0")
    say(leaf, "apache-2.0", root.full_name)
    finding.refresh_from_db()
    assert (finding.state, finding.reason) == ("open", "")


def test_a_base_that_is_not_here_is_told_as_it_is_spelled(queued):
    leaf = model("mit", "Far/Away-7B")
    assert standing_of(leaf).inherited == [["unknown", "Far/Away-7B", 1]]
    say(leaf, "mit", "FAR/away-7b")
    assert standing_of(leaf).inherited == [["unknown", "FAR/away-7b", 1]]
    assert LicenceEdge.objects.get(child=leaf).name == "far/away-7b"


def test_a_commit_without_a_check_is_read_once(queued, monkeypatch):
    leaf = model("mit", files={"LICENSE": b"SPDX-License-Identifier: GPL-3.0-only\n"})
    revision, read = resolve_revision(leaf, leaf.head), []
    LicenceCheck.objects.all().delete()
    monkeypatch.setattr(reading, "match", lambda *given: read.append(given) or match(*given))
    judged = [judged_at(revision) for _ in range(3)]
    assert judged[0] == judged[1] == judged[2]
    assert {source.key for source in judged[0].terms.row("commercial").sources} == {"gpl-3.0", "mit"}
    assert len(read) == 1
    judged_at(replace(revision, withheld=True))
    assert judged_at(revision) == judged[0]
    monkeypatch.setattr(selectors, "current_books", lambda: replace(current_books(), stamp="later"))
    assert judged_at(revision) == judged[0]
    assert len(read) == 2


def test_other_commits_are_judged_with_the_ancestors_of_now(queued):
    root = model("cc-by-nc-4.0")
    leaf = model("mit", root)
    first = leaf.head
    say(leaf, "cc-by-nc-4.0", root.full_name)
    judged = judged_at(resolve_revision(leaf, first))
    assert "L07" in {finding.rule for finding in judged.findings}
    assert "L07" not in {row.rule for row in findings_of([leaf])[leaf.pk]}
    LicenceCheck.objects.all().delete()
    assert judged_at(resolve_revision(leaf, first)).findings == judged.findings


def test_the_queries_do_not_grow_with_what_stands_anew(queued):
    root = model("cc-by-nc-4.0")
    few = [model("mit", root).pk for _ in range(2)]
    many = [model("mit", root).pk for _ in range(8)]
    counts = []
    for ids in (few, many):
        LicenceFinding.objects.all().delete()
        with CaptureQueriesContext(connection) as captured:
            restand(ids)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 21, counts


def test_a_stretch_follows_the_other(queued, monkeypatch):
    monkeypatch.setattr(descent, "STRETCH", 2)
    root = model("mit")
    leaves = [model("mit", root) for _ in range(5)]
    say(root, "cc-by-nc-4.0")
    queued.run()
    assert all("cc-by-nc-4.0" in keys(leaf) for leaf in leaves)
    standing = standing_of(root)
    assert standing.told == standing.digest


def test_what_fell_through_is_swept_up(queued, settings):
    settings.RECHECK_AFTER = 0
    root = model("mit")
    leaf = model("mit", root)
    say(root, "cc-by-nc-4.0")
    queued.forget()
    assert keys(leaf) == {"mit": 1}
    assert sweeping.queue_what_is_owed() == 1
    queued.run()
    assert keys(leaf) == {"cc-by-nc-4.0": 1}
    assert sweeping.queue_what_is_owed() == 0


def test_no_sweep_begins_a_round_beside_one_that_goes_on(queued, monkeypatch):
    monkeypatch.setattr(descent, "STRETCH", 2)
    root = model("mit")
    for _ in range(3):
        model("mit", root)
    say(root, "cc-by-nc-4.0")
    LicenceStanding.objects.update(stood_at=timezone.now() - timedelta(hours=1))
    assert sweeping.queue_what_is_owed() == 1
    descent.descend(root.pk, standing_of(root).digest, 0)
    assert sweeping.queue_what_is_owed() == 0


def test_standings_by_older_rules_stand_anew(queued):
    leaf = model("cc-by-nc-4.0")
    LicenceStanding.objects.update(rules="older", terms={})
    sweeping.renew()
    assert standing_of(leaf).terms["rows"]


def test_two_bases_that_change_at_once_both_come_down(queued):
    first, second = model("mit"), model("mit")
    leaf = model("mit", first, second)
    queued.forget()
    for base, licence in ((first, "cc-by-nc-4.0"), (second, "gpl-3.0")):
        say(base, licence)
    queued.forget()
    results = race([lambda: restand([leaf.pk]), lambda: restand([leaf.pk])])
    assert failures(results) == []
    assert {"cc-by-nc-4.0", "gpl-3.0"} <= set(keys(leaf))
    assert len([1 for result in results if result.result().changed]) == 1
    assert LicenceFinding.objects.filter(repository=leaf, rule="L07").count() == 1


def test_stretches_that_overlap_do_not_lock_each_other_out(queued):
    root = model("mit")
    leaves = [model("mit", root).pk for _ in range(6)]
    say(root, "cc-by-nc-4.0")
    results = race(
        [lambda: restand(leaves), lambda: restand(leaves[::-1]), lambda: restand([*leaves, root.pk])]
    )
    assert failures(results) == []
    assert LicenceFinding.objects.filter(rule="L07").count() == 6


def test_a_repository_that_goes_while_it_stands_anew_is_no_failure(queued):
    root = model("cc-by-nc-4.0")
    leaf = model("mit", root)
    owner = leaf.created_by
    results = race(
        [lambda: tasks.stand(leaf.pk), lambda: delete_repository(repository=leaf, actor_user=owner)]
    )
    assert failures(results) == []
    assert not LicenceFinding.objects.filter(repository=leaf.pk).exists()
    assert not LicenceStanding.objects.filter(pk=leaf.pk).exists()


def test_a_change_that_is_taken_back_at_once_is_followed_too(queued):
    root = model("mit")
    leaf = model("mit", root)
    say(root, "cc-by-nc-4.0")
    restand([leaf.pk])
    say(root, "mit")
    assert standing_of(root).told == ""
    queued.run()
    assert keys(leaf) == {"mit": 1}
    assert standing_of(root).told == standing_of(root).digest


def test_what_was_asked_for_twice_is_done_once(queued):
    root = model("mit")
    leaf = model("mit", root)
    say(root, "cc-by-nc-4.0")
    queued.run()
    digest = standing_of(root).digest
    with CaptureQueriesContext(connection) as captured:
        descent.descend(root.pk, digest, 0)
        descent.descend_all([(root.pk, digest)])
    assert [query["sql"] for query in captured if query["sql"].startswith(("INSERT", "UPDATE"))] == []
    assert keys(leaf)["cc-by-nc-4.0"] == 1


def test_the_few_derivatives_of_several_stand_anew_together(queued, monkeypatch):
    root = model("mit")
    middles = [model("mit", root) for _ in range(4)]
    leaves = [model("mit", middle) for middle in middles]
    queued.run()
    say(root, "cc-by-nc-4.0")
    queued.count = 0
    queued.run()
    together = queued.count
    assert all(keys(leaf)["cc-by-nc-4.0"] == 2 for leaf in leaves)
    monkeypatch.setattr(descent, "STRETCH", 2)
    say(root, "gpl-3.0")
    queued.count = 0
    queued.run()
    assert all(keys(leaf)["gpl-3.0"] == 2 for leaf in leaves)
    assert together < queued.count
    assert not LicenceStanding.objects.exclude(told=F("digest")).exists()


def test_a_card_that_nobody_can_keep_does_not_hold_up_those_beside_it(queued, monkeypatch):
    root = model("mit")
    leaves = [model("mit", root) for _ in range(3)]
    keep = standing.keep_findings

    def refuse(found):
        if leaves[1].pk in {repository.pk for repository in found}:
            raise DataError("value too long")
        return keep(found)

    monkeypatch.setattr(standing, "keep_findings", refuse)
    say(root, "cc-by-nc-4.0")
    queued.run()
    assert [keys(leaf).get("cc-by-nc-4.0") for leaf in leaves] == [1, None, 1]


def test_names_of_any_length_are_kept(queued):
    long = "x" * 5000
    root = model("mit")
    leaf = model(
        "other",
        root,
        "\u0130" * 100 + "/" + "\u0130" * 99,
        fields={"license_name": long, "license_link": "LICENSE"},
        files={"licences/" + "LICENSE" + "y" * 240: b"Do what you like."},
    )
    assert keys(leaf)["mit"] == 1
    assert all(len(row.key) <= 300 for row in findings_of([leaf])[leaf.pk])


def test_a_base_that_changes_while_a_derivative_is_kept_is_read_again(queued, monkeypatch):
    root = model("mit")
    leaf = model("mit", root)
    keep = standing.keep_findings
    said = []

    def change_meanwhile(found):
        if not said and leaf.pk in {repository.pk for repository in found}:
            said.append(True)
            # As if another worker had been quicker, which knew of no derivative yet.
            LicenceStanding.objects.filter(pk=root.pk).update(
                own=["cc-by-nc-4.0"], flow=[["cc-by-nc-4.0", root.full_name, 1]], digest="other", told="other"
            )
        return keep(found)

    monkeypatch.setattr(standing, "keep_findings", change_meanwhile)
    descent.stand_and_tell([leaf.pk])
    assert keys(leaf) == {"cc-by-nc-4.0": 1}


def test_whom_a_base_is_shown_to_is_followed_also_where_the_news_was_lost(queued, settings):
    settings.RECHECK_AFTER = 0
    owner = make_user()
    root = model("cc-by-nc-4.0", owner=owner)
    leaf = model("mit", root)
    change_settings(repository=root, visibility="private", actor_user=owner)
    queued.forget()
    assert keys(leaf) == {"cc-by-nc-4.0": 1}
    sweeping.queue_missing_checks()
    queued.run()
    assert keys(leaf) == {"unknown": 1}
    assert "cc-by-nc" not in str(standing_of(leaf).terms)


def test_what_files_say_counts_also_where_the_news_was_lost(queued):
    root = model("cc-by-nc-4.0")
    adapter = f'{{"base_model_name_or_path": "{root.full_name}"}}'.encode()
    leaf = model("mit", files={"adapter_config.json": adapter})
    queued.forget()
    describe(repository=leaf, commit=leaf.head)
    queued.forget()
    sweeping.queue_missing_checks()
    queued.run()
    assert keys(leaf) == {"cc-by-nc-4.0": 1}


def test_what_is_withheld_is_not_read_and_is_when_it_is_served_again(queued):
    leaf = model("mit")
    say(leaf, "apache-2.0")
    LicenceCheck.objects.filter(repository=leaf, commit=leaf.head).delete()
    withhold_revision(origin=leaf.pk, oid=leaf.head, actor_user=None)
    tasks.check(leaf.pk, leaf.head)
    assert not LicenceCheck.objects.filter(repository=leaf, commit=leaf.head).exists()
    serve_revision(origin=leaf.pk, oid=leaf.head, actor_user=None)
    queued.run()
    assert standing_of(leaf).own == ["apache-2.0"]
