"""The tasks that models are made for, as cards and libraries name them."""

from difflib import get_close_matches

_TASKS = """
any-to-any audio-classification audio-text-to-text audio-to-audio automatic-speech-recognition
conversational depth-estimation document-question-answering feature-extraction fill-mask graph-ml
image-classification image-feature-extraction image-segmentation image-text-to-image image-text-to-text
image-text-to-video image-to-3d image-to-image image-to-text image-to-video keypoint-detection
mask-generation multiple-choice object-detection other question-answering reinforcement-learning robotics
sentence-similarity summarization table-question-answering table-to-text tabular-classification
tabular-regression tabular-to-text text-classification text-generation text-ranking text-retrieval
text-to-3d text-to-audio text-to-image text-to-speech text-to-video text2text-generation
time-series-forecasting token-classification translation unconditional-image-generation
video-classification video-text-to-text video-to-video visual-document-retrieval visual-question-answering
voice-activity-detection zero-shot-classification zero-shot-image-classification
zero-shot-object-detection
"""
PIPELINE_TAGS = frozenset(_TASKS.split())


def nearest_tag(written: str) -> str | None:
    """The known task that is spelled most like what somebody wrote, if any is."""
    close = get_close_matches(written[:100].lower(), sorted(PIPELINE_TAGS), n=1, cutoff=0.6)
    return close[0] if close else None
