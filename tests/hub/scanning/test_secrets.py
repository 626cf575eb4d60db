"""Credentials in texts: found with their line, never repeated; what only looks like one is left alone."""

import io
import random
import site
import string
import time
from pathlib import Path

import pytest

from accounts import tokens
from hub.scanning import secret_rules
from hub.scanning.scanners.base import Report
from hub.scanning.scanners.secrets import LARGEST, MOST_FINDINGS, SecretsScanner

LOT = random.Random(5)
LETTERS, HEX = string.ascii_letters + string.digits, "0123456789abcdef"
BASE32 = string.ascii_uppercase + "234567"


def lot(count: int, letters: str = LETTERS) -> str:
    """Random letters, the same in every run, that no placeholder is among by chance."""
    while True:
        drawn = "".join(LOT.choices(letters, k=count))
        if secret_rules.is_random(drawn, 2.7):
            return drawn


def pem(kind: str) -> str:
    return f"-----BEGIN {kind}-----\n{lot(64)}\n{lot(64)}\n-----END {kind}-----"


HITS = [
    ("hub", tokens.PREFIX + lot(40)),
    ("hub-refresh", tokens.REFRESH_PREFIX + lot(40)),
    ("huggingface", "hf_" + lot(34)),
    ("huggingface-org", "api_org_" + lot(34)),
    ("aws", "AKIA" + lot(16, BASE32)),
    ("github", "ghp_" + lot(36)),
    ("github", "ghs_" + lot(36)),
    ("github-pat", f"github_pat_{lot(22)}_{lot(59)}"),
    ("gitlab", "glpat-" + lot(20)),
    ("openai", f"sk-{lot(20)}T3BlbkFJ{lot(20)}"),
    ("openai", f"sk-proj-{lot(74)}T3BlbkFJ{lot(74)}"),
    ("anthropic", f"sk-ant-api03-{lot(93)}AA"),
    ("openrouter", "sk-or-v1-" + lot(64, HEX)),
    ("groq", "gsk_" + lot(52)),
    ("replicate", "r8_" + lot(37)),
    ("xai", "xai-" + lot(80)),
    ("perplexity", "pplx-" + lot(48)),
    ("nvidia", "nvapi-" + lot(64)),
    ("slack", f"xoxb-{lot(12, string.digits)}-{lot(12, string.digits)}-{lot(24)}"),
    ("slack-webhook", f"https://hooks.slack.com/services/T{lot(10, BASE32)}/B{lot(10, BASE32)}/{lot(24)}"),
    ("discord-webhook", f"https://discord.com/api/webhooks/{lot(18, string.digits)}/{lot(68)}"),
    ("telegram", f"{lot(10, string.digits)}:AA{lot(33)}"),
    ("google", "AIza" + lot(35)),
    ("google-oauth", "GOCSPX-" + lot(28)),
    ("pypi", "pypi-AgEIcHlwaS5vcmc" + lot(120)),
    ("npm", "npm_" + lot(36)),
    ("docker", "dckr_pat_" + lot(27)),
    ("stripe", "sk_live_" + lot(24)),
    ("sendgrid", f"SG.{lot(22)}.{lot(43)}"),
    ("digitalocean", "dop_v1_" + lot(64, HEX)),
    ("databricks", "dapi" + lot(32, HEX)),
    ("grafana", f"glsa_{lot(32)}_{lot(8, HEX)}"),
    ("shopify", "shpat_" + lot(32, HEX)),
    ("azure-storage", f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={lot(86)}=="),
    ("password-in-url", f"postgresql://ada:{lot(8)}4a7z@db.host.org/app"),
    ("private-key", pem("RSA PRIVATE KEY")),
    ("private-key", pem("OPENSSH PRIVATE KEY")),
    ("private-key", pem("PRIVATE KEY").replace("\n", "\\n")),
]
NEAR_MISSES = [
    "hf_" + "x" * 34,
    "hf_your_token_here_please_do_not_commit",
    "hf_" + lot(20),
    "not_hf_" + lot(34),
    "hf_" + lot(60),
    "AKIAIOSFODNN7EXAMPLE",
    "AKIA" + "A" * 16,
    "ghp_" + "1234567890" * 3 + "123456",
    "sk-" + "." * 40,
    "sk-proj-YOUR_API_KEY",
    "AIza" + lot(20),
    "data:image/png;base64,iVBOR" + lot(200) + "hf_" + lot(34),
    "https://user:password@host.org/",
    "https://user:pass12345word@host.org/",
    "https://${USER}:${PASSWORD}@host.org/",
    "https://<user>:<password>@host.org/",
    f"postgres://hub:{lot(12)}9a@localhost:5432/hub",
    f"https://ada:{lot(12)}9a@git.example.org/x",
    "git+ssh://git@host.org:2222/a.git",
    "https://host.org/a:b/c@d.e",
    'if "-----BEGIN PRIVATE KEY-----" in text:',
    "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n",
    pem("PUBLIC KEY"),
    pem("ENCRYPTED PRIVATE KEY"),
    tokens.PREFIX + "x" * 40,
    tokens.PREFIX + lot(30),
]


def report(data: bytes) -> Report:
    return SecretsScanner().examine(io.BytesIO(data), size=len(data))


@pytest.mark.parametrize(
    "frame", ["{}", 'KEY = "{}"\n', "key: {}\r\n", "({}), and", '{{"key": "{}"}}', "x={}&y"]
)
@pytest.mark.parametrize(("rule", "secret"), HITS, ids=[rule for rule, _ in HITS])
def test_a_credential_is_found_once_with_its_line_and_never_repeated(rule: str, secret: str, frame: str):
    found = report(b"\xef\xbb\xbffirst\n\n" + frame.format(secret).encode() + b"\nlast")
    assert [(finding.rule, finding.where) for finding in found.findings] == [(f"secret-{rule}", "line 3")]
    assert found.verdict == "suspicious"
    key = max(secret.replace("\\n", "\n").split("\n"), key=len)[-20:]
    assert key not in repr(found)


@pytest.mark.parametrize("text", NEAR_MISSES, ids=range(len(NEAR_MISSES)))
def test_what_only_looks_like_one_is_left_alone(text: str):
    assert report(f"first\n{text}\nlast".encode()) == Report.of([])


def test_every_rule_is_tried():
    assert {rule for rule, _ in HITS} == {rule.id for rule in secret_rules.RULES}


def test_two_lines_with_one_credential_are_one_finding_and_many_are_bounded():
    secret = HITS[2][1]
    assert [finding.where for finding in report(f"\n{secret}\n{secret}".encode()).findings] == ["line 2"]
    many = "\n".join("hf_" + lot(34) for _ in range(MOST_FINDINGS + 20))
    assert len(report(many.encode()).findings) == MOST_FINDINGS


def test_what_is_no_text_is_not_looked_at_and_what_is_too_large_says_so():
    assert report(b"\0" + HITS[2][1].encode()) == Report("", ())
    found = report(b"a" * (LARGEST + 1))
    assert (found.verdict, found.findings[0].rule) == ("", "not-looked-at")


def test_no_credential_is_seen_in_published_source_and_documents():
    paths = [path for folder in site.getsitepackages() for path in sorted(Path(folder).rglob("*"))]
    # It carries a real token of a staging server, for everybody.
    paths = [path for path in paths if path.name != "testing_utils.py"]
    wanted = {".py", ".md", ".rst", ".txt", ".json", ".yaml", ".toml", ".js", ".html", ".jinja", ""}
    texts = [path for path in paths if path.suffix in wanted and path.is_file()][::15]
    found = {str(path): report(path.read_bytes()).findings for path in texts if path.stat().st_size < LARGEST}
    assert len(found) > 300
    assert {path: findings for path, findings in found.items() if findings} == {}


@pytest.mark.parametrize(
    "piece",
    [
        "-----BEGIN PRIVATE KEY-----\n",
        "https://a:1a",
        " sk-" + "a" * 99,
        "https://" + "a" * 60 + ":",
        ";AccountKey=",
        "a;" * 100 + "AccountKey=",
        "hf_",
        " hf_" + lot(34),
        "12345678:AA",
    ],
    ids=range(9),
)
def test_hostile_text_costs_seconds_at_most(piece: str):
    began = time.monotonic()
    report((piece * (LARGEST // len(piece) + 1))[: LARGEST - 30].encode() + b" sk-T3BlbkFJ ://")
    assert time.monotonic() - began < 10
