"""Collections: what is in one, putting repositories in, and changing what is said of them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role, at_least
from accounts.selectors import role_in
from hub.access.services import writing_user
from hub.collections import services
from hub.collections.models import Collection
from hub.collections.selectors import (
    item_in,
    items_of,
    open_collection,
    require_writer,
    writable_collections,
)
from hub.errors import CollectionExists
from hub.http.web.collection_forms import CollectForm, CollectionForm
from hub.http.web.forms import DeleteForm
from hub.http.web.pages import frame, open_page
from hub.http.web.profiles import open_namespace_page
from hub.http.web.visitors import visitor


@require_safe
def collection(request: HttpRequest, owner: str, slug: str) -> HttpResponse:
    """Show a collection with what the visitor may see of it; an old slug leads to the one of today."""
    actor = visitor(request)
    found = open_collection(actor, owner, slug)
    if found.slug != f"{owner}/{slug}":
        return redirect("collection", *found.slug.split("/"))
    context = {
        "collection": found,
        "items": items_of(actor, [found])[found.pk],
        "may_write": at_least(role_in(actor.user, found.namespace), Role.WRITE),
    }
    return render(request, "web/collection.html", context)


@require_http_methods(["GET", "POST"])
def collect(request: HttpRequest, **address: str) -> HttpResponse:
    """Ask which of the visitor's collections a repository belongs into; a POST puts it there."""
    repository = open_page(request, address)
    actor = visitor(request)
    user = writing_user(actor)
    form = CollectForm(user, writable_collections(user), request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            if wanted["collection"]:
                into = open_collection(actor, *wanted["collection"].split("/"), write=True)
            else:
                namespace = open_namespace_page(wanted["namespace"])
                require_writer(actor, namespace)
                into = services.create_collection(
                    namespace=namespace,
                    title=wanted["title"],
                    description="",
                    private=wanted["private"],
                    actor_user=user,
                )
            services.add_item(collection=into, thing=repository, note=wanted["note"], actor_user=user)
        except CollectionExists:
            if wanted["collection"]:
                form.add_error("collection", _("It is in this collection already."))
            else:
                form.add_error("title", _("There is a collection of this title already."))
        else:
            messages.success(request, _("%s is in the collection.") % repository.full_name)
            return redirect("collection", *into.slug.split("/"))
    context = frame(request, repository, "collect") | {"form": form}
    return render(request, "web/collect.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, owner: str, slug: str) -> HttpResponse:
    """Change what is said of a collection, and who sees it."""
    actor = visitor(request)
    found = open_collection(actor, owner, slug, write=True)
    said = {name: getattr(found, name) for name in ("title", "description", "private")}
    form = CollectionForm(request.POST or None, initial=said)
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.update_collection(collection=found, actor=actor, **form.cleaned_data)
        except CollectionExists:
            form.add_error("title", _("There is a collection of this title already."))
        else:
            messages.success(request, _("The collection was changed."))
            return redirect("collection", *changed.slug.split("/"))
    return _edit_page(request, found, form, DeleteForm(found.title))


@require_POST
def change_item(request: HttpRequest, owner: str, slug: str, item: str) -> HttpResponse:
    """Keep another note about what is in a collection, move it up by one place, or take it out."""
    actor = visitor(request)
    found = open_collection(actor, owner, slug, write=True)
    wanted = item_in(actor, found, item)
    if "remove" in request.POST:
        services.remove_item(item=wanted, actor_user=writing_user(actor))
        messages.success(request, _("It is no more in the collection."))
    elif "up" in request.POST:
        places = [row.pk for row in items_of(actor, [found])[found.pk]]
        services.update_item(item=wanted, actor=actor, position=max(0, places.index(wanted.pk) - 1))
    else:
        services.update_item(item=wanted, actor=actor, note=request.POST.get("note", "").strip())
        messages.success(request, _("The note was kept."))
    return redirect("collection-edit", *found.slug.split("/"))


@require_POST
def delete(request: HttpRequest, owner: str, slug: str) -> HttpResponse:
    """Delete a collection when its title was typed; what was in it stays."""
    actor = visitor(request)
    found = open_collection(actor, owner, slug, write=True)
    form = DeleteForm(found.title, request.POST)
    if not form.is_valid():
        said = {name: getattr(found, name) for name in ("title", "description", "private")}
        return _edit_page(request, found, CollectionForm(initial=said), form)
    services.delete_collection(collection=found, actor_user=writing_user(actor))
    messages.success(request, _("The collection %s was deleted.") % found.title)
    return redirect("profile", found.namespace.name)


def _edit_page(
    request: HttpRequest, found: Collection, form: CollectionForm, delete_form: DeleteForm
) -> HttpResponse:
    actor = visitor(request)
    context = {
        "collection": found,
        "form": form,
        "delete_form": delete_form,
        "items": items_of(actor, [found])[found.pk],
    }
    status = 400 if form.errors or delete_form.errors else 200
    return render(request, "web/collection_edit.html", context, status=status)
