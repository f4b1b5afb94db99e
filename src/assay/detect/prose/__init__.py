"""Names and addresses in running text: a cheap filter chooses sentences, a language model judges them, lists and words
around add evidence. Nothing here is loaded unless it was asked for."""

from assay.detect.prose.reader import Prose
from assay.detect.prose.tagger import why_missing

__all__ = ["Prose", "why_missing"]
