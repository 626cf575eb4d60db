"""Every kind of page with an address in the demo's hub: one table for screenshots and for what holds on all.

**To add a page, add one row.** `who` is somebody of the demo, or nobody.
"""

from dataclasses import dataclass

from playwright.sync_api import Page

NOBODY, PUBLISHER, DEVELOPER, MODERATOR = "", "publisher", "developer", "moderator"


@dataclass(frozen=True)
class Shown:
    """A page and who looks at it; `reading` pages show their content without JavaScript.

    What has no address that can be known is behind the first link that matches `behind` on the page, and
    behind one that matches `then` on the next; what answers a form is shown for one that is `sent` there,
    empty and without its token.
    """

    address: str
    who: str = NOBODY
    reading: bool = True
    behind: str = ""
    then: str = ""
    sent: bool = False


def visit(page: Page, shown: Shown) -> None:
    """Open a page of the table."""
    if shown.sent:
        page.route(f"**{shown.address}", lambda route: route.continue_(method="POST"), times=1)
    page.goto(shown.address)
    for link in filter(None, (shown.behind, shown.then)):
        page.goto(page.locator(link).first.get_attribute("href"))


MODEL = "/commons-lab/meadow-small"
LAB = "/organisations/commons-lab"
PAGES: dict[str, Shown] = {
    "home": Shown("/"),
    "home-mine": Shown("/", PUBLISHER),
    "models": Shown("/models"),
    "models-narrowed": Shown("/models?task=text-classification&language=en&sort=downloads"),
    "models-nothing": Shown("/models?search=nothing-is-called-so"),
    "datasets": Shown("/datasets"),
    "model": Shown(MODEL),
    "model-mine": Shown(MODEL, PUBLISHER),
    "model-gated": Shown("/river-speech/brook-voice"),
    "model-gated-mine": Shown("/river-speech/brook-voice/settings/access", PUBLISHER),
    "access-asked": Shown("/river-speech/brook-voice/ask-access", MODERATOR),
    "model-dangerous": Shown("/commons-lab/unsafe-pickle"),
    "dataset": Shown("/datasets/commons-lab/short-sentences"),
    "files": Shown(f"{MODEL}/tree/main"),
    "file": Shown(f"{MODEL}/blob/main/config.json"),
    "weights": Shown(f"{MODEL}/blob/main/model.safetensors"),
    "history": Shown(f"{MODEL}/commits/main"),
    "commit": Shown(f"{MODEL}/commits/main", behind="main .list a[href*='/commit/']"),
    "restore": Shown(
        f"{MODEL}/commits/main",
        PUBLISHER,
        behind="main .list li:last-child a[href*='/commit/']",
        then="a[href*='/restore/']",
    ),
    "compare": Shown(f"{MODEL}/compare/main...main"),
    "checks": Shown(f"{MODEL}/checks/main"),
    "checks-dangerous": Shown("/commons-lab/unsafe-pickle/checks/main", PUBLISHER),
    "file-dangerous": Shown("/commons-lab/unsafe-pickle/blob/main/pytorch_model.bin"),
    "discussions": Shown(f"{MODEL}/discussions"),
    "discussion": Shown(f"{MODEL}/discussions/1"),
    "discussion-mine": Shown(f"{MODEL}/discussions/1", DEVELOPER),
    "pull": Shown(f"{MODEL}/discussions/2"),
    "pull-mine": Shown(f"{MODEL}/discussions/2", PUBLISHER),
    "pull-files": Shown(f"{MODEL}/discussions/2/files"),
    "activity": Shown(f"{MODEL}/activity"),
    "organisation-activity": Shown("/profile/commons-lab/activity"),
    "person-activity": Shown("/profile/publisher/activity", PUBLISHER),
    "discussion-new": Shown(f"{MODEL}/discussions/new", PUBLISHER),
    "card-edit": Shown(f"{MODEL}/edit/main/README.md", PUBLISHER),
    "file-new": Shown(f"{MODEL}/new/main?path=docs/", PUBLISHER),
    "file-move": Shown(f"{MODEL}/move/main/config.json", PUBLISHER),
    "file-delete": Shown(f"{MODEL}/delete/main/config.json", PUBLISHER),
    "refs": Shown(f"{MODEL}/refs"),
    "refs-mine": Shown(f"{MODEL}/refs", PUBLISHER),
    "releases": Shown(f"{MODEL}/releases", PUBLISHER),
    "release-new": Shown(f"{MODEL}/releases/new", PUBLISHER),
    "organisation": Shown("/commons-lab"),
    "organisation-mine": Shown("/commons-lab", PUBLISHER),
    "person": Shown("/developer"),
    "collection": Shown("/commons-lab", behind="main a[href^='/collections/']"),
    "collection-edit": Shown(
        "/commons-lab", PUBLISHER, behind="main a[href^='/collections/']", then="main a[href$='/edit']"
    ),
    "collect": Shown(f"{MODEL}/collect", PUBLISHER),
    "members": Shown(f"{LAB}/members", PUBLISHER),
    "organisation-settings": Shown(f"{LAB}/settings", PUBLISHER),
    "organisation-scans": Shown(f"{LAB}/scans", PUBLISHER),
    "new": Shown("/new", PUBLISHER),
    "organisation-new": Shown("/organisations/new", PUBLISHER),
    "upload": Shown(f"{MODEL}/upload", PUBLISHER),
    "settings": Shown(f"{MODEL}/settings", PUBLISHER),
    "notifications": Shown("/notifications?show=all", PUBLISHER),
    "settings-notifications": Shown("/settings/notifications", PUBLISHER),
    "settings-profile": Shown("/settings/profile", PUBLISHER),
    "settings-emails": Shown("/settings/emails", PUBLISHER),
    "settings-password": Shown("/settings/password", PUBLISHER),
    "settings-two-factor": Shown("/settings/two-factor", PUBLISHER),
    "settings-passkeys": Shown("/settings/passkeys", PUBLISHER),
    "settings-sign-on": Shown("/settings/sign-on", PUBLISHER),
    "settings-sessions": Shown("/settings/sessions", PUBLISHER),
    "settings-organisations": Shown("/settings/organisations", PUBLISHER),
    "settings-decisions": Shown("/settings/decisions", PUBLISHER),
    "settings-data": Shown("/settings/data", PUBLISHER),
    "tokens": Shown("/settings/tokens", PUBLISHER),
    "webhooks": Shown("/settings/webhooks", PUBLISHER),
    "device": Shown("/device", PUBLISHER),
    "report": Shown(f"{MODEL}/report"),
    "report-comment": Shown(f"{MODEL}/discussions/1", behind="main a[href$='/report'][href*='/comments/']"),
    "report-person": Shown("/profile/developer/report", PUBLISHER),
    "moderation": Shown("/moderation", MODERATOR),
    "moderation-policies": Shown("/moderation/policies", MODERATOR),
    "moderation-policy": Shown("/moderation/policies/malware", MODERATOR),
    "moderation-rules": Shown("/moderation/rules", MODERATOR),
    "moderation-rule": Shown("/moderation/rules/scanner-found-danger", MODERATOR),
    "moderation-audit": Shown("/moderation/audit", MODERATOR),
    "licence": Shown(f"{MODEL}/licence"),
    "licence-mine": Shown(f"{MODEL}/licence", PUBLISHER),
    "licence-conflicts": Shown("/commons-lab/marsh-heron-merge/licence", MODERATOR),
    "licence-differences": Shown("/meadow-vision/reed-counter/licence/differences/LICENSE?licence=mit"),
    "licences": Shown("/licences"),
    "licence-known": Shown("/licences/llama3.1"),
    "moderation-licences": Shown("/moderation/licences", MODERATOR),
    "policies": Shown("/policies"),
    "transparency": Shown("/transparency"),
    "statement": Shown("/commons-lab/unsafe-pickle", PUBLISHER, behind="main a[href$='/statement']"),
    "moderation-case": Shown("/moderation", MODERATOR, behind="#cases .title"),
    "log-in": Shown("/accounts/login/"),
    "log-out": Shown("/accounts/logout/", PUBLISHER),
    "sign-up": Shown("/accounts/signup/"),
    "confirm-again": Shown("/accounts/reauthenticate/", PUBLISHER),
    "mail-sent": Shown("/accounts/confirm-email/"),
    "mail-confirmed": Shown("/accounts/confirm-email/nothing/"),
    "password-forgotten": Shown("/accounts/password/reset/"),
    "password-mail-sent": Shown("/accounts/password/reset/done/"),
    "password-link-old": Shown("/accounts/password/reset/key/1-old-link/"),
    "password-changed": Shown("/accounts/password/reset/key/done/"),
    "suspended": Shown("/accounts/inactive/"),
    "sign-on-left": Shown("/accounts/sign-on/left/"),
    "sign-on-failed": Shown("/accounts/sign-on/failed/"),
    "invitation-old": Shown("/invitations/nothing"),
    "api": Shown("/api"),
    "organisation-searched": Shown("/commons-lab?search=meadow&sort=likes"),
    "design": Shown("/design"),
    "missing": Shown("/nothing/here"),
    "not-allowed": Shown(f"{MODEL}/settings", DEVELOPER),
    "not-understood": Shown("/models?sort=nonsense"),
    "form-too-old": Shown("/accounts/login/", sent=True),
}
