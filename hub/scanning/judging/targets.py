"""Names that a description of objects would have built: hydra's `_target_`."""

from hub.scanning.findings import CUSTOM_CODE, Severity, printable
from hub.scanning.formats.base import Judge
from hub.scanning.names import Judgement
from hub.scanning.names import judge as judge_name

# What a model of NeMo is made of; whatever else it names is not part of the framework that reads it.
FRAMEWORKS = frozenset(
    """
    nemo nemo_text_processing torch torchaudio torchvision torchmetrics pytorch_lightning lightning
    lightning_fabric omegaconf megatron transformers apex transformer_engine numpy sklearn
    """.split()  # noqa: SIM905
)
# Names of hydra and fiddle that import or call another name, given as an argument.
INDIRECT = ("hydra", "fiddle", "importlib", "runpy", "nemo.core.classes.common.typecheck")


def judge_target(judge: Judge, dotted: str, where: str, *, framework: bool) -> None:
    """Judge one `_target_`; `framework` says that the loader of the file builds it without being asked."""
    words = f"builds {printable(dotted)}"
    module, _, name = dotted.strip().rpartition(".")
    if "$" in dotted or not all(part.isidentifier() for part in dotted.strip().split(".")):
        say_target(judge, f"{words}, a name that is put together", where, Severity.SUSPICIOUS, framework)
    elif judge_name(module, name) == Judgement.DANGEROUS or module.startswith(INDIRECT):
        judge.say("target", f"{words}, which {Judgement.DANGEROUS.value}", where, Severity.DANGEROUS)
    elif module.split(".")[0] not in FRAMEWORKS:
        say_target(judge, f"{words}, which is code of its own", where, Severity.NOTICE, framework)


def say_target(judge: Judge, words: str, where: str, severity: Severity, framework: bool) -> None:
    """Outside a framework's own file nothing is built unless somebody's code asks for it."""
    if framework:
        judge.say("target", words, where, Severity.DANGEROUS)
    else:
        rule = CUSTOM_CODE if severity == Severity.NOTICE else "target"
        judge.say(rule, words, where, severity)
