"""Names of refs (pure). Source: git-check-ref-format."""

import re

from django.utils.translation import gettext

from hub.errors import InvalidInput
from storage.git.paths import as_seen

DEFAULT_BRANCH = "main"
MAIN_REF = "refs/heads/main"
FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\\u202a-\u202e\u2066-\u2069]|\.\.|@\{|//")
FULL_OID = re.compile(r"[0-9a-f]{40}")
# Behind it in the address of an author who has an account here: nobody's mail domain, for ever (RFC 6761).
NOREPLY = "@users.noreply.invalid"
SHORT_OID = re.compile(r"[0-9a-f]{7,39}")


def branch_ref(name: str) -> str:
    """The ref of a branch; `master` is another name of the default branch."""
    return _checked("refs/heads/", DEFAULT_BRANCH if name == "master" else name)


def tag_ref(name: str) -> str:
    """The ref of a tag."""
    return _checked("refs/tags/", name)


def candidates(revision: str) -> list[str]:
    """The refs a revision may mean, best first."""
    if revision.startswith("refs/"):
        return [revision]
    name = DEFAULT_BRANCH if revision in {"master", "HEAD"} else revision
    return [f"refs/heads/{name}", f"refs/tags/{name}"]


def _checked(prefix: str, name: str) -> str:
    bad = (
        not name
        or len(name) > 250
        or name.startswith(("refs/", "/", "-", "."))
        or name.endswith(("/", "."))
        or "/." in name
        or any(part.endswith(".lock") for part in name.split("/"))
        or name in {"@", "HEAD"}
        or FORBIDDEN.search(name)
        or FULL_OID.fullmatch(name)
    )
    if bad:
        if prefix == "refs/heads/":
            raise InvalidInput(gettext("Invalid reference for a branch: '%s'") % as_seen(name), "branch")
        raise InvalidInput(gettext("Invalid reference for a tag: '%s'") % as_seen(name), "tag")
    return prefix + name
