"""The licences that the hub knows, for everybody to read and for leads of the desk to add to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from hub.errors import InvalidInput, RepoNotFound
from hub.http.web.licence_forms import ChangeLicenceForm, Conditions, Duties, LicenceForm, NewLicenceForm
from hub.http.web.licence_words import ALL_ANSWERS, ALL_QUESTIONS, HOW, KINDS, answer_to
from hub.http.web.moderation import desk_only
from hub.licensing import registry
from hub.licensing.books import current_books
from hub.licensing.catalogue import CONDITIONS, Licence
from hub.licensing.errors import LicenceChanged
from hub.licensing.matching import match
from hub.licensing.models import RegisteredLicence
from hub.licensing.registered import (
    COUNTED,
    concerned,
    registered_licence,
    registered_licences,
    shelf,
    shelved,
)
from hub.licensing.registry import LONGEST_TEXT, check_staff
from hub.licensing.words import DUTY_WORDS, condition_words

# By what the list is narrowed, beside its kind and its words.
NARROWED = ("commercial", "derivatives", "use_restrictions", "outputs")


@dataclass(frozen=True)
class Choice:
    """A way to narrow the list."""

    name: str
    label: str | Promise
    options: list[tuple[str, str | Promise]]
    chosen: str


@dataclass(frozen=True)
class Near:
    """A known licence that a pasted text is near to."""

    key: str
    name: str
    how: str | Promise
    percent: float


@dataclass
class Entered:
    """The forms for a licence, and what its text is near to."""

    form: LicenceForm
    conditions: Any
    duties: Any
    near: list[Near] | None = field(default=None)

    def valid(self) -> bool:
        """Whether all of it can be taken."""
        return all([self.form.is_valid(), self.conditions.is_valid(), self.duties.is_valid()])

    def fields(self) -> dict[str, Any]:
        """What the registry takes."""
        return self.form.said() | {"conditions": self.conditions.said(), "duties": self.duties.said()}

    def save(self, act: Any) -> bool:
        """Whether it could be done; what is wrong stands at its field."""
        try:
            act()
        except InvalidInput as problem:
            known = self.form.fields
            self.form.add_error(problem.field if problem.field in known else None, str(problem))
            return False
        return True


@require_safe
def licences(request: HttpRequest) -> HttpResponse:
    """List every licence that the hub knows, narrowed by words, kind and answers."""
    words = request.GET.get("search", "").strip()[:200].lower()
    choices = _choices(request.GET)
    rows = [one for one in shelf() if _fits(one.licence, words, choices)]
    context = {"rows": [(one, _kind(one.licence)) for one in rows], "choices": choices, "search": words}
    return render(request, "web/licences.html", context)


@require_safe
def licence(request: HttpRequest, key: str) -> HttpResponse:
    """Show what a licence allows and asks, and how many public repositories it concerns."""
    found = shelved(key)
    if found is None:
        raise RepoNotFound(_("There is no such page."))
    count = concerned(key)
    said = found.licence
    context = {
        "one": said,
        "row": found.row,
        "kind": _kind(said),
        "answers": _answers(said),
        "duties": [(DUTY_WORDS[duty.kind], duty) for duty in said.duties],
        "others": [
            (ALL_QUESTIONS.get(name, name), clause)
            for name, clause in said.clauses.items()
            if name != "duties"
        ],
        "count": min(count, COUNTED),
        "more": count > COUNTED,
    }
    return render(request, "web/licence_known.html", context)


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def at_desk(request: HttpRequest) -> HttpResponse:
    """List what was registered; a lead's POST registers another one, or compares a text with those known."""
    entered = _entered(request, NewLicenceForm)
    if request.method == "POST":
        check_staff(request.user)
        if "compare" in request.POST:
            entered.near = _near(request.POST.get("text", ""))
        elif entered.valid() and entered.save(lambda: _register(request, entered)):
            messages.success(request, _("It was saved."))
            return redirect("moderation-licences")
    context = {"rows": registered_licences(), "entered": entered}
    return render(request, "web/moderation_licences.html", context)


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def change_one(request: HttpRequest, key: str) -> HttpResponse:
    """A lead changes or retires a registered licence."""
    check_staff(request.user)
    row = registered_licence(key)
    if row is None:
        raise RepoNotFound(_("There is no such page."))
    entered = _entered(request, ChangeLicenceForm, row)
    if request.method != "POST":
        return _page_of(request, row, entered, row.version)
    seen = request.POST.get("seen", "")
    if "compare" in request.POST:
        entered.near = _near(request.POST.get("text", ""))
        return _page_of(request, row, entered, seen)
    try:
        saved = entered.valid() and entered.save(lambda: _change(request, key, entered, seen))
    except LicenceChanged as problem:
        # What was typed stays: whoever saves it once more has been told.
        now = registered_licence(key) or row
        return _page_of(request, now, entered, now.version, changed=str(problem), status=412)
    if not saved:
        return _page_of(request, row, entered, seen)
    messages.success(request, _("It was saved. What is under it is looked at again."))
    return redirect("moderation-licences")


def _page_of(
    request: HttpRequest,
    row: RegisteredLicence,
    entered: Entered,
    seen: str,
    *,
    changed: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {"row": row, "entered": entered, "seen": seen, "changed": changed}
    return render(request, "web/moderation_licence.html", context, status=status)


def _entered(request: HttpRequest, kind: type[LicenceForm], row: RegisteredLicence | None = None) -> Entered:
    data = request.POST if request.method == "POST" else None
    said = kind.said_of(row) | {"retired": row.retired} if row else {}
    fields = row.fields if row else {}
    return Entered(
        kind(data, initial=said),
        Conditions(data, initial=fields.get("conditions", []), prefix="conditions"),
        Duties(data, initial=fields.get("duties", []), prefix="duties"),
    )


def _register(request: HttpRequest, entered: Entered) -> None:
    said = entered.form.cleaned_data
    registry.register(
        key=said["key"],
        name=said["name"],
        text=said["text"],
        source_url=said["source_url"],
        fields=entered.fields(),
        actor_user=request.user,
    )


def _change(request: HttpRequest, key: str, entered: Entered, seen: str) -> None:
    said = entered.form.cleaned_data
    registry.change(
        key=key,
        name=said["name"],
        text=said["text"],
        source_url=said["source_url"],
        retired=said["retired"],
        fields=entered.fields(),
        seen=seen,
        actor_user=request.user,
    )


def _near(text: str) -> list[Near]:
    """The licences that a pasted text is, holds, or changes, the likest first."""
    books = current_books()
    found = match(text[:LONGEST_TEXT], books.references, books.book) if text.strip() else []
    near = [
        Near(one.key, books.book.name(one.key), HOW[one.how], round(100 * one.similarity, 1)) for one in found
    ]
    return sorted(near, key=lambda one: -one.percent)


def _choices(asked: Mapping[str, str]) -> list[Choice]:
    """The ways to narrow the list; what is not known counts as not asked."""
    kinds = Choice("kind", _("Kind"), list(KINDS.items()), asked.get("kind", ""))
    rest = [
        Choice(name, ALL_QUESTIONS[name], list(ALL_ANSWERS[name].items()), asked.get(name, ""))
        for name in NARROWED
    ]
    return [kinds, *rest]


def _fits(one: Licence, words: str, choices: list[Choice]) -> bool:
    names = " ".join((one.id, one.name, *one.spdx, *one.aliases)).lower()
    asked = {choice.name: choice.chosen for choice in choices if choice.chosen in dict(choice.options)}
    return words in names and all(getattr(one, name) == wanted for name, wanted in asked.items())


def _kind(one: Licence) -> str | Promise:
    return KINDS.get(one.kind, "")


def _answers(one: Licence) -> list[tuple[str, str | Promise, str, list[str], str]]:
    """Each question with its answer, the conditions on it, and the clause that says so."""
    return [
        (
            question,
            asked,
            answer_to(question, getattr(one, question)),
            [condition_words(each) for each in one.conditions if CONDITIONS[each.kind] == question],
            one.clauses.get(question, ""),
        )
        for question, asked in ALL_QUESTIONS.items()
    ]
