"""Editing a card or a small text file in the browser, and writing a new one."""

import posixpath
from dataclasses import dataclass, replace
from difflib import unified_diff
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.access.policy import Action
from hub.access.services import may
from hub.errors import EntryNotFound, FileChanged, Forbidden, HubError, InvalidInput, RevisionNotFound
from hub.http.web.addresses import markdown_addresses, page_of
from hub.http.web.card_forms import CardForm, licences, tasks
from hub.http.web.committing import CommitForm, commit_form, commit_onto
from hub.http.web.errors import words_of
from hub.http.web.files import is_given, trail
from hub.http.web.forms import EditForm
from hub.http.web.markdown import render as render_markdown
from hub.http.web.pages import frame, open_page
from hub.http.web.visitors import visitor
from hub.licensing.books import current_books
from hub.licensing.cards import problems
from hub.repos.card_fields import with_fields
from hub.repos.card_rules import Problem
from hub.repos.cards import YamlUnreadable, parse_card
from hub.repos.models import Repository
from hub.revisions.cards import CARD
from hub.revisions.operations import AddInline
from hub.revisions.selectors import Revision, find_entry, resolve_revision
from hub.revisions.texts import editable_text, with_line_ends_of
from storage.errors import StorageError

MARKDOWN = (".md", ".markdown")
# Of a conflict so many lines that differ are shown; both texts are there in full.
SHOWN_DIFFERENCES = 200


@dataclass(frozen=True)
class Draft:
    """A text on somebody's desk: what it is to be, and the file (`base`, an object id) it was begun from."""

    found: Revision
    revision: str
    path: str
    text: str
    base: str = ""
    theirs: str | None = None

    @property
    def is_card(self) -> bool:
        """Whether the form for the front matter belongs beside it."""
        return self.path == CARD


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, revision: str, path: str, **address: str) -> HttpResponse:
    """Show the text of a file to change it; a POST shows what it looks like, or makes a commit of it."""
    repository = _opened(request, address)
    found = _revision(request, repository, revision)
    entry = find_entry(found, path)
    text = editable_text(entry) if entry and is_given(request, found, entry) else None
    if request.method == "GET":
        if entry is None or entry.type != "file":
            raise EntryNotFound(f"Entry not found: {path}", found.commit)
        if text is None:
            raise InvalidInput(_("This file is no small text, so it cannot be edited here."))
        return _desk(request, Draft(found, revision, path, text, entry.oid))
    draft = Draft(found, revision, path, text or "", entry.oid if entry else "")
    return _worked_on(request, draft)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, revision: str, **address: str) -> HttpResponse:
    """Show an empty desk for a new file; a POST is the same as for one that is there."""
    repository = _opened(request, address)
    found = _revision(request, repository, revision)
    path = (request.POST if request.method == "POST" else request.GET).get("path", "").strip()
    draft = Draft(found, revision, path.replace("\0", ""), "")
    if request.method == "GET":
        text = f"# {repository.name}\n" if draft.is_card else ""
        return _desk(request, replace(draft, text=text), new=True)
    return _worked_on(request, draft, new=True)


def _opened(request: HttpRequest, address: dict[str, str]) -> Repository:
    """The repository, for somebody who may propose a change and read what is in its files."""
    repository = open_page(request, address, Action.BRING)
    if not may(visitor(request), repository, Action.PULL):
        raise Forbidden(_("What is in the files is for those who have access to them."))
    return repository


def _revision(request: HttpRequest, repository: Repository, revision: str) -> Revision:
    """The revision; for a text whose branch went away meanwhile, the commit that it was begun from."""
    try:
        return resolve_revision(repository, revision)
    except RevisionNotFound:
        if not request.POST.get("commit"):
            raise
        return resolve_revision(repository, request.POST["commit"])


def _worked_on(request: HttpRequest, there: Draft, *, new: bool = False) -> HttpResponse:
    """What somebody has made of the text: shown, or committed, and never lost."""
    form = EditForm(request.POST)
    fields = CardForm(there.found.repository.kind, data=request.POST) if there.is_card else None
    typed = with_line_ends_of(request.POST.get("text", ""), there.text)
    draft = replace(there, text=typed, base=request.POST.get("base", ""))
    trouble: list[Problem] = []
    if fields and fields.is_valid():
        try:
            draft = replace(draft, text=with_fields(typed, fields.touched()))
        except YamlUnreadable as problem:
            trouble = [Problem("", str(problem), error=True)]
    if request.htmx:
        return _shown_anew(request, draft, typed, trouble, new)
    commit = commit_form(request, there.found, request.POST)
    wrong = [one.message for one in trouble] + form.errors.get("text", [])
    commits = request.POST.get("do") == "commit"
    if not commits or wrong or not commit.is_valid():
        status = 400 if commits or wrong else 200
        # What the text cannot take stays in the fields.
        kept = fields if fields and (trouble or parse_card(draft.text).problems) else None
        told = next(iter(wrong), "")
        return _desk(request, draft, commit=commit, problem=told, new=new, status=status, fields=kept)
    if not new and draft.text == there.text and draft.base == there.base:
        return _desk(request, draft, commit=commit, problem=_("Nothing has changed yet."), new=new)
    try:
        landed = commit_onto(
            request,
            there.found,
            commit,
            seen={draft.path: draft.base},
            operations=[AddInline(draft.path, draft.text.encode())],
            suggestion=_suggested(draft, new),
        )
    except FileChanged as problem:
        words = _("There is a file called %s already.") % draft.path if new else words_of(problem)
        return _conflict(request, there, draft, commit, words, new)
    except (HubError, StorageError) as problem:
        return _desk(request, draft, commit=commit, problem=words_of(problem), new=new)
    if landed.thread:
        return redirect(landed.thread.url_path)
    messages.success(request, _("%s was saved.") % draft.path)
    at_home = draft.is_card and landed.branch == "main"
    repository = there.found.repository
    return redirect(
        page_of(repository) if at_home else page_of(repository, "blob", landed.branch, draft.path)
    )


def _suggested(draft: Draft, new: bool) -> str:
    return f"Add {draft.path}" if new else f"Update {draft.path}"


def _conflict(
    request: HttpRequest, there: Draft, draft: Draft, commit: CommitForm, problem: str, new: bool
) -> HttpResponse:
    """Both texts, side by side; whoever commits again has seen the other one."""
    found = resolve_revision(there.found.repository, there.found.ref or there.found.commit)
    entry = find_entry(found, draft.path)
    theirs = (editable_text(entry) if entry and is_given(request, found, entry) else "") or ""
    seen = replace(draft, base=entry.oid if entry else "", theirs=theirs)
    return _desk(request, seen, commit=commit, problem=problem, new=new and entry is None, status=409)


def _desk(
    request: HttpRequest,
    draft: Draft,
    *,
    commit: CommitForm | None = None,
    problem: str = "",
    new: bool = False,
    status: int | None = None,
    fields: CardForm | None = None,
) -> HttpResponse:
    """The page with the text, what it looks like, and how it is committed.

    Its first button, which the enter key presses, shows the text anew and commits nothing.
    """
    repository = draft.found.repository
    theirs = draft.theirs
    context = frame(request, repository, "files") | {
        "rev": draft.revision,
        "path": draft.path,
        "trail": trail(draft.path),
        "draft": draft,
        "new": new,
        "unsaved": request.method == "POST",
        "commit_form": commit or commit_form(request, draft.found),
        "suggestion": _suggested(draft, new),
        "problem": problem,
        "differences": list(_differences(theirs, draft.text)) if theirs is not None else [],
        "licences": licences(),
        "tasks": tasks(),
        **_looks(request, draft, [], typed=draft.text, new=new),
    }
    if fields:
        context["card_form"] = fields
    return render(request, "web/edit.html", context, status=status or (400 if problem else 200))


def _shown_anew(
    request: HttpRequest, draft: Draft, typed: str, trouble: list[Problem], new: bool
) -> HttpResponse:
    """The parts of the page that follow what somebody types, for htmx."""
    context = _looks(request, draft, trouble, typed=typed, new=new)
    # A new file may be called README.md only now, on a page that has no form for it.
    context |= {"repo": draft.found.repository, "facts_shown": draft.is_card and "were" in request.POST}
    return render(request, "web/partials/edit_shown.html", context)


def _looks(
    request: HttpRequest, draft: Draft, trouble: list[Problem], *, typed: str, new: bool
) -> dict[str, Any]:
    """What the text looks like, and what is to be said of it."""
    repository = draft.found.repository
    kind = repository.kind
    found = problems(parse_card(draft.text), kind, current_books().book) if draft.is_card else []
    return {
        "here": page_of(repository, "new" if new else "edit", draft.revision, "" if new else draft.path),
        "draft": draft,
        "text_changed": draft.text != typed,
        "text_typed": request.headers.get("HX-Trigger-Name") == "text",
        "preview": _preview(request, draft),
        "warnings": list(dict.fromkeys(trouble + found)),
        "card_form": CardForm.of(kind, draft.text) if draft.is_card else None,
        "readable": not trouble and not parse_card(draft.text).problems,
    }


def _preview(request: HttpRequest, draft: Draft) -> SafeString | None:
    """A Markdown file as the pages show it; None for another kind of text."""
    if not draft.path.lower().endswith(MARKDOWN):
        return None
    folder = posixpath.dirname(draft.path)
    addresses = markdown_addresses(request, draft.found.repository, draft.revision, folder)
    return render_markdown(draft.text, addresses)


def _differences(theirs: str, mine: str) -> list[tuple[str, str]]:
    """The lines that differ, each with its sign: “-” is theirs, “+” is mine."""
    lines = list(unified_diff(theirs.splitlines(), mine.splitlines(), lineterm="", n=1))[2:]
    return [(line[:1], line[1:]) for line in lines[:SHOWN_DIFFERENCES]]
