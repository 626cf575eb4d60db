import re

import pytest

from hub.http.web.markdown import LENGTH_LIMIT, Addresses, render

CARD = Addresses(pages="/org/bert/blob/main", files="/org/bert/resolve/main")


def html(text: str, addresses: Addresses = CARD) -> str:
    return str(render(text, addresses))


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<math><mtext><script>alert(1)</script></mtext></math>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<embed src='javascript:alert(1)'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='vbscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "![x](javascript:alert(1))",
    "<a href='x' onclick='alert(1)' onmouseover=alert(1)>x</a>",
    "<style>body{background:url(javascript:alert(1))}</style>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href='https://evil.example/'>",
    "<form action='https://evil.example'><input name=password><button>go</button></form>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "[<img src=x onerror=alert(1)>]: x",
    "# <img src=x onerror=alert(1)>",
    "---\ntitle: <script>alert(1)</script>\n---\nbody",
    "[^1]\n\n[^1]: <img src=x onerror=alert(1)>",
]
FORBIDDEN_TAGS = re.compile(
    r"<(script|style|iframe|object|embed|form|button|svg|math|link|meta|base|video|template|textarea|select)\b",
    re.I,
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_in_a_card_runs(attack):
    shown = html(attack)
    assert not FORBIDDEN_TAGS.search(shown)
    for tag in re.findall(r"<[a-zA-Z][^>]*>", shown):
        assert not re.search(r"\son\w+\s*=", tag), tag
        assert not re.search(r"(javascript|vbscript|data):", tag, re.I), tag
        assert "style=" not in tag


def test_a_card_cannot_take_the_id_of_the_pages_own_elements():
    assert 'id="main"' not in html("<p id='main'>x</p>")
    assert 'id="card-main"' in html("<p id='main'>x</p>")


def test_a_card_cannot_bring_its_own_classes():
    assert "class" not in html("<div class='banner notice'>x</div>").replace('class=""', "")


def test_headings_have_anchors_that_links_of_the_card_reach():
    shown = html("[see](#how-to)\n\n## How to")
    assert 'id="card-how-to"' in shown
    assert 'href="#card-how-to"' in shown


def test_old_anchors_of_a_card_are_reached_and_take_no_name_of_the_page():
    shown = html('<a name="use"></a> [see](#use)')
    assert 'name="card-use"' in shown
    assert 'href="#card-use"' in shown


@pytest.mark.parametrize(
    ("image", "size"),
    [
        ('<img src="p.png">', 'width="300" height="200"'),
        ('<img src="p.png" width="150">', 'height="100"'),
        ('<img width="150" src="p.png">', 'height="100"'),
        ('<img src="p.png" width="150" height="9">', 'width="150" height="9"'),
    ],
)
def test_room_is_kept_for_pictures_as_wide_as_they_are_said_to_be(image, size):
    shown = str(render(image, CARD, {"p.png": (300, 200)}))
    assert size in shown
    assert shown.count("height=") == shown.count("width=") == 1


@pytest.mark.parametrize("width", ["50%", "0", "", "-1", "9" * 9])
def test_a_width_that_is_no_number_of_pixels_stays_as_it_is(width):
    assert "height=" not in str(render(f'<img src="p.png" width="{width}">', CARD, {"p.png": (300, 200)}))


def test_headings_that_are_alike_have_different_anchors_in_little_time():
    shown = html("# A\n# A\n# A-1\n# A\n" + "# same\n" * 10_000)
    ids = re.findall(r'<h1 id="([^"]+)"', shown)
    assert ids[:4] == ["card-a", "card-a-1", "card-a-1-1", "card-a-2"]
    assert len(set(ids)) == len(ids) == 10_004


def test_a_card_too_long_to_render_is_shown_as_text():
    shown = html("---\nlicense: mit\n---\n<script>" + "x" * LENGTH_LIMIT)
    assert shown.startswith('<pre class="source" tabindex="0">&lt;script&gt;xxx')


def test_tables_footnotes_task_lists_and_alerts_are_rendered():
    shown = html(
        "|a|b|\n|:-|-:|\n|1|2|\n\n- [x] done\n\nnote[^1]\n\n[^1]: the note\n\n> [!WARNING]\n> careful\n"
    )
    assert 'align="right"' in shown
    assert "<table>" in shown
    assert 'type="checkbox"' in shown
    assert "disabled" in shown
    assert 'class="footnotes"' in shown
    assert "markdown-alert-warning" in shown


def test_front_matter_is_left_out():
    shown = html("---\nlicense: mit\n---\n# Title\n")
    assert "license" not in shown
    assert "Title" in shown


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("config.json", "/org/bert/blob/main/config.json"),
        ("./docs/use.md#part", "/org/bert/blob/main/docs/use.md#card-part"),
        ("/top.md", "/org/bert/blob/main/top.md"),
        ("a%20b.txt", "/org/bert/blob/main/a%20b.txt"),
        ("https://example.org/x?y=1", "https://example.org/x?y=1"),
        ("//example.org/x", "https://example.org/x"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("../../secret", None),
        ("..", None),
        ("%2e%2e/secret", None),
        ("ftp://example.org/x", None),
    ],
)
def test_links_lead_to_the_repositorys_pages(target, expected):
    assert CARD.link(target) == expected


def test_a_link_in_a_folder_is_relative_to_that_folder_and_may_not_leave_the_repository():
    inner = Addresses(pages="/o/n/blob/main", files="/o/n/resolve/main", folder="docs")
    assert inner.link("../README.md") == "/o/n/blob/main/README.md"
    assert inner.link("../../README.md") is None


def test_images_are_loaded_from_the_repositorys_bytes():
    assert 'src="/org/bert/resolve/main/plot.png"' in html("![plot](plot.png)")
    assert 'src="/org/bert/resolve/main/plot.png"' in html("<img src='plot.png'>")
    assert CARD.image("mailto:a@example.org") is None


def test_nothing_that_lies_elsewhere_is_loaded():
    badge = "[![licence](https://badges.example/mit.svg)](https://example.org)"
    assert html(badge).count("<a ") == 1
    assert ">licence</a>" in html(badge)
    for text in (badge, "<img src='http://spy.example/1.png'>", "![x](//spy.example/1.png)"):
        assert "<img" not in html(text)
    assert '<a href="http://spy.example/1.png"' in html("<img src='http://spy.example/1.png'>")


def test_what_lies_on_the_hub_is_loaded_also_by_its_whole_address():
    at_home = Addresses(CARD.pages, CARD.files, home="https://hub.example")
    assert '<img src="/a/b/resolve/main/1.png"' in html(
        "![x](https://hub.example/a/b/resolve/main/1.png)", at_home
    )
    assert "<img" not in html("![x](https://hub.example/a/b/resolve/main/1.png)")


def test_links_of_a_card_do_not_pass_on_who_followed_them():
    assert "noopener" in html("[x](https://example.org)")
    assert "nofollow" in html("[x](https://example.org)")
