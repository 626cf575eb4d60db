"""The Xet protocol: chunk storage, as hf_xet 1.8.0 speaks it beside the Hugging Face dialect."""
