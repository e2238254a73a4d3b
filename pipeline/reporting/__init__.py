"""What people read: HTML, Markdown and exports."""

from pipeline.reporting.build import build_report
from pipeline.reporting.model import Limits, RunData

__all__ = ["Limits", "RunData", "build_report"]
