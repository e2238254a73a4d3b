"""What people read: HTML, Markdown and exports."""

from pipeline.reporting.build import build_report
from pipeline.reporting.model import Limits, RunData, check_joins

__all__ = ["Limits", "RunData", "build_report", "check_joins"]
