"""The two people of most threads."""

import pytest

from accounts.models import User
from tests.factories.accounts import make_user


@pytest.fixture
def owner(db: None) -> User:
    """Whose repository it is."""
    return make_user()


@pytest.fixture
def guest(db: None) -> User:
    """Somebody who may not write there."""
    return make_user()
