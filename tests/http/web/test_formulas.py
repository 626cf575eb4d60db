"""Formulas of cards: set by the browser, and left as they are written where they are not understood."""

import re
import time

import pytest

from hub.http.web.formulas import CARD_LIMIT, FORMULA_LIMIT, mathml
from hub.http.web.markdown import Addresses, render

ADDRESSES = Addresses("/org/model/blob/main", "/org/model/resolve/main")


def card(text: str) -> str:
    """The HTML of a card."""
    return render(text, ADDRESSES)


def shown(latex: str) -> str:
    """What is shown of a formula, without the LaTeX that comes with it."""
    return re.sub(r"<annotation.*?</annotation>", "", mathml(latex, block=True) or "")


def test_a_formula_in_a_line_and_one_by_itself_are_set():
    html = card("The loss $L = -\\sum_i y_i$ and\n\n$$\n\\frac{a}{b}\n$$\n")
    assert '<span class="math"><math display="inline">' in html
    assert '<div class="math"><math display="block">' in html
    assert "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>" in html
    assert '<annotation encoding="application/x-tex">L = -\\sum_i y_i</annotation>' in html


def test_backticks_inside_of_the_dollars_are_no_part_of_a_formula():
    assert shown("`x_i`") == shown("x_i") != ""
    assert "`" not in re.sub(r"<annotation.*?</annotation>", "", card("so $`x_i`$ is"))


def test_a_fence_of_math_is_a_formula_and_any_other_is_code():
    html = card("```math\n\\frac{a}{b}\n```\n")
    assert '<div class="math"><math display="block">' in html
    assert "<mfrac>" in html
    assert "<pre" not in html
    assert "<math" not in card("```mathematica\na / b\n```\n")


@pytest.mark.parametrize(
    ("latex", "part"),
    [
        (r"\begin{aligned}a&=b\\c&=d\end{aligned}", "<mtable"),
        (r"\operatorname*{arg\,min}_x f(x)", "<mo>argmin</mo>"),
        (r"\log p", '<mi>log</mi><mspace width="0.167em"></mspace><mi>p</mi>'),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "<mtd><mn>4</mn></mtd>"),
        (r"x \in \mathbb{R}^n \label{eq}", "ℝ"),
        (r"f(x)=\begin{cases}1&x>0\\0&\text{otherwise}\end{cases}", "<mo>&gt;</mo>"),
    ],
)
def test_what_models_cards_have_is_understood(latex, part):
    assert part in shown(latex)


@pytest.mark.parametrize(
    "latex",
    [
        r"\notacommand x",
        r"\frac{a}",
        "}{",
        r"\begin{matrix} a",
        r"\newcommand{\a}{\b\b\b}\a",
        r"\def\x{1}\x",
        "{" * 400 + "}" * 400,
        r"\frac{" * 200 + "x" + "}{y}" * 200,
        r"\left(" * 90,
        "x" * (FORMULA_LIMIT + 1),
    ],
    ids=range(10),
)
def test_what_is_not_understood_stays_as_it_is_written(latex):
    assert mathml(latex, block=False) is None
    assert "<math" not in card(f"Before ${latex}$ after.")


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\text{&lt;script&gt;alert(1)&lt;/script&gt;}",
        r"\text{</annotation></semantics></math><img src=x onerror=alert(1)>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{position:fixed}{x}",
        r"\class{a onmouseover=b}{x}",
        r"\color{red;background:url(//evil)}{x}",
        r"\hspace{99999999em}x",
        r"\unicode{60}img src=x onerror=alert(1)>",
    ],
)
def test_nothing_of_a_formula_is_taken_as_html_or_style(latex):
    html = card(f"$$\n{latex}\n$$")
    tags = set(re.findall(r"<([^\s>/]+)", html))
    assert not tags - {
        "div",
        "math",
        "semantics",
        "annotation",
        "mrow",
        "mi",
        "mn",
        "mo",
        "mtext",
        "mspace",
        "mstyle",
    }
    attributes = set(re.findall(r'\s([\w-]+)="', "".join(re.findall(r"<[^>]+>", html))))
    assert attributes <= {"class", "display", "encoding", "stretchy"}


def test_words_in_the_markup_of_a_card_are_no_way_around():
    html = card("<p title='<span class=\"math\">x</span>'>a</p><math><mi>x</mi></math>`$x$`")
    assert "<math" not in html


def test_a_card_full_of_formulas_takes_little_time():
    hostile = "$$\n" + "&" * (FORMULA_LIMIT - 1) + "\n$$\n\n"
    began = time.process_time()
    html = card(hostile * (2 * CARD_LIMIT // FORMULA_LIMIT))
    assert time.process_time() - began < 5
    assert "<math" not in html
    many = card("$x_1$ " * 8000)
    assert 0 < many.count("<math") <= CARD_LIMIT // len("x_1")
