"""What axe-core finds that keeps people from using a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")
AXE = Axe()
VIOLATIONS = {"resultTypes": ["violations"]}
# Themes change colours, and nothing else that axe looks at.
COLOURS = VIOLATIONS | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def grave_in_both_themes(page: Page) -> list[str]:
    """What is grave in the light theme and, of what differs there, in the dark one, each with where it is."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = AXE.run(page, options=VIOLATIONS).response["violations"]
    page.emulate_media(color_scheme="dark")
    # The script is there since the first run.
    found += page.evaluate("(options) => axe.run(document, options)", COLOURS)["violations"]
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes'][:3]]} {one['nodes'][0]['any'][:1]}"
        for one in found
        if one["impact"] in GRAVE
    ]
