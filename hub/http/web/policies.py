"""The policies, for everybody to read and for leads to change."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contributions.moderation import selectors
from contributions.moderation.models import Policy
from contributions.moderation.policies import change_policy, check_lead, create_policy, delete_policy
from hub.errors import InvalidInput, RepoNotFound
from hub.http.web.moderation import desk_only
from hub.http.web.policy_forms import NewPolicyForm, PolicyForm
from hub.http.web.policy_words import terms_in_words


@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """Show by what decisions are made, until when, and how they are contested."""
    rows = [(policy, terms_in_words(policy)) for policy in selectors.policies()]
    return render(request, "web/policies.html", {"rows": rows})


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def at_desk(request: HttpRequest) -> HttpResponse:
    """List the policies with how often they are cited; a lead's POST writes another one."""
    form = NewPolicyForm(request.POST or None, initial={"due_hours": 72, "confirm_above": 1000} | DAYS)
    if request.method == "POST":
        check_lead(request.user)
        if form.is_valid() and done(form, lambda: _create(request, form)):
            messages.success(request, _("It was saved."))
            return redirect("moderation-policies")
    cited = selectors.citations()
    rows = [(policy, terms_in_words(policy), cited.get(policy.pk, 0)) for policy in selectors.policies()]
    return render(request, "web/moderation_policies.html", {"rows": rows, "form": form})


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest, slug: str) -> HttpResponse:
    """A lead changes a policy."""
    check_lead(request.user)
    found = open_policy(slug)
    form = PolicyForm(request.POST or None, initial=PolicyForm.said_of(found))
    if (
        request.method == "POST"
        and form.is_valid()
        and done(form, lambda: change_policy(policy=found, terms=form.terms(), lead=request.user))
    ):
        messages.success(request, _("It was saved."))
        return redirect("moderation-policies")
    context = {"policy": found, "form": form, "cited": selectors.citations().get(found.pk, 0)}
    return render(request, "web/moderation_policy.html", context)


@desk_only
@require_POST
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    """A lead takes a policy away that nothing cites."""
    delete_policy(policy=open_policy(slug), lead=request.user)
    messages.success(request, _("It is gone."))
    return redirect("moderation-policies")


def open_policy(slug: str) -> Policy:
    """The policy; RepoNotFound when there is none."""
    found = selectors.policy_named(slug)
    if found is None:
        raise RepoNotFound(_("There is no such page."))
    return found


def done(form: forms.Form, act: Callable[[], object]) -> bool:
    """Whether an act could be done; what is wrong with what was said is at its field in the form."""
    try:
        act()
    except InvalidInput as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return False
    return True


DAYS = {"appeal_days": 180, "waiting_days": 0}


def _create(request: HttpRequest, form: NewPolicyForm) -> Policy:
    said = form.cleaned_data
    return create_policy(slug=said["slug"], cause=said["cause"], terms=form.terms(), lead=request.user)
