"""Formats of data that say what they are in their first bytes and have no place for code."""

import re

from hub.scanning.formats.base import Format, Judge, Piece

_MAGICS = {
    b"\x89PNG\r\n\x1a\n": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF87a": "a GIF image",
    b"GIF89a": "a GIF image",
    b"II*\0": "a TIFF image",
    b"MM\0*": "a TIFF image",
    b"\0\0\x01\0": "an icon",
    b"%PDF-": "a PDF document",
    b"OggS": "an Ogg sound file",
    b"fLaC": "a FLAC sound file",
    b"ID3\x03": "an MP3 sound file",
    b"ID3\x04": "an MP3 sound file",
    b"PAR1": "a Parquet table",
    b"ARROW1": "an Arrow table",
    b"FEA1": "a Feather table",
    b"ORC": "a table of ORC",
    b"SQLite format 3\0": "an SQLite database",
    b"MATLAB 5.0 MAT-file": "a MATLAB file",
    b"wOFF": "a font",
    b"wOF2": "a font",
    b"\0\x01\0\0\0": "a font",
    b"OTTO\0": "a font",
    b"ggjt": "weights of GGML",
    b"tjgg": "weights of GGML",
    b"lmgg": "weights of GGML",
    b"fmgg": "weights of GGML",
    b"CBM1": "a CatBoost model",
    b"\xba\x16\x4f\x2f": "a fastText model",
    b"bplist00": "a property list",
    b"BKHD": "a sound bank",
    b"mmap lm http://kheafield.com/code": "a language model of KenLM",
    b"We love Marisa.": "a dictionary of marisa-trie",
    b"lCRF": "a model of CRFsuite",
    b"IxF2": "an index of FAISS",
    b"IxFI": "an index of FAISS",
    b"IwFl": "an index of FAISS",
    b"IwPQ": "an index of FAISS",
    b"IxPQ": "an index of FAISS",
    b"IxMp": "an index of FAISS",
    b"IxM2": "an index of FAISS",
    b"IHNf": "an index of FAISS",
    b"\x12\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0": "weights of MXNet",
    b"RKNN\0": "a model for Rockchip",
}
# dlib's whole numbers have their length before them: version 1, then a loss by name or a column of floats.
_DLIB = re.compile(rb"\x01\x01(?:\x01.loss_|[\x81\x82]..?\x81\x01\x03)", re.DOTALL)
# Of the first message of an Arrow stream, in bytes.
LONGEST_SCHEMA = 1 << 24


class Media(Format):
    """Recognised by their first bytes."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        return words_for(head) is not None

    def inspect(self, judge: Judge, piece: Piece) -> None:
        judge.hidden(piece.source, 4, piece.label)
        judge.harmless(str(words_for(piece.source.open().peek(32))), piece.label)


def words_for(head: bytes) -> str | None:
    """What begins like this."""
    if head.startswith(b"RIFF") and head[8:12] in (b"WAVE", b"WEBP", b"AVI "):
        return "sound or an image in RIFF"
    if head.startswith(b"\x80\x01") and head[6:10] == b"%!PS":
        return "a font"
    if _DLIB.match(head):
        return "a model of dlib"
    if head.startswith(b"\xff\xff\xff\xff") and is_message(head[4:12]):
        return "an Arrow stream"
    if head[4:8] == b"ftyp":
        return "a film or sound in MP4"
    return next((words for magic, words in _MAGICS.items() if head.startswith(magic)), None)


def is_message(head: bytes) -> bool:
    """Whether a message of Arrow begins like this: its length, and where in it its table is."""
    length, table = int.from_bytes(head[:4], "little"), int.from_bytes(head[4:], "little")
    return not length % 8 and 4 <= table < length < LONGEST_SCHEMA
