"""Making an organisation, and saying who belongs to it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import AccountError, LastAdmin
from accounts.models import Namespace, User
from accounts.roles import Role
from accounts.selectors import members_of, role_in, user_by_name
from accounts.services import create_organisation, remove_member, set_member
from hub.errors import Forbidden, RepoNotFound
from hub.http.web.forms import MemberForm, OrganisationForm, ScanPolicyForm
from hub.http.web.profiles import open_namespace_page
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
@require_http_methods(["GET", "POST"])
def members(request: HttpRequest, namespace: str) -> HttpResponse:
    """List the members to each other; a POST by an admin adds one."""
    organisation = open_organisation(request.user, namespace)
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            set_member(
                organisation=organisation,
                user=form.cleaned_data["username"],
                role=form.cleaned_data["role"],
                actor=request.user,
            )
        except LastAdmin as problem:
            form.add_error("role", str(problem))
        else:
            messages.success(request, _("The member was added."))
            return redirect("members", organisation.name)
    context = {
        "organisation": organisation,
        "members": members_of(organisation),
        "is_admin": role_in(request.user, organisation) == Role.ADMIN,
        "roles": Role.choices,
        "form": form,
    }
    return render(request, "web/members.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def scan_policy(request: HttpRequest, namespace: str) -> HttpResponse:
    """Show its admins what is done with the organisation's files for what scans found; a POST changes it."""
    organisation = open_organisation(request.user, namespace)
    if role_in(request.user, organisation) != Role.ADMIN:
        raise Forbidden(_("Only an admin of the organisation says what is done with its files."))
    row = said_by(organisation)
    hub = answers_of_hub()
    initial = {state: getattr(row, state) for state in hub} if row else None
    form = ScanPolicyForm(hub, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        set_scan_policy(organisation=organisation, kind="", said=form.cleaned_data, actor_user=request.user)
        messages.success(request, _("The rules were saved."))
        return redirect("scan-policy", organisation.name)
    return render(request, "web/scan_policy.html", {"organisation": organisation, "form": form})


@login_required
@require_POST
def change_member(request: HttpRequest, namespace: str, username: str) -> HttpResponse:
    """Change a member's role, or end the membership with the button “remove”."""
    organisation = open_organisation(request.user, namespace)
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
    set_member(organisation=organisation, user=member, role=role, actor=request.user)
    messages.success(request, _("The role of %s was changed.") % member.username)


def open_organisation(user: User, name: str) -> Namespace:
    """Return the organisation to its members; to others there is no such page."""
    organisation = open_namespace_page(name)
    if not organisation.is_organisation or role_in(user, organisation) is None:
        raise RepoNotFound(_("There is no organisation of that name."))
    return organisation
