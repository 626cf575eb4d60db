"""Why a file's header tells nothing."""

from hub.errors import HubError


class HeaderInvalid(HubError):
    """The file is not of the format that its name says, or what its header says cannot be true."""


class SafetensorsInvalid(HeaderInvalid):
    """The safetensors header is malformed, too large, or contradicts the size of the file."""


class GgufInvalid(HeaderInvalid):
    """The gguf header is malformed, too large, or contradicts the size of the file."""


class IndexInvalid(HeaderInvalid):
    """The index of a sharded model is not JSON with a `weight_map`, or names too many shards."""
