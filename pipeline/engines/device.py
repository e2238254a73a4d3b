"""Say where encoder-decoder engines run, and what the faults of a GPU mean."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pipeline.errors import ModelError

__all__ = ["GPU_BATCH_TOKENS", "Device", "gpu_fault", "is_out_of_memory"]

Device: TypeAlias = Literal["auto", "cpu", "cuda"]

GPU_BATCH_TOKENS = 4096
"""Most source tokens of a batch on a GPU, padding included: single rows would leave it idle."""


def is_out_of_memory(error: RuntimeError) -> bool:
    """Tell whether a runtime (torch, CTranslate2) ran out of the GPU's memory."""
    return "out of memory" in str(error).lower()


def gpu_fault(runtime: str, error: Exception) -> ModelError:
    """Put an error that a runtime met on a GPU in words, with the remedy.

    Args:
        runtime: ``"torch"`` or ``"CTranslate2"``.
        error: what it raised.
    """
    said = str(error).strip().rstrip(".")
    if isinstance(error, RuntimeError) and is_out_of_memory(error):
        return ModelError(
            f"The GPU has too little free memory for one text: {said}.",
            "End what else uses it, use a smaller model, or set runtime.device to cpu.",
        )
    return ModelError(
        f"{runtime} cannot use the GPU: {said}.",
        "Install the driver and libraries that it was built for, or set runtime.device to cpu.",
    )
