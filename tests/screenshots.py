"""Pictures of every page of a hub with the demo's data: `python -m tests.screenshots DIR`.

    python -m tests.screenshots DIR [--url http://127.0.0.1:8000] [--data var] [--only model,home]
        [--language de]

It looks at a hub that runs already and knows its demo (`manage.py demo`), whose credentials it reads from the
hub's data. Each page is taken in light and dark, 1280 and 390 pixels wide, from its top to its end.
"""

import argparse
import json
from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.browser import chromium
from tests.pages import NOBODY, PAGES, Shown, visit

THEMES = ("light", "dark")
WIDTHS = {1280: 900, 390: 844}


def log_in(context: BrowserContext, name: str, password: str) -> None:
    """Have somebody logged in on every page of a context."""
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(name)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/accounts/login/" not in address)
    page.close()


def main() -> None:
    """Take all that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--data", type=Path, default=Path("var"))
    parser.add_argument("--only", default="")
    parser.add_argument("--language", default="en")
    options = parser.parse_args()
    people = json.loads((options.data / "demo.json").read_text())
    options.folder.mkdir(parents=True, exist_ok=True)
    only = set(filter(None, options.only.split(",")))
    wanted = {name: shown for name, shown in PAGES.items() if not only or name in only}
    with chromium() as browser:
        for who in sorted({shown.who for shown in wanted.values()}):
            for theme in THEMES:
                context = browser.new_context(
                    base_url=options.url, color_scheme=theme, locale=options.language
                )
                if who != NOBODY:
                    log_in(context, who, people[who]["password"])
                for width, height in WIDTHS.items():
                    for name, shown in wanted.items():
                        if shown.who == who:
                            file = options.folder / f"{name}-{theme}-{width}.png"
                            take(context, shown, file, width, height)
                context.close()


def take(context: BrowserContext, shown: Shown, file: Path, width: int, height: int) -> None:
    """Take one page at a width."""
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": height})
    visit(page, shown)
    page.screenshot(path=file, full_page=True)
    page.close()


if __name__ == "__main__":
    main()
