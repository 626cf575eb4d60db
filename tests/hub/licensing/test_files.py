"""Which files are read for licences, and for what they are."""

import pytest

from hub.licensing.facts import Role, Scope
from hub.licensing.files import MOST_FILES, licence_files


@pytest.mark.parametrize(
    ("path", "role", "scope"),
    [
        ("LICENSE", "licence", ""),
        ("licence.md", "licence", ""),
        ("LICENSE.MIT", "licence", ""),
        ("LICENSE-2.0", "licence", ""),
        ("COPYING.LESSER", "licence", ""),
        ("MODEL_LICENSE", "licence", "weights"),
        ("LICENSE-MODEL", "licence", "weights"),
        ("LICENSE-CODE", "licence", "code"),
        ("LICENSE-DATA.txt", "licence", "data"),
        ("docs/LICENSE", "licence", "docs"),
        ("data/LICENSE.txt", "licence", "data"),
        ("model_licenses/LICENSE-SVD", "licence", "weights"),
        ("licenses/mit.txt", "licence", ""),
        ("third_party/LICENSE", "licence", "part"),
        ("unet/LICENSE.txt", "licence", "part"),
        ("onnx/LICENSE-MODEL", "licence", "weights"),
        ("THIRD_PARTY_LICENSES.txt", "licence", "part"),
        ("Tongyi Qianwen LICENSE AGREEMENT", "licence", ""),
        ("USE_POLICY.md", "policy", ""),
        ("Acceptable-Use-Policy.txt", "policy", ""),
        ("NOTICE", "notice", ""),
        ("Notice.txt", "notice", ""),
    ],
)
def test_a_licence_file_is_known_by_its_name(path: str, role: str, scope: str):
    (one,) = licence_files(["README.md", path, "model.safetensors"])
    assert (one.path, one.role, one.scope) == (path, Role(role), Scope(scope))


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "license.py",
        "licenses.json",
        "a/b/LICENSE",
        "licenses/README.md",
        "relicensed.txt",
        "policy.md",
    ],
)
def test_other_files_are_not_read(path: str):
    assert licence_files([path]) == []


def test_those_at_the_top_come_first_and_there_are_not_too_many():
    many = [f"part{n:02}/LICENSE" for n in range(40)]
    found = [one.path for one in licence_files([*many, "NOTICE", "LICENSE"])]
    assert found[:3] == ["LICENSE", "NOTICE", "part00/LICENSE"]
    assert len(found) == MOST_FILES
