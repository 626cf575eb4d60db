"""Invitations: what an admin offers, and what the person does with it."""

import re
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.addresses import confirmed_addresses, language_of
from accounts.errors import AlreadyAMember, InvitationGone
from accounts.invitations.selectors import invitation_by_secret, invitations_for, invitations_of
from accounts.invitations.services import accept, decline, revoke
from accounts.models import Invitation
from accounts.roles import Role
from accounts.selectors import memberships_of, role_in
from hub.access.services import open_organisation
from hub.errors import RepoNotFound
from hub.http.links import endpoint
from hub.http.web.visitors import visitor


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Show what a link offers; a POST by somebody who is logged in accepts or declines it."""
    offer = invitation_by_secret(secret)
    if offer is None or (offer.user and offer.user != request.user and request.user.is_authenticated):
        return render(request, "web/invitation.html", {"offer": None}, status=404)
    if request.method == "POST":
        return answered(request, offer)
    belongs = request.user.is_authenticated and role_in(request.user, offer.organisation) is not None
    return render(request, "web/invitation.html", {"offer": offer, "belongs": belongs})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def organisations(request: HttpRequest) -> HttpResponse:
    """List where the visitor belongs and is invited to; a POST answers an invitation."""
    open_ = invitations_for(request.user)
    if request.method == "POST":
        return answered(request, _one(open_, request.POST.get("invitation", "")))
    context = {"invitations": open_, "memberships": memberships_of(request.user)}
    return render(request, "web/settings_organisations.html", context)


@login_required
@require_POST
def revoke_invitation(request: HttpRequest, namespace: str, invitation_id: int) -> HttpResponse:
    """Take back what an organisation offered."""
    organisation = open_organisation(visitor(request), namespace, Role.ADMIN)
    revoke(invitation=_one(invitations_of(organisation), str(invitation_id)), actor=request.user)
    messages.success(request, _("The invitation no longer works."))
    return redirect("members", organisation.name)


@login_required
def answered(request: HttpRequest, offer: Invitation) -> HttpResponse:
    """Accept or decline for the visitor, and lead to where that matters."""
    name = offer.organisation.name
    answer: Callable[..., Any] = decline if "decline" in request.POST else accept
    try:
        answer(invitation=offer, user=request.user)
    except (AlreadyAMember, InvitationGone) as problem:
        messages.error(request, str(problem))
        return redirect("settings-organisations")
    if answer is decline:
        messages.success(request, _("You declined the invitation of %s.") % name)
        return redirect("settings-organisations")
    messages.success(request, _("You belong to %s now.") % name)
    return redirect("profile", name)


def link_to(request: HttpRequest, secret: str) -> str:
    """The whole address of an invitation, for somebody who is sent it."""
    return endpoint(request) + reverse("invitation", args=[secret])


def send(request: HttpRequest, offer: Invitation, secret: str) -> HttpResponse | None:
    """Mail an invitation to its person; an answer when too many were sent, which then stands in its place."""
    if refused := consume_or_429(request, action="invitation"):
        return refused
    context = {
        "organisation": offer.organisation.name,
        "inviter": request.user.username,
        "days": 7,
        "invitation_url": link_to(request, secret),
    }
    to = offer.email or confirmed_addresses([offer.user]).get(offer.user_id)
    if to is not None:
        with override(language_of(offer.user) if offer.user else get_language()):
            # Its role is said in the reader's language, too.
            context["role"] = offer.get_role_display()
            get_adapter().send_mail("web/email/invitation", to, context)
    messages.success(
        request, _("%s is invited, and becomes a member by accepting.") % (offer.user or offer.email)
    )
    return None


def _one(open_: Any, sent: str) -> Invitation:
    found = open_.filter(pk=int(sent)).first() if re.fullmatch(r"[0-9]{1,18}", sent) else None
    if found is None:
        raise RepoNotFound(_("There is no such invitation."))
    return found
