"""JSON as nested lists that fold without a script."""

import json
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

# Of one document; a larger or deeper one is shown as text.
MOST_VALUES, DEEPEST = 4_000, 40
OPEN_LEVELS = 2
LONGEST_TEXT = 2_000


def folded(text: str) -> SafeString | None:
    """The document as HTML; None when it is no JSON object or array, or too much of one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict | list) or not value or not _is_moderate(value):
        return None
    return format_html('<ul class="json">{}</ul>', _items(value, 1))


def _is_moderate(value: Any) -> bool:
    level, count = [value], 0
    for _ in range(DEEPEST):
        count += len(level)
        if count > MOST_VALUES:
            return False
        level = [item for part in level if isinstance(part, dict | list) for item in _values(part)]
        if not level:
            return True
    return False


def _values(part: dict | list) -> list[Any]:
    return list(part.values() if isinstance(part, dict) else part)


def _items(value: dict | list, depth: int) -> SafeString:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return format_html_join("", "<li>{}</li>", ((_item(key, item, depth),) for key, item in pairs))


def _item(key: Any, value: Any, depth: int) -> SafeString:
    name = format_html('<span class="{}">{}</span>', "hl-f" if isinstance(key, str) else "soft", key)
    if isinstance(value, dict | list) and value:
        count = len(value)
        words = (
            ngettext("%(count)d entry", "%(count)d entries", count)
            if isinstance(value, dict)
            else ngettext("%(count)d item", "%(count)d items", count)
        )
        return format_html(
            '<details{}><summary>{} <span class="soft small">{}</span></summary><ul>{}</ul></details>',
            " open" if depth < OPEN_LEVELS or count <= 4 else "",
            name,
            words % {"count": count},
            _items(value, depth + 1),
        )
    return format_html('{}: <span class="{}">{}</span>', name, *_leaf(value))


def _leaf(value: Any) -> tuple[str, str]:
    text = json.dumps(value, ensure_ascii=False)
    shown = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
    if isinstance(value, str):
        return "hl-s", shown
    return ("hl-k" if value is None or isinstance(value, bool) else "hl-n"), shown
