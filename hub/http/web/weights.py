"""What was computed of a repository's files, in words for its page."""

from dataclasses import dataclass

from hub.compute.models import Facts


@dataclass(frozen=True)
class Weights:
    """The lines of the box of facts that tell of the weights; what is unknown is empty."""

    parameters: int | None
    formats: list[str]
    dtypes: list[tuple[str, int]]
    context_length: int | None
    architecture: str


def weights_of(facts: Facts | None) -> Weights | None:
    """The lines for the page; None when nothing was found out of the weights."""
    if facts is None or not (facts.safetensors or facts.gguf or facts.config):
        return None
    counted = (facts.safetensors or {}).get("parameters", {})
    gguf = facts.gguf or {}
    formats = ["safetensors"] if facts.safetensors else []
    formats += [" ".join(filter(None, ["gguf", gguf.get("quantization")]))] if facts.gguf else []
    named = (facts.config or {}).get("architectures") or [gguf.get("architecture", "")]
    return Weights(
        facts.parameters,
        formats,
        sorted(counted.items(), key=lambda item: -item[1]),
        facts.context_length,
        named[0],
    )
