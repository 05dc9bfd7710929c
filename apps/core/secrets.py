"""Hiding secrets on arrival: by the client's own rules, so that what it lets through is what we keep."""

from paceline.secrets import HIDDEN, scrubbed, scrubbed_document, scrubbed_in_pieces

__all__ = ["HIDDEN", "scrubbed", "scrubbed_document", "scrubbed_in_pieces"]
