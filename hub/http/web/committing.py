"""How a page makes a commit: its title and description, and the branch it goes to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from contributions.discussions.models import Discussion
from contributions.pulls import proposing as pulls
from contributions.pulls.services import open_head
from hub.access.policy import Action
from hub.access.services import may
from hub.errors import HubError, InvalidInput, RefExists
from hub.http.web.errors import words_of
from hub.http.web.visitors import visitor
from hub.revisions.edits import Onto, check_seen, land_edit
from hub.revisions.names import DEFAULT_BRANCH, branch_ref
from hub.revisions.operations import Operation
from hub.revisions.selectors import Revision, resolve_revision
from hub.revisions.services import land_commit

BRANCHES = "refs/heads/"
HERE, NEW, PULL = "here", "new", "pull"


@dataclass(frozen=True, slots=True)
class Landed:
    """Where a commit went: a branch, or the ref of a new pull request (`thread`)."""

    branch: str
    thread: Discussion | None = None


class CommitForm(forms.Form):
    """What is said of a commit, and where it goes: to the branch looked at, to a new one, or to be reviewed.

    Those who may not write open a pull request.
    """

    summary = forms.CharField(label=_("What changes?"), required=False, max_length=200)
    description = forms.CharField(
        label=_("Description"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    where = forms.ChoiceField(label=_("Where to?"), widget=forms.RadioSelect)
    branch = forms.CharField(label=_("Name of the new branch"), required=False, max_length=250)

    def __init__(self, found: Revision, data: Any = None, *, writes: bool, pushes: bool) -> None:
        here, choices = branch_of(found), [(PULL, _("As a pull request, for others to look at"))]
        if writes:
            choices.insert(0, (NEW, _("To a new branch")))
        if writes and here:
            choices.insert(0, (HERE, _("To the branch %s") % here))
        if pushes:
            choices.insert(0, (HERE, _("To this pull request")))
        super().__init__(data, auto_id="commit-%s", initial={"where": choices[0][0]})
        self.fields["where"].choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("where") == NEW:
            try:
                branch_ref(cleaned.get("branch", ""))
            except InvalidInput:
                self.add_error("branch", _("A branch needs a name without spaces, such as better-card."))
        return cleaned


def commit_form(request: HttpRequest, found: Revision, data: Any = None) -> CommitForm:
    """The form as the visitor may fill it in."""
    writes = may(visitor(request), found.repository, Action.WRITE)
    return CommitForm(found, data, writes=writes, pushes=_pushes(request, found))


def _pushes(request: HttpRequest, found: Revision) -> bool:
    """Whether what is looked at is a pull request to which the visitor may add commits."""
    try:
        open_head(repository=found.repository, actor=visitor(request), ref=found.ref or "")
    except HubError:
        return False
    return True


def branch_of(found: Revision) -> str:
    """The branch that a revision is; "" for a tag or a commit, which take no commits."""
    ref = found.ref or ""
    return ref.removeprefix(BRANCHES) if ref.startswith(BRANCHES) else ""


def commit_onto(
    request: HttpRequest,
    found: Revision,
    form: CommitForm,
    *,
    seen: Mapping[str, str],
    operations: Iterable[Operation],
    suggestion: str,
) -> Landed:
    """Land what a valid form says; raises as `land_edit` and `pulls.propose` do."""
    wanted = form.cleaned_data
    if wanted["where"] == PULL:
        said = {"summary": wanted["summary"].strip() or suggestion, "description": wanted["description"]}
        thread = propose(request, found, operations, **said)
        return Landed(thread.git_reference, thread)
    if wanted["where"] == HERE and not branch_of(found):
        return _pushed(request, found, seen, operations, wanted, suggestion)
    if wanted["where"] == NEW:
        onto = Onto(wanted["branch"], found.commit)
    else:
        onto = Onto(branch_of(found))
    try:
        land_edit(
            repo=found.repository,
            actor_user=request.user,
            onto=onto,
            seen=seen,
            operations=operations,
            summary=wanted["summary"].strip() or suggestion,
            description=wanted["description"],
        )
    except RefExists as problem:
        form.add_error("branch", words_of(problem))
        raise
    return Landed(onto.branch)


def _pushed(
    request: HttpRequest,
    found: Revision,
    seen: Mapping[str, str],
    operations: Iterable[Operation],
    wanted: Mapping[str, str],
    suggestion: str,
) -> Landed:
    """Add a commit to the pull request that was looked at, if the files are still as its author saw them."""
    held: list[Discussion] = []

    def opening() -> str:
        pull = open_head(repository=found.repository, actor=visitor(request), ref=found.ref or "", hold=True)
        check_seen(resolve_revision(found.repository, pull.head_ref), seen)
        held.append(pull.discussion)
        return pull.head_ref

    land_commit(
        repo=found.repository,
        actor_user=request.user,
        operations=operations,
        summary=wanted["summary"].strip() or suggestion,
        description=wanted["description"],
        opening=opening,
    )
    return Landed(held[0].git_reference, held[0])


def propose(
    request: HttpRequest,
    found: Revision,
    operations: Iterable[Operation],
    *,
    summary: str,
    description: str = "",
) -> Discussion:
    """Open a pull request that begins at what the page showed, so that nobody's work is in its way."""
    pull, _oid = pulls.propose(
        repository=found.repository,
        actor=visitor(request),
        operations=operations,
        summary=summary,
        description=description,
        target=f"{BRANCHES}{branch_of(found) or DEFAULT_BRANCH}",
        start=found.commit,
    )
    return pull.discussion
