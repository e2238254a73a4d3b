"""Quality measures on folders of test data: what ``concord eval`` prints. Each result carries signatures."""

from __future__ import annotations

from pipeline.evaluation.check import evaluate_check
from pipeline.evaluation.data import read_lines
from pipeline.evaluation.langid import evaluate_langid

__all__ = ["evaluate_check", "evaluate_langid", "read_lines"]
