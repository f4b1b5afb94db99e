"""Checks that tell a password written in clear from code, configuration syntax, placeholders and prose."""

from __future__ import annotations

import base64
import binascii
import re
from unicodedata import category

from assay.detect.validators.secrets import not_placeholder

_WORD_LIST = """
    password passwd passphrase pass pwd secret secrets none null nil true false yes no on off undefined empty blank void
    string str text bytes char varchar int integer float boolean bool object any unknown optional required default value
    hidden masked encrypted plain plaintext cleartext hash hashed username user admin root login email token key test
    tests testing foo bar baz foobar changeme change_me example sample placeholder secret_here enter input prompt ask
    stdin read invalid valid wrong incorrect correct missing reset forgot forgotten confirm confirmation new old current
    prompted disabled enabled auto manual md5 sha1 sha256 sha512 bcrypt crypt scram-sha-256 pbkdf2 ldap pam system file
    env vault usr pw your_password yourpassword my_password mypassword the_password userpassword db_password dbpassword
    postgres mysql redis guest anonymous super self this func function return
"""
_WORDS = frozenset(_WORD_LIST.split())
_WEAK_DSN = _WORDS | {"xxx", "abc", "pass123", "password123", "p4ssw0rd"}
_NAMED = re.compile(
    r"(?:my|your|the|db|user|some|a|mysecret|test)?[-_.]?"
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|key)[-_.]?(?:here)?"
)
_MEANING = re.compile(r"(?i)passw(?:or)?d|passphrase|passcode|pwd|secret|credential|(?:^|[._-])pass(?:$|[._-])")
_DIGEST = re.compile(
    r"\$(?:2[abxy]?|1|5|6|y|7|argon2\w*|pbkdf2\S*|scrypt|apr1)\$\S+"
    r"|(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})"
    r"|\{S?SHA\d*\}\S+|pbkdf2\S+|bcrypt\S+|argon2\S+|(?:ENC|enc)[\[(]\S+|vault:\S+|sha(?:1|256|512)[:$]\S+"
    r"|md5[0-9a-f]{32}|SCRAM-SHA-\S+|\$ANSIBLE_VAULT\S*|AES-?(?:128|192|256)|[0-9a-f]{72,}"
)
_REFERENCE = re.compile(
    r"(?i)(?:https?|file|s3|ssm|arn|vault|env|op|secret|secrets|ref|keyring|projects)(?:://|:|/)\S+"
    r"|[./~]+/\S+|/[\w.-]+/[\w./-]+"
    r"|\S+\.(?:txt|json|ya?ml|env|conf|cfg|ini|pem|key|py|js|ts|php|html?|xml|sh|md|c|h|go|rb|java|properties|svg|png)"
)
_CODE = re.compile(
    r"[A-Za-z_$][\w$]*(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]*)+|[A-Za-z_$][\w$.:]*[\[(].*|.*[)\]};,]\)?|[A-Za-z_]\w*=.*"
    r"|[&*!@][A-Za-z][\w./-]*|[\\(\[{<|=,;:/$].*|-{1,2}[a-z][\w-]*"
)
_MINIFIED = re.compile(r"!\d(?:$|[,;&|})])|\?\?|(?:^|[,;{}(])this\.\w|\}static\b|void 0|^[\w$]+\?[\w$().]+\.\w+\($")
_OPTIONAL_TYPE = re.compile(r"[A-Za-z]+\??(?:\[\])?\?")
_OPERATOR = re.compile(r"&&|\|\||[=!]=|\?\.|=>|->|::|[({].*[)}]|[)}\]][({.;]|^\*.*\*")
_DATE = re.compile(
    r"\d{2,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?|v?\d+(?:\.\d+)+\S*"
    r"|\d{1,6}(?:\.\d+)?(?:ms|s|m|h|d|days|hours|minutes|px|em|rem|%|kb|mb)?"
)
_RULES = re.compile(r"[a-z_]{3,}(?:[:|,;/][a-z_][\w:=]*)+|required\S*")
_STOCK = re.compile(r"(?:password|passwd|pwd|pass|secret|test|foo|bar|baz)\d{0,2}")
_FIELD = re.compile(r"[a-z]+\d{0,2}(?:[_-][a-z]+)*[_-]?\d{0,2}|[A-Z]+\d{0,2}(?:_[A-Z]+)+\d{0,2}")
# A class or a shape by its path, the ASCII symbols in their order, a password rule in words.
_NAMED_THING = re.compile(r"[a-z_]\w*(?:\.[a-z_]\w*)+(?:\.[A-Z]\w*|#[A-Za-z]\w*)|(?:!\\?[\"'])?#\$%&\S*")
# Constants and types stand where a program assigns or declares.
_CONSTANT = re.compile(
    r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|(?:[A-Z][a-z]+)*(?:String|Type|Integer)(?:[A-Z][a-z]+)*\d{0,3}|\S+:"
    r"|(?:Big)?(?:U?[Ii]nt|Float)\d{1,2}(?:Clamped)?Array"
)
_FORMAT = re.compile(
    r"^%\{|^\$[A-Z]\w*::|^[\^~]\d+\.\d+\.\d+|^\((?:hidden|masked|removed|redacted|not shown)\)$|^%[sdvrq@]$|%\(\w+\)[sd]|%\d?\$?s(?:$|\W)|\{\d*\}|\{[a-z_.]+\}|\\[wds][*+]|\[[^\]]*-[^\]]*\][+*{]|\(\?[:=!]"
)
_JDBC_PASSWORD = re.compile(r"(?i)[?;&]password=([^;&\s]+)")
_PAIR = re.compile(r"([A-Za-z][A-Za-z _]{0,30}?)\s*=\s*([^;\s]*|'[^']*')")
_PLACES = frozenset(
    {"server", "data source", "host", "hostname", "hostaddr", "addr", "address", "network address"}
    | {"database", "initial catalog", "dbname", "dsn", "driver", "dbq"}
)
_EXAMPLE_HOST = re.compile(
    r"(?i)(?:[\w.-]*\.)?example(?:\.(?:com|org|net))?(?:[:/]|$)|[<{$%*.]"
    r"|(?:your|my|the|some)?[-_]?(?:host|hostname|server|domain|address|ip)(?:name)?(?::|$)"
)
_HOLE = re.compile(r"[{}<>$*]")
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]")
_PADDED = re.compile(r"[A-Za-z0-9+/]{6,}={1,2}")
_FEWEST_SCRAMBLED = 10
_SHORT_HUMP = 3


def quoted_password(value: str) -> bool:
    """Whether a quoted value can be a real password: no placeholder, digest, reference, rule or plain word."""
    return _clear(value) and _strong(value)


def bare_password(value: str) -> bool:
    """Like `quoted_password` for a value without quotes, where code (names, calls, types) must be told apart too."""
    return (
        quoted_password(value)
        and (not _CODE.fullmatch(value) or _is_base64(value))
        and not _CONSTANT.fullmatch(value)
        and not _OPERATOR.search(value)
        and not _MINIFIED.search(value)
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
    """Whether the password of a URI or connection string is no placeholder such as `password` or `${DB_PASS}`."""
    lowered = value.lower()
    if len(value) < 3 or lowered in _WEAK_DSN or _NAMED.fullmatch(lowered):
        return False
    return not_placeholder(value) and not _FORMAT.search(value) and not value.startswith(("{", "<", "[", "("))


def uri_password(value: str) -> bool:
    """Whether `scheme://user:password@host…` holds a password that is no placeholder, for a host that is no example."""
    rest = value.partition("://")[2]
    login, _, host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")
    user, colon, password = login.partition(":")
    if not colon or _EXAMPLE_HOST.match(host):
        return False
    return dsn_password(password) and password.lower() != user.lower() and not _HOLE.search(user + host)


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
    return any(pairs.get(place) for place in _PLACES) and dsn_password(password)


def basic_credentials(value: str) -> bool:
    """Whether the value is base64 of printable `user:password` whose password is no placeholder."""
    try:
        text = base64.b64decode(value.encode("ascii") + b"=" * (-len(value) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return False
    user, colon, password = text.partition(":")
    return bool(colon and user) and text.isprintable() and dsn_password(password)


def _clear(value: str) -> bool:
    """Not masked, interpolated, hashed, a reference to where the password is kept, or a word of the trade."""
    if not 5 <= len(value) <= 128 or not value.isprintable() or " " in value or value.lower() in _WORDS:
        return False
    if not not_placeholder(value) or _FORMAT.search(value) or _STOCK.fullmatch(value) or len(set(value)) < 4:
        return False
    if _FIELD.fullmatch(value) and _MEANING.search(value) and not value[-3:].isdigit():
        return False
    return not any(kind.fullmatch(value) for kind in (_DIGEST, _REFERENCE, _DATE, _RULES, _NAMED_THING, _OPTIONAL_TYPE))


def _strong(value: str) -> bool:
    """Six characters with a digit beside letters, or with a symbol that names do not have, or letters in no order."""
    if _scrambled(value):
        return True
    letters = any(c.isalpha() for c in value)
    # Marks of vowels belong to their letters, as in Hindi.
    symbol = any(not c.isalnum() and c not in "_-." and not category(c).startswith("M") for c in value)
    if any(c.isdigit() for c in value):
        return len(value) >= 6 and (letters or symbol)
    return len(value) >= 6 and symbol and not _MEANING.search(value)


def _digit_or_symbol(value: str) -> bool:
    return any(c.isdigit() or c in "!@#$%^&*?~+=" for c in value) or _scrambled(value)


def _scrambled(value: str) -> bool:
    """Letters whose cases change where no words do: `qKxWbTzmRcLp`, unlike `userPassword` and `HTTPServer`."""
    if not (value.isascii() and value.isalpha() and len(value) >= _FEWEST_SCRAMBLED):
        return False
    humps = _HUMP.findall(value)
    lone = sum(len(hump) for hump in humps if len(hump) <= _SHORT_HUMP)
    return len(humps) * 3 > len(value) and lone * 3 >= len(value) * 2


def _is_base64(value: str) -> bool:
    """Whether a value is padded base64 of text, as manifests keep theirs: no assignment."""
    if not _PADDED.fullmatch(value) or len(value) % 4:
        return False
    try:
        return base64.b64decode(value, validate=True).decode("ascii").isprintable()
    except (binascii.Error, ValueError):
        return False
