"""The automatic rules at the desk: what each does and how often, for leads to change."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from contributions.moderation import automation
from contributions.moderation.automation import Acts
from contributions.moderation.models import AutoRule
from contributions.moderation.policies import check_lead
from hub.errors import RepoNotFound
from hub.http.web.moderation import desk_only
from hub.http.web.policies import done
from hub.http.web.policy_forms import NewRuleForm, RuleForm
from hub.http.web.policy_words import conditions_in_words, effect_in_words


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """List the rules in words with what they did; a lead's POST adds one."""
    form = NewRuleForm(request.POST or None)
    if request.method == "POST":
        check_lead(request.user)
        if form.is_valid() and done(form, lambda: _create(request, form)):
            messages.success(request, _("It was saved."))
            return redirect("moderation-rules")
    acts = automation.acts_by_rule()
    rows = [
        (rule, conditions_in_words(rule), effect_in_words(rule), acts.pop(rule.slug, Acts()))
        for rule in automation.auto_rules()
    ]
    return render(request, "web/moderation_rules.html", {"rows": rows, "gone": acts.items(), "form": form})


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, slug: str) -> HttpResponse:
    """A lead changes a rule."""
    check_lead(request.user)
    found = open_rule(slug)
    form = RuleForm(request.POST or None, initial=RuleForm.said_of(found))
    if (
        request.method == "POST"
        and form.is_valid()
        and done(
            form,
            lambda: automation.change_rule(rule=found, conditions=form.conditions(), lead=request.user),
        )
    ):
        messages.success(request, _("It was saved."))
        return redirect("moderation-rules")
    return render(request, "web/moderation_rule.html", {"rule": found, "form": form})


@desk_only
@require_POST
def switch(request: HttpRequest, slug: str) -> HttpResponse:
    """A lead switches a rule on or off."""
    enabled = request.POST.get("enabled") == "true"
    automation.switch_rule(rule=open_rule(slug), enabled=enabled, lead=request.user)
    messages.success(request, _("It was saved."))
    return redirect("moderation-rules")


@desk_only
@require_POST
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    """A lead takes a rule away."""
    automation.delete_rule(rule=open_rule(slug), lead=request.user)
    messages.success(request, _("It is gone."))
    return redirect("moderation-rules")


def open_rule(slug: str) -> AutoRule:
    """The rule; RepoNotFound when there is none."""
    found = automation.rule_named(slug)
    if found is None:
        raise RepoNotFound(_("There is no such page."))
    return found


def _create(request: HttpRequest, form: NewRuleForm) -> AutoRule:
    slug = form.cleaned_data["slug"]
    return automation.create_rule(slug=slug, conditions=form.conditions(), lead=request.user)
