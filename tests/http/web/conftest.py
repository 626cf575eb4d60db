"""A little hub for the pages: an organisation with a public and a private model, and all who may look."""

from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from accounts.models import Namespace, User
from hub.repos.models import Repository
from tests.browsing import RawPathClient
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_user
from tests.factories.repositories import make_repository

README = b"""---
license: apache-2.0
tags: [embedding]
pipeline_tag: sentence-similarity
---
# Bert

Turns sentences into vectors.
"""


@dataclass
class World:
    """Who and what the tests of the pages are about."""

    organisation: Namespace
    public: Repository
    private: Repository
    users: dict[str, User | None]
    # A session of each, for the first browser that a test asks for.
    sessions: dict[str, str] = field(default_factory=dict)

    def client(self, who: str) -> RawPathClient:
        """A browser in which that person is logged in."""
        client = RawPathClient()
        user = self.users[who]
        if who in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions.pop(who)
        elif user is not None:
            client.force_login(user)
        return client


def make_world() -> World:
    """An organisation “acme” with the models “bert” (public) and “secret” (private)."""
    admin = make_user("anna")
    organisation = make_organisation("acme", owner=admin, full_name="Acme Research")
    files = {"README.md": README, "config.json": b'{"hidden": 384}', "docs/use.md": b"# Use\n"}
    public = make_repository(admin, namespace=organisation, name="bert", files=files)
    private = make_repository(admin, namespace=organisation, name="secret", files=files, visibility="private")
    users = {
        "nobody": None,
        "outsider": make_user("otto"),
        "reader": make_member(organisation, "read"),
        "writer": make_member(organisation, "write"),
        "admin": admin,
        "moderator": make_moderator("mia"),
    }
    return World(organisation, public, private, users)


class Stage:
    """The world in a transaction that is never committed: each test that wants it has a savepoint inside."""

    def __init__(self, blocker: DjangoDbBlocker) -> None:
        self.blocker = blocker
        self.props = ExitStack()
        self.world: World | None = None

    def build(self) -> None:
        """Make the world, unless it stands."""
        if self.world is None:
            self.props.enter_context(self.blocker.unblock())
            assert not connection.in_atomic_block, "The test's own transaction began before the world's."
            self.props.enter_context(transaction.atomic())
            self.props.callback(transaction.set_rollback, True)
            world = make_world()
            for who in world.users.keys() - {"nobody"}:
                world.sessions[who] = world.client(who).session.session_key
            self.world = world

    def clear(self) -> None:
        """Undo it, for tests that look at an empty database, or commit."""
        self.world = None
        self.props.close()


STAGE = pytest.StashKey[Stage]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that want the world follow one another, so that it is seldom made anew."""
    items.sort(key=wants_world)


def wants_world(item: pytest.Item) -> bool:
    """Whether a test looks at the world, and may have it in a transaction."""
    marker = item.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction", False)
    return {"stage", "world"} <= set(getattr(item, "fixturenames", ())) and not commits


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Tests elsewhere know of no world: it is undone before the first of them begins, which may commit."""
    stage = item.config.stash.get(STAGE, None)
    if stage is not None and "stage" not in getattr(nextitem, "fixturenames", ()):
        stage.clear()


@pytest.fixture(scope="session")
def stage(pytestconfig: pytest.Config, django_db_blocker: DjangoDbBlocker) -> Stage:
    """Where the world stands while tests want it."""
    pytestconfig.stash[STAGE] = stage = Stage(django_db_blocker)
    return stage


@pytest.fixture
def django_db_setup(request: pytest.FixtureRequest, django_db_setup: None, stage: Stage) -> None:
    """Build the world for a test that wants it and clear it for any other: this is before its transaction."""
    if wants_world(request.node):
        stage.build()
    else:
        stage.clear()


@pytest.fixture
def world(stage: Stage, db: None) -> World:
    """The world, which a test may change."""
    return deepcopy(stage.world) or make_world()


@pytest.fixture
def owner(db: None) -> User:
    """Whose repository it is, for tests that make one of their own."""
    return make_user("ada")


@pytest.fixture
def guest(db: None) -> User:
    """Somebody who may not write there."""
    return make_user("grace")
