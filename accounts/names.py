"""The rules for names of users, organisations and repositories. Pure."""

import re

from django.utils.translation import gettext

from accounts.errors import NameInvalid

MAX_LENGTH = 96

# The client checks the same shape before it sends (huggingface_hub, validate_repo_id).
SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
# `feed.atom` is the feed of a namespace.
FORBIDDEN_ENDINGS = (".git", ".ipynb", ".atom")

# First parts of the hub's own addresses, now or foreseeably, and names that would speak in the hub's voice.
_RESERVED_WORDS = """
about abuse account accounts activity admin administrator allmende api apps ask assets auth avatars blob
blog buckets cas chat collections commit commits community compare contact cookbook cookies dashboard
dataset datasets demo design developers device discussions docs documentation download downloads edit
enterprise evaluations events explore faq favicon.ico feed files forum git guidelines health healthz help
home hub humans.txt invitations jobs join kernel kernels language languages legal lfs licence licences
license licenses login logout mail media members metrics model models moderation moderators namespace
namespaces new none notifications null oauth openapi organisation organisations organization organizations
orgs papers policies pricing privacy profile public pulls raw refs report reports repos repositories
resolve robots.txt root schema search security settings share signin signout signup sitemap.xml space
spaces staff static status storage suggest support system tags tasks teams terms token tokens topics tree
transparency transparency.json trending undefined upload uploads user users v1 v2 v3 webhooks whoami whoami-v2
wiki xet
"""
RESERVED = frozenset(_RESERVED_WORDS.split())


def check_name(value: str, *, reserved: bool = True) -> str:
    """The name itself when it may be used, else NameInvalid with the broken rule in words.

    `reserved=True` is for namespaces, the first part of an address; repositories pass False.
    """
    problem = _problem(value, reserved)
    if problem:
        raise NameInvalid(problem)
    return value


def _problem(value: str, reserved: bool) -> str:
    if not value:
        return gettext("A name is needed.")
    if len(value) > MAX_LENGTH:
        return gettext("A name has at most %d characters.") % MAX_LENGTH
    if not SHAPE.fullmatch(value):
        return gettext("A name starts with a letter or digit and has only letters, digits, '-', '_' and '.'.")
    if "--" in value or ".." in value:
        return gettext("A name does not contain '--' or '..'.")
    if value.endswith(("-", ".")):
        return gettext("A name does not end with '-' or '.'.")
    if value.lower().endswith(FORBIDDEN_ENDINGS):
        return gettext("A name does not end with '.git', '.ipynb' or '.atom'.")
    if reserved and value.lower() in RESERVED:
        return gettext("The name '%s' is reserved for the hub itself.") % value
    return ""


def could_be_name(value: str) -> bool:
    """False when nothing can have this name, so that a look-up need not ask (nor send PostgreSQL a NUL)."""
    return not _problem(value, reserved=False)
