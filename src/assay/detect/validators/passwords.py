"""Checks that tell a password written in clear from code, configuration syntax, placeholders and prose."""

from __future__ import annotations

import base64
import binascii
import re

from assay.detect.validators.secrets import not_placeholder

_WORD_LIST = """password passwd passphrase pass pwd secret secrets none null nil true false yes no on off undefined empty blank void
    string str text bytes char varchar int integer float boolean bool object any unknown optional required default value
    hidden masked encrypted plain plaintext cleartext hash hashed username user admin root login email token key test tests
    testing foo bar baz foobar changeme change_me example sample placeholder secret_here enter input prompt ask stdin read
    invalid valid wrong incorrect correct missing reset forgot forgotten confirm confirmation new old current
    prompted disabled enabled auto manual md5 sha1 sha256 sha512 bcrypt crypt scram-sha-256 pbkdf2 ldap pam system file env vault
    usr pw your_password yourpassword my_password mypassword the_password userpassword db_password dbpassword postgres mysql
    redis guest anonymous super self this func function return"""
_WORDS = frozenset(_WORD_LIST.split())
_MEANING = re.compile(r"(?i)passw(?:or)?d|passphrase|passcode|pwd|secret|credential|(?:^|[._-])pass(?:$|[._-])")
_DIGEST = re.compile(
    r"\$(?:2[abxy]?|1|5|6|y|7|argon2\w*|pbkdf2\S*|scrypt|apr1)\$\S+|(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})"
    r"|\{S?SHA\d*\}\S+|pbkdf2\S+|bcrypt\S+|argon2\S+|(?:ENC|enc)[\[(]\S+|vault:\S+|sha(?:1|256|512)[:$]\S+|md5[0-9a-f]{32}"
    r"|SCRAM-SHA-\S+"
)
_REFERENCE = re.compile(
    r"(?i)(?:https?|file|s3|ssm|arn|vault|env|op|secret|secrets|ref|keyring|projects)(?:://|:|/)\S+|[./~]+/\S+|/[\w.-]+/[\w./-]+"
    r"|\S+\.(?:txt|json|ya?ml|env|conf|cfg|ini|pem|key|py|js|ts|php|html?|xml|sh|md|c|h|go|rb|java|properties|svg|png|css)"
)
_CODE = re.compile(
    r"[A-Za-z_$][\w$]*(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]*)+"
    r"|[A-Za-z_$][\w$.:]*[\[(].*|.*[)\]};,]\)?$|[A-Za-z_]\w*=.*|[&*!@\\(\[{<|=+,;:/%].*|\$.*|-{1,2}[a-z][\w-]*"
)
_DATE = re.compile(
    r"\d{2,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?|\d{1,3}(?:\.\d+)?(?:ms|s|m|h|d|px|em|rem|%|kb|mb)?|v?\d+(?:\.\d+)+\S*"
)
_JDBC_PASSWORD = re.compile(r"(?i)[?;&]password=([^;&\s]+)")
_PAIR = re.compile(r"([A-Za-z][A-Za-z _]{0,30}?)\s*=\s*([^;\s]*|'[^']*')")
_EXAMPLE_HOST = re.compile(
    r"(?i)(?:[\w.-]*\.)?example(?:\.(?:com|org|net))?(?:[:/]|$)|(?:your|my|the|some)?[-_]?(?:host|hostname|server|domain|address|ip)(?:name)?(?::|$)|[<{$%*.]"
)
_INTERPOLATED = re.compile(r"[{}<>$*]")
_RULES = re.compile(r"[a-z_]+(?:[:|,;/][\w:=]+)+|[a-z_]+:\S*")
_OPERATOR = re.compile(r"&&|\|\||[=!]=|\?\.|=>|->|::")
_STOCK = re.compile(r"(?:password|passwd|pwd|pass|secret|test|foo|bar|baz)\d{0,2}")
_ANSWER = re.compile(r"[a-z]+(?:[ _-][a-z]+)*", re.IGNORECASE)
_FORMAT = re.compile(
    r"%[-#0-9.*]*[a-zA-Z](?![a-zA-Z])|\{\d*\}|\{[a-z_.]+\}|\\[wds][*+]|\[[^\]]*-[^\]]*\][+*{]|\(\?[:=!]"
)


def quoted_password(value: str) -> bool:
    """Whether a quoted value can be a real password: printable, no placeholder, digest, reference, code or plain word."""
    return _clear(value) and _strong(value)


def bare_password(value: str) -> bool:
    """Like `quoted_password` for a value without quotes, where code (names, calls, types) must be told apart too."""
    return (
        quoted_password(value)
        and not _CODE.fullmatch(value)
        and not _OPERATOR.search(value)
        and _digit_or_symbol(value)
    )


def env_password(value: str) -> bool:
    """Like `bare_password` for the value of a variable in an environment file, where a lower-case word is possible."""
    if not _clear(value) or _CODE.fullmatch(value):
        return False
    return _strong(value) or (
        value.isalpha() and len(value) >= 6 and value.lower() not in _WORDS and not _MEANING.search(value)
    )


def dsn_password(value: str) -> bool:
    """Whether the password of a URI or connection string is more than a placeholder such as `password` or `${DB_PASS}`."""
    lowered = value.lower()
    if len(value) < 3 or lowered in _WORDS or lowered in {"xxx", "abc", "pass123", "password123", "p4ssw0rd"}:
        return False
    if re.fullmatch(
        r"(?:my|your|the|db|user|some|a|mysecret|test)?[-_.]?(?:pass(?:word|wd|phrase)?|pwd|secret|token|key)[-_.]?(?:here)?",
        lowered,
    ):
        return False
    return not_placeholder(value) and not _FORMAT.search(value) and not value.startswith(("$", "%", "{", "<", "[", "("))


def uri_password(value: str) -> bool:
    """Whether `scheme://user:password@host…` holds a password that is no placeholder, for a host that is no example."""
    rest = value.partition("://")[2]
    login, _, host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")
    user, colon, password = login.partition(":")
    if not colon or _EXAMPLE_HOST.match(host):
        return False
    return dsn_password(password) and password.lower() != user.lower() and not _INTERPOLATED.search(user + host)


def jdbc_password(value: str) -> bool:
    """Whether a JDBC address has a `password` parameter that is no placeholder."""
    match = _JDBC_PASSWORD.search(value)
    return match is not None and dsn_password(match[1])


def oracle_password(value: str) -> bool:
    """Whether `jdbc:oracle:thin:user/password@…` has a password that is no placeholder."""
    login = value.removeprefix("jdbc:oracle:thin:").partition("@")[0]
    user, _, password = login.partition("/")
    return dsn_password(password) and password.lower() != user.lower()


def keyed_dsn(value: str) -> bool:
    """Whether `key=value` pairs (ADO, ODBC, libpq) name a server or database and a password that is no placeholder."""
    pairs = {key.strip().lower(): text.strip(" '\"{}") for key, text in _PAIR.findall(value)}
    password = pairs.get("password") or pairs.get("pwd") or ""
    places = (
        "server",
        "data source",
        "host",
        "hostname",
        "addr",
        "address",
        "network address",
        "database",
        "initial catalog",
        "dbname",
        "dsn",
        "driver",
        "dbq",
    )
    return any(pairs.get(place) for place in places) and dsn_password(password)


def basic_credentials(value: str) -> bool:
    """Whether the value is base64 of printable `user:password` whose password is no placeholder."""
    try:
        text = base64.b64decode(value.encode("ascii") + b"=" * (-len(value) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return False
    user, colon, password = text.partition(":")
    return bool(colon and user) and text.isprintable() and dsn_password(password)


def _clear(value: str) -> bool:
    """Not masked, not interpolated, not hashed, not a reference to where the password is kept, not a word of the trade."""
    if not 5 <= len(value) <= 128 or not value.isprintable() or value.lower() in _WORDS:
        return False
    if not not_placeholder(value) or _FORMAT.search(value) or _STOCK.fullmatch(value) or len(set(value)) < 4:
        return False
    return not (
        _DIGEST.fullmatch(value)
        or _REFERENCE.fullmatch(value)
        or _DATE.fullmatch(value)
        or _RULES.fullmatch(value)
        or _ANSWER.fullmatch(value)
        and _named(value)
    )


def _named(value: str) -> bool:
    return bool(_MEANING.search(value)) or not value.isalpha()


def _strong(value: str) -> bool:
    """At least two kinds of character; a name of a field (`user_password2`, `passwordField`) is none."""
    letters = sum(c.isalpha() for c in value)
    digits = sum(c.isdigit() for c in value)
    others = len(value) - letters - digits
    if not letters:
        return digits >= 6 and others > 0 or digits >= 8
    if digits == 0 and _MEANING.search(value):
        return False
    if digits:
        return len(value) >= 6
    symbols = [c for c in value if not c.isalnum() and c not in "_-. "]
    return bool(symbols) and len(value) >= 6 and " " not in value


def _digit_or_symbol(value: str) -> bool:
    return any(c.isdigit() for c in value) or any(c in "!@#$%^&*?~+=" for c in value)
