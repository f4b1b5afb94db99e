"""URLs of MongoDB: what they mean, what is refused, and that no password is told."""

from __future__ import annotations

import pytest

from assay.app.config.places import Address
from assay.app.scan.sources import shown
from assay.errors import UsageError
from assay.sources.mongodb.address import parse


def test_what_the_console_of_documentdb_gives() -> None:
    address = parse(
        "mongodb://admin:p%40ss@docs.cluster-c9.eu-west-1.docdb.amazonaws.com:27017/?tls=true&tlsCAFile=global-bundle.pem"
        "&replicaSet=rs0&readPreference=secondaryPreferred&retryWrites=false"
    )
    assert (address.user, address.password, address.database) == ("admin", "p@ss", "")
    assert address.uri("shop", "people") == "mongodb://docs.cluster-c9.eu-west-1.docdb.amazonaws.com:27017/shop/people"
    assert dict(address.options)["tlsCAFile"] == "global-bundle.pem"
    assert "p%40ss" not in repr(address) + address.url
    assert "tls=true" in address.url


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("mongodb://Host/shop", "mongodb://host:27017/shop/a%2Fb"),
        ("mongodb://h1:1,h2/shop", "mongodb://h1:1,h2:27017/shop/a%2Fb"),
        ("mongodb+srv://u:p@cluster.example.net/shop", "mongodb://cluster.example.net/shop/a%2Fb"),
        ("mongodb://[::1]:27018/shop", "mongodb://[::1]:27018/shop/a%2Fb"),
        ("mongodb://u:pass@w@h/shop", "mongodb://h:27017/shop/a%2Fb"),
    ],
)
def test_collections_are_called_by_host_and_port(url: str, uri: str) -> None:
    address = parse(url)
    assert address.uri(address.database, "a/b") == uri


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mongodb://", "the URL cannot be read"),
        ("mongodb://u:geheim@", "the URL cannot be read"),
        ("mongodb://u:geheim@h:port/shop", "the URL cannot be read"),
        ("mongodb://u:geheim@h/shop#x", "the URL cannot be read"),
        ("mongodb://u:geh/geheim@h/shop", "the URL cannot be read"),
        ("mongodb://u:geh?geheim@h/shop", "the URL cannot be read"),
        ("mongodb://u:geheim@h/shop/people", "names no database; one collection of it is ?collection=NAME"),
        ("mongodb://u:geheim@h/shop?tsl=true", "there is no option 'tsl' here; there are collection, views, appName"),
    ],
)
def test_what_is_no_url_is_told_without_a_password(url: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(url)
    assert said in str(raised.value)
    assert "geheim" not in str(raised.value) + shown(url)


def test_options_of_ours() -> None:
    address = parse("mongodb://h/shop?collection=a*, b&views=1&TLS=true")
    assert (address.collections, address.views, address.options) == (("a*", "b"), True, (("tls", "true"),))


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://wren:geheim@h1,h2/shop",
        "mongodb://wren:ge@geheim@h/shop",
        "mongodb://h/shop?tls=true&tlsCertificateKeyFilePassword=geheim&authMechanismProperties=AWS_SESSION_TOKEN:geheim",
        "kafka://wren:geheim@b1:9093,b2/orders?ssl.key.password=geheim",
    ],
)
def test_a_catalog_keeps_no_password(url: str) -> None:
    assert "geheim" not in str(Address(url))
    assert str(Address(url)).startswith(url.partition("://")[0])
