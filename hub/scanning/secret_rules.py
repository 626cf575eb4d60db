"""How credentials look that somebody left in a text: anchored patterns, and what is none after all (pure)."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from accounts import tokens

# Bits for each character, of the part that is random: words and placeholders have less.
LEAST_ENTROPY = 3.0
_BEFORE, _AFTER = r"(?<![A-Za-z0-9_+/.-])", r"(?![A-Za-z0-9_+/=-])"
# What stands for a credential where somebody only tells how one looks.
_PLACEHOLDER = re.compile(
    r"example|sample|dummy|fake|your|placeholder|redact|change_?me|secret|passw|test|\*\*|\.\.\.|"
    r"1234|abcdef|foobar|(.)\1{3}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Rule:
    """Group 1 of `pattern` is the part that is random; one of `hints` is in every text that matches."""

    id: str
    words: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    least: float


@dataclass(frozen=True)
class Hit:
    """A credential that begins at a line, counted from 1; `text` is the credential: never keep or tell it."""

    rule: Rule
    line: int
    text: str


def _rule(id: str, words: str, hints: str, pattern: str, least: float = LEAST_ENTROPY) -> Rule:
    bounded = re.compile(f"{_BEFORE}{pattern}{_AFTER}", re.ASCII)
    return Rule(id, words, tuple(hints.split()), bounded, least)


_A = "[A-Za-z0-9]"
_SCHEMES = r"https?|ftp|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?|smtps?"
RULES = (
    _rule("hub", "an access token of this hub", tokens.PREFIX, rf"{tokens.PREFIX}([\w-]{{40}})"),
    _rule(
        "hub-refresh",
        "a refresh token of this hub",
        tokens.REFRESH_PREFIX,
        rf"{tokens.REFRESH_PREFIX}([\w-]{{40}})",
    ),
    _rule("huggingface", "a token of Hugging Face", "hf_", f"hf_({_A}{{34,40}})", 3.7),
    _rule("huggingface-org", "an API key of Hugging Face", "api_org_", f"api_org_({_A}{{34}})", 3.7),
    _rule("aws", "an access key of AWS", "AKIA", "AKIA([A-Z2-7]{16})", 2.7),
    _rule("github", "a token of GitHub", "ghp_ gho_ ghu_ ghs_ ghr_", f"gh[pousr]_({_A}{{36,251}})", 3.7),
    _rule("github-pat", "a token of GitHub", "github_pat_", f"github_pat_({_A}{{22}}_{_A}{{59}})"),
    _rule(
        "gitlab", "a token of GitLab", "glpat-", r"glpat-([\w-]{20}|[\w-]{27,300}\.[0-9a-z]{2}\.[0-9a-z]{9})"
    ),
    _rule("openai", "an API key of OpenAI", "T3BlbkFJ", r"sk-([\w-]{20,100}T3BlbkFJ[\w-]{20,100})"),
    _rule("anthropic", "an API key of Anthropic", "sk-ant-", r"sk-ant-(?:api|admin|oat)\d\d-([\w-]{80,110})"),
    _rule("openrouter", "an API key of OpenRouter", "sk-or-v1-", "sk-or-v1-([0-9a-f]{64})"),
    _rule("groq", "an API key of Groq", "gsk_", f"gsk_({_A}{{52}})"),
    _rule("replicate", "a token of Replicate", "r8_", f"r8_({_A}{{37}})", 3.7),
    _rule("xai", "an API key of xAI", "xai-", f"xai-({_A}{{80}})"),
    _rule("perplexity", "an API key of Perplexity", "pplx-", f"pplx-({_A}{{48}})"),
    _rule("nvidia", "an API key of NVIDIA", "nvapi-", r"nvapi-([\w-]{60,70})"),
    _rule("slack", "a token of Slack", "xox", r"xox[abposr]-(\d{10,13}-[\w-]{20,100})"),
    _rule(
        "slack-webhook",
        "a webhook of Slack",
        "hooks.slack.com",
        rf"(?:https://)?hooks\.slack\.com/services/(T[A-Z0-9]{{8,12}}/B[A-Z0-9]{{8,12}}/{_A}{{24}})",
    ),
    _rule(
        "discord-webhook",
        "a webhook of Discord",
        "/api/webhooks/",
        r"(?:https://)?discord(?:app)?\.com/api/webhooks/(\d{17,20}/[\w-]{60,72})",
    ),
    _rule("telegram", "a token of a Telegram bot", ":AA", r"\d{8,10}:AA([\w-]{33})"),
    _rule("google", "an API key of Google", "AIza", r"AIza([\w-]{35})", 3.7),
    _rule("google-oauth", "a client secret of Google", "GOCSPX-", r"GOCSPX-([\w-]{28})"),
    _rule("pypi", "a token of PyPI", "pypi-AgE", r"pypi-AgE([\w-]{60,300})"),
    _rule("npm", "a token of npm", "npm_", f"npm_({_A}{{36}})", 3.7),
    _rule("docker", "a token of Docker", "dckr_pat_", r"dckr_pat_([\w-]{27,40})"),
    _rule("stripe", "a live key of Stripe", "sk_live_ rk_live_", f"[sr]k_live_({_A}{{24,247}})"),
    _rule("sendgrid", "an API key of SendGrid", "SG.", r"SG\.([\w-]{22}\.[\w-]{43})"),
    _rule("digitalocean", "a token of DigitalOcean", "dop_v1_ doo_v1_ dor_v1_", "do[opr]_v1_([0-9a-f]{64})"),
    _rule("databricks", "a token of Databricks", "dapi", "dapi([0-9a-f]{32})(?:-[0-9])?"),
    _rule("grafana", "a token of Grafana", "glsa_", f"glsa_({_A}{{32}}_[0-9a-f]{{8}})"),
    _rule(
        "shopify", "a token of Shopify", "shpat_ shpca_ shppa_ shpss_", "shp(?:at|ca|pa|ss)_([0-9a-f]{32})"
    ),
    Rule(
        "azure-storage",
        "a key of Azure Storage",
        ("AccountKey=",),
        re.compile(r"\bAccountKey=([A-Za-z0-9+/]{86}==)"),
        4.0,
    ),
    Rule(
        "password-in-url",
        "an address with a password",
        ("://",),
        re.compile(
            rf"\b(?:{_SCHEMES})://[\w.%+-]{{1,64}}:"
            r"((?=[^\s@]{0,99}\d)(?=[^\s@]{0,99}[A-Za-z])[^\s:/@'\"<>{}$\[\]()`\\|]{10,100})"
            r"@(?!(?:[\w-]+\.){0,4}(?:example|test|invalid|local|localhost)\b|127\.)[\w-]+(?:\.[\w-]+)+",
            re.ASCII,
        ),
        LEAST_ENTROPY,
    ),
    # The key itself must follow its head line, so that code and words about keys are none.
    Rule(
        "private-key",
        "a private key",
        ("PRIVATE KEY-----",),
        re.compile(
            r"-----BEGIN (?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----(?:\s|\\r|\\n){1,8}"
            r"((?:[A-Za-z0-9+/=]{16,80}(?:\s|\\r|\\n){1,8}){2})",
            re.ASCII,
        ),
        4.0,
    ),
)


def find(text: str) -> Iterator[Hit]:
    """The credentials in a text, rule by rule, each of them once."""
    for rule in RULES:
        if any(hint in text for hint in rule.hints):
            yield from _found(rule, text)


def _found(rule: Rule, text: str) -> Iterator[Hit]:
    line, counted, seen = 1, 0, set()
    for match in rule.pattern.finditer(text):
        if match[0] not in seen and is_random(match[1], rule.least):
            seen.add(match[0])
            line += text.count("\n", counted, match.start())
            counted = match.start()
            yield Hit(rule, line, match[0])


def is_random(key: str, least: float = LEAST_ENTROPY) -> bool:
    """Whether it looks drawn by lot, and not like a word that stands for a credential."""
    return entropy(key) >= least and not _PLACEHOLDER.search(key)


def entropy(key: str) -> float:
    """Shannon's entropy of the characters, in bits each."""
    return -sum(count / len(key) * math.log2(count / len(key)) for count in Counter(key).values())
