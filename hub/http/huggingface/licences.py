"""What the licence check knows, for programs: of one commit everything, of many repositories pass or fail."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.access.services import may
from hub.errors import InvalidInput, TooMuch
from hub.http.huggingface import shapes_licences
from hub.http.huggingface.base import HubView, RepoView, is_true, json_object
from hub.licensing.books import current_books
from hub.licensing.catalogue import Book
from hub.licensing.checking import Asked, check_all
from hub.licensing.reports import report_on
from hub.licensing.requirements import Required, Unmet
from hub.licensing.veils import names_of, veil_over
from hub.repos.models import Repository
from hub.revisions.selectors import resolve_revision

MOST_REPOS, MOST_LICENCES = 200, 200
LONGEST = 300
# What of commercial use does, by what is required.
COMMERCIAL = {
    True: frozenset({"yes", "conditional"}),
    "unconditional": frozenset({"yes"}),
    False: frozenset(),
}
SWITCHES = ("derivatives", "licence_text", "no_conflict", "no_unknown")


class Licence(RepoView):
    """`GET /api/{kind}s/{id}/licence[/{revision}]`."""

    def get(self, request: Request, revision: str | None = None, **address: str) -> Response:
        """What a commit says of its licence, what comes down to it, the terms of both, and what was found."""
        repository = self.open()
        found = resolve_revision(repository, revision)
        if found.withheld and not may(self.actor, repository, Action.PULL_WITHHELD):
            return Response(shapes_licences.address(found, "withheld"))
        report = report_on(found)
        if report is None:
            return Response(shapes_licences.address(found, "queued"))
        findings = [each.finding.as_json() for each in report.findings]
        names = names_of(report.facts, report.terms, findings)
        veil = veil_over(self.actor, [repository], names)
        return Response(veil(shapes_licences.report(found, report)))


class LicencesCheck(HubView):
    """`POST /api/licences/check[?fail=true]`."""

    def post(self, request: Request) -> HttpResponse:
        """Whether repositories meet what is required of their licences, for each with the reasons why not.

        One that is missing, or that the caller may not see, does not pass. With `fail=true` the status is 422
        unless all pass; who accepts `text/plain` is told in lines.
        """
        data = json_object(request)
        asked, required = asked_in(data), required_in(data, current_books().book)
        found = check_all(self.actor, asked, required)
        passed = not any(found)
        status = 422 if not passed and is_true(request.query_params.get("fail")) else 200
        if "text/plain" in request.headers.get("Accept", ""):
            return HttpResponse(
                in_lines(asked, found), status=status, content_type="text/plain; charset=utf-8"
            )
        results = [
            {
                "id": each.name,
                "type": each.kind,
                "revision": each.revision or None,
                "pass": not reasons,
                "reasons": [reason.as_json() for reason in reasons],
            }
            for each, reasons in zip(asked, found, strict=True)
        ]
        return Response({"pass": passed, "results": results}, status=status)


def in_lines(asked: list[Asked], found: list[list[Unmet]]) -> str:
    """A line for each repository that passes, and one for each reason why another does not."""
    lines = []
    for each, reasons in zip(asked, found, strict=True):
        lines += [f"FAIL {each.kind} {each.name}: {reason.message}" for reason in reasons]
        lines += [] if reasons else [f"pass {each.kind} {each.name}"]
    return "".join(f"{line}\n" for line in lines)


def asked_in(data: dict[str, Any]) -> list[Asked]:
    """Which repositories a body asks about; InvalidInput names the field that is wrong."""
    repos = data.get("repos")
    if not isinstance(repos, list) or not repos:
        raise InvalidInput("repos must be a list of at least one repository.", "repos")
    if len(repos) > MOST_REPOS:
        raise TooMuch(f"Ask for at most {MOST_REPOS} repositories at once.", "repos")
    return [_asked(each, f"repos[{place}]") for place, each in enumerate(repos)]


def _asked(each: Any, field: str) -> Asked:
    if not isinstance(each, dict):
        raise InvalidInput(f"{field} must be an object.", field)
    _refuse_unknown(each, ("id", "type", "revision"), field)
    name, kind = _text(each.get("id"), f"{field}.id"), each.get("type", Repository.Kind.MODEL.value)
    if name.count("/") != 1:
        raise InvalidInput(f"{field}.id must be like namespace/name.", f"{field}.id")
    if kind not in Repository.Kind.values:
        raise InvalidInput(f"{field}.type must be model or dataset.", f"{field}.type")
    revision = each.get("revision")
    return Asked(kind, name, "" if revision is None else _text(revision, f"{field}.revision"))


def required_in(data: dict[str, Any], book: Book) -> Required:
    """What a body requires; InvalidInput names the field that is wrong, also one that is not known."""
    require = data.get("require")
    if not isinstance(require, dict) or not require:
        raise InvalidInput("require must be an object with at least one requirement.", "require")
    _refuse_unknown(require, ("commercial", *SWITCHES, "allow", "deny"), "require")
    commercial = require.get("commercial", False)
    if not isinstance(commercial, bool | str) or commercial not in COMMERCIAL:
        raise InvalidInput('require.commercial must be true, false or "unconditional".', "require.commercial")
    for name in SWITCHES:
        if not isinstance(require.get(name, False), bool):
            raise InvalidInput(f"require.{name} must be true or false.", f"require.{name}")
    return Required(
        commercial=COMMERCIAL[commercial],
        **{name: require.get(name, False) for name in SWITCHES},
        allow=_licences(require["allow"], "require.allow", book) if "allow" in require else None,
        deny=_licences(require.get("deny", []), "require.deny", book),
    )


def _licences(value: Any, field: str, book: Book) -> frozenset[str]:
    """Ids of licences, from ids, SPDX ids or names."""
    if not isinstance(value, list):
        raise InvalidInput(f"{field} must be a list of licences.", field)
    if len(value) > MOST_LICENCES:
        raise TooMuch(f"{field} takes at most {MOST_LICENCES} licences.", field)
    found = set()
    for each in value:
        licence = book.known(_text(each, field))
        if licence is None:
            close = book.nearest(each)
            more = f" Did you mean {' or '.join(close)}?" if close else ""
            raise InvalidInput(f"{field}: no licence is known as {each[:100]!r}.{more}", field)
        found.add(licence.id)
    return frozenset(found)


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str) or not value or len(value) > LONGEST or "\0" in value:
        raise InvalidInput(f"{field} must be a text of at most {LONGEST} letters.", field)
    return value


def _refuse_unknown(given: dict[str, Any], known: tuple[str, ...], field: str) -> None:
    """A requirement that is misspelled would pass unnoticed."""
    if other := next((name for name in given if name not in known), None):
        raise InvalidInput(f"{field} has no {other[:100]!r}: it takes {', '.join(known)}.", field)
