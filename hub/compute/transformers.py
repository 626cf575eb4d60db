"""How transformers loads a model, told from the names of its classes (pure).

transformers names a class by its model and what its head is for; a name that says neither is left out.
"""

from collections.abc import Sequence
from typing import Any

# End of the class's name → auto class, pipeline, processor; the first that fits counts.
HEADS: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("ForCausalLM", "AutoModelForCausalLM", "text-generation", "AutoTokenizer"),
    ("LMHeadModel", "AutoModelForCausalLM", "text-generation", "AutoTokenizer"),
    *(
        (head, f"AutoModel{head}", pipeline, processor)
        for head, pipeline, processor in (
            ("ForMaskedLM", "fill-mask", "AutoTokenizer"),
            ("ForSequenceClassification", "text-classification", "AutoTokenizer"),
            ("ForTokenClassification", "token-classification", "AutoTokenizer"),
            ("ForQuestionAnswering", "question-answering", "AutoTokenizer"),
            ("ForMultipleChoice", None, "AutoTokenizer"),
            ("ForImageClassification", "image-classification", "AutoImageProcessor"),
            ("ForObjectDetection", "object-detection", "AutoImageProcessor"),
            ("ForSemanticSegmentation", "image-segmentation", "AutoImageProcessor"),
            ("ForDepthEstimation", "depth-estimation", "AutoImageProcessor"),
            ("ForCTC", "automatic-speech-recognition", "AutoProcessor"),
            ("ForAudioClassification", "audio-classification", "AutoFeatureExtractor"),
        )
    ),
    ("MTModel", "AutoModelForSeq2SeqLM", "translation", "AutoTokenizer"),
    ("Model", "AutoModel", None, None),
)
# ForConditionalGeneration says what it is for only together with the type of the model.
TEXT_TO_TEXT = {
    *("t5", "mt5", "umt5", "longt5", "bart", "mbart", "pegasus", "blenderbot", "led", "bigbird_pegasus"),
    *("m2m_100", "fsmt", "prophetnet", "switch_transformers", "plbart"),
}
SPEECH = {"whisper", "speech_to_text", "moonshine"}


def transformers_info(architectures: Sequence[str], model_type: str | None, auto_map: Any) -> dict | None:
    """The `transformersInfo` of huggingface's API; None when the names do not tell."""
    if not architectures:
        return None
    found = _head(architectures[0], model_type)
    if found is None:
        return None
    auto_model, pipeline, processor = found
    custom = auto_map.get(auto_model) if isinstance(auto_map, dict) else None
    info = {
        "auto_model": auto_model,
        "custom_class": custom if isinstance(custom, str) else None,
        "pipeline_tag": pipeline,
        "processor": processor,
    }
    return {name: value for name, value in info.items() if value is not None}


def _head(architecture: str, model_type: str | None) -> tuple[str, str | None, str | None] | None:
    if architecture.endswith("ForConditionalGeneration"):
        if model_type in TEXT_TO_TEXT:
            return "AutoModelForSeq2SeqLM", "text2text-generation", "AutoTokenizer"
        if model_type in SPEECH:
            return "AutoModelForSpeechSeq2Seq", "automatic-speech-recognition", "AutoProcessor"
        return None
    return next((tuple(rest) for end, *rest in HEADS if architecture.endswith(end)), None)
