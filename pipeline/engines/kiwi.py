"""Estimate quality with COMET-Kiwi (Rei et al. 2022) through unbabel-comet: optional, from disk, off the network.

A COMET checkpoint is a pickle, which may run code when it is read. It is read with ``weights_only=True`` here, which
refuses everything but tensors and plain values, and put into the model by hand: Lightning's own loader, which COMET
uses, would unpickle anything. unbabel-comet 2.2 needs numpy 1 and Transformers 4: give it an environment of its own.
"""

from __future__ import annotations

import inspect
import os
import pickle
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from pipeline.engines.registry import file_sha256
from pipeline.errors import DependencyMissing, ModelCorrupt, ModelMissing, ModelUnsupported

__all__ = ["KiwiEstimator"]

_CLASSES = {"unified_metric": "UnifiedMetric", "referenceless_regression_metric": "ReferencelessRegression"}
_CHECKPOINT = Path("checkpoints") / "model.ckpt"


class KiwiEstimator:
    """Implement :class:`~pipeline.engines.judging.Estimator` with COMET-Kiwi.

    Args:
        folder: a model as published: ``hparams.yaml``, ``checkpoints/model.ckpt``, and ``encoder/`` with the
            configuration and tokenizer of its pretrained model (for wmt22-cometkiwi-da: microsoft/infoxlm-large).
        batch_size: translations in one forward pass.

    Raises:
        ModelMissing: a file is not there.
        ModelUnsupported: it is no reference-free model.
    """

    def __init__(self, folder: Path, batch_size: int = 8) -> None:
        self._folder = folder
        self._batch_size = batch_size
        self._model: Any = None
        for name in ("hparams.yaml", str(_CHECKPOINT), "encoder/config.json"):
            if not (folder / name).is_file():
                raise ModelMissing(
                    f"The COMET-Kiwi model {folder} lacks {name}.",
                    "Fetch Unbabel/wmt22-cometkiwi-da where a network allows (its licence is non-commercial), put the "
                    "configuration and tokenizer of its pretrained model into encoder/, and name the folder.",
                )
        self._settings = _settings(folder / "hparams.yaml")
        self._digest = file_sha256(folder / _CHECKPOINT)

    @property
    def signature(self) -> str:
        """Name the model by the digest of its weights."""
        return f"comet-kiwi|{self._settings['class_identifier']}|sha256:{self._digest[:16]}"

    def estimate(self, sources: Sequence[str], hypotheses: Sequence[str]) -> list[float]:
        """Return one estimate per translation, on the model's own scale (about 0 to 1).

        Raises:
            DependencyMissing: unbabel-comet is not installed.
            ModelCorrupt: the checkpoint holds more than weights, or the weights of another model.
        """
        rows = [{"src": s, "mt": t} for s, t in zip(sources, hypotheses, strict=True)]
        if not rows:
            return []
        with _offline():
            if self._model is None:
                self._model = self._load()
            result = self._model.predict(rows, batch_size=self._batch_size, gpus=0, progress_bar=False, num_workers=0)
        return [round(float(score), 4) for score in result.scores]

    def _load(self) -> Any:
        try:
            from comet import models
        except ImportError as error:
            raise DependencyMissing("unbabel-comet", "kiwi", "COMET-Kiwi") from error
        made = getattr(models, _CLASSES[self._settings["class_identifier"]])
        known = set(inspect.signature(made.__init__).parameters)
        settings = {k: v for k, v in self._settings.items() if k in known}
        settings |= {"load_pretrained_weights": False, "pretrained_model": str(self._folder / "encoder")}
        if "local_files_only" in known:
            settings["local_files_only"] = True
        model = made(**settings)
        weights = self._weights()
        missing = [n for n in model.load_state_dict(weights, strict=False).missing_keys if "position_ids" not in n]
        if missing:
            raise ModelCorrupt(
                f"The checkpoint {self._folder / _CHECKPOINT} lacks {len(missing)} weights, {missing[0]} first.",
                "Fetch the model again; hparams.yaml, checkpoint and encoder/ must be of one model.",
            )
        return model.eval()

    def _weights(self) -> Mapping[str, Any]:
        import torch

        path = self._folder / _CHECKPOINT
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of unusual pickle protocols: what is wrong is said below
                content = torch.load(path, map_location="cpu", weights_only=True)
            weights: Mapping[str, Any] = content["state_dict"]
        except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, TypeError) as error:
            raise ModelCorrupt(
                f"The checkpoint {path} is damaged or holds more than weights, and is not read: it could run code.",
                "Fetch it again from where it was published; do not use a checkpoint that fails here.",
            ) from error
        return weights


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings: dict[str, Any] = dict(yaml.safe_load(path.read_text(encoding="utf-8")))
        kind = settings["class_identifier"]
    except (yaml.YAMLError, ValueError, TypeError, KeyError, UnicodeDecodeError) as error:
        raise ModelCorrupt(f"The settings {path} cannot be read: {error!r}.", "Fetch the model again.") from error
    if kind not in _CLASSES:
        raise ModelUnsupported(
            f"The model of {path} is a {kind}, which needs references.", "Name a COMET-Kiwi (reference-free) model."
        )
    return settings


@contextmanager
def _offline() -> Iterator[None]:
    """Keep the model hub out while COMET loads and runs."""
    before = os.environ.get("HF_HUB_OFFLINE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = before
