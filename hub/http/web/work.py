"""What the workers do with the files of a commit: verification and checks, until all have ended."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from hub.http.web import checks as words
from hub.http.web.checks import Row, State, overview, state_of
from hub.http.web.pages import frame, open_page
from hub.revisions.history import changes_of, commit_info, commit_of
from hub.revisions.selectors import Entry, Revision, find_entries, resolve_revision

# As many files as one upload has are looked at, and so many are told of one by one.
MOST, SHOWN = 1000, 200
# Until so many seconds after the commit the page asks again after so many.
PACE = ((60, 2), (600, 5), (math.inf, 20))
WAITING = (words.CHECKING, words.SCANNING)
# What a publisher can do about a state that is not the one they hoped for.
ADVICE: dict[State, Promise] = {
    words.REFUSED: _("What arrived is not what your browser read. Upload the file again."),
    words.QUARANTINED: _(
        "See what was found. Remove what can run commands, for example by saving the weights as safetensors, "
        "and upload the file again."
    ),
    words.SUSPICIOUS: _("See what was found. It can be downloaded, with a warning."),
    words.UNREADABLE: _("See why. It may be damaged or packed in an unknown way."),
    words.UNSCANNED: _("Nothing to do: it may be anything, so nobody calls it safe."),
}


@dataclass(frozen=True)
class Job:
    """A file with how far the workers are with it, and what its publisher can do."""

    row: Row
    advice: Promise | None

    @property
    def waits(self) -> bool:
        """Whether the workers have something left to do."""
        return self.row.state in WAITING

    @property
    def verified(self) -> bool:
        """Whether the bytes are known to be those that were announced."""
        return self.row.entry.held and self.row.entry.blob is not None

    @property
    def refused(self) -> bool:
        """Whether the bytes are known to be others."""
        return self.row.state == words.REFUSED


@dataclass(frozen=True)
class Work:
    """The jobs of files, those that need a look first; the page asks again after `every` seconds."""

    jobs: list[Job]
    count: int
    waiting: int
    every: int

    @property
    def hidden(self) -> int:
        """How many files are not told of one by one."""
        return self.count - len(self.jobs)

    @property
    def done(self) -> int:
        """How many files the workers have done with."""
        return self.count - self.waiting


def work_of(entries: Iterable[Entry], *, age: float) -> Work:
    """What is to be told of files, `age` seconds after they came; one query however many there are."""
    files = list(entries)
    told = overview(files)
    grave = {row.entry.path: row for row in (*told.dangerous, *told.remarkable)}
    rows = [grave.get(entry.path) or Row(entry, state_of(entry)) for entry in files]
    jobs = [Job(row, ADVICE.get(row.state)) for row in rows]
    # Only what needs a look changes its place, so that the list does not move under a reader's eyes.
    jobs.sort(key=lambda job: job.row.entry.path not in grave)
    return Work(jobs[:SHOWN], len(jobs), sum(job.waits for job in jobs), pace(age))


def pace(age: float) -> int:
    """After how many seconds a page asks again about files that came `age` seconds ago."""
    return next(every for limit, every in PACE if age < limit)


def following(found: Revision, states: Iterable[State | None]) -> dict[str, int]:
    """What a part of a page that follows the workers knows: how many files wait, and when it asks again."""
    age = (timezone.now() - found.committed_at).total_seconds()
    return {"waiting": sum(state in WAITING for state in states), "every": pace(age)}


@require_safe
def checks(request: HttpRequest, revision: str, **address: str) -> HttpResponse:
    """Show how the checks of a commit's files go on; htmx asks for the part that changes."""
    repository = open_page(request, address)
    found = resolve_revision(repository, revision)
    commit = commit_of(repository, found.commit)
    changed = [change.path for change in changes_of(commit) if change.new is not None]
    entries = find_entries(found, changed[:MOST])
    age = (timezone.now() - found.committed_at).total_seconds()
    context = frame(request, repository, "files") | {
        "rev": revision,
        "commit": commit_info(commit),
        "work": work_of(entries.values(), age=age),
    }
    template = "web/partials/work.html" if request.htmx else "web/checks.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
