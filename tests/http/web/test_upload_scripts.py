"""The upload page's own modules, run by node: parts sent a few at once and again, and what is told of it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import hub.http.web
from hub.amounts import size_words

MODULES = Path(hub.http.web.__file__).parent / "static/web/js"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs node to run the page's modules")

# A store that notes what it is asked, and answers as it is told to; nothing waits for a clock.
PRELUDE = """
import { Gate, Transfer, backoff } from "./transfer.mjs";
import { together } from "./calls.mjs";
import { Pace } from "./pace.mjs";
import { bytes, duration, rate } from "./units.mjs";
const fail = (kind) => { throw Object.assign(new Error(kind), { kind }); };
const turns = async (count = 20) => { for (let i = 0; i < count; i++) await new Promise(setImmediate); };
const gate = new Gate();
const asked = [];
const source = (name, ...missing) => ({
  missing, sent: {},
  link: async (number, fresh) => `${name}${number}${fresh ? "!" : ""}`,
  body: (number) => number,
  progress(number, bytes) { this.sent[number] = bytes; },
});
const noted = (put) => async (url, ...rest) => (asked.push(url), put(url, ...rest));
const transfer = (put) => new Transfer({ gate, wait: async () => {}, put: noted(put) });
"""


@pytest.fixture
def run(tmp_path: Path):
    """Run a script beside the page's modules and return the value it tells."""
    for module in MODULES.glob("*.js"):
        text = module.read_text().replace('.js"', '.mjs"')
        (tmp_path / module.with_suffix(".mjs").name).write_text(text)

    def run(script: str) -> Any:
        path = tmp_path / "run.mjs"
        path.write_text(PRELUDE + script)
        done = subprocess.run([NODE, str(path)], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_only_missing_parts_are_sent_and_a_few_at_once(run):
    told = run("""
    let now = 0, most = 0;
    const moving = transfer(async () => { most = Math.max(most, ++now); await turns(2); now--; });
    await Promise.all([moving.send(source("a", 2, 3, 5)), moving.send(source("b", 1, 2, 3, 4))]);
    await moving.send(source("c"));
    console.log(JSON.stringify({ most, asked: asked.sort() }));
    """)
    assert told == {"most": 5, "asked": ["a2", "a3", "a5", "b1", "b2", "b3", "b4"]}


def test_a_part_that_breaks_is_sent_again_and_no_other(run):
    told = run("""
    let left = 3;
    const a = source("a", 1, 2);
    await transfer(async (url) => { if (url === "a2" && left--) fail("broken"); }).send(a);
    console.log(JSON.stringify({ asked, sent: a.sent }));
    """)
    assert told["asked"] == ["a1", "a2", "a2", "a2", "a2"]
    assert told["sent"] == {"1": None, "2": None}


def test_a_link_that_expired_is_renewed(run):
    told = run("""
    await transfer(async (url) => { if (!url.endsWith("!")) fail("expired"); }).send(source("a", 1));
    console.log(JSON.stringify(asked));
    """)
    assert told == ["a1", "a1!"]


@pytest.mark.parametrize(("kind", "times"), [("refused", 1), ("broken", 8), ("expired", 8)])
def test_what_fails_for_good_fails_its_file_alone(run, kind, times):
    told = run(f"""
    const moving = transfer(async (url) => {{ if (url.startsWith("a1")) fail("{kind}"); await turns(1); }});
    const [a, b] = await Promise.allSettled([moving.send(source("a", 1)), moving.send(source("b", 1, 2))]);
    const times = asked.filter((url) => url.startsWith("a1")).length;
    console.log(JSON.stringify([a.status, a.reason.kind, b.status, times]));
    """)
    assert told == ["rejected", kind, "fulfilled", times]


def test_a_pause_lets_the_parts_on_their_way_arrive_and_begins_no_other(run):
    told = run("""
    const open = [];
    const moving = transfer((url, body, progress) => new Promise((arrived) => open.push(arrived)));
    const a = source("a", 1, 2, 3, 4, 5, 6, 7);
    const end = moving.send(a);
    await turns();
    let quiet = false;
    const pausing = moving.pause().then(() => (quiet = true));
    await turns();
    const before = quiet;
    for (const arrived of open.splice(0)) arrived();
    await turns();
    const during = [...asked];
    moving.resume();
    await turns();
    for (const arrived of open.splice(0)) arrived();
    await end;
    console.log(JSON.stringify([before, quiet, during, asked]));
    """)
    parts = ["a1", "a2", "a3", "a4", "a5"]
    assert told == [False, True, parts, [*parts, "a6", "a7"]]


def test_a_pause_sends_no_part_whose_link_comes_only_then(run):
    told = run("""
    let come;
    const a = { ...source("a", 1), link: () => new Promise((found) => (come = found)) };
    const moving = transfer(async () => {});
    const end = moving.send(a);
    await moving.pause();
    come("a1");
    await turns();
    const during = asked.length;
    a.link = async () => "a1";
    moving.resume();
    await end;
    console.log(JSON.stringify([during, asked]));
    """)
    assert told == [0, ["a1"]]


def test_a_lost_connection_stops_at_once_and_costs_no_try(run):
    told = run("""
    const hanging = (url, body, progress, signal) => new Promise((done, failed) => {
      if (!gate.hold) return done();
      signal.addEventListener("abort", () => failed(Object.assign(new Error("x"), { kind: "broken" })));
    });
    gate.hold = true;
    const moving = transfer(hanging);
    const end = moving.send(source("a", 1, 2));
    for (let i = 0; i < 20; i++) { await turns(); moving.halt(); await turns(); moving.resume(); }
    await turns(); moving.halt(); await turns();
    const before = asked.length;
    await turns();
    const during = asked.length;
    gate.hold = false;
    moving.resume();
    await end;
    console.log(JSON.stringify([during - before, asked.length - during]));
    """)
    assert told == [0, 2]


def test_a_dropped_file_is_sent_no_further(run):
    told = run("""
    const moving = transfer(async () => turns(1));
    const a = source("a", 1, 2, 3, 4, 5, 6, 7, 8, 9);
    const end = moving.send(a).catch((error) => error.kind);
    await turns(1);
    moving.drop(a);
    const kind = await end;
    const before = asked.length;
    await turns();
    // Also while nothing is on its way.
    moving.pause();
    const b = source("b", 1);
    const second = moving.send(b).catch((error) => error.kind);
    moving.drop(b);
    console.log(JSON.stringify([kind, asked.length - before, await second]));
    """)
    assert told == ["dropped", 0, "dropped"]


def test_waits_grow_and_differ_and_end(run):
    told = run("""
    const waits = [[1, 0], [1, 1], [3, 0], [99, 1]];
    console.log(JSON.stringify(waits.map(([tries, chance]) => backoff(tries, chance))));
    """)
    assert told == [500, 1000, 2000, 20000]


def test_what_is_asked_in_one_moment_is_asked_together(run):
    told = run("""
    const batches = [];
    const ask = together(async (items) => (batches.push(items), items.map((item) => item * 10)), 2);
    const answers = await Promise.all([1, 2, 3].map(ask));
    const bad = together(async () => { throw new Error("no"); }, 5);
    const failed = await Promise.allSettled([bad(1), bad(2)]);
    console.log(JSON.stringify([batches, answers, failed.map(({ status }) => status)]));
    """)
    assert told == [[[1, 2], [3]], [10, 20, 30], ["rejected", "rejected"]]


def test_the_rate_is_that_of_the_last_seconds(run):
    told = run("""
    const pace = new Pace();
    const before = [pace.rate, pace.left(100)];
    const done = (second) => (second < 50 ? second : 50 + (second - 50) * 100);
    for (let second = 0; second <= 60; second++) pace.note(done(second), second * 1000);
    const fast = pace.rate;
    pace.note(10, 61_000);
    console.log(JSON.stringify([before, fast, pace.rate]));
    """)
    assert told[0] == [0, None]
    assert 90 < told[1] <= 100
    assert told[2] == 0


def test_the_pages_and_their_scripts_say_sizes_alike(run):
    sizes = [
        0,
        1,
        999,
        1000,
        9994,
        40_000_000,
        999_499,
        999_501,
        5 * 1024**2,
        7 * 10**12,
        3 * 10**15,
        8 * 10**17,
    ]
    assert run(f"console.log(JSON.stringify({sizes}.map(bytes)));") == [size_words(size) for size in sizes]


def test_amounts_are_said_in_words(run):
    told = run("""
    console.log(JSON.stringify([bytes(0), bytes(999), bytes(999_600), bytes(1_234_567_890), rate(45_600_000),
      duration(0.2), duration(59), duration(90), duration(7200)]));
    """)
    assert told == [
        "0 B",
        "999 B",
        "1 MB",
        "1.23 GB",
        "45.6 MB/s",
        "1 sec",
        "59 sec",
        "2 min",
        "2 hr",
    ]
