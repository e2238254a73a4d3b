"""A local checkpoint through the whole pipeline: the configuration names a folder, and its model translates."""

from tiny_marian import PAIRS, tiny_marian  # noqa: F401 - the fixture

from pipeline.config import load_config
from pipeline.engines.workshop import Workshop
from pipeline.records import Translation, from_table
from pipeline.runner import run


def test_a_local_checkpoint_translates_a_run(tmp_path, tiny_marian, monkeypatch):  # noqa: F811
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path / "home"))
    source, target = PAIRS[0]
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("\n\n".join(s for s, _ in PAIRS[:6]), encoding="utf-8")
    path = tmp_path / "c.yaml"
    path.write_text(
        f"translate:\n  pairs:\n    fr-en: {{engine: ctranslate, model: {tiny_marian}}}\n  compute_type: float32\n"
    )
    config = load_config(path)
    plan = Workshop.of(config, None, tmp_path / "out").plan("fr", "en")
    assert plan.engine == "ctranslate"
    assert plan.load().translate([source], "fr", "en")[0].text == target
    results = run(config, str(folder), tmp_path / "out", until="translate")
    import pyarrow.parquet as pq

    table = next((tmp_path / "out" / "stages").glob("translate-*/translations.parquet"))
    texts = {t.text for t in from_table(pq.read_table(table), Translation)}
    assert target in texts
    assert results[-1].manifest.notes["fr-en"]["engine"] == "ctranslate"
