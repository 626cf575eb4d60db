"""Likes and follows on pages; each button is a form that works without scripts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from hub.access.policy import Action
from hub.access.services import writing_user
from hub.follows.services import follow as follow_namespace
from hub.follows.services import unfollow
from hub.http.web.addresses import page_of
from hub.http.web.pages import open_page
from hub.http.web.profiles import open_namespace_page
from hub.http.web.visitors import visitor
from hub.likes.services import like as like_repository
from hub.likes.services import unlike


@require_http_methods(["GET", "POST"])
def like(request: HttpRequest, **address: str) -> HttpResponse:
    """Like a repository, or no more with the button “remove”; a GET leads to the repository."""
    if request.method == "GET":
        return redirect(page_of(open_page(request, address)))
    repository = open_page(request, address, Action.LIKE)
    change = unlike if "remove" in request.POST else like_repository
    change(repository=repository, user=visitor(request).user)
    return redirect(page_of(repository))


@require_http_methods(["GET", "POST"])
def follow(request: HttpRequest, namespace: str) -> HttpResponse:
    """Follow a user or organisation, or no more with the button “remove”."""
    owner = open_namespace_page(namespace)
    if request.method == "POST":
        change = unfollow if "remove" in request.POST else follow_namespace
        change(namespace=owner, user=writing_user(visitor(request)))
    return redirect("profile", owner.name)
