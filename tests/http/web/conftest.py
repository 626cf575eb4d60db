"""A little hub for the pages: an organisation with a public and a private model, and all who may look."""

from dataclasses import dataclass

import pytest

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

    def client(self, who: str) -> RawPathClient:
        """A browser in which that person is logged in."""
        client = RawPathClient()
        user = self.users[who]
        if user is not None:
            client.force_login(user)
        return client


@pytest.fixture
def world(db: None) -> World:
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
