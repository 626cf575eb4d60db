"""Lines that pull or load a repository from this hub, ready to be copied."""

from collections.abc import Iterator
from dataclasses import dataclass

from hub.repos.card_rules import REPO_ID
from hub.repos.children import PREFIX
from hub.repos.models import Repository
from hub.repos.pipeline_tags import PIPELINE_TAGS

# What loads a model by its name with a library that asks the hub in HF_ENDPOINT.
LIBRARIES = {
    "transformers": """from transformers import AutoModel

model = AutoModel.from_pretrained("{name}"{revision})""",
    "sentence-transformers": """from sentence_transformers import SentenceTransformer

model = SentenceTransformer("{name}"{revision})""",
    "diffusers": """from diffusers import DiffusionPipeline

pipeline = DiffusionPipeline.from_pretrained("{name}"{revision})""",
    "peft": """from peft import PeftModel
from transformers import AutoModel

base = AutoModel.from_pretrained("{base}")
model = PeftModel.from_pretrained(base, "{name}"{revision})""",
}
PIPELINE = """from transformers import pipeline

pipe = pipeline("{task}", "{name}"{revision})"""


@dataclass(frozen=True)
class Snippet:
    """Lines under a tab; `label` is a program's or library's own name."""

    id: str
    label: str
    lines: str


def snippets_for(repository: Repository, endpoint: str, revision: str, example: str) -> list[Snippet]:
    """The ways to get a repository at a revision; `example` is the address of one of its files, or "".

    The first is what everybody has a use for.
    """
    return [
        Snippet(name.replace(".", "-"), name, lines)
        for name, lines in _ways(repository, endpoint, "" if revision == "main" else revision, example)
    ]


def _ways(repository: Repository, endpoint: str, revision: str, example: str) -> Iterator[tuple[str, str]]:
    is_dataset = repository.kind == Repository.Kind.DATASET
    setting = f"export HF_ENDPOINT={endpoint}"
    download = ["hf download", "--repo-type dataset" if is_dataset else "", repository.full_name]
    download += [f"--revision {revision}" if revision else ""]
    yield "hf", f"{setting}\n{' '.join(filter(None, download))}"
    lines = [f'    "{repository.full_name}",']
    lines += ['    repo_type="dataset",'] if is_dataset else []
    lines += [f'    revision="{revision}",'] if revision else []
    lines += [f'    endpoint="{endpoint}",']
    yield (
        "Python",
        "\n".join(
            ["from huggingface_hub import snapshot_download", "", "path = snapshot_download(", *lines, ")"]
        ),
    )
    if loading := _loading(repository, revision):
        yield repository.library, f"# {setting}\n{loading}"
    if example:
        token = '-H "Authorization: Bearer $HF_TOKEN" ' if repository.private or repository.gated else ""
        yield "curl", f"curl -fL -O {token}{endpoint}{example}"


def _loading(repository: Repository, revision: str) -> str:
    """How the library that the card names loads a model; "" when nobody here knows."""
    if repository.kind == Repository.Kind.DATASET or repository.library not in LIBRARIES:
        return ""
    # What a publisher wrote becomes lines that others run: only what is known, or can be no more than a name.
    with_task = repository.library == "transformers" and repository.pipeline_tag in PIPELINE_TAGS
    bases = [tag.removeprefix(PREFIX) for tag in repository.tags if tag.startswith(PREFIX)]
    base = next((name for name in bases if REPO_ID.fullmatch(name)), "")
    if repository.library == "peft" and not base:
        return ""
    return (PIPELINE if with_task else LIBRARIES[repository.library]).format(
        name=repository.full_name,
        revision=f', revision="{revision}"' if revision else "",
        task=repository.pipeline_tag,
        base=base,
    )
