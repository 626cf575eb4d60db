"""What comments look like: Markdown that cannot run, with links to people and threads of the place."""

import pytest

from contributions.discussions.selectors import events_of
from hub.http.web.comments import BUDGET, Prose
from tests.factories.accounts import make_user
from tests.factories.discussions import make_discussion
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def repository():
    return make_repository(make_user("ada"), name="bert")


def html(repository, text: str, *people: str) -> str:
    return str(Prose(repository, "https://hub.example", set(people)).html(text))


@pytest.mark.parametrize(
    ("text", "there", "absent"),
    [
        ("@grace, look", '<a href="/grace">@grace</a>, look', ""),
        ("@Grace.", '<a href="/Grace">@Grace</a>.', ""),
        ("(@grace)", '(<a href="/grace">@grace</a>)', ""),
        ("@nobody", "@nobody", "<a"),
        ("as in #12.", 'as in <a href="/ada/bert/discussions/12">#12</a>.', ""),
        ("#0 a#1 ##2", "#0 a#1", "/discussions/"),
        ("`@grace #1`", "<code>@grace #1</code>", "<a"),
        ("```\n@grace #1\n```", "@grace #1", "<a"),
        ("[@grace](https://example.org) #1", ">@grace</a>", 'href="/grace"'),
        ("<b>@grace</b>", '<b><a href="/grace">@grace</a></b>', ""),
        ('<img alt="@grace #1" src="x.png">', 'alt="@grace #1"', 'href="/grace"'),
        ("&#39;@grace", "'", "discussions/39"),
        ("<script>@grace</script>", "", "script"),
    ],
)
def test_people_and_threads_are_linked_where_a_comment_speaks_of_them(repository, text, there, absent):
    shown = html(repository, text, "grace")
    assert there in shown
    assert not absent or absent not in shown


def test_only_who_is_there_is_linked_and_that_takes_one_query(repository, django_assert_num_queries):
    make_user("grace")
    events = events_of(make_discussion(repository, make_user(), text="@grace and @nobody-here"))
    with django_assert_num_queries(1):
        prose = Prose.of(repository, "", events)
    shown = prose.html(events[0].text)
    assert 'href="/grace"' in shown
    assert 'href="/nobody-here"' not in shown
    quiet = events_of(make_discussion(repository, make_user(), text="x"))
    with django_assert_num_queries(0):
        Prose.of(repository, "", quiet)


def test_a_page_turns_only_so_much_into_html(repository):
    prose = Prose(repository, "")
    prose.left = 10
    assert "<strong>" in prose.html("**a**")
    assert prose.html("**<b>**") == '<pre class="source" tabindex="0">**&lt;b&gt;**</pre>'
    assert BUDGET > 65_536


UPLOADED = "/uploads/00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("text", "there", "absent"),
    [
        ("![a cat](https://spy.example/1.png)", '<a href="https://spy.example/1.png"', "<img"),
        ("![a cat](https://spy.example/1.png)", ">a cat</a>", "<img"),
        ("![](//spy.example/1.png)", ">https://spy.example/1.png</a>", "<img"),
        ("[![a cat](https://spy.example/1.png)](https://a.example)", ">a cat</a>", "spy.example"),
        ('<img src="https://spy.example/<">', "", "<img"),
        ("![x](https://hub.example.spy.example/1.png)", ">x</a>", "<img"),
        ("![x](http://hub.example/1.png)", ">x</a>", "<img"),
        ("![x](data:image/png;base64,AA)", "", "data:"),
        ("![x](shown.png)", 'src="/ada/bert/resolve/main/shown.png"', "<a"),
        (f"![x](https://hub.example{UPLOADED}.png)", f'<img src="{UPLOADED}.png"', "<a"),
        (f"https://hub.example{UPLOADED}.mp4", f'<video controls preload="metadata" src="{UPLOADED}', "<a "),
        (f"https://hub.example{UPLOADED}.mp3", f'<audio controls preload="metadata" src="{UPLOADED}', "<a "),
        (f"https://hub.example{UPLOADED}.png", "<a", "<img"),
        (f"https://spy.example{UPLOADED}.mp4", "<a", "<video"),
        (f'<audio controls src="https://hub.example{UPLOADED}.wav"></audio>', "<audio controls", "<a "),
        ('<video src="https://spy.example/1.mp4" autoplay></video>!', "</a>!", "video>"),
        ('<audio src="javascript:alert(1)" onplay="alert(1)"></audio>', "", "alert"),
        ("`![x](https://spy.example/1.png)`", "<code>", "<a"),
    ],
)
def test_a_comment_shows_pictures_of_this_hub_and_links_to_others(repository, text, there, absent):
    shown = html(repository, text)
    assert there in shown
    assert absent not in shown
