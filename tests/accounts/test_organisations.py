import pytest

from accounts import selectors, services
from accounts.errors import (
    LastAdmin,
    NameInvalid,
    NameTaken,
    NotAMember,
    NotAnAdmin,
    NotAnOrganisation,
    RoleUnknown,
)
from accounts.models import AuditEvent, Membership, Namespace, User
from accounts.roles import Role
from tests.factories.accounts import make_member, make_organisation, make_user, suspend
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


def roles_of(organisation: Namespace) -> dict[str, str]:
    return dict(organisation.memberships.values_list("user__username", "role"))


def changes() -> int:
    return AuditEvent.objects.filter(event__startswith="member.").count()


def test_whoever_makes_an_organisation_is_its_admin():
    ada = make_user("ada")
    organisation = make_organisation("lovers", owner=ada, full_name="The Lovers")
    assert organisation.is_organisation
    assert roles_of(organisation) == {"ada": "admin"}
    assert AuditEvent.objects.get(event="organisation.created").actor == ada


@pytest.mark.parametrize(
    ("name", "error"),
    [("ADA", NameTaken), ("lovers", NameTaken), ("api", NameInvalid), ("a--b", NameInvalid)],
)
def test_a_refused_organisation_leaves_nothing_behind(name: str, error: type[Exception]):
    ada = make_user("ada")
    make_organisation("Lovers", owner=ada)
    with pytest.raises(error):
        make_organisation(name, owner=ada)
    assert Namespace.objects.count() == 2
    assert Membership.objects.count() == 1
    assert AuditEvent.objects.filter(event="organisation.created").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_organisations_of_one_name_at_once_one_is_made():
    ada, bob = make_user("ada"), make_user("bob")
    futures = race(
        [lambda: make_organisation("lovers", owner=ada), lambda: make_organisation("LOVERS", owner=bob)]
    )
    assert failures(futures) == [NameTaken]
    assert Namespace.objects.filter(kind="organisation").count() == Membership.objects.count() == 1


def test_an_admin_changes_the_role_of_a_member():
    ada, bob = make_user("ada"), make_user("bob")
    organisation = make_organisation(owner=ada)
    other = make_organisation()
    make_member(organisation, "read", bob)
    services.change_role(organisation=organisation, user=bob, role="write", actor=ada)
    assert roles_of(organisation) == {"ada": "admin", "bob": "write"}
    assert "bob" not in roles_of(other)
    [event] = AuditEvent.objects.filter(event="member.set")
    assert (event.data["before"], event.data["role"]) == ("read", "write")


def test_setting_the_role_somebody_has_is_no_change():
    organisation = make_organisation(owner=(ada := make_user("ada")))
    services.change_role(organisation=organisation, user=ada, role="admin", actor=ada)
    assert changes() == 0


@pytest.mark.parametrize("role", [Role.READ, Role.CONTRIBUTE, Role.WRITE])
def test_a_member_who_is_no_admin_changes_nobody(role: str):
    organisation = make_organisation(owner=(ada := make_user("ada")))
    bob = make_member(organisation, role, make_user("bob"))
    before, log = roles_of(organisation), changes()
    with pytest.raises(NotAnAdmin):
        services.change_role(organisation=organisation, user=bob, role="admin", actor=bob)
    with pytest.raises(NotAnAdmin):
        services.remove_member(organisation=organisation, user=ada, actor=bob)
    assert (roles_of(organisation), changes()) == (before, log)


def test_strangers_and_nobody_change_no_member():
    organisation = make_organisation(owner=(ada := make_user("ada")))
    make_organisation(owner=(eve := make_user("eve")))
    for actor in (eve, None):
        with pytest.raises(NotAnAdmin):
            services.change_role(organisation=organisation, user=eve, role="admin", actor=actor)
        with pytest.raises(NotAnAdmin):
            services.remove_member(organisation=organisation, user=ada, actor=actor)
    assert roles_of(organisation) == {"ada": "admin"}
    assert changes() == 0


def test_the_last_admin_stays_admin():
    organisation = make_organisation(owner=(ada := make_user("ada")))
    make_member(organisation, "write", make_user("bob"))
    log = changes()
    with pytest.raises(LastAdmin):
        services.change_role(organisation=organisation, user=ada, role="write", actor=ada)
    with pytest.raises(LastAdmin):
        services.remove_member(organisation=organisation, user=ada, actor=ada)
    assert roles_of(organisation) == {"ada": "admin", "bob": "write"}
    assert changes() == log


def test_one_of_two_admins_may_step_down():
    organisation = make_organisation(owner=(ada := make_user("ada")))
    bob = make_member(organisation, "admin", make_user("bob"))
    services.change_role(organisation=organisation, user=ada, role="read", actor=ada)
    assert roles_of(organisation) == {"ada": "read", "bob": "admin"}
    assert selectors.role_in(bob, organisation) == "admin"


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_remove_each_other_at_once_leave_one():
    organisation = make_organisation(owner=(ada := make_user("ada")))
    bob = make_member(organisation, "admin", make_user("bob"))

    def removal(actor: User, user: User):
        return lambda: services.remove_member(organisation=organisation, user=user, actor=actor)

    assert failures(race([removal(ada, bob), removal(bob, ada)])) == [NotAnAdmin]
    assert list(roles_of(organisation).values()) == ["admin"]


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_leave_at_once_leave_one():
    organisation = make_organisation(owner=(ada := make_user("ada")))
    bob = make_member(organisation, "admin", make_user("bob"))

    def departure(user: User):
        return lambda: services.remove_member(organisation=organisation, user=user, actor=user)

    assert failures(race([departure(ada), departure(bob)])) == [LastAdmin]
    assert len(roles_of(organisation)) == 1


def test_a_member_may_leave():
    organisation = make_organisation(owner=make_user("ada"))
    bob = make_member(organisation, "read", make_user("bob"))
    services.remove_member(organisation=organisation, user=bob, actor=bob)
    assert roles_of(organisation) == {"ada": "admin"}
    assert AuditEvent.objects.get(event="member.removed").data == {"member": "bob", "before": "read"}


def test_somebody_who_is_no_member_is_not_removed():
    organisation = make_organisation(owner=(ada := make_user("ada")))
    with pytest.raises(NotAMember):
        services.remove_member(organisation=organisation, user=make_user(), actor=ada)
    assert changes() == 0


def test_a_user_has_no_members_and_an_unknown_role_is_none():
    ada, bob = make_user("ada"), make_user("bob")
    with pytest.raises(NotAnOrganisation):
        services.change_role(organisation=ada.namespace, user=bob, role="read", actor=ada)
    with pytest.raises(RoleUnknown):
        services.change_role(organisation=make_organisation(owner=ada), user=bob, role="owner", actor=ada)
    assert not Membership.objects.filter(user=bob).exists()


def test_the_role_in_a_namespace():
    ada, bob = make_user("ada"), make_user("bob")
    organisation = make_organisation(owner=ada)
    assert selectors.role_in(ada, ada.namespace) == "admin"
    assert selectors.role_in(bob, ada.namespace) is None
    assert selectors.role_in(None, ada.namespace) is None
    assert selectors.role_in(None, organisation) is None
    assert selectors.role_in(bob, organisation) is None
    make_member(organisation, "contribute", bob)
    assert selectors.role_in(bob, organisation) == "contribute"


def test_the_namespaces_a_user_may_publish_in_begin_with_their_own():
    bob = make_user("bob")
    zoo, abbey, reading = make_organisation("zoo"), make_organisation("abbey"), make_organisation("reading")
    make_organisation("strangers")
    make_member(zoo, "admin", bob)
    make_member(abbey, "write", bob)
    make_member(reading, "read", bob)
    assert [namespace.name for namespace in selectors.namespaces_for(bob, Role.WRITE)] == [
        "bob",
        "abbey",
        "zoo",
    ]
    assert [m.organisation.name for m in selectors.memberships_of(bob)] == ["abbey", "reading", "zoo"]


def test_people_with_a_role_are_those_who_hold_it_or_more_and_are_not_suspended(django_assert_num_queries):
    organisation = make_organisation(owner=(ada := make_user("ada")))
    bob = make_member(organisation, "write", make_user("bob"))
    make_member(organisation, "read")
    suspend(make_member(organisation, "write"))
    make_member(make_organisation(), "write")
    suspend(eve := make_user("eve"))
    asked = [organisation.pk, ada.namespace.pk, eve.namespace.pk]
    with django_assert_num_queries(2):
        people = selectors.people_with_role(asked, Role.WRITE)
    assert people == {organisation.pk: [ada, bob], ada.namespace.pk: [ada], eve.namespace.pk: []}


def test_listing_members_takes_one_query(django_assert_num_queries):
    organisation = make_organisation(owner=make_user("ada"))
    for name in ("carl", "bob"):
        make_member(organisation, "read", make_user(name))
    with django_assert_num_queries(1):
        listed = [(m.user.username, m.user.get_full_name()) for m in selectors.members_of(organisation)]
    assert listed == [("ada", "ada"), ("bob", "bob"), ("carl", "carl")]
