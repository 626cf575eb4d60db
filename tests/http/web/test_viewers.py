"""How files are shown: each kind by its viewer, within bounds, and nothing of them more than text."""

import json
import re
from html import unescape

import pytest

from hub.http.web.markdown import Addresses
from hub.http.web.viewers.highlighting import highlighted
from hub.http.web.viewers.notebook import notebook_of
from hub.http.web.viewers.spreadsheet import ROWS, sheet_of
from hub.http.web.viewers.structure import folded
from hub.revisions.operations import AddInline
from tests.builders.weights import gguf, index, safetensors
from tests.factories.chunked import add_chunked
from tests.factories.repositories import add_large, commit
from tests.http.web.test_files import page
from tests.http.web.test_policy import queries

ADDRESSES = Addresses("/pages", "/files")
TENSORS = {
    "model.layers.10.up.weight": ("F16", [4, 8]),
    "model.layers.2.up.weight": ("F16", [4, 8]),
    "model.layers.2.norm.weight": ("F32", [8]),
    "lm_head.weight": ("BF16", [16, 4]),
}


def put(world, files: dict[str, bytes]) -> None:
    commit(world.public, world.users["admin"], [AddInline(path, data) for path, data in files.items()])


def words(html: str) -> str:
    """What is read on a page."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def test_code_has_highlighting_and_numbered_lines(world):
    put(world, {"a.py": b"import os\n\ndef run():\n    return '<b>'\n"})
    shown = page(world, "/acme/bert/blob/main/a.py")
    assert '<span class="hl-k">import</span>' in shown
    assert 'id="L4"' in shown
    assert 'id="L5"' not in shown
    assert "&#x27;&lt;b&gt;&#x27;" in re.sub("</?span[^>]*>", "", shown)


def test_a_text_of_many_lines_is_shown_in_parts_that_are_linked(world):
    put(world, {"vocab.txt": b"".join(b"word%d\n" % number for number in range(1, 30_001))})
    first = page(world, "/acme/bert/blob/main/vocab.txt")
    assert "Lines 1 to 2,000 of 30,000" in first
    assert 'href="?line=2001"' in first
    assert first.count('class="ln"') == 2_000
    assert len(first) < 300_000
    middle = page(world, "/acme/bert/blob/main/vocab.txt?line=4321")
    assert "Lines 4,001 to 6,000 of 30,000" in middle
    assert 'id="L4321"' in middle
    assert "word4321\n" in middle
    assert 'id="L4000"' not in middle
    assert 'href="?line=2001"' in middle
    last = page(world, "/acme/bert/blob/main/vocab.txt?line=9999999")
    assert "Lines 28,001 to 30,000 of 30,000" in last
    assert "Later lines" not in last
    for line in ("0", "-3", "x", "", "1" * 500):
        assert "Lines 1 to 2,000 of" in page(world, f"/acme/bert/blob/main/vocab.txt?line={line}")


def test_a_part_of_a_source_that_has_a_preview_leads_to_parts_of_the_source(world):
    put(world, {"long.md": b"# A line\n" * 3_000, "short.md": b"# A line\n"})
    shown = page(world, "/acme/bert/blob/main/long.md?view=source&line=2500")
    assert "Lines 2,001 to 3,000 of 3,000" in shown
    assert 'href="?view=source&amp;line=1"' in shown
    assert "of 1<" not in page(world, "/acme/bert/blob/main/short.md?view=source")


@pytest.mark.parametrize(
    "text", ["", "\n", "a", "a\n\nb\n", "\n\nimport os\n", "'''\nx\n'''\n", "\r\nx\r\n", "<&>\n" * 3]
)
def test_highlighting_keeps_every_line_of_a_text(text):
    plain = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    for name in ("a.py", "a.json", "a.html", "a.txt"):
        lines = [unescape(re.sub("<[^>]*>", "", line)) for line in highlighted(text, name)]
        assert lines == plain, name


def test_a_text_that_is_long_or_has_a_long_line_is_shown_as_it_is():
    for text in ("import os\n" * 30_000, f"import os\nx = '{'a' * 5000}'\n"):
        assert not any("<" in line for line in highlighted(text, "a.py"))


def test_markdown_is_rendered_and_its_source_is_a_link_away(world):
    put(
        world, {"docs/use.md": b"# How\n\n[x](other.md) [bad](javascript:alert(1)) <script>alert(2)</script>"}
    )
    shown = page(world, "/acme/bert/blob/main/docs/use.md")
    assert "<h1" in shown.split('class="padded prose"')[1]
    assert "/acme/bert/blob/main/docs/other.md" in shown
    assert 'href="javascript:' not in shown
    assert "alert(2)" not in shown
    source = page(world, "/acme/bert/blob/main/docs/use.md?view=source")
    assert "# How" in words(source)
    assert "<script>alert" not in source


def test_json_folds_without_a_script(world):
    put(world, {"x.json": b'{"a": {"b": [1, null, true, "<i>"]}}'})
    shown = page(world, "/acme/bert/blob/main/x.json")
    assert "<details open><summary>" in shown
    assert "&lt;i&gt;" in shown
    assert "<i>" not in shown


@pytest.mark.parametrize(
    "text", ["{", "1", "[]", "[" * 60 + "1" + "]" * 60, "[" * 99_999, json.dumps(list(range(9000)))]
)
def test_json_that_is_none_or_too_much_does_not_fold(text):
    assert folded(text) is None


def test_a_table_shows_its_first_rows(world):
    put(world, {"t.csv": b"name,<b>\n" + b'"a, b",1\n' * (ROWS + 5)})
    shown = page(world, "/acme/bert/blob/main/t.csv")
    assert "<td>a, b</td>" in shown
    assert "&lt;b&gt;" in shown
    assert f"The first {ROWS} rows are shown." in shown


def test_of_a_large_table_only_whole_rows_of_the_beginning_are_shown():
    found = sheet_of("a,b\n1,2\n3,", ",", whole=False)
    assert (found.rows, found.more) == ([["1", "2"]], True)


@pytest.mark.parametrize("text", ["", "one column\nonly\n", "a,b\n", 'a,b\n"' + "x" * 200_000])
def test_what_is_no_table_is_shown_otherwise(text):
    assert sheet_of(text, ",", whole=True) is None


def test_a_notebook_shows_its_cells_and_outputs_as_text_alone(world):
    cells = [
        {"cell_type": "markdown", "source": ["# Try\n", "<img src=x onerror=alert(1)>"]},
        {
            "cell_type": "code",
            "execution_count": 3,
            "source": "print('x')",
            "outputs": [
                {"data": {"text/html": "<script>alert(2)</script>", "text/plain": "plain <b>"}},
                {"output_type": "stream", "text": ["\x1b[31mred", "\n"]},
                {"output_type": "error", "traceback": ["\x1b[0;31mKeyError\x1b[0m: 'k'"]},
            ],
        },
    ]
    put(world, {"n.ipynb": json.dumps({"nbformat": 4, "cells": cells}).encode()})
    shown = page(world, "/acme/bert/blob/main/n.ipynb")
    assert "onerror" not in shown
    assert "alert(2)" not in shown
    assert "plain &lt;b&gt;" in shown
    assert "[3]" in shown
    assert "KeyError: &#x27;k&#x27;" in shown
    assert "Not shown here: text/html" in words(shown)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"cells": 1}', '{"cells": [1]}', '{"worksheets": []}', "[" * 99_999]
)
def test_what_is_no_notebook_is_shown_otherwise(text):
    assert notebook_of(text, ADDRESSES) is None


def test_odd_notebooks_have_cells_all_the_same():
    odd = {"cells": [{}, {"cell_type": "code", "source": 5, "outputs": "x", "execution_count": "<b>"}]}
    assert [cell.kind for cell in notebook_of(json.dumps(odd), ADDRESSES).cells] == ["raw", "code"]


def test_weights_show_their_tensors_by_layer(world):
    add_large(world.public, world.users["admin"], "model.safetensors", safetensors(TENSORS, {"format": "pt"}))
    shown = page(world, "/acme/bert/blob/main/model.safetensors")
    read = words(shown)
    assert "4 tensors" in read
    assert "model.layers.2 2 tensors, 40 weights, 96 B · F32, F16" in read or (
        "model.layers.2 2 tensors, 40 weights, 96 B · F16, F32" in read
    )
    assert read.index("model.layers.2.up.weight") < read.index("model.layers.10.up.weight")
    assert "model.layers.2.up.weight 4 × 8 F16 64 B" in read
    assert "format pt" in read


def test_weights_in_chunks_show_them_too(world):
    add_chunked(world.public, world.users["admin"], "model.safetensors", safetensors(TENSORS))
    assert "model.layers.10.up.weight 4 × 8 F16 64 B" in words(
        page(world, "/acme/bert/blob/main/model.safetensors")
    )


def test_gguf_shows_tensors_metadata_and_the_chat_template(world):
    data = gguf(
        {
            "general.architecture": (8, "llama"),
            "tokenizer.tokens": (9, (8, ["a", "b"])),
            "tokenizer.chat_template": (8, "{{ '<b>' }}"),
        },
        {"blk.0.attn.weight": (12, [256, 2]), "token_embd.weight": (0, [4, 2])},
    )
    add_large(world.public, world.users["admin"], "m.gguf", data)
    read = words(page(world, "/acme/bert/blob/main/m.gguf"))
    assert "blk.0.attn.weight 256 × 2 Q4_K 288 B" in read
    assert "general.architecture llama" in read
    assert "tokenizer.tokens a list of 2 items" in read
    assert "{{ '<b>' }}" in read


def test_a_file_of_many_tensors_opens_one_layer_at_a_time(world, monkeypatch):
    monkeypatch.setattr("hub.http.web.viewers.weights.MOST_ROWS", 3)
    add_large(world.public, world.users["admin"], "model.safetensors", safetensors(TENSORS))
    closed = page(world, "/acme/bert/blob/main/model.safetensors")
    assert 'href="?layer=model.layers.2"' in closed
    assert "model.layers.2.norm.weight" not in closed
    opened = page(world, "/acme/bert/blob/main/model.safetensors?layer=model.layers.2")
    assert "model.layers.2.norm.weight" in opened
    assert "model.layers.10.up.weight" not in opened


@pytest.mark.parametrize("data", [b"\xff" * 40, b"GGUF" + b"\0" * 30, b"\x05\0\0\0\0\0\0\0{}   "])
def test_weights_that_are_none_are_facts_with_a_sentence(world, data):
    for name in ("w.safetensors", "w.gguf"):
        add_large(world.public, world.users["admin"], name, data + name.encode())
        shown = page(world, f"/acme/bert/blob/main/{name}")
        assert "Its header cannot be read" in shown
        assert f"resolve/main/{name}" in shown


def test_an_index_says_which_shard_has_what(world):
    shards = {"model.layers.0.a": "one.safetensors", "model.layers.3.a": "one.safetensors", "b.c": "two.bin"}
    put(world, {"s/model.safetensors.index.json": index(shards, total_size=7), "s/one.safetensors": b"x"})
    shown = page(world, "/acme/bert/blob/main/s/model.safetensors.index.json")
    assert 'href="/acme/bert/blob/main/s/one.safetensors"' in shown
    read = words(shown)
    assert "3 tensors in 2 files" in read
    assert "one.safetensors model.layers.0 … model.layers.3 2" in read
    assert "two.bin b 1 missing" in read
    assert "total_size 7" in read


def test_a_page_of_weights_asks_as_often_for_many_tensors_as_for_few(world):
    many = {f"layers.{number}.weight": ("F32", [2]) for number in range(300)}
    add_large(world.public, world.users["admin"], "few.safetensors", safetensors(TENSORS))
    add_large(world.public, world.users["admin"], "many.safetensors", safetensors(many))
    asked = {
        queries(world.client("nobody"), f"/acme/bert/blob/main/{n}.safetensors") for n in ("few", "many")
    }
    assert len(asked) == 1
    assert asked.pop() <= 30
