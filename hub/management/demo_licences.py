"""Models of the demo whose licences show what the licence check finds, each with one matter."""

import json
from importlib.metadata import PackageNotFoundError, files

from hub.management.demo_catalogue import WEIGHTS, Made
from hub.management.demo_files import safetensors_file

# A package that the hub needs anyway, whose licence's text is MIT's.
PACKAGE = "markdown-it-py"
CHANGE = "The model may not be sold, alone or as a part of a product."
MARSH, HERON = "river-speech/marsh-base", "meadow-vision/heron-base"
MERGE = f"""merge_method: linear
models:
  - model: {MARSH}
    parameters: {{weight: 0.5}}
  - model: {HERON}
    parameters: {{weight: 0.5}}
"""


def changed_text() -> bytes:
    """The text of a well-known licence with a sentence in it that is not its own."""
    try:
        texts = [file for file in files(PACKAGE) or () if file.name.upper().startswith("LICENSE")]
        text = texts[0].read_text() if texts else ""
    except (PackageNotFoundError, FileNotFoundError):
        text = ""
    *before, last = (text.strip() or "MIT License").split("\n\n")
    return "\n\n".join([*before, CHANGE, f"{last}\n"]).encode()


def licences_of_the_demo() -> tuple[Made, ...]:
    """Two bases and what was made of them, bases first."""
    chat = {"library_name": "transformers", "pipeline_tag": "text-generation", "language": "en"}
    return (
        Made(
            "river-speech",
            "marsh-base",
            {"license": "cc-by-nc-4.0", **chat},
            "A base of the demo that is not for commercial use, and so is whatever is made of it.",
            pulls=8,
            files={**WEIGHTS, "LICENSE": b"SPDX-License-Identifier: CC-BY-NC-4.0\n"},
        ),
        Made(
            "meadow-vision",
            "heron-base",
            {"license": "llama3.1", **chat},
            "A base of the demo under the licence of a vendor, with conditions on use. Built with Llama.",
            pulls=14,
            files=WEIGHTS,
        ),
        Made(
            "commons-lab",
            "marsh-small",
            {"license": "apache-2.0", "base_model": MARSH, "base_model_relation": "finetune", **chat},
            "Says Apache-2.0, and was made of a model that is not for commercial use: both cannot be right.",
            pulls=5,
            files={**WEIGHTS, "LICENSE": b"SPDX-License-Identifier: Apache-2.0\n"},
        ),
        Made(
            "river-speech",
            "heron-polite",
            {"license": "llama3.1", "base_model": HERON, "base_model_relation": "finetune", **chat},
            "Keeps its base's licence, but not the sentences and the name that this licence asks for.",
            pulls=4,
            files=WEIGHTS,
        ),
        Made(
            "meadow-vision",
            "reed-counter",
            {"license": "mit", "library_name": "timm", "pipeline_tag": "object-detection"},
            "Says MIT, and its licence file has a sentence more than MIT has.",
            pulls=3,
            files={**WEIGHTS, "LICENSE": changed_text()},
        ),
        Made(
            "commons-lab",
            "marsh-heron-merge",
            {"license": "mit", "base_model": [MARSH, HERON], "base_model_relation": "merge", **chat},
            "Two models in one: the terms of both come down to it.",
            pulls=2,
            files={**WEIGHTS, "mergekit_config.yml": MERGE.encode()},
        ),
        Made(
            "river-speech",
            "sedge-adapter",
            {"license": "apache-2.0", **chat, "library_name": "peft"},
            "An adapter whose configuration names a base that its card does not.",
            pulls=1,
            files={
                "adapter_config.json": json.dumps(
                    {"base_model_name_or_path": MARSH, "peft_type": "LORA"}, indent=2
                ).encode(),
                "adapter_model.safetensors": safetensors_file(),
            },
        ),
    )
