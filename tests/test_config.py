import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Config, concord_home, configs_folder, json_schema, load_config
from pipeline.errors import ConfigError


def test_the_shipped_configuration_says_what_the_defaults_are():
    assert load_config(configs_folder() / "default.yaml") == load_config()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("langages: [fr]", "langages: unknown key. Did you mean 'languages'?"),
        ("align:\n  event_treshold: 0.4", "Did you mean 'align.event_threshold'?"),
        ("event_threshold: 1", "Did you mean 'align.event_threshold'?"),
        ("qqqq: 1", "Known keys: languages, target"),
        ("target: de", "target 'de' is not among languages"),
        ("languages: [french, en]", "'french' is not an ISO 639 code"),
        ("languages: [fr, fr, en]", "named twice"),
        ("languages: []", "languages"),
        ("translate: {engine: best}", "translate.engine"),
        ("translate: {pairs: {koen: {engine: fake}}}", "not a language pair"),
        ("align: {event_threshold: 1.5}", "align.event_threshold"),
        ("runtime: {threads: 0}", "runtime.threads"),
        ("a: [", "not valid YAML"),
        ("- 1", "holds a list"),
        ("translate: 3", "translate"),
    ],
)
def test_bad_configurations_name_the_key(tmp_path, text, said):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 2


def test_unreadable_files(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "absent.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"title: \xe9")
    with pytest.raises(ConfigError, match="not valid YAML"):
        load_config(tmp_path / "latin.yaml")


def test_an_empty_file_means_the_defaults(tmp_path):
    (tmp_path / "empty.yaml").write_text("")
    assert load_config(tmp_path / "empty.yaml") == Config.model_validate({})


def test_the_schema_documents_every_key():
    schema = json_schema()
    assert schema["additionalProperties"] is False
    undocumented = [
        f"{name}.{key}"
        for name, part in schema["$defs"].items()
        for key, value in part["properties"].items()
        if "description" not in value and name != "PairConfig"
    ]
    assert undocumented == []


def test_a_configuration_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        load_config().target = "fr"


def test_concord_home(monkeypatch, tmp_path):
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path))
    assert concord_home() == tmp_path
    monkeypatch.delenv("CONCORD_HOME")
    assert concord_home().name == "concord"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda c: (
            st.lists(c, max_size=3)
            | st.dictionaries(st.sampled_from(["target", "align", "languages", "x", "translate", "pairs"]), c)
        ),
    )
)
def test_any_yaml_gives_a_configuration_or_a_config_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("c") / "c.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    try:
        assert isinstance(load_config(path), Config)
    except ConfigError as error:
        assert str(path) in str(error)
