"""What axe-core finds that keeps people from using a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")
# Themes change colours, and nothing else that axe looks at.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def grave(page: Page, options: dict | None = None) -> list[str]:
    """The grave findings in the theme that is shown, each with where it is."""
    violations = Axe().run(page, options=options).response["violations"]
    return [
        f"{found['id']}: {[node['target'] for node in found['nodes'][:3]]} {found['nodes'][0]['any'][:1]}"
        for found in violations
        if found["impact"] in GRAVE
    ]


def grave_in_both_themes(page: Page) -> list[str]:
    """The same for the light theme and, of what differs there, the dark one; the page is not loaded anew."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = grave(page)
    page.emulate_media(color_scheme="dark")
    return found + grave(page, COLOURS)
