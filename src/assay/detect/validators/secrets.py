"""Checks of credentials: provider checksums, decodable parts, and whether a value can be a secret at all.

Every public function takes the text of a candidate and is total: it returns a `bool` and raises nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import zlib
from collections import Counter
from urllib.parse import unquote

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]+")
_GITHUB = re.compile(r"gh[opsur]_([0-9A-Za-z]{30})([0-9A-Za-z]{6})")
_INTERPOLATED = re.compile(
    r"\$\{|\$\(|\{\{|\}\}|<%|%>|^\$[A-Za-z_][\w.]*$|%\(\w+\)|%[A-Z_]{2,}%|#\{|@\{|\[\[|__[A-Z_]+__|^[{<\[@%].*[}>\]@%]$"
)
_FILLER = re.compile(
    r"(?i)(?:^|[-_. <])(?:your|my|the|insert|enter|some|put|add|replace|change[_-]me|todo|tbd|fixme|n/a|redacted|masked"
    r"|removed|hidden|secret[_-]?here|sample|foobar)(?:$|[-_. >])"
    r"|example|placeholder|changeme|redacted|dummy|x{5}|\*{3}|\.{3}|…|•{3}|#{4}"
    r"|(?:your|my)[-_]?(?:api|secret|token|key|access|pass)"
)
_IMAGE_OR_BLOB = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "PHN2Zy", "JVBERi0", "d09GM", "AAEAAAA", "H4sI", "UEsDB")
_AZURE_KEY = re.compile(r"(?:Account|Access)Key=([A-Za-z0-9+/]+={0,2})")
_SEPARATORS = re.compile(r"[_.:$/=-]+")
_WORD = re.compile(r"[A-Z]?[a-z]{4,}|[A-Z]{6,}")
_NOT_ALNUM = re.compile(r"[^0-9A-Za-z]+")
_PLAIN_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_RUN = re.compile(r"(.)\1{5}")
_ZEROS = re.compile(r"A{4,}")
_KEYBOARD = ("0123456789", "abcdefghij", "1234567890", "qwertyuiop", "9876543210")


def github_checksum(value: str) -> bool:
    """Whether a `ghp_`, `gho_`, `ghu_`, `ghs_` or `ghr_` token ends in the base-62 CRC-32 of its 30 random characters.

    Source: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    """
    match = _GITHUB.fullmatch(value)
    return match is not None and _base62_crc32(match[1]) == match[2]


def jwt_header(value: str) -> bool:
    """Whether the part before the first dot is base64url of a JSON object with a text `alg` (RFC 7515, RFC 7516)."""
    header = _json_object(value.split(".", 1)[0])
    return header is not None and isinstance(header.get("alg"), str) and bool(header["alg"])


def discord_bot_id(value: str) -> bool:
    """Whether the part before the first dot is base64 of a snowflake, 17 to 20 decimal digits."""
    decoded = _decode(value.split(".", 1)[0])
    return decoded is not None and decoded.isdigit() and 17 <= len(decoded) <= 20


def pypi_macaroon(value: str) -> bool:
    """Whether `pypi-…` holds a version-2 macaroon whose location is pypi.org or test.pypi.org."""
    decoded = _decode(value.removeprefix("pypi-")[:64])
    return decoded is not None and decoded[:2] == b"\x02\x01" and b"pypi.org" in decoded


def age_checksum(value: str) -> bool:
    """Whether an `AGE-SECRET-KEY-1…` carries a valid Bech32 checksum (BIP 173)."""
    text = value.lower()
    prefix, separator, data = text.rpartition("1")
    if not separator or prefix != "age-secret-key-" or any(letter not in _BECH32 for letter in data):
        return False
    values = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    values += [_BECH32.index(letter) for letter in data]
    checksum = 1
    for item in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ item
        for bit, generator in enumerate(_BECH32_GENERATORS):
            if top >> bit & 1:
                checksum ^= generator
    return checksum == 1


def aws_secret_shape(value: str) -> bool:
    """Whether 40 characters can be an AWS secret access key: base64, mixed case and digits, no digest, no path."""
    if len(value) != 40 or _HEX.fullmatch(value) or value.count("/") > 6:
        return False
    return _mixed(value) and _entropy(value) >= 4.0 and not _RUN.search(value) and not _spelled(value)


def aws_key_id_shape(value: str) -> bool:
    """Whether what follows the four-letter prefix is varied, and no word in capitals after `ASIA` and the like."""
    body = value[4:]
    return len(set(body)) >= 6 and (value.startswith("AKIA") or any(c.isdigit() for c in body))


def azure_key_string(value: str) -> bool:
    """Whether `…AccountKey=` or `…SharedAccessKey=` is followed by base64 of 32 or 64 varied bytes."""
    match = _AZURE_KEY.search(value)
    return match is not None and _varied_bytes(match[1])


def azure_sas_bytes(value: str) -> bool:
    """Whether a (percent-encoded) `sig` is base64 of the 32 bytes of an HMAC-SHA-256."""
    return _varied_bytes(unquote(value))


def pem_body(value: str) -> bool:
    """Whether base64 of key material follows the header of a PEM or PGP block, ten bytes or more of it varied."""
    start = value.find("-----", 11)
    body = value[start + 5 :].replace("\\r", " ").replace("\\n", " ").split("-----", 1)[0]
    letters = "".join(line for line in re.split(r"[\s\"'+,\\]+", body) if ":" not in line)
    # OpenSSH writes lengths as four bytes and "none" for no cipher: zeros, which are a run of A.
    return len(letters) >= 40 and len(set(letters)) >= 12 and not_placeholder(_ZEROS.sub("A", letters[:200]))


def high_entropy(value: str) -> bool:
    """Whether the value looks drawn at random: no digest, UUID, date, word list, identifier, path or image."""
    if _HEX.fullmatch(value) or _UUID.search(value) or value.startswith(_IMAGE_OR_BLOB):
        return False
    if not not_placeholder(value) or _wordy(value):
        return False
    digits = sum(c.isdigit() for c in value)
    letters = sum(c.isalpha() for c in value)
    return digits >= 2 and letters >= 6 and _entropy(value) >= min(3.6, math.log2(max(len(value), 2)) - 0.9)


def random_token(value: str) -> bool:
    """Like `high_entropy` for a value that its provider's name tells: hexadecimal digits and UUIDs count, words do not."""
    bare = value.replace("-", "")
    if _HEX.fullmatch(bare):
        return any(c.isalpha() for c in bare) and any(c.isdigit() for c in bare) and varied_hex(bare)
    if not not_placeholder(value) or _wordy(value) or not any(c.isdigit() for c in value):
        return False
    return _entropy(value) >= min(3.6, math.log2(max(len(value), 2)) - 0.9)


def varied(value: str) -> bool:
    """Whether the longest part of a token known by its prefix is no repetition, sequence or placeholder."""
    body = max(_SEPARATORS.split(value), key=len)
    return len(set(body)) >= min(8, max(3, len(body) // 3)) and not_placeholder(body)


def varied_hex(value: str) -> bool:
    """Like `varied` for hexadecimal tokens, whose letters may be of either case."""
    return varied(value.lower())


def crypt_hash(value: str) -> bool:
    """Whether the last part of a crypt-style hash is varied enough to be the output of a hash function."""
    body = value.rstrip("=").rpartition("$")[2]
    return len(set(body)) >= 12 and not _RUN.search(body)


def not_placeholder(value: str) -> bool:
    """Whether the value is no stand-in of documentation: a variable, `<…>`, `***`, `xxxxx`, `example`, a run."""
    if not value or _INTERPOLATED.search(value) or _FILLER.search(value) or _RUN.search(value):
        return False
    lowered = value.lower()
    return not any(row in lowered for row in _KEYBOARD)


def _base62_crc32(text: str) -> str:
    """CRC-32 in base 62, six characters, most significant first."""
    number = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits


def _varied_bytes(text: str) -> bool:
    decoded = _decode(text)
    return decoded is not None and len(decoded) in (32, 64) and len(set(decoded)) >= 16


def _json_object(segment: str) -> dict[str, object] | None:
    decoded = _decode(segment)
    if decoded is None or not decoded.lstrip().startswith(b"{"):
        return None
    try:
        parsed = json.loads(decoded)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _decode(text: str) -> bytes | None:
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(bare.encode("ascii") + b"=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _entropy(value: str) -> float:
    """Shannon entropy of the characters, bits per character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values()) if total else 0.0


def _mixed(value: str) -> bool:
    return any(c.islower() for c in value) and any(c.isupper() for c in value) and any(c.isdigit() for c in value)


def _wordy(value: str) -> bool:
    """Names, paths and sentences: most characters in parts of one case, or spelled out with hardly a digit."""
    parts = [part for part in _NOT_ALNUM.split(value) if part]
    plain = sum(len(part) for part in parts if _PLAIN_PART.fullmatch(part))
    return (len(parts) >= 3 and plain * 10 >= sum(map(len, parts)) * 6) or _spelled(value)


def _spelled(value: str) -> bool:
    digits = sum(c.isdigit() for c in value)
    return digits * 8 < len(value) and sum(map(len, _WORD.findall(value))) * 2 > len(value)
