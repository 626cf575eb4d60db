"""The page's own SHA-256 gives what everybody else's gives, however its input is cut."""

import hashlib
import json
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

import hub.http.web

MODULE = Path(hub.http.web.__file__).parent / "static/web/js/sha256.js"
NODE = shutil.which("node")
# FIPS 180-4's own examples.
KNOWN = {
    b"": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    b"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq": (
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
}
SIZES = [1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000, 100_003]
STEPS = [1, 7, 64, 1000, 1 << 20]
SCRIPT = """
import {{ Sha256 }} from {module};
import {{ readFileSync }} from "node:fs";
const inputs = JSON.parse(readFileSync(0, "utf8")).map((text) => Buffer.from(text, "base64"));
const digest = (bytes, step) => {{
  const hash = new Sha256();
  for (let at = 0; at < bytes.length; at += step) hash.update(bytes.subarray(at, at + step));
  return hash.hex();
}};
console.log(JSON.stringify(inputs.map((bytes) => {steps}.map((step) => digest(bytes, step)))));
"""


@pytest.mark.skipif(NODE is None, reason="needs node to run the page's module")
def test_the_digest_is_right_for_every_length_and_cut(tmp_path):
    module = tmp_path / "sha256.mjs"
    module.write_bytes(MODULE.read_bytes())
    script = tmp_path / "run.mjs"
    script.write_text(SCRIPT.format(module=json.dumps(str(module)), steps=STEPS))
    inputs = [*KNOWN, *(bytes(n % 251 for n in range(size)) for size in SIZES)]
    sent = json.dumps([b64encode(data).decode() for data in inputs])
    done = subprocess.run(
        [NODE, str(script)], input=sent, capture_output=True, text=True, check=True, timeout=60
    )
    for data, digests in zip(inputs, json.loads(done.stdout), strict=True):
        assert set(digests) == {KNOWN.get(data) or hashlib.sha256(data).hexdigest()}
