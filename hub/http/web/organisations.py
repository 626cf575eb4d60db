"""Making an organisation, and saying who belongs to it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import AccountError, LastAdmin
from accounts.invitations.selectors import invitations_of
from accounts.invitations.services import invite
from accounts.models import Invitation, Namespace, User
from accounts.roles import Role
from accounts.selectors import members_of, role_in, user_by_name
from accounts.services import change_role, create_organisation, remove_member
from hub.access.services import open_organisation
from hub.errors import RepoNotFound
from hub.http.web import invitations
from hub.http.web.forms import InvitationForm, OrganisationForm, ScanPolicyForm
from hub.http.web.visitors import visitor
from hub.repos.policies import set_scan_policy
from hub.repos.selectors import answers_of_hub, said_by


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make an organisation with the visitor as its first admin."""
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            organisation = create_organisation(**form.cleaned_data, owner=request.user)
        except AccountError as problem:
            form.add_error(problem.field or None, str(problem))
        else:
            return redirect("profile", organisation.name)
    return render(request, "web/organisation_new.html", {"form": form})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def members(request: HttpRequest, namespace: str) -> HttpResponse:
    """List the members to each other; a POST by an admin invites somebody, or makes a link to join."""
    wanted = Role.ADMIN if request.method == "POST" else Role.READ
    organisation = open_organisation(visitor(request), namespace, wanted)
    form, link = InvitationForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        offer, link = _invited(request, organisation, form)
        if offer and offer.is_personal:
            return invitations.send(request, offer, link) or redirect("members", organisation.name)
    is_admin = role_in(request.user, organisation) == Role.ADMIN
    context = {
        "organisation": organisation,
        "members": members_of(organisation),
        "is_admin": is_admin,
        "invitations": invitations_of(organisation) if is_admin else (),
        "roles": Role.choices,
        "form": InvitationForm() if link else form,
        "link": invitations.link_to(request, link) if link else "",
    }
    return render(request, "web/members.html", context)


def _invited(
    request: HttpRequest, organisation: Namespace, form: InvitationForm
) -> tuple[Invitation | None, str]:
    """The invitation and its secret; neither when the accounts refuse it, which the form then says."""
    said = form.cleaned_data
    try:
        return invite(
            organisation=organisation,
            actor=request.user,
            role=said["role"],
            user=said["user"],
            email=said["email"],
        )
    except AccountError as problem:
        form.add_error("role" if problem.field == "role" else "who", str(problem))
        return None, ""


@login_required
@require_http_methods(["GET", "POST"])
def scan_policy(request: HttpRequest, namespace: str) -> HttpResponse:
    """Show its admins what is done with the organisation's files for what scans found; a POST changes it."""
    organisation = open_organisation(visitor(request), namespace, Role.ADMIN)
    row = said_by(organisation)
    hub = answers_of_hub()
    initial = {state: getattr(row, state) for state in hub} if row else None
    form = ScanPolicyForm(hub, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        set_scan_policy(organisation=organisation, kind="", said=form.cleaned_data, actor_user=request.user)
        messages.success(request, _("The rules were saved."))
        return redirect("scan-policy", organisation.name)
    context = {"organisation": organisation, "form": form, "is_admin": True}
    return render(request, "web/scan_policy.html", context)


@login_required
@require_POST
def change_member(request: HttpRequest, namespace: str, username: str) -> HttpResponse:
    """Change a member's role, or end the membership with the button “remove”."""
    organisation = open_organisation(visitor(request), namespace)
    member = user_by_name(username)
    if member is None:
        raise RepoNotFound(_("There is no user of that name."))
    try:
        _apply(request, organisation, member)
    except LastAdmin as problem:
        messages.error(request, str(problem))
    if role_in(request.user, organisation) is None:
        return redirect("profile", organisation.name)
    return redirect("members", organisation.name)


def _apply(request: HttpRequest, organisation: Namespace, member: User) -> None:
    if "remove" in request.POST:
        remove_member(organisation=organisation, user=member, actor=request.user)
        messages.success(request, _("%s is no longer a member.") % member.username)
        return
    role = request.POST.get("role", "")
    change_role(organisation=organisation, user=member, role=role, actor=request.user)
    messages.success(request, _("The role of %s was changed.") % member.username)
