"""Nobody becomes a member without agreeing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import (
    AlreadyAMember,
    EmailInvalid,
    InvitationGone,
    NotAMember,
    NotAnAdmin,
    NotAnOrganisation,
    RoleUnknown,
    TooManyInvitations,
)
from accounts.invitations import services
from accounts.invitations.selectors import invitation_by_secret, invitations_for, invitations_of
from accounts.models import AuditEvent, Invitation, Membership
from accounts.selectors import role_in
from accounts.services import change_role
from tests.factories.accounts import make_member, make_organisation, make_user
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return make_user("ada")


@pytest.fixture
def lab(ada):
    return make_organisation("lab", owner=ada)


def test_a_person_who_is_invited_is_no_member_until_they_accept(ada, lab):
    bob = make_user("bob")
    offer, _ = services.invite(organisation=lab, actor=ada, role="write", user=bob)
    assert role_in(bob, lab) is None
    assert list(invitations_for(bob)) == [offer]
    services.accept(invitation=offer, user=bob)
    assert role_in(bob, lab) == "write"
    assert not Invitation.objects.exists()
    events = AuditEvent.objects.filter(event__startswith="member.").order_by("pk")
    assert [(row.event, row.actor, row.data["role"]) for row in events] == [
        ("member.invited", ada, "write"),
        ("member.joined", bob, "write"),
    ]


def test_an_offer_by_mail_is_found_by_its_secret_alone_and_counts_once(ada, lab):
    bob, eve = make_user("bob"), make_user("eve")
    offer, secret = services.invite(organisation=lab, actor=ada, role="read", email="bob@example.org")
    assert secret not in str(Invitation.objects.values().get())
    assert invitation_by_secret(secret) == offer
    assert invitation_by_secret(offer.digest) is None
    services.accept(invitation=offer, user=bob)
    with pytest.raises(InvitationGone):
        services.accept(invitation=offer, user=eve)
    assert role_in(eve, lab) is None
    assert "bob@example.org" not in str(list(AuditEvent.objects.values("data", "subject")))


def test_a_link_lets_several_in_until_it_is_revoked(ada, lab):
    bob, eve, zoe = make_user("bob"), make_user("eve"), make_user("zoe")
    offer, secret = services.invite(organisation=lab, actor=ada, role="contribute")
    services.accept(invitation=offer, user=bob)
    services.decline(invitation=offer, user=zoe)
    services.accept(invitation=offer, user=eve)
    services.revoke(invitation=offer, actor=ada)
    assert (role_in(bob, lab), role_in(eve, lab)) == ("contribute", "contribute")
    assert invitation_by_secret(secret) is None
    with pytest.raises(InvitationGone):
        services.accept(invitation=offer, user=zoe)
    assert role_in(zoe, lab) is None


def test_an_offer_ends_after_a_week(ada, lab):
    bob = make_user("bob")
    offer, secret = services.invite(organisation=lab, actor=ada, role="read", user=bob)
    assert timedelta(days=6) < offer.expires_at - timezone.now() <= timedelta(days=7)
    Invitation.objects.update(expires_at=timezone.now())
    assert invitation_by_secret(secret) is None
    assert not invitations_of(lab)
    with pytest.raises(InvitationGone):
        services.accept(invitation=offer, user=bob)
    assert role_in(bob, lab) is None


def test_an_offer_to_one_user_is_nobody_elses(ada, lab):
    bob, eve = make_user("bob"), make_user("eve")
    offer, _ = services.invite(organisation=lab, actor=ada, role="admin", user=bob)
    for answer in (services.accept, services.decline):
        with pytest.raises(InvitationGone):
            answer(invitation=offer, user=eve)
    assert role_in(eve, lab) is None
    services.decline(invitation=offer, user=bob)
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", ["read", "contribute", "write"])
def test_only_an_admin_invites_and_revokes(ada, lab, role):
    offer, _ = services.invite(organisation=lab, actor=ada, role="read", email="x@example.org")
    for actor in (make_member(lab, role), make_user("eve")):
        with pytest.raises(NotAnAdmin):
            services.invite(organisation=lab, actor=actor, role="admin", user=actor)
        with pytest.raises(NotAnAdmin):
            services.revoke(invitation=offer, actor=actor)
    assert list(Invitation.objects.all()) == [offer]


def test_what_cannot_be_offered_leaves_nothing(ada, lab):
    bob = make_member(lab, "read")
    refused = [
        (AlreadyAMember, {"role": "write", "user": bob}),
        (RoleUnknown, {"role": "root", "email": "x@example.org"}),
        (RoleUnknown, {"role": "admin"}),
        (EmailInvalid, {"role": "read", "email": "no address"}),
    ]
    for error, said in refused:
        with pytest.raises(error):
            services.invite(organisation=lab, actor=ada, **said)
    with pytest.raises(NotAnOrganisation):
        services.invite(organisation=ada.namespace, actor=ada, role="read")
    assert not Invitation.objects.exists()
    assert role_in(bob, lab) == "read"


def test_a_second_offer_to_the_same_person_takes_the_place_of_the_first(ada, lab):
    _, first = services.invite(organisation=lab, actor=ada, role="read", email="x@example.org")
    _, second = services.invite(organisation=lab, actor=ada, role="write", email="X@example.org")
    assert invitation_by_secret(first) is None
    assert invitation_by_secret(second).role == "write"


def test_there_are_only_so_many_open_offers(ada, lab, monkeypatch):
    monkeypatch.setattr(services, "PENDING_LIMIT", 2)
    for _ in range(2):
        services.invite(organisation=lab, actor=ada, role="read")
    with pytest.raises(TooManyInvitations):
        services.invite(organisation=lab, actor=ada, role="read")
    Invitation.objects.update(expires_at=timezone.now())
    services.invite(organisation=lab, actor=ada, role="read")
    assert Invitation.objects.count() == 1


def test_a_member_who_follows_a_link_keeps_the_role(ada, lab):
    offer, _ = services.invite(organisation=lab, actor=ada, role="read")
    with pytest.raises(AlreadyAMember):
        services.accept(invitation=offer, user=ada)
    assert role_in(ada, lab) == "admin"


def test_whoever_came_by_a_link_has_no_other_offer_left(ada, lab):
    bea, carl = make_user(), make_user()
    services.invite(organisation=lab, actor=ada, role="write", user=bea)
    others, _ = services.invite(organisation=lab, actor=ada, role="read", user=carl)
    link, _ = services.invite(organisation=lab, actor=ada, role="read")
    services.accept(invitation=link, user=bea)
    assert set(Invitation.objects.filter(organisation=lab)) == {link, others}


def test_nobody_is_given_a_role_who_is_no_member(ada, lab):
    eve = make_user("eve")
    with pytest.raises(NotAMember):
        change_role(organisation=lab, user=eve, role="read", actor=ada)
    assert role_in(eve, lab) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_one_mail_at_once_one_joins():
    lab = make_organisation("lab", owner=(ada := make_user("ada")))
    offer, _ = services.invite(organisation=lab, actor=ada, role="read", email="x@example.org")
    bob, eve = make_user("bob"), make_user("eve")
    answers = [lambda user=user: services.accept(invitation=offer, user=user) for user in (bob, eve)]
    assert failures(race(answers)) == [InvitationGone]
    assert Membership.objects.filter(organisation=lab).count() == 2
