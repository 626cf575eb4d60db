"""What people see of scans: on a file's page, in folders, and on the page of a repository."""

import re
from html import unescape

import pytest
from django.utils import timezone

from hub.http.web.checks import BY_STANDING
from hub.http.web.findings import MARKS
from hub.revisions.models import RepositoryBlob
from hub.revisions.operations import AddInline
from hub.scanning.models import Scan
from hub.scanning.running import scan_batch
from hub.scanning.scanners import all_scanners
from hub.scanning.services import queue_scans, rescan
from storage import services as storage
from storage.models import Blob
from tests.builders import pickles as made
from tests.factories.moderation import REASON, decide_case, make_blob_case
from tests.factories.repositories import add_large, commit
from tests.http.web.test_policy import queries

# Nothing here loads any of these.
DANGEROUS = made.calling("os", "system", "true")
FILES = {
    "safe.pt": made.torch_file(made.state_dict()),
    "suspicious.pt": made.torch_file(made.calling("omegaconf", "DictConfig", protocol=2)),
    "dangerous.pkl": DANGEROUS,
    "error.pkl": made.calling("collections", "OrderedDict", protocol=2)[:-1],
    "unscanned.h5": b"\x00\x01",
}
AUTO_MAP = b'{"auto_map": {"AutoModel": "modeling.Net", "AutoTokenizer": ["other/place--tok.Tok", null]}}'
CODE = b"import torch\n\nclass Net(torch.nn.Module):\n    pass\n"

# What the pages of these files say, among other things.
SAID = {
    "safe.pt": (
        "Checks Safe The hash is verified, and no scanner found anything against it.",
        "Code that loading it runs Safe",
        "3 names known to be harmless collections.OrderedDict torch.FloatStorage torch._utils.",
        "Credentials left in it Does not apply",
        "Viruses (ClamAV) Not installed on this hub",
        "Second opinion (picklescan) Not installed on this hub",
        "YARA rules of this hub Not installed on this hub",
    ),
    "suspicious.pt": (
        "Suspicious model/data.pkl imports omegaconf.DictConfig: not on the list of names",
        "known to be harmless (byte 2).",
        "Imported when it is loaded Not known omegaconf.DictConfig",
    ),
    "dangerous.pkl": (
        "Checks In quarantine It was found dangerous and is withheld.",
        "Dangerous The file imports os.system: can run commands or reach other code",
        "(byte 0).",
        "Imported when it is loaded Dangerous os.system",
    ),
    "error.pkl": ("Code that loading it runs Could not be read",),
    "unscanned.h5": (
        "Code that loading it runs Not scanned",
        "The format was not recognised, so this file was not scanned.",
    ),
    "queued.txt": (
        "Checks Being scanned The hash is verified; the scan has not ended.",
        "Code that loading it runs Queued since",
    ),
    "README.md": ("Credentials left in it Nothing found",),
}


def scan_everything() -> None:
    queue_scans(sha256s=Blob.objects.values_list("pk", flat=True))
    while waiting := list(Scan.objects.exclude(state=Scan.State.DONE).values_list("pk", flat=True)):
        scan_batch(scan_ids=waiting)


def put(world, files: dict[str, bytes]) -> None:
    commit(world.public, world.users["writer"], [AddInline(path, data) for path, data in files.items()])


def html(world, address: str = "/acme/bert", who: str = "nobody") -> str:
    answer = world.client(who).get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def words(world, address: str = "/acme/bert", who: str = "nobody") -> str:
    """The text of a page's main part, with single spaces, as a screen reader has it."""
    main = html(world, address, who).split("<main", 1)[1].split("</main>")[0]
    seen = re.sub(r'<span class="icon" aria-hidden="true">.*?</span>|<time.*?</time>', " ", main)
    text = " ".join(unescape(re.sub(r"<[^>]*>", " ", seen)).split())
    return re.sub(r" ([.,:)])", r"\1", text).replace("( ", "(")


@pytest.fixture
def every_state(world, only_its_own_scanners):
    """Files of every state in acme/bert."""
    put(world, FILES)
    scan_everything()
    put(world, {"queued.txt": b"Words that nobody has scanned."})
    return world


@pytest.fixture
def only_its_own_scanners(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scanners that need nothing else, whatever is installed where the tests run."""
    for name in set(all_scanners()) - {"artifact", "secrets"}:
        monkeypatch.delitem(all_scanners(), name)


def test_a_folder_says_the_state_of_every_file_in_words(every_state):
    said = words(every_state, "/acme/bert/tree/main")
    for path, state in {
        "README.md": "Safe",
        "safe.pt": "Safe",
        "suspicious.pt": "Suspicious",
        "dangerous.pkl": "In quarantine",
        "error.pkl": "Could not be read",
        "unscanned.h5": "Not scanned",
        "queued.txt": "Being scanned",
    }.items():
        assert f"{path} {state} Change" in said or f"{path} {state} initial" in said, path


def test_every_state_has_a_sign_and_words_of_its_own():
    states = list(BY_STANDING.values())
    assert len({str(state.words) for state in states}) == len(states)
    assert all(mark.icon and mark.words for mark in [*states, *MARKS.values()])
    signs = {(state.level, state.icon) for state in states}
    assert len(signs) == len(states)


def test_a_files_page_says_what_every_scanner_says(every_state):
    for path, sentences in SAID.items():
        said = words(every_state, f"/acme/bert/blob/main/{path}")
        assert [sentence for sentence in sentences if sentence not in said] == []


def test_a_queued_scan_says_since_when(every_state):
    sha256 = add_large(every_state.public, every_state.users["writer"], "big.bin", b"\0\1 bytes")
    queue_scans(sha256s=[sha256])
    asked = timezone.now().replace(year=2024)
    Scan.objects.filter(blob=sha256).update(queued_at=asked)
    page = "/acme/bert/blob/main/big.bin"
    assert "Code that loading it runs Queued since" in words(every_state, page)
    assert f'<time datetime="{asked:%Y-%m-%dT%H:%M:%S}' in html(every_state, page)
    Scan.objects.filter(blob=sha256, scanner="artifact").update(state="running")
    assert "Code that loading it runs Being scanned since" in words(every_state, page)


def test_a_file_that_is_looked_at_again_says_what_was_said_before(every_state):
    before = words(every_state, "/acme/bert/blob/main/dangerous.pkl")
    rescan(sha256s=Blob.objects.values_list("pk", flat=True))
    assert words(every_state, "/acme/bert/blob/main/dangerous.pkl") == before


@pytest.mark.parametrize(
    ("state", "said", "status"),
    [
        (RepositoryBlob.State.CHECKING, "Still being checked", "queued"),
        (RepositoryBlob.State.REFUSED, "Refused", "unscanned"),
    ],
)
def test_what_scanners_say_of_bytes_that_were_not_shown_is_told_to_nobody(world, state, said, status):
    sha256 = add_large(world.public, world.users["writer"], "theirs.pkl", DANGEROUS)
    scan_everything()
    RepositoryBlob.objects.filter(repository=world.public, sha256=sha256).update(state=state)
    for address in ("/acme/bert", "/acme/bert/tree/main", "/acme/bert/blob/main/theirs.pkl"):
        text = words(world, address, "writer")
        assert said in text
        assert "os.system" not in text
        assert "angerous" not in text
    [theirs] = [
        entry
        for entry in world.client("nobody").get("/api/models/acme/bert/tree/main?expand=true").json()
        if entry["path"] == "theirs.pkl"
    ]
    assert theirs["securityFileStatus"]["status"] == status
    assert theirs["securityFileStatus"]["findings"] == []
    refused = words(world, "/acme/bert/blob/main/theirs.pkl")
    assert ("Queued" in refused) == (status == "queued")


def test_names_from_a_hostile_file_are_only_text(world):
    name = "<script>alert(1)</script>"
    put(world, {"odd.pkl": made.global_line(name, name) + b"."})
    scan_everything()
    for address in ("/acme/bert", "/acme/bert/blob/main/odd.pkl"):
        assert "<script>alert" not in html(world, address)


def test_many_findings_are_folded_and_all_there(world):
    program = b"".join(made.global_line(f"m{n}", "Thing") + b"0" for n in range(30)) + b"N."
    put(world, {"many.pkl": program})
    scan_everything()
    said = words(world, "/acme/bert/blob/main/many.pkl")
    assert "All 30 findings" in said
    assert "All 30 names that are not known to be harmless" in said
    assert all(f"imports m{n}.Thing" in said and f"Not known m{n}.Thing" in said for n in range(30))
    assert "imports m20.Thing" not in words(world)


def test_a_withheld_file_says_who_gets_it(every_state):
    page = "/acme/bert/blob/main/dangerous.pkl"
    for who in ("nobody", "reader"):
        assert "It is not given out here for what the scans say." in words(every_state, page, who)
    for who in ("writer", "moderator"):
        assert "Only those who may write to this repository, and moderators, can download it." in words(
            every_state, page, who
        )
    assert "given out" not in words(every_state, "/acme/bert/blob/main/suspicious.pt")


def released(world) -> str:
    [sha256] = [row.pk for row in Blob.objects.filter(data=DANGEROUS)]
    case = make_blob_case(sha256)
    decide_case(case, "override", world.users["moderator"])
    return sha256


def test_who_released_a_dangerous_file_and_why_is_told_to_everybody_who_sees_it(every_state):
    sha256 = released(every_state)
    said = words(every_state, "/acme/bert/blob/main/dangerous.pkl")
    assert "mia, a moderator, released this file although a scanner calls it dangerous." in said
    assert f"The moderator's reason: {REASON}" in said
    assert "Checks Dangerous, released" in said
    assert "imports os.system" in said
    assert "dangerous.pkl Dangerous, released" in words(every_state, "/acme/bert/tree/main")
    assert REASON not in words(every_state, "/acme/bert/blob/main/safe.pt")
    storage.quarantine(sha256=sha256)
    assert REASON not in words(every_state, "/acme/bert/blob/main/dangerous.pkl")


def test_one_line_adds_up_what_the_checks_of_a_repository_say(every_state):
    said = words(every_state)
    assert "10 files: 1 In quarantine 1 Suspicious 1 Could not be read" in said
    assert "1 Being scanned 1 Not scanned 5 Safe" in said


def test_a_banner_names_the_dangerous_files(every_state):
    shown = html(every_state)
    assert '<section class="notice bad" role="status" aria-labelledby="dangerous">' in shown
    assert (
        "1 file of this repository is dangerous. dangerous.pkl In quarantine The file imports os.system"
        in (words(every_state))
    )
    released(every_state)
    assert "dangerous.pkl Dangerous, released" in words(every_state)


def test_publishers_are_told_of_a_dangerous_file_once(every_state):
    released(every_state)
    put(every_state, {"other.pkl": DANGEROUS + b"N."})
    scan_everything()
    for path, state in {"dangerous.pkl": "was released", "other.pkl": "is in quarantine"}.items():
        said = words(every_state, who="writer")
        assert f"{path} {state}." in said
        assert f"{path} Dangerous, released" not in said
        assert f"{path} In quarantine" not in said


def test_a_repository_without_dangerous_files_has_no_banner(world):
    scan_everything()
    said = words(world)
    assert "dangerous" not in said
    assert "Runs code of its own" not in said
    assert "Some files are code" not in said


def test_code_that_a_loader_runs_is_announced_with_what_it_means(world):
    put(world, {"config.json": AUTO_MAP, "modeling.py": CODE})
    scan_everything()
    said = words(world)
    assert "Runs code of its own when loaded config.json has its loader run code that comes with it:" in said
    assert "auto_map (modeling.Net, other/place--tok.Tok)." in said
    assert "Code in this repository: modeling.py" in said
    assert "trust_remote_code=True" in said
    world.public.refresh_from_db()
    assert f'revision="{world.public.head}"' in said
    assert "Some files are code" not in said
    assert "Notice The file has its loader run code" in words(world, "/acme/bert/blob/main/config.json")


def test_code_that_only_lies_there_is_told_more_quietly(world):
    put(world, {"train.py": CODE, "run.sh": b"#!/bin/sh\nls\n"})
    scan_everything()
    said = words(world)
    assert "Runs code of its own" not in said
    assert (
        "Some files are code, which runs only when somebody or something starts it: run.sh, train.py" in said
    )


@pytest.mark.parametrize("address", ["/acme/bert", "/acme/bert/tree/main"])
def test_a_repositorys_checks_cost_the_same_however_much_was_found(world, address):
    put(world, FILES | {"config.json": AUTO_MAP})
    scan_everything()
    before = queries(world.client("admin"), address)
    put(world, {f"more{n}.pkl": made.calling("os", "system", str(n)) for n in range(8)})
    put(world, {f"more{n}/config.json": AUTO_MAP + b" " * n for n in range(8)})
    put(world, {f"odd{n}.pkl": made.calling("odd", "Thing", str(n)) for n in range(8)})
    scan_everything()
    assert queries(world.client("admin"), address) <= before + 1 <= 40


def test_a_files_checks_cost_the_same_however_much_was_found(every_state):
    client = every_state.client("nobody")
    calm, bad = (queries(client, f"/acme/bert/blob/main/{name}") for name in ("README.md", "dangerous.pkl"))
    assert bad <= calm <= 20
    released(every_state)
    assert queries(client, "/acme/bert/blob/main/dangerous.pkl") <= calm + 1
