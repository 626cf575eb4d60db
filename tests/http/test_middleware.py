"""What every request passes."""

from django.http import HttpResponse
from django.test import RequestFactory

from hub.http.middleware import HeadersOnly


def test_an_answer_to_head_has_the_headers_of_get_and_no_body():
    page = HeadersOnly(lambda request: HttpResponse("words"))
    told = HeadersOnly(lambda request: HttpResponse("begin", headers={"Content-Length": "5000"}))
    ask = RequestFactory()
    assert page(ask.get("/")).content == b"words"
    for respond, length in ((page, "5"), (told, "5000")):
        answer = respond(ask.head("/"))
        assert (answer.content, answer["Content-Length"]) == (b"", length)
