"""What may be scanned from the desk: what is configured and what lies below it, by whatever name it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.app.config.settings import load_settings
from assay.app.serving.asking import judged
from assay.app.serving.roots import Root, may_all, may_start, permitted, roots_of
from assay.errors import UsageError
from assay.model.identity import Grant, Role


def roots(*targets: str) -> tuple[Root, ...]:
    from assay.app.scan.sources import shown

    return tuple(Root(target=each, told=shown(each)) for each in targets)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "srv" / "data" / "hr").mkdir(parents=True)
    (tmp_path / "srv" / "database").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "srv" / "data" / "out").symlink_to(tmp_path / "secret")
    (tmp_path / "srv" / "data" / "in").symlink_to(tmp_path / "srv" / "data" / "hr")
    return tmp_path


def test_paths_below_a_root(tree: Path) -> None:
    given = roots(str(tree / "srv" / "data"))
    top = str(tree / "srv" / "data")
    for text, real in (
        (top, top),
        (f"{top}/hr", f"{top}/hr"),
        (f"file://{top}/hr", f"{top}/hr"),
        (f"{top}/./hr/../hr/", f"{top}/hr"),
        ("hr", f"{top}/hr"),
        (f"{top}/in", f"{top}/hr"),
        (f"{top}/not-there-yet", f"{top}/not-there-yet"),
    ):
        found = permitted(text, given)
        assert found.target == found.told == real
        assert found.covers == (f"file://{real}" if real.endswith("yet") else f"file://{real}/")


@pytest.mark.parametrize(
    "text",
    [
        "/etc",
        "/",
        "file:///etc/passwd",
        "{top}/../../secret",
        "{top}/out",
        "{top}/out/deeper",
        "../database",
        "{top}base",
        "file://{top}/%2e%2e/database",
        "http://169.254.169.254/latest/meta-data/",
        "https://intern/",
        "ftp://intern/",
        "s3://other",
        "postgresql://db/shop",
        "sqlite:////etc/shop.db",
        "git:/srv/repo",
        "-",
        "",
        "a\x00b",
        "a\nb",
        "x" * 5_000,
    ],
)
def test_what_lies_elsewhere_is_refused(tree: Path, text: str) -> None:
    given = roots(str(tree / "srv" / "data"))
    top = str(tree / "srv" / "data")
    if text == "-":
        # No standard input: a file of that name.
        assert permitted(text, given).target == f"{top}/-"
        return
    with pytest.raises(UsageError):
        permitted(text.replace("{top}", top), given)


def test_another_host_is_no_path(tree: Path) -> None:
    with pytest.raises(UsageError, match="only files of this machine"):
        permitted(f"file://intern{tree}/srv/data", roots(str(tree / "srv" / "data")))


def test_prefixes_of_buckets() -> None:
    given = roots("s3://lake/hr")
    assert permitted("s3://lake/hr/2026/", given).covers == "s3://lake/hr/2026/"
    assert permitted("s3://lake/hr", given).covers == "s3://lake/hr"
    # What begins so lies in the folder above it.
    assert permitted("s3://lake/hr/20*", given).covers == "s3://lake/hr/"
    assert permitted("s3://lake/a/b", roots("s3://lake")).covers == "s3://lake/a/b"
    assert permitted("s3://lake", roots("s3://lake")).covers == "s3://lake/"
    for text in ("s3://lake/hr-secret/", "s3://lake/hr*", "s3://lake", "s3://lake2/hr/", "s3://lake/", "s3://lake/%68"):
        with pytest.raises(UsageError):
            permitted(text, given)


def test_a_database_is_the_one_that_is_configured_and_its_password_stays_here() -> None:
    (root,) = given = roots("postgresql://reader:hunter2@db/shop")
    found = permitted(root.told, given)
    assert found.target == "postgresql://reader:hunter2@db/shop"
    assert "hunter2" not in repr(found) + repr(given) + found.told
    for text in ("postgresql://db/other", "postgresql://evil/shop", f"{root.told}/x", "postgresql://reader@db/shop2"):
        with pytest.raises(UsageError) as caught:
            permitted(text, given)
        assert "hunter2" not in str(caught.value)


def test_who_may_have_it_scanned(tree: Path) -> None:
    top = tree / "srv" / "data"
    given = roots(str(top), "postgresql://reader@db/shop")
    hr, everything = permitted(f"{top}/hr", given), permitted(str(top), given)
    shop = permitted(given[1].told, given)
    of_hr = (Grant(role=Role.STEWARD, scope=f"file://{top}/hr"),)
    assert may_start(of_hr, hr)
    assert not may_start(of_hr, everything)
    assert not may_start(of_hr, shop)
    assert not may_start((Grant(role=Role.STEWARD, scope=f"file://{top}/h"),), hr)
    assert may_start((Grant(role=Role.STEWARD, scope=f"file://{top}/*"),), hr)
    assert may_start((Grant(role=Role.STEWARD, scope=f"file://{top}/hr/*"),), hr), "all of it lies there"
    assert not may_start((Grant(role=Role.STEWARD, scope=f"file://{top}/hr/a*"),), hr)
    lake = roots("s3://lake")
    assert may_start((Grant(role=Role.STEWARD, scope="s3://lake/*"),), permitted("s3://lake", lake))
    assert may_start((Grant(role=Role.STEWARD, scope="s3://lake/hr/*"),), permitted("s3://lake/hr/", lake))
    # An object of that name lies beside the folder.
    assert not may_start((Grant(role=Role.STEWARD, scope="s3://lake/hr/*"),), permitted("s3://lake/hr", lake))
    assert not may_start((Grant(role=Role.VIEWER),), hr)
    assert all(may_start((Grant(role=Role.STEWARD),), each) for each in (hr, everything, shop))
    assert not may_all(of_hr, Role.STEWARD, ())
    # Two scopes may cover two targets, each its own.
    both = (*of_hr, Grant(role=Role.STEWARD, scope="s3://lake"))
    assert may_all(both, Role.STEWARD, (f"file://{top}/hr", "s3://lake/x"))
    assert not may_all(both, Role.STEWARD, (f"file://{top}/hr", "s3://other"))


def test_roots_of_the_settings(tmp_path: Path) -> None:
    settings = load_settings(environment={}, folder=tmp_path)
    assert [root.target for root in roots_of(settings, tmp_path)] == [str(tmp_path)]
    (tmp_path / "assay.toml").write_text('scan_roots = ["data", "s3://lake"]')
    settings = load_settings(environment={}, folder=tmp_path)
    assert [root.target for root in roots_of(settings, tmp_path)] == [str(tmp_path / "data"), "s3://lake"]
    settings = load_settings(environment={"ASSAY_SCAN_ROOTS": "s3://a; /b"}, folder=tmp_path)
    assert [root.target for root in roots_of(settings, tmp_path)] == ["s3://a", "/b"]


def test_options(tmp_path: Path) -> None:
    given = roots(str(tmp_path))
    settings = load_settings(environment={}, folder=tmp_path)
    asked = judged(
        [str(tmp_path), str(tmp_path)], {"categories": ["PII"], "sample": 50}, roots=given, settings=settings
    )
    assert [each.told for each in asked.targets] == [str(tmp_path)]
    wrong: dict[str, object]
    for wrong, message in (
        ({"comprehend": True}, "no option"),
        ({"baseline": "/etc/passwd"}, "no option"),
        ({"allow": "/etc/passwd"}, "no option"),
        ({"categories": [7]}, "categor"),
        ({"identifiers": ["NOPE"]}, "identifiers"),
        ({"sample": -1}, "sample"),
    ):
        with pytest.raises(UsageError, match=message):
            judged([str(tmp_path)], wrong, roots=given, settings=settings)
    for targets in ([], [str(tmp_path)] * 21):
        with pytest.raises(UsageError, match="targets"):
            judged(targets, {}, roots=given, settings=settings)
