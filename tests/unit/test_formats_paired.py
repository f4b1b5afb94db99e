"""Names that stand as values beside what they name: settings of containers, tags, parameters, property lists."""

from __future__ import annotations

import pytest

import assay

SECRET = "tcRY7O8pjAAO"  # made up

KUBERNETES = f"""apiVersion: v1
kind: Pod
spec:
  containers:
    - name: web
      env:
        - name: DB_PASSWORD
          value: {SECRET}
        - name: GREETING
          value: "hello there"
        - name: BIRTHDAY
          optional: false
          value: "1985-03-14"
"""
TASK = (
    '{"containerDefinitions": [{"name": "web", "environment": ['
    f'{{"name": "DB_PASSWORD", "value": "{SECRET}"}}, {{"name": "mrn", "slotSetting": false, "value": 48291735}}]}}]}}'
)
HADOOP = f"""<?xml version="1.0"?>
<configuration>
  <property>
    <name>javax.jdo.option.ConnectionPassword</name>
    <description>how to get in</description>
    <value>{SECRET}</value>
  </property>
</configuration>
"""
PROPERTY_LIST = f"""<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>Password</key>
<string>{SECRET}</string>
<key>ssn</key><string>536904399</string>
</dict></plist>
"""
ATTRIBUTES = f"""<?xml version="1.0"?>
<beans><entry key="db.password">{SECRET}</entry><Parameter name="dob" value="1985-03-14"/></beans>
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (KUBERNETES, {("PASSWORD", SECRET), ("DOB", "1985-03-14")}),
        (TASK, {("PASSWORD", SECRET), ("MRN", "48291735")}),
        (HADOOP, {("PASSWORD", SECRET)}),
        (PROPERTY_LIST, {("PASSWORD", SECRET), ("SSN", "536904399")}),
        (ATTRIBUTES, {("PASSWORD", SECRET), ("DOB", "1985-03-14")}),
    ],
    ids=["kubernetes", "json", "hadoop", "property list", "attributes"],
)
def test_a_value_is_named_by_the_name_beside_it(text: str, found: set[tuple[str, str]]) -> None:
    findings = assay.scan_text(text)
    assert {(item.identifier, text[item.location.start : item.location.end]) for item in findings} == found


def test_a_named_value_has_its_own_place() -> None:
    finding = next(item for item in assay.scan_text(TASK) if item.identifier == "PASSWORD")
    assert finding.location.json_path == "$.containerDefinitions[0].environment[0].value"
    assert finding.location.field == "value"


def test_a_value_that_names_another_keeps_its_own_place() -> None:
    text = '[{"name": "John Smith", "value": "12"}]'
    (finding,) = assay.scan_text(text)
    assert (finding.identifier, finding.location.json_path, finding.location.field) == (
        "PERSON_NAME",
        "$[0].name",
        "name",
    )


@pytest.mark.parametrize(
    "text",
    [
        # Of another object, of another mapping, of another element.
        f'[{{"name": "DB_PASSWORD"}}, {{"value": "{SECRET}"}}]',
        f'{{"name": "DB_PASSWORD", "of": {{"value": "{SECRET}"}}}}',
        f"a:\n  - name: DB_PASSWORD\n  - value: {SECRET}\n",
        f"a:\n  name: DB_PASSWORD\nvalue: {SECRET}\n",
        f'<?xml version="1.0"?><a><b><name>DB_PASSWORD</name></b><b><value>{SECRET}</value></b></a>',
        # What it names stands elsewhere, or is none.
        '{"name": "DB_PASSWORD", "valueFrom": "vault", "type": "string"}',
        "env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef: database\n",
        "env:\n  - name: DB_PASSWORD\n    value: ${DB_PASSWORD}\n",
        # Free text.
        f"enter the password\n{SECRET}\n",
    ],
)
def test_what_stands_elsewhere_is_not_named(text: str) -> None:
    assert assay.scan_text(text) == []
