"""Leads change policies and automatic rules; everybody else may not, and the log knows what was there."""

from dataclasses import asdict, replace
from functools import partial
from typing import Any

import pytest

from accounts.models import AuditEvent, User
from accounts.suspensions import suspend_account
from contributions.moderation import automation, policies
from contributions.moderation.automation import Acts, Conditions
from contributions.moderation.models import AutoRule, Case, Policy
from contributions.moderation.policies import Terms
from hub.errors import Forbidden, InvalidInput
from tests.factories.accounts import make_user
from tests.factories.moderation import decide_case, make_report
from tests.factories.repositories import make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db

TERMS = Terms("No cats", "Models of cats live elsewhere.", "It shows a cat.", 24, 100, 180, 0)
ABOUT_PEOPLE = Conditions("spam", True, "", 2, 1, 7, True)
EVENTS = {
    "policy.created",
    "policy.changed",
    "policy.deleted",
    "rule.created",
    "rule.changed",
    "rule.deleted",
}


@pytest.fixture
def lead(db: None) -> User:
    return make_user(desk_role="lead")


def logged() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(event__in=EVENTS).order_by("pk"))


def refused(field: str, act, **what: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        act(**what)
    assert refusal.value.field == field
    assert logged() == []


def test_a_lead_writes_a_policy_that_decisions_then_cite(lead):
    policy = policies.create_policy(slug="cats", cause="other", terms=TERMS, lead=lead)
    assert Terms(**{name: getattr(policy, name) for name in asdict(TERMS)}) == TERMS
    (event,) = logged()
    assert (event.event, event.actor, event.subject) == ("policy.created", lead, "policy:cats")
    assert event.data["after"] == {"cause": "other", **asdict(TERMS)}
    decision = decide_case(make_report(make_repository(), cause="other").case, "warn", policy=policy)
    assert decision.policy == policy


def test_changing_a_policy_logs_what_was_there_and_what_is(lead):
    policy = Policy.objects.get(slug="spam")
    terms = replace(TERMS, title=policy.title, text=policy.text + "\r\nAnd cats.", due_hours=48)
    changed = policies.change_policy(policy=policy, terms=terms, lead=lead)
    assert (changed.due_hours, changed.text) == (48, policy.text + "\nAnd cats.")
    (event,) = logged()
    assert event.data["before"]["due_hours"] == 168
    assert event.data["after"]["due_hours"] == 48
    assert "title" not in event.data["before"]
    policies.change_policy(policy=policy, terms=terms, lead=lead)
    assert len(logged()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 201),
        ("text", "short"),
        ("text", "a\0text that is long enough"),
        ("reasons", "x" * 4001),
        ("due_hours", 0),
        ("due_hours", 10**6),
        ("confirm_above", -1),
        ("confirm_above", 10**13),
        ("appeal_days", 0),
        ("waiting_days", 366),
    ],
)
def test_bad_terms_are_refused_at_their_field_and_change_nothing(lead, field, value):
    before = list(Policy.objects.order_by("pk").values())
    terms = replace(TERMS, **{field: value})
    refused(field, policies.create_policy, slug="cats", cause="other", terms=terms, lead=lead)
    refused(field, policies.change_policy, policy=Policy.objects.first(), terms=terms, lead=lead)
    assert list(Policy.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("slug", ["", "Cats", "a b", "-a", "a--b", "a/b", "x" * 41, "spam", "kätzchen"])
def test_a_short_name_is_new_and_part_of_an_address(lead, slug):
    refused("slug", policies.create_policy, slug=slug, cause="other", terms=TERMS, lead=lead)


def test_a_policy_is_for_a_known_cause(lead):
    refused("cause", policies.create_policy, slug="cats", cause="cats", terms=TERMS, lead=lead)


def test_only_what_no_decision_cites_is_deleted_and_a_cause_keeps_one_policy(lead):
    cats = policies.create_policy(slug="cats", cause="spam", terms=TERMS, lead=lead)
    dogs = policies.create_policy(slug="dogs", cause="spam", terms=TERMS, lead=lead)
    decide_case(make_report(make_repository()).case, "warn", policy=cats)
    with pytest.raises(InvalidInput, match="cite"):
        policies.delete_policy(policy=cats, lead=lead)
    policies.delete_policy(policy=dogs, lead=lead)
    assert logged()[-1].data["before"]["title"] == "No cats"
    assert not Policy.objects.filter(slug="dogs").exists()
    with pytest.raises(InvalidInput, match="last"):
        policies.delete_policy(policy=Policy.objects.get(slug="misuse"), lead=lead)
    policies.delete_policy(policy=dogs, lead=lead)


@pytest.mark.django_db(transaction=True)
def test_of_two_leads_who_delete_the_two_policies_of_a_cause_one_is_refused():
    lead = make_user(desk_role="lead")
    two = [
        Policy.objects.get(slug="misuse"),
        policies.create_policy(slug="cats", cause="misuse", terms=TERMS, lead=lead),
    ]
    racers = [partial(policies.delete_policy, policy=policy, lead=lead) for policy in two]
    assert failures(race(racers)) == [InvalidInput]
    assert Policy.objects.filter(cause="misuse").count() == 1


@pytest.mark.parametrize("role", ["", "trusted_reporter", "moderator", "auditor", "suspended lead"])
def test_all_but_leads_change_nothing(role):
    user = make_user(desk_role=role.removeprefix("suspended "))
    if role.startswith("suspended"):
        suspend_account(user=user, actor_user=None)
        user.refresh_from_db()
    policy, rule = Policy.objects.first(), AutoRule.objects.first()
    acts = [
        lambda: policies.create_policy(slug="cats", cause="other", terms=TERMS, lead=user),
        lambda: policies.change_policy(policy=policy, terms=TERMS, lead=user),
        lambda: policies.delete_policy(policy=policy, lead=user),
        lambda: automation.create_rule(slug="cats", conditions=ABOUT_PEOPLE, lead=user),
        lambda: automation.change_rule(rule=rule, conditions=ABOUT_PEOPLE, lead=user),
        lambda: automation.switch_rule(rule=rule, enabled=False, lead=user),
        lambda: automation.delete_rule(rule=rule, lead=user),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    assert logged() == []


def test_a_new_rule_withholds_what_it_says_and_counts_what_people_undo(lead):
    automation.create_rule(
        slug="spam-twice", conditions=replace(ABOUT_PEOPLE, trusted=0, younger_than_days=0), lead=lead
    )
    assert logged()[-1].data["after"]["reports"] == 2
    repositories = [make_repository(), make_repository(), make_repository()]
    for repository in repositories:
        make_report(repository)
        case = make_report(repository).case
        assert case.decisions.get().rule == "spam-twice"
    first, second, _ = Case.objects.order_by("pk")
    decide_case(first, "none")
    decide_case(second, "take_down")
    assert automation.acts_by_rule() == {"spam-twice": Acts(made=3, undone=1)}


def test_a_rule_that_is_switched_off_withholds_nothing_more_and_is_logged(lead):
    rule = automation.create_rule(
        slug="spam-once", conditions=Conditions("spam", True, "", 1, 0, 0, True), lead=lead
    )
    automation.switch_rule(rule=rule, enabled=False, lead=lead)
    assert not make_report(make_repository()).case.decisions.exists()
    assert (logged()[-1].data["before"], logged()[-1].data["after"]) == (
        {"enabled": True},
        {"enabled": False},
    )
    automation.switch_rule(rule=rule, enabled=False, lead=lead)
    assert len(logged()) == 2


def test_a_rules_numbers_are_changed(lead):
    rule = AutoRule.objects.get(slug="two-reports-one-trusted")
    conditions = Conditions("malware", True, "", 3, 1, 0, True)
    assert automation.change_rule(rule=rule, conditions=conditions, lead=lead).reports == 3
    assert logged()[-1].data == {"before": {"reports": 2}, "after": {"reports": 3}}


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("reports", {"reports": 0, "trusted": 0}),
        ("reports", {"reports": 101}),
        ("reports", {"verdict": "dangerous"}),
        ("trusted", {"trusted": 3}),
        ("trusted", {"trusted": -1}),
        ("younger_than_days", {"younger_than_days": 4000}),
        ("verdict", {"verdict": "ugly"}),
        ("cause", {"cause": "cats"}),
        ("withholds", {"withholds": False}),
        ("withholds", {"withholds": False, "verdict": "dangerous", "reports": 0, "trusted": 0}),
    ],
)
def test_a_rule_that_would_not_do_what_it_says_is_refused_at_its_field(lead, field, change):
    before = list(AutoRule.objects.order_by("pk").values())
    conditions = replace(ABOUT_PEOPLE, **change)
    refused(field, automation.create_rule, slug="cats", conditions=conditions, lead=lead)
    refused(field, automation.change_rule, rule=AutoRule.objects.first(), conditions=conditions, lead=lead)
    assert list(AutoRule.objects.order_by("pk").values()) == before


def test_a_rule_is_deleted_but_not_the_last_one(lead):
    first, *others = AutoRule.objects.order_by("pk")
    for rule in others:
        automation.delete_rule(rule=rule, lead=lead)
    assert logged()[-1].data["before"]["verdict"] == others[-1].verdict
    with pytest.raises(InvalidInput, match="last"):
        automation.delete_rule(rule=first, lead=lead)
    assert list(AutoRule.objects.all()) == [first]


def test_a_new_rule_needs_a_short_name_of_its_own(lead):
    for slug in ("Cats", "scanner-found-danger"):
        refused("slug", automation.create_rule, slug=slug, conditions=ABOUT_PEOPLE, lead=lead)
