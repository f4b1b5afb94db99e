"""Import from what other programs write themselves: a baseline that detect-secrets makes, answers in the shape of Macie's API."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from assay.detect.packs import plugins
from assay.detect.packs.foreign import Foreign, Untranslated
from assay.detect.packs.readers import read


def test_a_baseline_of_detect_secrets_itself(tmp_path: Path) -> None:
    from detect_secrets import SecretsCollection
    from detect_secrets.core import baseline
    from detect_secrets.settings import default_settings

    (tmp_path / "key.pem").write_text("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIB\n-----END RSA PRIVATE KEY-----\n")
    (tmp_path / "app.py").write_text('password = "zQ8mW2nP5rT7xY"\n')
    with default_settings() as settings:
        found = SecretsCollection()
        found.scan_files(str(tmp_path / "key.pem"), str(tmp_path / "app.py"))
        document = baseline.format_for_output(found)
        used = sorted(settings.plugins)
    file = tmp_path / "baseline.json"
    baseline.save_to_file(document, str(file))
    told = [each for each in read(file) if isinstance(each, Untranslated)]
    by_id = {each.id: each for each in told}
    assert set(used) <= set(by_id)
    assert {name for name in used if by_id[name].whole} == {name for name in used if name not in plugins.PLUGINS}
    assert len(set(used) - set(plugins.PLUGINS)) <= 5
    lines = file.read_text().splitlines()
    assert all(each.id in lines[each.line - 1] for each in told)
    values = {Path(each.id).name for each in told if "only SHA-1 digests are kept" in each.because}
    assert values == {"key.pem", "app.py"}


def _example(shape: Any, name: str = "") -> Any:
    """A value of every member that the service's model has."""
    if shape.type_name == "structure":
        return {key: _example(member, key) for key, member in shape.members.items()}
    if shape.type_name == "list":
        return [_example(shape.member, name)]
    if shape.type_name == "map":
        return {"team": "people"}
    own = {"regex": "EMP-[0-9]{6}", "name": "Employee", "keywords": "employee", "ignoreWords": "sample"}
    if name in own:
        return own[name]
    if getattr(shape, "enum", None):
        return shape.enum[-1]
    return {"string": "x", "integer": 40, "long": 1, "boolean": False}.get(
        shape.type_name, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    )


@pytest.mark.parametrize("operation", ["GetCustomDataIdentifier", "CreateCustomDataIdentifier"])
def test_every_member_that_macies_api_has(tmp_path: Path, operation: str) -> None:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    model = ServiceModel(Loader().load_service_model("macie2", "service-2"), "macie2").operation_model(operation)
    shape = model.output_shape if operation.startswith("Get") else model.input_shape
    document = _example(shape)
    # As `aws macie2 get-custom-data-identifier` prints it: keys as in the API, times as text.
    file = tmp_path / "identifier.json"
    file.write_text(json.dumps(document, default=str, indent=4))
    (found,) = [each for each in read(file) if isinstance(each, Foreign)]
    assert found.expressions == (("EMP-[0-9]{6}", 0.8),)
    assert found.keywords == ("employee",)
    assert found.ignore_words == ("sample",)
    assert found.distance == 40
    assert str(found.sensitivity) == "HIGH"
    several = tmp_path / "several.json"
    several.write_text(json.dumps([document, document], default=str))
    assert len([each for each in read(several) if isinstance(each, Foreign)]) == 2


def test_a_list_of_macies_tells_that_it_has_no_expressions(tmp_path: Path) -> None:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    model = ServiceModel(Loader().load_service_model("macie2", "service-2"), "macie2")
    for operation in ("ListCustomDataIdentifiers", "BatchGetCustomDataIdentifiers"):
        file = tmp_path / f"{operation}.json"
        file.write_text(json.dumps(_example(model.operation_model(operation).output_shape), default=str))
        (told,) = read(file)
        assert isinstance(told, Untranslated)
        assert "get-custom-data-identifier does" in told.because
