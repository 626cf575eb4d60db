"""Gated repositories and requests for them, made by the same services as in the hub."""

from collections.abc import Mapping

from accounts.models import Namespace, User
from hub.gates.forms import form_of
from hub.gates.services import ask
from hub.repos.gates import AccessRequest
from hub.repos.models import Repository
from hub.repos.services import change_settings
from tests.factories.repositories import make_repository

CARD = b"""---
license: cc-by-nc-4.0
extra_gated_heading: Who are you?
extra_gated_prompt: Be **kind** with it.
extra_gated_button_content: I agree
extra_gated_fields:
  Organisation: text
  Country: country
  Since when: date_picker
  What for:
    type: select
    options: [Research, {label: Anything else, value: other}]
  Web page: {type: text, required: false}
  I agree to be kind: checkbox
---
# Thing
"""
ANSWERS = {
    "Organisation": "ACME",
    "Country": "Kenya",
    "Since when": "2026-03-31",
    "What for": "other",
    "I agree to be kind": "on",
}


def make_gated(
    owner: User,
    *,
    namespace: Namespace | None = None,
    gate: str = "manual",
    card: bytes = b"# Thing\n",
    **rest: str,
) -> Repository:
    """A repository behind a gate, whose card asks nothing unless told otherwise."""
    files = {"README.md": card, "config.json": b'{"secret": 1}'}
    repository = make_repository(owner, namespace=namespace, files=files, **rest)
    change_settings(repository=repository, actor_user=owner, gated=gate)
    return repository


def ask_for(
    repository: Repository, user: User, answers: Mapping[str, str] | None = None, *, language: str = ""
) -> AccessRequest:
    """The user's request, with answers to the form as it is."""
    return ask(
        repository=repository,
        user=user,
        answers=answers or {},
        seen=form_of(repository).digest,
        language=language,
    )
