"""Table of contents: every model of the rooms."""

from contributions.moderation.models import Case, Decision, Report

__all__ = ["Case", "Decision", "Report"]
