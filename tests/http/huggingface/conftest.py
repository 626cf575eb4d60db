"""People around one repository, and a way to ask as each of them."""

import pytest

from accounts.models import User
from accounts.roles import Role
from tests.factories.accounts import make_member, make_organisation, make_user
from tests.http.api import Api


@pytest.fixture
def people(db) -> dict[str, User | None]:
    """Everybody who may come along: nobody, an outsider, and a member of each role of one organisation."""
    admin = make_user()
    organisation = make_organisation("the-lab", owner=admin)
    members = {role.value: make_member(organisation, role) for role in Role if role != Role.ADMIN}
    return {"nobody": None, "outsider": make_user(), **members, "admin": admin}


@pytest.fixture
def anybody(db) -> Api:
    """Somebody without a token."""
    return Api()


@pytest.fixture
def owner(db) -> Api:
    """A user with a token that may write."""
    return Api(make_user("ada", full_name="Ada"))
