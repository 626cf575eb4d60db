"""What a user of huggingface_hub 0.36 does, run by its own Python: name and folder in, facts as JSON out."""

import json
import sys
from pathlib import Path

import huggingface_hub
from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download
from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError
from huggingface_hub.utils._runtime import is_xet_available

CARD = b"---\nlicense: mit\npipeline_tag: fill-mask\n---\n# Old\n"


def raises(error: type[Exception], call, *arguments: str) -> bool:
    """Whether a call raises an error."""
    try:
        call(*arguments)
    except error:
        return True
    return False


def journey(repo_id: str, folder: Path) -> dict[str, object]:
    """Publish a private model, read it back, list it, move and delete it."""
    api = HfApi()
    other, moved = f"{repo_id}-other", f"{repo_id}-moved"
    api.create_repo(repo_id, private=True)
    api.create_repo(other)
    api.upload_file(path_or_fileobj=CARD, path_in_repo="README.md", repo_id=repo_id)
    xet = [is_xet_available()]
    api.upload_folder(repo_id=repo_id, folder_path=folder, commit_message="Publish")
    constants.HF_HUB_DISABLE_XET = True
    xet.append(is_xet_available())
    commit = api.upload_file(path_or_fileobj=b"\0new" * 999, path_in_repo="new.bin", repo_id=repo_id)
    info = api.model_info(repo_id, files_metadata=True)
    pulled = Path(snapshot_download(repo_id, ignore_patterns="*.md"))
    wanted = {"author": repo_id.partition("/")[0], "search": repo_id, "direction": -1}
    told = {
        "version": huggingface_hub.__version__,
        "xet": xet,
        "head": info.sha == commit.oid,
        "private": info.private,
        "license": info.card_data["license"],
        "large": {file.rfilename: file.lfs.sha256 for file in info.siblings if file.lfs},
        "pulled": str(pulled),
        "no such file": raises(EntryNotFoundError, hf_hub_download, repo_id, "none.json"),
        "tagged": [model.id for model in api.list_models(**wanted, filter="fill-mask", sort="downloads")],
        "newest": [model.id for model in api.list_models(**wanted, sort="createdAt")],
    }
    api.move_repo(repo_id, moved)
    told["found"] = api.model_info(repo_id).id
    api.delete_repo(moved)
    return told | {"gone": raises(RepositoryNotFoundError, api.model_info, moved)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(journey(sys.argv[1], Path(sys.argv[2]))))
