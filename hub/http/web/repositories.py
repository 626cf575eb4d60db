"""The page of a model or dataset, and making a new one."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Role, at_least
from accounts.selectors import role_in
from contributions.moderation.selectors import standing_notices
from hub.access.services import open_namespace
from hub.compute.models import Facts
from hub.compute.selectors import facts_at
from hub.downloads.selectors import downloads_by_day, window
from hub.errors import InvalidInput, RepositoryExists
from hub.http.links import endpoint
from hub.http.web.addresses import markdown_addresses, page_of
from hub.http.web.checks import overview, state_of
from hub.http.web.errors import words_of
from hub.http.web.files import is_given
from hub.http.web.forms import RepositoryForm
from hub.http.web.licences import panel_of
from hub.http.web.markdown import render as render_markdown
from hub.http.web.pages import frame, open_page
from hub.http.web.releases import newest
from hub.http.web.snippets import snippets_for
from hub.http.web.sparkline import bars
from hub.http.web.visitors import visitor
from hub.http.web.weights import weights_of
from hub.http.web.work import following
from hub.licensing.selectors import latest_check
from hub.repos.card_fields import with_fields
from hub.repos.lineage import lineage_of
from hub.repos.models import Repository
from hub.revisions.cards import CARD
from hub.revisions.selectors import Entry, Revision, list_tree, read_text, resolve_revision
from hub.revisions.services import create_repository

REVISION = "main"


@require_safe
def card(request: HttpRequest, **address: str) -> HttpResponse:
    """Show what a visitor needs to decide: the card, the facts, what the checks say, and how to pull."""
    repository = open_page(request, address)
    found = resolve_revision(repository, REVISION)
    files = [entry for entry in list_tree(found, recursive=True) if entry.type == "file"]
    readme = next((file for file in files if file.path == CARD), None)
    facts = facts_at(repository, found.commit)
    context = frame(request, repository, "card") | {
        "rev": REVISION,
        "commit": found.commit,
        "withheld": found.withheld,
        "text": _card(request, found, readme, facts) if readme else None,
        "readme": readme,
        "count": len(files),
        "total": sum(file.size for file in files),
        "checks": overview(files),
        **following(found, [state_of(file) for file in files]),
        "licence_check": latest_check(repository),
        "newest_release": newest(repository),
        "weights": weights_of(facts),
        "bars": bars(downloads_by_day(repository, *window())),
        "panel": panel_of(request, found, [file.path for file in files]),
        "lineage": lineage_of(visitor(request), repository),
        "snippets": snippets_for(repository, endpoint(request), REVISION, _example(repository, files)),
    }
    # What is withheld is mostly written to by nobody, and its people are told all the same.
    role = role_in(visitor(request).user, repository.namespace)
    told = at_least(role, Role.WRITE)
    notices = standing_notices(repository) if told or repository.taken_down_at else []
    # What its publishers are told in full is not told twice.
    noted = {notice.path for notice in notices}
    dangerous = [row for row in context["checks"].dangerous if row.entry.path not in noted]
    context |= {"notices": notices, "dangerous": dangerous, "ask": settings.DEFAULT_FROM_EMAIL}
    context |= {"told": told, "told_of_owner": at_least(role, Role.ADMIN)}
    return render(request, "web/repository.html", context)


def _example(repository: Repository, files: list[Entry]) -> str:
    """The address of the largest file's bytes, which is what most come for; of the card if it is all."""
    told = [file for file in files if not any(part.startswith(".") for part in file.path.split("/"))]
    path = max(told, key=lambda file: (file.path != CARD, file.size)).path if told else ""
    return page_of(repository, "resolve", REVISION, path) if path else ""


def _card(request: HttpRequest, found: Revision, readme: Entry, facts: Facts | None) -> SafeString | None:
    """Return the rendered README.md, None when the visitor is not given it or it is no text."""
    text = read_text(readme) if is_given(request, found, readme) else None
    if text is None:
        return None
    sizes = facts.pictures if facts else {}
    return render_markdown(text, markdown_addresses(request, found.repository, REVISION), sizes)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make a model or dataset in a namespace where the visitor may publish."""
    suggested = {
        "namespace": request.GET.get("namespace") or request.user.username,
        "kind": request.GET.get("kind") or Repository.Kind.MODEL.value,
    }
    form = RepositoryForm(request.user, request.POST or None, initial=suggested)
    if "kind" in form.errors:
        raise InvalidInput(_("This hub has models and datasets only."), "kind")
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(page_of(_create(request, form)))
        except (InvalidInput, RepositoryExists) as problem:
            field = getattr(problem, "field", "name")
            form.add_error(field if field in form.fields else "name", words_of(problem))
    return render(request, "web/repository_new.html", {"form": form, "kind": form["kind"].value()})


def _create(request: HttpRequest, form: RepositoryForm) -> Repository:
    wanted, licence = form.cleaned_data, form.cleaned_data["licence"]
    return create_repository(
        namespace=open_namespace(visitor(request), wanted["namespace"]),
        name=wanted["name"],
        kind=wanted["kind"],
        visibility=wanted["visibility"],
        actor_user=request.user,
        card=with_fields(f"# {wanted['name']}\n", {"license": [licence]}) if licence else "",
    )
