"""manage.py demo: fill a hub with people and small real repositories, to try it out."""

import json
import os
import secrets
import tempfile
from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import selectors, services
from accounts.models import Namespace, User
from accounts.roles import DeskRole, Role, TokenRole
from hub.collections.services import add_item, create_collection
from hub.downloads.selectors import window
from hub.downloads.services import add_days, refresh_trending
from hub.follows.services import follow
from hub.likes.services import like
from hub.management.demo_catalogue import CATALOGUE, COLLECTION, ORGANISATIONS
from hub.management.demo_files import REPOSITORIES
from hub.management.demo_licences import licences_of_the_demo
from hub.management.demo_talk import talk_of_the_demo
from hub.repos.models import Repository
from hub.repos.selectors import repository_by_address
from hub.repos.services import change_settings
from hub.repos.tags import count_tags
from hub.revisions.operations import AddInline
from hub.revisions.selectors import find_entry, resolve_revision
from hub.revisions.services import create_repository, land_commit

ORGANISATION = "commons-lab"
PEOPLE = {"publisher": "Pat Publisher", "developer": "Dana Developer", "moderator": "Mo Moderator"}
MODERATOR = "moderator"
# Nobody's mail domain, for ever (RFC 2606).
MAIL_DOMAIN = "demo.invalid"
FILE_NAME = "demo.json"
FRIDAY = 4
TALKED_ABOUT = "meadow-small"

Credentials = dict[str, dict[str, str]]


class Command(BaseCommand):
    """Make what is missing of the demo and print credentials that work; a second run changes nothing."""

    help = "Make demo users, organisations and a few small repositories, and print how to log in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        parser.add_argument("--force", action="store_true", help="also on a hub in production")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION and not options["force"]:
            raise CommandError("This hub is in production; --force makes the demo's users and models anyway.")
        credentials = {name: person_of_the_demo(name) for name in PEOPLE}
        publisher = selectors.user_by_name("publisher")
        organisation = organisation_of_the_demo(ORGANISATION, "Commons Lab", publisher)
        models = [
            repository_of_the_demo(organisation, name, REPOSITORIES[name], publisher) for name in REPOSITORIES
        ]
        catalogue_of_the_demo(publisher)
        result = {
            "endpoint": settings.LOCAL_URL,
            "users": credentials,
            "organisation": organisation.name,
            "models": [model.full_name for model in models],
        }
        self.stdout.write(json.dumps(result, indent=2) if options["json"] else in_words(result))


def person_of_the_demo(name: str) -> dict[str, str]:
    """The person's password and token: those of the last run while they work, else new ones."""
    path = settings.HUB_DATA / FILE_NAME
    known = read_credentials(path)
    user = selectors.user_by_name(name)
    if user is not None and user.email != f"{name}@{MAIL_DOMAIN}":
        raise CommandError(f"There is a user '{name}' who is not the demo's; the demo leaves them alone.")
    password = known.get(name, {}).get("password") or secrets.token_urlsafe(12)
    token = known.get(name, {}).get("token", "")
    if user is None:
        user = services.create_user(
            username=name,
            email=f"{name}@{MAIL_DOMAIN}",
            password=password,
            full_name=PEOPLE[name],
            desk_role=DeskRole.LEAD if name == MODERATOR else DeskRole.NONE,
            confirmed=True,
        )
    elif not user.check_password(password):
        services.set_password(user=user, password=password)
    if not speaks_for(token, user):
        _, token = services.create_token(user=user, name="demo", role=TokenRole.WRITE)
    person = {"password": password, "token": token}
    write_credentials(path, {**known, name: person})
    return person


def speaks_for(token: str, user: User) -> bool:
    """Whether the token still works and is the user's."""
    actor = selectors.actor_for_token(token)
    return actor is not None and actor.user == user


def organisation_of_the_demo(name: str, full_name: str, publisher: User) -> Namespace:
    """The organisation, of which the publisher is an admin."""
    organisation = selectors.namespace_by_name(name)
    if organisation is None:
        return services.create_organisation(name=name, full_name=full_name, owner=publisher)
    if selectors.role_in(publisher, organisation) != Role.ADMIN:
        raise CommandError(f"'{name}' is not the demo's organisation; the demo leaves it alone.")
    return organisation


def catalogue_of_the_demo(publisher: User) -> None:
    """What shows lists, lineage, likes and pulls: once, whatever people change or delete of it later."""
    if selectors.namespace_by_name(next(iter(ORGANISATIONS))) is not None:
        return
    owners = {
        name: organisation_of_the_demo(name, full_name, publisher)
        for name, full_name in {ORGANISATION: "", **ORGANISATIONS}.items()
    }
    made = {
        each: repository_of_the_demo(owners[each.owner], each.name, each.all_files, publisher, each.kind)
        for each in (*CATALOGUE, *licences_of_the_demo())
    }
    for each, repository in made.items():
        if each.gated:
            change_settings(repository=repository, actor_user=publisher, gated=Repository.Gate.MANUAL)
        for name in each.liked_by:
            like(repository=repository, user=selectors.user_by_name(name))
    pulled = {repository: each.pulls for each, repository in made.items()}
    add_days({(each.pk, day): pulls for each, usual in pulled.items() for day, pulls in days(usual)})
    refresh_trending()
    follow(namespace=owners[ORGANISATION], user=selectors.user_by_name("developer"))
    title, description = COLLECTION
    collection = create_collection(
        namespace=owners[ORGANISATION],
        title=title,
        description=description,
        private=False,
        actor_user=publisher,
    )
    for each, repository in made.items():
        if each.noted:
            add_item(collection=collection, thing=repository, note=each.noted, actor_user=publisher)
    count_tags()
    talked_about = next(row for each, row in made.items() if each.name == TALKED_ABOUT)
    talk_of_the_demo(talked_about, publisher, selectors.user_by_name("developer"))


def days(usual: int) -> list[tuple[date, int]]:
    """Pulls of the last weeks: fewer on weekends, and more of late."""
    first, last = window()
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        (day, usual * (number + 10) // (80 if day.weekday() > FRIDAY else 40))
        for number, day in enumerate(every)
        if usual
    ]


def repository_of_the_demo(
    organisation: Namespace,
    name: str,
    files: dict[str, bytes],
    publisher: User,
    kind: str = Repository.Kind.MODEL,
) -> Repository:
    """The repository, with its files unless it has a card already: what people changed since stays."""
    repository = repository_by_address(kind, organisation.name, name) or create_repository(
        namespace=organisation,
        name=name,
        kind=kind,
        visibility=Repository.Visibility.PUBLIC,
        actor_user=publisher,
    )
    if find_entry(resolve_revision(repository, None), "README.md") is None:
        land_commit(
            repo=repository,
            actor_user=publisher,
            operations=[AddInline(path, data) for path, data in files.items()],
            summary="Publish the demo's files",
        )
    return repository


def read_credentials(path: Path) -> Credentials:
    """What the last run kept; nothing before the first."""
    return json.loads(path.read_text()) if path.exists() else {}


def write_credentials(path: Path, credentials: Credentials) -> None:
    """Keep the credentials in a file only its owner can read, replaced in one step."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes the file with mode 600, and a rename keeps it.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        json.dump(credentials, file)
    Path(temporary).replace(path)


def in_words(result: dict[str, Any]) -> str:
    """The same as in JSON, for a person."""
    people = [
        f"  {name:<10} password {person['password']}  token {person['token']}"
        for name, person in result["users"].items()
    ]
    models = [f"  {result['endpoint']}/{model}" for model in result["models"]]
    return "\n".join(
        [
            f"The hub is at {result['endpoint']}",
            "People:",
            *people,
            f"Models of {result['organisation']}:",
            *models,
            "The workers scan them once they run; unsafe-pickle then waits for the moderator.",
        ]
    )
