"""How a page makes a commit: its title and description, and the branch it goes to."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from hub.errors import InvalidInput, RefExists
from hub.revisions.edits import Onto, land_edit
from hub.revisions.names import branch_ref
from hub.revisions.operations import Operation
from hub.revisions.selectors import Revision

BRANCHES = "refs/heads/"
HERE, NEW = "here", "new"


class CommitForm(forms.Form):
    """What is said of a commit, and whether it goes to the branch that is looked at or to a new one."""

    summary = forms.CharField(label=_("What changes?"), required=False, max_length=200)
    description = forms.CharField(
        label=_("Description"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    where = forms.ChoiceField(label=_("Where to?"), widget=forms.RadioSelect)
    branch = forms.CharField(label=_("Name of the new branch"), required=False, max_length=250)

    def __init__(self, found: Revision, data: Any = None) -> None:
        here = branch_of(found)
        super().__init__(data, auto_id="commit-%s", initial={"where": HERE if here else NEW})
        choices = [(NEW, _("To a new branch"))]
        if here:
            choices.insert(0, (HERE, _("To the branch %s") % here))
        self.fields["where"].choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("where") == NEW:
            try:
                branch_ref(cleaned.get("branch", ""))
            except InvalidInput:
                self.add_error("branch", _("A branch needs a name without spaces, such as better-card."))
        return cleaned


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
) -> str:
    """Land what a valid form says, and return the name of the branch; raises as `land_edit` does."""
    wanted = form.cleaned_data
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
        form.add_error("branch", str(problem))
        raise
    return onto.branch
