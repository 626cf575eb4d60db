"""More of the demo: organisations, models made from one another, and a dataset. Small real files. Pure."""

import json
import struct
import zlib
from dataclasses import dataclass, field

from hub.management.demo_files import config_file, gguf_file, safetensors_file

ORGANISATIONS = {"meadow-vision": "Meadow Vision", "river-speech": "River Speech"}
COLLECTION = ("Good to begin with", "Small models that show how each kind is published.")


@dataclass(frozen=True, eq=False)
class Made:
    """A repository of the demo; `pulls` are those of a usual day."""

    owner: str
    name: str
    front: dict[str, object]
    text: str
    pulls: int = 0
    kind: str = "model"
    files: dict[str, bytes] = field(default_factory=dict)
    gated: bool = False
    liked_by: tuple[str, ...] = ()
    noted: str = ""

    @property
    def all_files(self) -> dict[str, bytes]:
        """The files with the card; JSON is YAML."""
        front = "\n".join(f"{key}: {json.dumps(value)}" for key, value in self.front.items())
        title = self.name.replace("-", " ").capitalize()
        card = f"---\n{front}\n---\n# {title}\n\n{self.text}\n"
        return {"README.md": card.encode(), **self.files}


def picture(width: int = 640, height: int = 200) -> bytes:
    """A PNG of soft bands of colour."""
    rows = b"".join(
        b"\0"
        + b"".join(
            bytes((20 + 90 * x // width, 90 + 80 * y // height, 60 + 40 * ((x // 40) % 2)))
            for x in range(width)
        )
        for y in range(height)
    )

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


EVERYTHING = """A model of the demo whose card has everything that a card can have. It was made from
[tiny-classifier](/commons-lab/tiny-classifier).

> [!NOTE]
> It classifies nothing: the weights are ten numbers.

![Bands of colour](bands.png)

## How good it is

| Set | Accuracy | F1 |
| :-- | --: | --: |
| plain | 0.91 | 0.90 |
| noisy | 0.84 | 0.82 |

The loss is $L = -\\sum_i y_i \\log p_i$, summed over the classes[^classes]:

$$
p_i = \\frac{e^{z_i}}{\\sum_j e^{z_j}}
$$

## What is left to do

- [x] Publish the weights as safetensors
- [ ] Measure it on a third set

```python
from transformers import pipeline

classify = pipeline("text-classification", "commons-lab/meadow-small")
```

```mermaid
graph LR; text --> tokens --> classes
```

> [!WARNING]
> The results of the table are made up, as the model is.

[^classes]: There are two.
"""
WEIGHTS = {"config.json": config_file(), "model.safetensors": safetensors_file()}
BASE, SMALL = "commons-lab/tiny-classifier", "commons-lab/meadow-small"
CATALOGUE = (
    Made(
        "commons-lab",
        "meadow-small",
        {
            "license": "apache-2.0",
            "library_name": "transformers",
            "pipeline_tag": "text-classification",
            "language": ["en", "de", "fr"],
            "base_model": BASE,
            "base_model_relation": "finetune",
            "datasets": ["commons-lab/short-sentences"],
            "tags": ["demo", "tiny"],
        },
        EVERYTHING,
        pulls=40,
        files={**WEIGHTS, "bands.png": picture()},
        liked_by=("developer", "moderator"),
        noted="Its card shows what a card can have.",
    ),
    Made(
        "commons-lab",
        "meadow-small-gguf",
        {
            "license": "apache-2.0",
            "library_name": "gguf",
            "pipeline_tag": "text-classification",
            "language": "en",
            "base_model": SMALL,
            "base_model_relation": "quantized",
        },
        "The demo's meadow-small in GGUF, to show how quantised versions are found from their base.",
        pulls=22,
        files={"meadow-small.gguf": gguf_file()},
        liked_by=("developer",),
    ),
    Made(
        "river-speech",
        "meadow-small-polite",
        {
            "license": "cc-by-4.0",
            "library_name": "peft",
            "pipeline_tag": "text-classification",
            "language": "de",
            "base_model": SMALL,
            "base_model_relation": "adapter",
        },
        "An adapter of the demo for meadow-small that tells polite sentences from others.",
        pulls=6,
        files={"adapter_model.safetensors": safetensors_file()},
    ),
    Made(
        "river-speech",
        "brook-transcriber",
        {
            "license": "mit",
            "library_name": "transformers",
            "pipeline_tag": "automatic-speech-recognition",
            "language": ["en", "sw", "hi"],
            "base_model": "elsewhere/brook-large",
        },
        "Speech to text in three languages, as a demo. Its base model was published somewhere else.",
        pulls=31,
        files=WEIGHTS,
        liked_by=("developer",),
        noted="For sound.",
    ),
    Made(
        "river-speech",
        "brook-voice",
        {
            "license": "cc-by-nc-4.0",
            "library_name": "transformers",
            "pipeline_tag": "text-to-speech",
            "language": "sw",
            "extra_gated_heading": "Ask River Speech for the voice",
            "extra_gated_description": "We want to know who speaks with it, and what for.",
            "extra_gated_prompt": (
                "The voice belongs to a living person. Whoever uses it:\n\n- says that it is a machine that "
                "speaks;\n- imitates nobody with it;\n- stops when she asks for it."
            ),
            "extra_gated_fields": {
                "Organisation": "text",
                "Country": "country",
                "What is it for?": {
                    "type": "select",
                    "options": ["Research", "Teaching", {"label": "Something else", "value": "other"}],
                },
                "Use begins on": "date_picker",
                "I agree to what stands above": "checkbox",
            },
            "extra_gated_button_content": "Agree and ask",
        },
        "A voice of the demo. Behind its gate anybody reads the card, and its people get the files.",
        pulls=3,
        files=WEIGHTS,
        gated=True,
    ),
    Made(
        "meadow-vision",
        "clover-detector",
        {"license": "apache-2.0", "library_name": "timm", "pipeline_tag": "object-detection"},
        "Finds clover in pictures of meadows; the demo's model for pictures.",
        pulls=17,
        files={**WEIGHTS, "clover.png": picture(320, 120)},
        liked_by=("moderator",),
        noted="For pictures.",
    ),
    Made(
        "meadow-vision",
        "seasons",
        {"license": "bigscience-openrail-m", "library_name": "timm", "pipeline_tag": "image-classification"},
        "Tells the season from a picture of a field.",
        pulls=9,
        files=WEIGHTS,
    ),
    Made(
        "commons-lab",
        "short-sentences",
        {
            "license": "cc-by-4.0",
            "language": ["en", "de"],
            "task_categories": ["text-classification"],
            "size_categories": ["n<1K"],
        },
        "Twenty short sentences with one of two labels: the data behind the demo's classifiers.",
        pulls=12,
        kind="dataset",
        files={"train.csv": b"text,label\nGood morning.,1\nGo away.,0\n"},
        liked_by=("developer",),
    ),
)
