"""What people do about a licence finding: mend it, dispute it, settle it, or ask the moderators."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from contributions.moderation.licences import check_settles, raise_finding, settle_finding
from contributions.pulls.proposing import propose
from hub.access.policy import Action
from hub.errors import AuthenticationRequired, EntryNotFound, InvalidInput
from hub.http.web.addresses import page_of
from hub.http.web.licence_evidence import REVISION
from hub.http.web.licence_pages import place_of
from hub.http.web.licences import is_told
from hub.http.web.pages import Address, open_page
from hub.http.web.reports import too_often
from hub.http.web.visitors import visitor
from hub.licensing import answers
from hub.licensing.findings import Finding
from hub.licensing.mending import mending
from hub.licensing.models import LicenceFinding
from hub.licensing.selectors import finding_of
from hub.licensing.words import told
from hub.repos.models import Repository
from hub.revisions.selectors import resolve_revision


@require_POST
def mend(request: HttpRequest, **address: str) -> HttpResponse:
    """Open a pull request that mends a finding, or lead to the one that does already."""
    repository = open_page(request, address, Action.BRING)
    row = _finding(request, repository)
    finding = Finding.from_json(row.said)
    if not finding.patch:
        raise InvalidInput(_("Nothing is known that mends this by itself."), "finding")
    found = resolve_revision(repository, REVISION)
    operations = mending(found, finding.patch)
    if not operations:
        messages.info(request, _("Nothing would change: the files say this already."))
        return redirect(place_of(repository, row.pk))
    said = told(finding)
    pull, _oid = propose(
        repository=repository,
        actor=visitor(request),
        operations=operations,
        summary=_("Licence: %s") % said.title,
        description=str(said),
        start=found.commit,
    )
    return redirect(page_of(repository, "discussions", str(pull.discussion.number)))


@require_POST
def answer(request: HttpRequest, **address: str) -> HttpResponse:
    """Dispute a finding (its publishers), settle it (moderators), take either back, or raise it (anybody)."""
    repository = open_page(request, address)
    user = visitor(request).user
    if user is None:
        raise AuthenticationRequired
    row, act = _finding(request, repository), request.POST.get("act", "")
    if act == "raise":
        return _raise(request, repository, row, user)
    reason = request.POST.get("reason", "").replace("\0", "")
    if act == "dispute":
        open_page(request, address, Action.WRITE)
        answers.dispute(repository=repository, key=row.key, reason=reason, actor_user=user)
    elif act == "settle":
        settle_finding(repository=repository, key=row.key, reason=reason, moderator=user)
    elif act == "reopen":
        _check_reopens(request, repository, row, user, address)
        answers.reopen(repository=repository, key=row.key, actor_user=user)
    else:
        raise InvalidInput(_("There is no such act."), "act")
    messages.success(request, _("It was saved."))
    return redirect(place_of(repository, row.pk))


def _raise(request: HttpRequest, repository: Repository, row: LicenceFinding, user: User) -> HttpResponse:
    if refused := too_often(request, user):
        return refused
    text = request.POST.get("reason", "").replace("\0", "")
    raise_finding(repository=repository, key=row.key, reporter=user, text=text, language=get_language() or "")
    messages.success(request, _("Thank you. A moderator will look at it."))
    return redirect(place_of(repository, row.pk))


def _check_reopens(
    request: HttpRequest, repository: Repository, row: LicenceFinding, user: User, address: Address
) -> None:
    """Who answered so may take it back, and so may others like them."""
    if row.state == LicenceFinding.State.WAIVED:
        check_settles(repository, user)
    else:
        open_page(request, address, Action.WRITE)


def _finding(request: HttpRequest, repository: Repository) -> LicenceFinding:
    key = request.POST.get("finding", "").replace("\0", "")
    if not key:
        raise InvalidInput(_("Say which finding is meant."), "finding")
    row = finding_of(repository, key)
    if row is None or not is_told(request, resolve_revision(repository, REVISION)):
        raise EntryNotFound(_("There is no such finding any more."))
    return row
