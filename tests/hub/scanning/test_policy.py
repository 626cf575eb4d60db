"""What scans mean for who asks for a file: the rules, what a blob counts as, overrides, and races."""

import importlib
import itertools
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.utils import timezone

from accounts.actors import ANONYMOUS, Actor
from accounts.models import AuditEvent
from accounts.roles import Role
from contributions.moderation.models import Case
from hub.access.policy import Action
from hub.access.services import open_repo
from hub.errors import BlobBeingScanned, BlobQuarantined, BlobWithheld, Forbidden, InvalidInput
from hub.events import Event
from hub.repos.models import Repository, ScanPolicy
from hub.repos.policies import set_scan_policy
from hub.repos.selectors import answers_in
from hub.repos.serving import DEFAULTS, STATES, Rule, answers
from hub.revisions.selectors import find_file, resolve_revision
from hub.scanning import running, services, tasks
from hub.scanning.models import Scan
from hub.scanning.policy import admit, ruling
from hub.scanning.scanners import all_scanners
from hub.scanning.scanners.artifact import ArtifactScanner
from hub.scanning.standings import note_standings, standing_of
from storage import services as storage
from storage.models import Blob
from tests.builders import pickles as made
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_user
from tests.factories.moderation import decide_case
from tests.factories.repositories import make_repository
from tests.racing import failures, race

BAD = made.calling("os", "system", "id", protocol=2)
SERVE, WARN, REFUSE = "serve", "warn", "refuse"


def rule(own: bool = False, kind: str = "", **said: str) -> Rule:
    """A row that says only this."""
    return Rule(own, kind, {str(state): said.get(state, "") for state in STATES})


@pytest.mark.parametrize(
    ("rules", "kind", "expected"),
    [
        ([], "model", {}),
        ([rule(suspicious=REFUSE)], "model", {"suspicious": REFUSE}),
        ([rule(dangerous=WARN)], "dataset", {"dangerous": WARN}),
        ([rule(kind="model", suspicious=REFUSE)], "model", {"suspicious": REFUSE}),
        ([rule(kind="model", suspicious=REFUSE)], "dataset", {}),
        # The row of the kind goes before the one for every kind, state by state.
        (
            [rule(suspicious=REFUSE, error=REFUSE), rule(kind="model", suspicious=SERVE)],
            "model",
            {"suspicious": SERVE, "error": REFUSE},
        ),
        # An organisation's only count where they are stricter.
        ([rule(own=True, dangerous=SERVE, queued=REFUSE)], "model", {"queued": REFUSE}),
        ([rule(queued=REFUSE), rule(own=True, queued=SERVE)], "model", {"queued": REFUSE}),
        ([rule(queued=SERVE), rule(own=True, queued=WARN)], "model", {"queued": WARN}),
        ([rule(own=True, kind="dataset", error=REFUSE)], "model", {}),
        ([rule(own=True, error=REFUSE), rule(own=True, kind="model", error=WARN)], "model", {"error": WARN}),
    ],
)
def test_what_the_rows_say_together(rules, kind, expected):
    for order in (rules, rules[::-1]):
        assert answers(order, kind) == dict(DEFAULTS) | expected


def scan(scanner="artifact", verdict=None, *, background=False, minutes=0, version="1"):
    """A scan that ended with a verdict, or one that has not (None)."""
    now = timezone.now()
    return Scan(
        scanner=scanner,
        version=version,
        verdict=verdict or "",
        state=Scan.State.QUEUED if verdict is None else Scan.State.DONE,
        background=background,
        queued_at=now,
        finished_at=None if verdict is None else now - timedelta(minutes=minutes),
    )


STANDINGS = [
    ([], "queued"),
    ([scan()], "queued"),
    ([scan(verdict="safe")], "safe"),
    ([scan(verdict="")], "unscanned"),
    ([scan(verdict=""), scan("rules", "safe")], "unscanned"),
    ([scan(verdict="safe"), scan("rules", "")], "safe"),
    ([scan(verdict="error"), scan("rules", "suspicious")], "suspicious"),
    ([scan(verdict="safe"), scan("rules", "error")], "error"),
    ([scan("rules", "suspicious")], "queued"),
    ([scan(verdict="safe"), scan("rules")], "queued"),
    ([scan(verdict="suspicious"), scan("rules")], "queued"),
    ([scan("rules", "dangerous"), scan()], "dangerous"),
    # What waits in the background leaves the last word until there is another.
    ([scan(verdict="safe"), scan("rules", background=True)], "safe"),
    ([scan(verdict="suspicious"), scan(background=True, version="2")], "suspicious"),
    ([scan(verdict="dangerous", minutes=5), scan(verdict="safe", version="2")], "safe"),
    ([scan(verdict="safe", minutes=5), scan(verdict="dangerous", version="2")], "dangerous"),
]


@pytest.mark.parametrize(("scans", "expected"), STANDINGS)
def test_what_the_scans_of_a_blob_add_up_to(scans, expected):
    for order in itertools.permutations(scans):
        assert standing_of(order) == expected


@pytest.mark.django_db
def test_the_migration_says_the_same_of_what_was_scanned_before():
    for at, (scans, _) in enumerate(STANDINGS):
        blob = Blob.objects.create(sha256=f"{at:064}", size=1, data=b"x")
        for one in scans:
            one.pk, one.blob = None, blob
            one.save(force_insert=True)
    fill = importlib.import_module("hub.migrations.0012_scan_policy").FILL
    with connection.cursor() as cursor:
        cursor.execute(fill)
    kept = list(Blob.objects.order_by("pk").values_list("scan_state", flat=True))
    for (scans, expected), state in zip(STANDINGS, kept, strict=True):
        # Whatever still waits says its own word when it has ended.
        if all(one.finished_at or one.background for one in scans):
            assert state == expected


@pytest.fixture
def lab(db):
    """An organisation."""
    return make_organisation("the-lab", owner=make_user("ada"))


def thing_of(lab, **fields) -> Repository:
    """A repository of the organisation with one file."""
    admin = lab.memberships.get(role="admin").user
    return make_repository(admin, namespace=lab, name="thing", files={"model.pkl": BAD}, **fields)


def entry_of(repository: Repository, state: str = "queued"):
    """Its file, when its scans say that."""
    Blob.objects.filter(data=BAD).update(scan_state=state)
    return find_file(resolve_revision(repository, None), "model.pkl")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "said", "status"),
    [
        ("safe", SERVE, "safe"),
        ("unscanned", SERVE, "unscanned"),
        ("queued", WARN, "queued"),
        ("suspicious", WARN, "suspicious"),
        ("error", WARN, "error"),
        # Found dangerous and not withheld: a moderator released it.
        ("dangerous", WARN, "unsafe"),
    ],
)
def test_what_anybody_is_given_without_any_rule(lab, state, said, status):
    found = ruling(ANONYMOUS, thing_of(lab), entry_of(thing := Repository.objects.get(), state))
    assert (found.answer, found.status, bool(found.warning)) == (said, status, said == WARN)
    assert answers_in(thing) == dict(DEFAULTS)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["safe", "dangerous", "queued"])
def test_what_is_in_quarantine_is_dangerous_whatever_the_scans_say(lab, state):
    thing = thing_of(lab)
    storage.quarantine(sha256=Blob.objects.get(data=BAD).pk)
    with pytest.raises(BlobQuarantined, match="is in quarantine: a check") as refused:
        admit(ANONYMOUS, thing, entry_of(thing, state))
    assert refused.value.scan_status == "unsafe"
    assert refused.value.url_path == "/the-lab/thing"


@pytest.mark.django_db
def test_the_refusal_says_what_was_found(lab):
    thing = thing_of(lab)
    services.queue_scans(sha256s=[Blob.objects.get(data=BAD).pk])
    tasks.scan(list(Scan.objects.values_list("pk", flat=True)))
    with pytest.raises(BlobQuarantined, match=r"model\.pkl of the-lab/thing .* dangerous\..*os\.system"):
        admit(ANONYMOUS, thing, find_file(resolve_revision(thing, None), "model.pkl"))


@pytest.mark.django_db
def test_what_is_not_scanned_yet_can_be_refused_until_it_is(lab):
    set_scan_policy(organisation=lab, kind="", said={"queued": REFUSE}, actor_user=None)
    thing = thing_of(lab)
    with pytest.raises(BlobBeingScanned, match="still being scanned.*Try again"):
        admit(ANONYMOUS, thing, entry_of(thing))
    assert admit(ANONYMOUS, thing, entry_of(thing, "safe")).answer == SERVE


@pytest.mark.django_db
def test_who_is_given_what_is_refused(lab):
    set_scan_policy(organisation=None, kind="model", said={"suspicious": REFUSE}, actor_user=None)
    thing = thing_of(lab)
    entry = entry_of(thing, "suspicious")
    given = [make_member(lab, Role.WRITE), lab.memberships.get(role="admin").user, make_moderator()]
    for user in given:
        found = admit(Actor(user, None), Repository.objects.get(), entry)
        assert (found.answer, found.reserved) == (WARN, True)
        assert found.warning.endswith("It is withheld from others.")
    for user in (None, make_user(), make_member(lab, Role.READ), make_member(lab, Role.CONTRIBUTE)):
        with pytest.raises(BlobWithheld, match="not given out here: a scanner found it suspicious"):
            admit(Actor(user, None), Repository.objects.get(), entry)


@pytest.mark.django_db
def test_the_rules_come_along_with_the_repository(lab, django_assert_num_queries):
    other = make_organisation("others")
    set_scan_policy(organisation=other, kind="", said={"error": REFUSE}, actor_user=None)
    set_scan_policy(organisation=lab, kind="model", said={"queued": REFUSE}, actor_user=None)
    set_scan_policy(organisation=lab, kind="dataset", said={"suspicious": REFUSE}, actor_user=None)
    set_scan_policy(organisation=None, kind="", said={"error": SERVE}, actor_user=None)
    thing_of(lab)
    expected = dict(DEFAULTS) | {"queued": REFUSE, "error": SERVE}
    found = open_repo(ANONYMOUS, kind="model", namespace="the-lab", name="thing", action=Action.PULL)
    with django_assert_num_queries(0):
        assert answers_in(found) == expected
    found = Repository.objects.get()
    with django_assert_num_queries(1):
        assert answers_in(found) == answers_in(found) == expected


# --- saying so ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_rule_is_said_recorded_and_taken_back(lab):
    admin = lab.memberships.get().user
    for said in ({"suspicious": REFUSE}, {"suspicious": REFUSE}, {"error": REFUSE, "suspicious": ""}):
        set_scan_policy(organisation=lab, kind="", said=said, actor_user=admin)
    row = ScanPolicy.objects.get()
    assert (row.organisation, row.suspicious, row.error) == (lab, "", REFUSE)
    events = AuditEvent.objects.filter(event=Event.SCAN_POLICY_CHANGED).order_by("pk")
    assert [event.subject for event in events] == [f"namespace:{lab.pk}"] * 2
    assert events[1].data["before"] == {"error": "", "suspicious": REFUSE}
    assert events[1].data["after"] == {"error": REFUSE, "suspicious": ""}
    assert events[1].actor == admin


@pytest.mark.django_db
def test_only_its_admins_say_what_is_done_with_an_organisations_files(lab):
    for user in (make_user(), make_member(lab, Role.WRITE), make_moderator()):
        with pytest.raises(Forbidden):
            set_scan_policy(organisation=lab, kind="", said={"error": REFUSE}, actor_user=user)
    admin = lab.memberships.get(role="admin").user
    with pytest.raises(Forbidden):
        set_scan_policy(organisation=None, kind="", said={"error": REFUSE}, actor_user=admin)
    assert not ScanPolicy.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "said", "field"),
    [
        ("space", {"error": WARN}, "kind"),
        ("", {"error": "delete"}, "error"),
        ("", {"safe": WARN}, "state"),
        ("", {"unscanned": WARN}, "state"),
    ],
)
def test_what_is_no_rule_is_refused(lab, kind, said, field):
    with pytest.raises(InvalidInput) as refused:
        set_scan_policy(organisation=lab, kind=kind, said=said, actor_user=None)
    assert refused.value.field == field
    with pytest.raises(InvalidInput):
        set_scan_policy(organisation=make_user().namespace, kind="", said={"error": WARN}, actor_user=None)
    assert not ScanPolicy.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_say_something_at_once_are_both_heard():
    def say(**said: str):
        return lambda: set_scan_policy(organisation=None, kind="", said=said, actor_user=None)

    assert failures(race([say(error=REFUSE), say(suspicious=REFUSE), say(queued=SERVE)])) == []
    row = ScanPolicy.objects.get()
    assert (row.error, row.suspicious, row.queued) == (REFUSE, REFUSE, SERVE)


# --- scans, releases and quarantine -------------------------------------------------------------


def run_scans() -> None:
    """Run what is queued."""
    tasks.scan(list(Scan.objects.exclude(state=Scan.State.DONE).values_list("pk", flat=True)))


@pytest.fixture
def withheld(only_the_judge) -> str:
    """The sha256 of a file that a scan put into quarantine."""
    make_repository(files={"model.pkl": BAD})
    blob = Blob.objects.get(data=BAD)
    assert blob.scan_state == "queued"
    services.queue_scans(sha256s=[blob.pk])
    run_scans()
    blob.refresh_from_db()
    assert (blob.state, blob.scan_state) == ("quarantined", "dangerous")
    return blob.pk


def release(sha256: str) -> None:
    """As a moderator decides the case about it."""
    case = Case.objects.get(sha256=sha256, state="open")
    decide_case(case, "override")


def state_of(sha256: str) -> tuple[str, str]:
    blob = Blob.objects.get(pk=sha256)
    return blob.state, blob.scan_state


@pytest.mark.django_db(transaction=True)
def test_a_release_survives_another_scan_by_the_same_version(withheld):
    release(withheld)
    assert state_of(withheld) == ("verified", "dangerous")
    services.rescan(sha256s=[withheld])
    assert state_of(withheld) == ("verified", "dangerous")
    run_scans()
    assert state_of(withheld) == ("verified", "dangerous")
    assert not Case.objects.filter(state="open").exists()
    assert AuditEvent.objects.filter(event=Event.BLOB_QUARANTINED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_new_version_that_finds_the_same_leaves_what_moderators_released(withheld):
    release(withheld)
    with mock.patch.object(ArtifactScanner, "version", "next"):
        services.queue_scans(sha256s=[withheld])
        assert state_of(withheld) == ("verified", "dangerous")
        run_scans()
    assert state_of(withheld) == ("verified", "dangerous")
    assert not Case.objects.filter(state="open").exists()
    assert AuditEvent.objects.filter(event=Event.BLOB_QUARANTINED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_new_version_that_finds_nothing_leaves_the_quarantine_to_the_moderators(withheld):
    with mock.patch.object(ArtifactScanner, "version", "next"):
        services.queue_scans(sha256s=[withheld])
        Scan.objects.filter(version="next").update(state="done", verdict="safe", finished_at=timezone.now())
        note_standings(sha256s=[withheld])
    assert state_of(withheld) == ("quarantined", "safe")


@pytest.mark.django_db(transaction=True)
def test_one_statement_keeps_the_states_of_a_whole_batch(
    only_the_judge, django_assert_max_num_queries, monkeypatch
):
    # On a busy machine a batch may take longer than it should; what is left of it is then kept apart.
    monkeypatch.setattr(running, "BATCH_SECONDS", 600)
    counted = []
    for number in (3, 30):
        make_repository(files={f"{at}.txt": b"text %d of %d" % (at, number) for at in range(number)})
        services.queue_scans(sha256s=list(Blob.objects.values_list("pk", flat=True)))
        ids = list(Scan.objects.exclude(state="done").values_list("pk", flat=True))
        with django_assert_max_num_queries(40) as context:
            tasks.scan(ids)
        counted.append(len(context.captured_queries))
    assert counted[0] == counted[1]
    assert set(Blob.objects.values_list("scan_state", flat=True)) == {"safe"}


@pytest.mark.django_db(transaction=True)
def test_two_scanners_that_end_at_once_lose_neithers_word(monkeypatch):
    for name in set(all_scanners()) - {"artifact", "secrets"}:
        monkeypatch.delitem(all_scanners(), name)
    make_repository(files={"model.pkl": BAD})
    sha256 = Blob.objects.get(data=BAD).pk
    services.queue_scans(sha256s=[sha256])
    ids = Scan.objects.values_list("pk", flat=True)
    assert failures(race([lambda pk=pk: tasks.scan([pk]) for pk in ids])) == []
    assert Scan.objects.filter(blob=sha256, state="done").count() == 2
    assert state_of(sha256) == ("quarantined", "dangerous")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_a_release_while_the_same_version_looks_again_stands(withheld, attempt):
    services.rescan(sha256s=[withheld])
    assert failures(race([run_scans, lambda: release(withheld)])) == []
    assert state_of(withheld) == ("verified", "dangerous")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_of_a_release_and_a_new_version_the_later_one_holds(withheld, attempt):
    with mock.patch.object(ArtifactScanner, "version", "next"):
        services.queue_scans(sha256s=[withheld])
        assert failures(race([run_scans, lambda: release(withheld)])) == []
    told = [Event.BLOB_QUARANTINED, Event.BLOB_RELEASED]
    last = AuditEvent.objects.filter(subject=f"blob:{withheld}", event__in=told).order_by("pk").last()
    expected = "quarantined" if last.event == Event.BLOB_QUARANTINED else "verified"
    assert state_of(withheld) == (expected, "dangerous")
