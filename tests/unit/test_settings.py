"""Settings: where they are found, what they refuse, and with which words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from assay.app.config.places import Address, find_file
from assay.app.config.settings import KEYS, Settings, load_settings
from assay.errors import ConfigError
from assay.folders import user_folder
from assay.model import Level


def settings_of(folder: Path, text: str, environment: dict[str, str] | None = None) -> Settings:
    (folder / "assay.toml").write_text(text)
    return load_settings(environment=environment or {}, folder=folder)


def test_defaults(tmp_path: Path) -> None:
    found = load_settings(environment={}, folder=tmp_path)
    assert (found.min_confidence, found.jobs, found.fail_on, found.gitignore) == (0.5, 0, None, True)
    assert found.file is None
    assert all(found.origin(key.name).is_default for key in KEYS)


def test_every_key_from_the_file(tmp_path: Path) -> None:
    found = settings_of(
        tmp_path,
        'identifiers = ["rules", "/abs/more.yaml"]\nexclude = ["*.log"]\nmin_confidence = 1\njobs = 4\n'
        "max_depth = 3\nmax_ratio = 1000\nmax_member_bytes = 17\n"
        'fail_on = "confidential"\nallow = "allow.yaml"\ngitignore = false\ninclude_test_values = true\nprose = true\nlearned = false\nmodels = "models"\n'
        'fingerprint_key_file = "key"\ncache_dir = "cache"\n'
        'second_approval = "restricted"\nprotection = "protection.yaml"\ngovernance = "rows.yaml"\n'
        'catalog = "catalog.db"\nretention_findings = 30\nretention_history = 0\nreview_from = 0.4\n'
        'tag_prefix = "acme:"\ntag_names = ["DataClassification=class"]\ntag_write = ["DataClassification"]\n'
        'tag_levels = ["restricted=C4"]\ntag_separator = ":"\n'
        'comprehend = true\ncomprehend_language = "es"\ncomprehend_bytes = 7\ntextract = true\n'
        'database_logins = ["rds://reader@shop"]\nstale_objects = 1\nstale_databases = 0\nowner_tags = ["squad"]\nclassification_tags = ["pii"]\n'
        'change_windows = ["sat 22:00-04:00"]\nquiet_hours = ["12:00-13:00"]\ntime_zone = "Europe/Berlin"\n'
        'leave_alone = ["Team=lab*"]\nprotection_prices = "prices.yaml"\n'
        'protect_regions = ["eu-west-1"]\nprotect_roles = ["arn:aws:iam::123456789012:role/a/see"]\nquestion_days = 2\n'
        'restore_security_groups = ["sg-0a1b2c3d"]\nrestore_subnet_group = "apart"\n'
        'oidc_issuer = "https://login.example.org"\noidc_client_id = "desk"\noidc_claim = "roles"\noidc_name_claim = "name"\n'
        'oidc_roles = ["team=steward@s3://lake/*"]\n'
        'notify_webhook = "https://hooks.example.org/a"\nnotify_mail = ["a@example.org"]\nnotify_smtp = "smtp://mail.example.org"\n'
        'notify_from = "b@example.org"\nnotify_jira = "https://acme.atlassian.net#DATA"\nnotify_jira_user = "u"\n'
        'notify_servicenow = "https://acme.service-now.com"\nnotify_servicenow_user = "v"\nnotify_level = "internal"\n'
        'notify_every = 60\nnotify_networks = ["10.0.0.0/8"]\n'
        'enrich_provider = "openai"\nenrich_model = "small"\nenrich_url = "http://localhost/v1"\nenrich_input = "clear"\n'
        'enrich_glossary = "terms.csv"\nenrich_tokens = 5\nenrich_price_in = 1\nenrich_price_out = 2.5\nenrich_budget = 3\n'
        "enrich_seconds = 9\nenrich_events = true\nlearn_after = 50\nlearn_every = 7\nlearn_days = 90\nlearn_promote = true\n"
        'scan_roots = ["data", "s3://lake/hr", "postgresql://reader:pw@db/shop"]\n',
    )
    assert (found.enrich_provider, found.enrich_model, found.enrich_input) == ("openai", "small", "clear")
    assert (found.enrich_url, found.enrich_glossary) == ("http://localhost/v1", tmp_path / "terms.csv")
    assert (found.enrich_tokens, found.enrich_price_in, found.enrich_price_out) == (5, 1, 2.5)
    assert (found.learned, found.models) == (False, tmp_path / "models")
    assert (found.enrich_budget, found.enrich_seconds, found.enrich_events) == (3, 9, True)
    assert (found.learn_after, found.learn_every, found.learn_days, found.learn_promote) == (50, 7, 90, True)
    assert found.identifiers == (tmp_path / "rules", Path("/abs/more.yaml"))
    assert found.exclude == ("*.log",)
    assert (found.min_confidence, found.jobs, found.fail_on) == (1.0, 4, Level.CONFIDENTIAL)
    assert (found.max_depth, found.max_ratio, found.max_member_bytes) == (3, 1000, 17)
    assert (found.allow, found.gitignore, found.include_test_values, found.prose) == (
        tmp_path / "allow.yaml",
        False,
        True,
        True,
    )
    assert (found.fingerprint_key_file, found.cache_dir) == (tmp_path / "key", tmp_path / "cache")
    assert found.second_approval is Level.RESTRICTED
    assert found.review_from == 0.4
    assert (found.learned, found.models) == (False, tmp_path / "models")
    assert found.protection_prices == tmp_path / "prices.yaml"
    assert (found.governance, found.protection) == (tmp_path / "rows.yaml", tmp_path / "protection.yaml")
    assert found.catalog == Address(str(tmp_path / "catalog.db"))
    assert (found.retention_findings, found.retention_history) == (30, 0)
    assert (found.tag_prefix, found.tag_separator) == ("acme:", ":")
    assert (found.tag_names, found.tag_write) == (("DataClassification=class",), ("DataClassification",))
    assert found.tag_levels == ("restricted=C4",)
    assert (found.stale_objects, found.stale_databases) == (1, 0)
    assert (found.owner_tags, found.classification_tags) == (("squad",), ("pii",))
    assert (found.comprehend, found.comprehend_language, found.comprehend_bytes) == (True, "es", 7)
    assert found.textract
    assert found.database_logins == ("rds://reader@shop",)
    assert (found.change_windows, found.quiet_hours) == (("sat 22:00-04:00",), ("12:00-13:00",))
    assert (found.protect_regions, found.protect_roles) == (("eu-west-1",), ("arn:aws:iam::123456789012:role/a/see",))
    assert (found.restore_security_groups, found.restore_subnet_group) == (("sg-0a1b2c3d",), "apart")
    assert found.question_days == 2
    assert (found.time_zone, found.leave_alone) == ("Europe/Berlin", ("Team=lab*",))
    assert (found.oidc_issuer, found.oidc_client_id) == ("https://login.example.org", "desk")
    assert (found.oidc_claim, found.oidc_name_claim) == ("roles", "name")
    assert found.notify_webhook == "https://hooks.example.org/a"
    assert (found.notify_mail, found.notify_smtp) == (("a@example.org",), "smtp://mail.example.org")
    assert (found.notify_from, found.notify_every, found.notify_level) == ("b@example.org", 60, Level.INTERNAL)
    assert (found.notify_jira, found.notify_jira_user) == ("https://acme.atlassian.net#DATA", "u")
    assert (found.notify_servicenow, found.notify_servicenow_user) == ("https://acme.service-now.com", "v")
    assert found.notify_networks == ("10.0.0.0/8",)
    assert found.oidc_roles == ("team=steward@s3://lake/*",)
    assert [each.url for each in found.scan_roots] == [
        str(tmp_path / "data"),
        "s3://lake/hr",
        "postgresql://reader:pw@db/shop",
    ]
    assert "pw" not in f"{found!r}{[str(each) for each in found.scan_roots]}"
    assert {key.name for key in KEYS} == set(found.origins)


def test_the_environment_counts_more(tmp_path: Path) -> None:
    variables = {"ASSAY_JOBS": "2", "ASSAY_IDENTIFIERS": "a:/b", "ASSAY_GITIGNORE": "off", "OTHER": "x"}
    found = settings_of(tmp_path, "jobs = 7\nmin_confidence = 0.9\n", variables)
    assert (found.jobs, found.min_confidence, found.gitignore) == (2, 0.9, False)
    assert found.identifiers == (tmp_path / "a", Path("/b"))
    assert found.origin("jobs").text == "environment ASSAY_JOBS"


@pytest.mark.parametrize("place", ["s3://lake", "s3://lake/", "s3://lake.of.us/team/models", "s3://lake/ä b/m/"])
def test_models_in_a_bucket_are_no_path(place: str, tmp_path: Path) -> None:
    assert settings_of(tmp_path, f'models = "{place}"').models == place
    assert settings_of(tmp_path, "", {"ASSAY_MODELS": place}).models == place


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jbos = 1", "1: unknown key 'jbos'; did you mean 'jobs'?"),
        ("\n\n[scan]\njobs = 1", "3: unknown key 'scan'; known keys: identifiers,"),
        ("jobs = -1", "1: jobs must be a whole number from 0"),
        ("jobs = true", "1: jobs must be a whole number from 0"),
        ("# x\nmin_confidence = 1.5", "2: min_confidence must be a number from 0 to 1"),
        ("min_confidence = nan", "1: min_confidence must be a number from 0 to 1"),
        ('exclude = "*.log"', "1: exclude must be a list of texts"),
        ('exclude = ["a", 1]', "1: exclude must be a list of texts"),
        (
            'fail_on = "confidental"',
            "1: fail_on must be one of restricted, confidential, internal, unclassified, public;",
        ),
        ('gitignore = "yes"', "1: gitignore must be true or false"),
        ("cache_dir = 7", "1: cache_dir must be a path in quotes"),
        ('models = "s3://"', "1: models must be a folder, or s3://bucket/prefix"),
        ('models = "s3:/lake/models"', "1: models must be a folder, or s3://bucket/prefix"),
        ('models = "s3://Lake!/models"', "1: models must be a folder, or s3://bucket/prefix"),
        ('models = "s3://lake//models"', "1: models must be a folder, or s3://bucket/prefix"),
        ("models = 7", "1: models must be a path in quotes"),
        ("learn_after = -1", "1: learn_after must be a whole number from 0 to 1,000,000"),
        ("learn_every = true", "1: learn_every must be a whole number from 0 to 3,650"),
        ("learn_days = 1.5", "1: learn_days must be a whole number from 0 to 3,650"),
        ('learn_promote = "yes"', "1: learn_promote must be true or false"),
        ("jobs = 1\njobs = 2", "2: not valid TOML: Cannot overwrite a value"),
        ("jobs = ", "1: not valid TOML: Invalid value"),
        ('exclude = ["""\njobs = 9\n"""]\njobs = 9999', "4: jobs must be a whole number"),
        ('"jobs" = "many"', "1: jobs must be a whole number"),
    ],
)
def test_mistakes_in_the_file(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        settings_of(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'assay.toml'}:{message}")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("ASSAY_JOBS", "two", "ASSAY_JOBS must be a whole number"),
        ("ASSAY_MIN_CONFIDENCE", "high", "ASSAY_MIN_CONFIDENCE must be a number from 0 to 1"),
        ("ASSAY_GITIGNORE", "maybe", "ASSAY_GITIGNORE must be true or false"),
        ("ASSAY_FAIL_ON", "internl", "ASSAY_FAIL_ON must be one of"),
        ("ASSAY_JOB", "1", "unknown variable ASSAY_JOB; did you mean 'ASSAY_JOBS'?"),
    ],
)
def test_mistakes_in_the_environment(name: str, value: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        load_settings(environment={name: value}, folder=tmp_path)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "assay.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load_settings(environment={}, folder=tmp_path)


def test_the_file_is_found_up_to_the_root_of_the_repository_and_no_further(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    inside = repository / "a" / "b"
    inside.mkdir(parents=True)
    (tmp_path / "assay.toml").write_text("")
    (repository / "a" / "assay.toml").write_text("")
    assert find_file(inside) is None
    (repository / ".git").mkdir()
    assert find_file(inside) == repository / "a" / "assay.toml"
    (repository / "a" / "assay.toml").unlink()
    assert find_file(inside) is None


def test_a_variable_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text("jobs = 5")
    assert load_settings(environment={"ASSAY_CONFIG": str(file)}, folder=tmp_path).jobs == 5


def test_an_empty_home_is_not_the_root_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", "")
    assert Path(pwd.getpwuid(os.getuid()).pw_dir) in user_folder("config").parents


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bob:hunter2@h/x",
        "postgresql://bob:hun/ter2-hunter2@h/x",
        "postgresql://bob:hunter2?x@h/x",
        "postgresql://bob:#hunter2@h/x",
        "postgresql://bob:a@hunter2@h/x",
        "postgresql://:hunter2@h/x",
        "postgresql://h/x?user=bob&password=hunter2",
        "postgresql://h/x?PGPASSWORD=hunter2&x=1",
        "mysql://h/x?passwd=hunter2",
        "snowflake://bob@acct/db?token=hunter2",
        "snowflake://bob@acct/db?private_key=hunter2&private_key_passphrase=hunter2&passcode=hunter2",
        "redshift://h/x?access_key_id=a&secret_access_key=hunter2",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3Dhunter2",
        "mongodb://h/x?authMechanismProperties=AWS_SESSION_TOKEN:hunter2",
        "postgresql://bob@h/x?sslmode=require;password=hunter2",
        "postgresql://bob@h/x?a=1;b=2;password=hunter2;c=hunter2&d=3",
        "mysql://bob@h/x?pass=hunter2",
        "mssql://h/x;encrypt=yes;password=hunter2",
        "postgresql://bob@h/x#password=hunter2",
    ],
)
def test_an_address_shows_no_secret_however_it_is_written(url: str, tmp_path: Path) -> None:
    assert make_url(url), "the library takes it"
    assert "hunter2" not in str(Address(url))
    assert "hunter2" not in repr(Address(url))
    assert str(Address(url)).startswith(url.partition("://")[0])


@pytest.mark.parametrize(
    "url",
    [
        "s3://lake/a:b@c/d?e.csv", "s3://lake/d?key=5&monkey=2", "file:///srv/a:b@c.csv", "/srv/a:b@c?x=1", "postgresql://bob@h:5432/x?sslmode=require",
        "mongodb://h1:27017,h2:27017/shop?replicaSet=rs0", "kafka://h:9092/topic", "cassandra://h/?keyspace=shop",
    ],
)  # fmt: skip
def test_an_address_without_a_secret_shows_all_of_itself(url: str) -> None:
    assert str(Address(url)) == url
