"""What people publish: files of libraries in wide use, none of which may be held up."""

import io
import struct
import zlib

import pytest

from hub.scanning.scanners.artifact import ArtifactScanner
from tests.builders import artifacts, pickles
from tests.builders.pickles import text

VECTORS = struct.pack("<4f", 0.1, 0.2, 0.3, 0.4)
TRAINED = "keras.src.backend.torch.optimizers.torch_adam"
EXPORTED = {
    "model/archive_format": b"pt2",
    "model/data/weights/weight_0": b"\xee\xff" * 16,
    "model/data/weights/model_weights_config.json": b'{"config": {}}',
}


def verdict(data: bytes, path: str = "") -> str:
    """The verdict on these bytes."""
    return ArtifactScanner().inspect(io.BytesIO(data), size=len(data), path=path).verdict


FILES = {
    "word2vec": b"2 4\nthe " + VECTORS + b"\ncat " + VECTORS + b"\n",
    "fasttext": b"\xba\x16\x4f\x2f\x0c\0\0\0" + bytes(range(200)),
    "xgboost": b"{L" + struct.pack(">Q", 7) + b"learner{L" + struct.pack(">Q", 10) + b"attributes{}}}",
    "spacy, nothing in it": b"\x80",
    "kenlm": b"mmap lm http://kheafield.com/code format version 5\n\0" + bytes(100),
    "a graph of torch.export": pickles.zip_of(EXPORTED),
    "joblib before 0.8.5, packed": b"ZF0x1f".ljust(21) + zlib.compress(b"\x80\x02N."),
    "joblib before 0.10, packed": b"ZF0x1f".ljust(20) + zlib.compress(b"\x80\x02N."),
    "an array beside a file of joblib": b"ZF0x28".ljust(20) + zlib.compress(VECTORS),
    "times in joblib": pickles.joblib_times(3),
    "hdf5 behind what its user keeps there": bytes(1024) + artifacts.hdf5({"a": "b"}),
    "a stream of arrow": b"\xff\xff\xff\xff\x78\0\0\0\x10\0\0\0" + bytes(108),
    "dlib": b"\x01\x01\x01\x0eloss_metric_2_" + VECTORS,
    "landmarks of dlib": b"\x01\x01\x81\x88\x81\x01\x03" + VECTORS,
    "orc": b"ORC\n\x06" + VECTORS,
    "a long text that ends with a blank where reading it ends": b"(dp0\nS'" + b"a" * 255 + b" b'\np1\nI1\ns.",
    "keras with its optimizer": artifacts.keras_model(
        artifacts.keras_layer("Dense"), artifacts.keras_layer("Adam", TRAINED)
    ).encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_files_of_other_libraries_are_safe(name: str):
    assert verdict(FILES[name]) == "safe"


CLASSES = """
sklearn.ensemble._forest.RandomForestClassifier sklearn.model_selection._split.StratifiedKFold
xgboost.sklearn.XGBClassifier lightgbm.sklearn.LGBMRegressor catboost.core.CatBoostClassifier
pandas.DataFrame gensim.models.word2vec.Word2Vec nltk.tokenize.punkt.PunktSentenceTokenizer
torch.optim.adamw.AdamW torchvision.models.resnet.ResNet transformers.training_args.TrainingArguments
gymnasium.spaces.box.Box networkx.classes.graph.Graph networkx.classes.reportviews.NodeView madmom.ml.gmm.GMM
omegaconf.dictconfig.DictConfig imblearn.combine._smote_enn.SMOTEENN zoneinfo.ZoneInfo
torch.distributed.checkpoint.metadata.Metadata
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", CLASSES)
def test_classes_that_only_keep_data_are_safe(name: str):
    module, _, last = name.rpartition(".")
    assert verdict(pickles.calling(module, last, protocol=4)) == "safe"


@pytest.mark.parametrize(
    "name", ["numpy.memmap", "omegaconf.DictConfig", "transformers.BertModel", "mine.Net"]
)
def test_classes_that_reach_further_or_are_not_known_are_suspicious(name: str):
    module, _, last = name.rpartition(".")
    assert verdict(pickles.calling(module, last, protocol=4)) == "suspicious"


def test_a_method_of_an_object_is_not_known_and_yet_not_a_way_out():
    made = text("collections") + text("OrderedDict") + b"\x93)R"
    for name, expected in (("_sample", "suspicious"), ("__reduce__", "dangerous")):
        program = b"\x80\x04" + text("builtins") + text("getattr") + b"\x93" + made + text(name) + b"\x86R."
        assert verdict(program) == expected


def test_raw_bytes_are_tensors_in_a_graph_of_torch_only():
    others = {name: data for name, data in EXPORTED.items() if not name.endswith("archive_format")}
    assert verdict(pickles.zip_of(others)) not in ("safe", "dangerous")
    hidden = EXPORTED | {"model/data/weights/weight_0": pickles.calling("os", "system", protocol=2)}
    assert verdict(pickles.zip_of(hidden)) == "dangerous"


def nemo(target: str) -> bytes:
    """A model of NeMo: a tar that is not packed, whose last member ends like a zip."""
    config = f"model:\n  _target_: {target}\n".encode()
    members = {"model_config.yaml": config, "model_weights.ckpt": pickles.torch_file(pickles.state_dict())}
    return artifacts.tar_of(members)


def test_a_zip_at_the_end_of_a_tar_is_a_member_and_no_second_archive():
    assert verdict(nemo("nemo.collections.asr.models.EncDecCTCModel")) == "safe"
    assert verdict(nemo("os.system")) == "dangerous"


@pytest.mark.parametrize("gap", [0, 200_000])
def test_what_follows_a_tar_is_not_overlooked(gap: int):
    behind = pickles.torch_file(pickles.state_dict())
    assert verdict(nemo("nemo.core.Model") + bytes(gap) + behind) == "suspicious"


def test_the_tensors_of_a_checkpoint_are_known_by_their_name_if_nothing_else_is_in_them():
    name = "variables.data-00000-of-00001"
    assert verdict(b"\xee\xff" * 500, name) == "safe"
    assert verdict(b"\xee\xff" * 500, "variables.bin") not in ("safe", "dangerous")
    for hidden in (b"", b"\xee\xff" * 500):
        assert verdict(hidden + pickles.calling("os", "system", protocol=2), name) in (
            "dangerous",
            "suspicious",
        )
