"""Every kind of page with an address in the demo's hub: one table for screenshots and for what holds on all.

**To add a page, add one row.** `who` is somebody of the demo, or nobody.
"""

from dataclasses import dataclass

NOBODY, PUBLISHER, MODERATOR = "", "publisher", "moderator"


@dataclass(frozen=True)
class Shown:
    """A page and who looks at it; `reading` pages show their content without JavaScript.

    One that is not `still` moves when its script begins.
    """

    address: str
    who: str = NOBODY
    reading: bool = True
    still: bool = True


MODEL = "/commons-lab/meadow-small"
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
    "members": Shown("/organisations/commons-lab/members", PUBLISHER),
    "new": Shown("/new", PUBLISHER),
    "organisation-new": Shown("/organisations/new", PUBLISHER),
    "upload": Shown(f"{MODEL}/upload", PUBLISHER, still=False),
    "settings": Shown(f"{MODEL}/settings", PUBLISHER),
    "tokens": Shown("/settings/tokens", PUBLISHER),
    "report": Shown(f"{MODEL}/report"),
    "moderation": Shown("/moderation", MODERATOR),
    "log-in": Shown("/accounts/login/"),
    "sign-up": Shown("/accounts/signup/"),
    "organisation-searched": Shown("/commons-lab?search=meadow&sort=likes"),
    "design": Shown("/design"),
    "missing": Shown("/nothing/here"),
}
