"""What a moderator is told beside the bytes of a file: who has it, who they are, the card, the licences."""

import hashlib
from unittest.mock import ANY

import pytest
from django.utils import timezone

from accounts.actors import ANONYMOUS
from contributions.moderation.evidence.cards import card_change
from contributions.moderation.evidence.holdings import holdings_of
from contributions.moderation.evidence.licences import licence_chain
from contributions.moderation.evidence.people import past_of
from contributions.moderation.evidence.places import Place
from contributions.moderation.evidence.scans import scans_said
from hub.licensing import tasks as licensing
from hub.licensing.books import current_books
from hub.repos.selectors import repository_by_id
from hub.revisions.operations import AddInline, DeleteFile
from hub.scanning.findings import Severity
from hub.scanning.models import Scan
from hub.scanning.scanners import all_scanners
from hub.scanning.verdicts import JUDGE, Verdict
from storage.services import quarantine
from tests.factories.accounts import make_member, make_organisation, make_user, suspend
from tests.factories.discussions import session
from tests.factories.repositories import commit, make_repository

pytestmark = pytest.mark.django_db
BAD = hashlib.sha256(b"bad").hexdigest()


def card(*, licence: str = "", base: str = "", text: str = "Hello.") -> bytes:
    lines = [f"license: {licence}"] * bool(licence) + [f"base_model: {base}"] * bool(base)
    return "\n".join(["---", *lines, "---", text, ""]).encode()


# --- scans ---------------------------------------------------------------------------------------


def make_scan(
    scanner: str, verdict: Verdict, findings: list[dict], imports: list[dict] | None = None
) -> None:
    Scan.objects.update_or_create(
        blob_id=BAD,
        scanner=scanner,
        version=all_scanners()[scanner].version,
        defaults={
            "state": "done",
            "verdict": verdict,
            "findings": findings,
            "imports": imports or [],
            "queued_at": timezone.now(),
            "finished_at": timezone.now(),
        },
    )


def finding(number: int, severity: Severity) -> dict:
    return {
        "rule": f"r{number}",
        "message": "imports x",
        "where": f"a.pkl, byte {number}",
        "severity": str(severity),
    }


def test_every_scanner_says_what_it_found_where_and_what_is_imported(django_assert_num_queries):
    make_repository(files={"a.bin": b"bad"})
    imports = [{"module": "os", "name": "system", "safety": "dangerous"}]
    found = [finding(1, Severity.INFO), finding(12, Severity.DANGEROUS)]
    make_scan(JUDGE, Verdict.DANGEROUS, found, imports)
    other = next(name for name in all_scanners() if name != JUDGE)
    make_scan(other, Verdict.SAFE, [])
    with django_assert_num_queries(1):
        first, *rest = scans_said(BAD)
    assert (first.scanner, first.verdict, first.unshown) == (JUDGE, "dangerous", 0)
    assert [one.place for one in first.findings] == [Place("a.pkl", byte=12), Place("a.pkl", byte=1)]
    assert [(one.module, one.name, str(one.safety)) for one in first.imports] == [
        ("os", "system", "dangerous")
    ]
    assert (other, "safe", []) in [(one.scanner, one.verdict, one.findings) for one in rest]
    assert scans_said("0" * 64) == []


def test_of_very_many_findings_the_worst_are_told_and_the_others_counted():
    make_repository(files={"a.bin": b"bad"})
    many = [finding(number, Severity.INFO) for number in range(80)]
    make_scan(JUDGE, Verdict.DANGEROUS, [*many, finding(99, Severity.DANGEROUS)])
    said = scans_said(BAD)[0]
    assert (len(said.findings), said.unshown, said.findings[0].rule) == (50, 31, "r99")


# --- holdings ------------------------------------------------------------------------------------


def test_everybody_who_holds_the_same_bytes_is_told_and_private_ones_are_counted():
    ada, bob = make_user("ada"), make_user("bob")
    first = make_repository(ada, files={"weights/a.bin": b"bad"})
    second = make_repository(bob, kind="dataset", files={"b.bin": b"bad"})
    make_repository(bob, visibility="private", files={"c.bin": b"bad"})
    make_repository(bob, files={"d.bin": b"good"})
    found = holdings_of(BAD)
    assert [(one.repository, one.path, one.author, one.pusher) for one in found.holders] == [
        (first, "weights/a.bin", "ada", "ada"),
        (second, "b.bin", "bob", "bob"),
    ]
    assert found.holders[0].commit
    assert (found.unshown, found.private) == (0, 1)
    few = holdings_of(BAD, most=1)
    assert ([one.repository for one in few.holders], few.unshown) == ([first], 1)
    assert holdings_of("0" * 64).holders == []


def test_holdings_cost_the_same_however_many_there_are(django_assert_num_queries):
    make_repository(files={"a.bin": b"bad"})
    with django_assert_num_queries(5):
        holdings_of(BAD)
    for _ in range(4):
        make_repository(files={"a.bin": b"bad"})
    with django_assert_num_queries(5):
        assert [one.repository.full_name for one in holdings_of(BAD).holders] == [ANY] * 5


# --- people --------------------------------------------------------------------------------------


def test_the_past_of_an_uploader_is_told(django_assert_num_queries):
    ada = make_user("ada")
    lab = make_organisation("lab")
    make_member(lab, user=ada)
    old, new = make_repository(ada), make_repository(ada)
    make_repository(ada, visibility="private")
    make_repository(make_user())
    type(new).objects.filter(pk=new.pk).update(taken_down_at=timezone.now())
    namespace = ada.namespace
    with django_assert_num_queries(3):
        past = past_of(namespace)
    assert (past.since, past.suspended_at) == (ada.date_joined, None)
    assert (past.public, past.private, past.taken_down) == (2, 1, 1)
    assert past.newest == [new, old]
    assert past.organisations == ["lab"]


def test_an_organisation_has_a_past_too_and_a_suspended_user_says_so():
    lab = make_organisation("lab")
    make_repository(namespace=lab, owner=lab.memberships.get().user)
    past = past_of(lab)
    assert (past.since, past.public, past.organisations) == (lab.created_at, 1, [])
    ada = make_user("ada")
    suspend(ada)
    assert past_of(ada.namespace).suspended_at == ada.suspended_at


# --- licences ------------------------------------------------------------------------------------


def test_the_chain_of_licences_is_followed_to_the_first_model(django_assert_num_queries):
    ada = make_user("ada")
    make_repository(ada, name="root", files={"README.md": card(licence="cc-by-nc-4.0", base="far/away")})
    make_repository(ada, name="middle", files={"README.md": card(licence="apache-2.0", base="ada/root")})
    leaf = make_repository(ada, name="leaf", files={"README.md": card(licence="mit", base="ada/middle")})
    leaf = repository_by_id(leaf.pk)
    # What is registered is read once after each change.
    current_books()
    with django_assert_num_queries(5):
        links = licence_chain(ANONYMOUS, leaf).links
    assert [(link.name, link.depth, link.licence) for link in links] == [
        ("ada/leaf", 0, "mit"),
        ("ada/middle", 1, "apache-2.0"),
        ("ada/root", 2, "cc-by-nc-4.0"),
        ("far/away", 3, ""),
    ]
    assert links[2].known.commercial == "no"
    assert (links[3].repository, links[3].known) == (None, None)


def test_a_chain_that_leads_back_to_itself_ends():
    ada = make_user("ada")
    make_repository(ada, name="a", files={"README.md": card(licence="mit", base="ada/b")})
    b = make_repository(ada, name="b", files={"README.md": card(licence="mit", base="ada/a")})
    b.refresh_from_db()
    assert [link.name for link in licence_chain(ANONYMOUS, b).links] == ["ada/b", "ada/a"]


def test_a_private_base_is_named_and_not_shown_to_who_may_not_see_it():
    ada = make_user("ada")
    base = make_repository(ada, name="base", visibility="private", files={"README.md": card(licence="mit")})
    leaf = make_repository(ada, name="leaf", files={"README.md": card(base="ada/base")})
    leaf.refresh_from_db()
    stranger, owner = (licence_chain(actor, leaf).links for actor in (ANONYMOUS, session(ada)))
    assert [(link.repository, link.licence) for link in stranger][1] == (None, "")
    assert [(link.repository, link.licence) for link in owner][1] == (base, "mit")


def test_what_the_check_found_on_the_card_is_told():
    repository = make_repository(files={"README.md": card(licence="no-such-licence")})
    repository.refresh_from_db()
    assert licence_chain(ANONYMOUS, repository).findings == []
    licensing.check(repository.pk, repository.head)
    assert [found.rule for found in licence_chain(ANONYMOUS, repository).findings] == ["L23"]


# --- the card ------------------------------------------------------------------------------------


def lines(change) -> list[str]:
    return [
        line.sign + "".join(text for _, text in line.parts)
        for hunk in change.text.hunks
        for line in hunk.lines
        if line.sign != " "
    ]


def test_the_card_is_told_before_and_after_the_last_commit_that_changed_it():
    ada = make_user("ada")
    repository = make_repository(ada, files={"README.md": card(licence="mit")})
    changed = commit(repository, ada, [AddInline("README.md", card(licence="other", text="Pay me."))])
    commit(repository, ada, [AddInline("a.txt", b"a")])
    change = card_change(repository)
    assert change.commit.oid == changed
    assert [(field.key, field.old, field.new) for field in change.fields] == [("license", "mit", "other")]
    assert lines(change) == ["-license: mit", "+license: other", "-Hello.", "+Pay me."]
    assert change.unshown == 0


def test_the_card_is_told_around_the_commit_in_question():
    ada = make_user("ada")
    repository = make_repository(ada, files={"README.md": card()})
    first = commit(repository, ada, [AddInline("README.md", card(text="Bad."))])
    commit(repository, ada, [AddInline("README.md", card(text="Good."))])
    assert lines(card_change(repository, first)) == ["-Hello.", "+Bad."]
    gone = commit(repository, ada, [DeleteFile("README.md")])
    assert "-Good." in lines(card_change(repository, gone))
    assert card_change(repository, "0" * 40) is None


def test_a_card_that_is_withheld_is_not_quoted_and_no_card_is_none():
    data = card(text="Secret.")
    repository = make_repository(files={"README.md": data})
    quarantine(sha256=hashlib.sha256(data).hexdigest())
    change = card_change(repository)
    assert (change.text, change.fields) == (None, [])
    bare = make_repository()
    assert card_change(bare) is None or card_change(bare).text is not None


def test_a_very_long_change_is_cut():
    ada = make_user("ada")
    repository = make_repository(ada, files={"README.md": card()})
    commit(repository, ada, [AddInline("README.md", card(text="x\n" * 3000))])
    change = card_change(repository)
    assert change.text.length == 400
    assert change.unshown > 2000


def test_the_card_costs_the_same_however_long_the_history(django_assert_max_num_queries):
    ada = make_user("ada")
    repository = make_repository(ada, files={"README.md": card()})
    for number in range(2):
        commit(repository, ada, [AddInline("README.md", card(text=f"{number}"))])
    with django_assert_max_num_queries(9):
        card_change(repository)
    for number in range(2, 8):
        commit(repository, ada, [AddInline("README.md", card(text=f"{number}"))])
    with django_assert_max_num_queries(9):
        card_change(repository)
