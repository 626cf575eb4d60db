"""The tasks that models are made for, as people write them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TASKS: dict[str, Promise] = {
    "any-to-any": _("Any to any"),
    "audio-classification": _("Audio classification"),
    "audio-text-to-text": _("Audio and text to text"),
    "audio-to-audio": _("Audio to audio"),
    "automatic-speech-recognition": _("Speech recognition"),
    "conversational": _("Conversational"),
    "depth-estimation": _("Depth estimation"),
    "document-question-answering": _("Document question answering"),
    "feature-extraction": _("Feature extraction"),
    "fill-mask": _("Fill mask"),
    "graph-ml": _("Graph ML"),
    "image-classification": _("Image classification"),
    "image-feature-extraction": _("Image feature extraction"),
    "image-segmentation": _("Image segmentation"),
    "image-text-to-image": _("Image and text to image"),
    "image-text-to-text": _("Image and text to text"),
    "image-text-to-video": _("Image and text to video"),
    "image-to-3d": _("Image to 3D"),
    "image-to-image": _("Image to image"),
    "image-to-text": _("Image to text"),
    "image-to-video": _("Image to video"),
    "keypoint-detection": _("Keypoint detection"),
    "mask-generation": _("Mask generation"),
    "multiple-choice": _("Multiple choice"),
    "object-detection": _("Object detection"),
    "other": _("Other"),
    "question-answering": _("Question answering"),
    "reinforcement-learning": _("Reinforcement learning"),
    "robotics": _("Robotics"),
    "sentence-similarity": _("Sentence similarity"),
    "summarization": _("Summarization"),
    "table-question-answering": _("Table question answering"),
    "table-to-text": _("Table to text"),
    "tabular-classification": _("Tabular classification"),
    "tabular-regression": _("Tabular regression"),
    "tabular-to-text": _("Tabular to text"),
    "text-classification": _("Text classification"),
    "text-generation": _("Text generation"),
    "text-ranking": _("Text ranking"),
    "text-retrieval": _("Text retrieval"),
    "text-to-3d": _("Text to 3D"),
    "text-to-audio": _("Text to audio"),
    "text-to-image": _("Text to image"),
    "text-to-speech": _("Text to speech"),
    "text-to-video": _("Text to video"),
    "text2text-generation": _("Text-to-text generation"),
    "time-series-forecasting": _("Time series forecasting"),
    "token-classification": _("Token classification"),
    "translation": _("Translation"),
    "unconditional-image-generation": _("Unconditional image generation"),
    "video-classification": _("Video classification"),
    "video-text-to-text": _("Video and text to text"),
    "video-to-video": _("Video to video"),
    "visual-document-retrieval": _("Visual document retrieval"),
    "visual-question-answering": _("Visual question answering"),
    "voice-activity-detection": _("Voice activity detection"),
    "zero-shot-classification": _("Zero-shot classification"),
    "zero-shot-image-classification": _("Zero-shot image classification"),
    "zero-shot-object-detection": _("Zero-shot object detection"),
}


def task_words(task: str) -> str:
    """A task in words; of one that is not known, its own."""
    if task in TASKS:
        return str(TASKS[task])
    words = task.replace("-", " ")
    return words[:1].upper() + words[1:]
