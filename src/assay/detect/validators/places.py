"""Places on the map and on the network: postal lines, coordinates, IP and hardware addresses."""

from __future__ import annotations

import ipaddress
import re
from functools import cache, lru_cache
from itertools import pairwise

# First three digits of ZIP codes by state, after the Postal Service's labelling list L002
# (https://pe.usps.com/text/LabelingLists/L002.htm).
_ZIP_PREFIXES = (
    "AL 350-369;AK 995-999;AZ 850-865;AR 716-729,755;CA 900-908,910-928,930-961;CO 800-816;CT 060-069;DE 197-199;"
    "DC 200,202-205,569;FL 320-339,341-342,344,346-347,349;GA 300-319,398-399;HI 967-968;ID 832-838;IL 600-629;"
    "IN 460-479;IA 500-528;KS 660-679;KY 400-427;LA 700-714;ME 039-049;MD 206-219;MA 010-027,055;MI 480-499;"
    "MN 550-567;MS 386-397;MO 630-658;MT 590-599;NE 680-693;NV 889-898;NH 030-038;NJ 070-089;NM 870-884;"
    "NY 005,063,100-149;NC 270-289;ND 580-588;OH 430-459;OK 730-732,734-749;OR 970-979;PA 150-196;RI 028-029;"
    "SC 290-299;SD 570-577;TN 370-385;TX 733,750-799,885;UT 840-847;VT 050-054,056-059;VA 201,220-246;WA 980-994;"
    "WV 247-268;WI 530-549;WY 820-831,834;PR 006-007,009;VI 008;GU 969;AS 967;MP 969;AA 340;AE 090-098;AP 962-966"
)
_STATE_ZIP = re.compile(r"(?:^|[\s,])([A-Z]{2})[\s,]+([0-9]{5})(?:-([0-9]{4}))?$")
_STATE_NAMES = (
    "Alabama AL,Alaska AK,Arizona AZ,Arkansas AR,California CA,Colorado CO,Connecticut CT,Delaware DE,Florida FL,"
    "Georgia GA,Hawaii HI,Idaho ID,Illinois IL,Indiana IN,Iowa IA,Kansas KS,Kentucky KY,Louisiana LA,Maine ME,"
    "Maryland MD,Massachusetts MA,Michigan MI,Minnesota MN,Mississippi MS,Missouri MO,Montana MT,Nebraska NE,"
    "Nevada NV,New Hampshire NH,New Jersey NJ,New Mexico NM,New York NY,North Carolina NC,North Dakota ND,"
    "Ohio OH,Oklahoma OK,Oregon OR,Pennsylvania PA,Rhode Island RI,South Carolina SC,South Dakota SD,"
    "Tennessee TN,Texas TX,Utah UT,Vermont VT,Virginia VA,Washington WA,West Virginia WV,Wisconsin WI,Wyoming WY"
)


@cache
def _states_of_prefix() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entry in _ZIP_PREFIXES.split(";"):
        state, _, ranges = entry.partition(" ")
        for part in ranges.split(","):
            first, _, last = part.partition("-")
            for number in range(int(first), int(last or first) + 1):
                found.setdefault(f"{number:03}", set()).add(state)
    return {prefix: frozenset(states) for prefix, states in found.items()}


@cache
def _state_names() -> dict[str, str]:
    return {name.rpartition(" ")[0].lower(): name[-2:] for name in _STATE_NAMES.split(",")}


def us_state_zip(value: str) -> bool:
    """Text that ends in a US state and ZIP code which belong together, e.g. `Springfield, IL 62704-1234`."""
    text = value.strip()
    found = _STATE_ZIP.search(text)
    if found:
        return found[1] in _states_of_prefix().get(found[2][:3], frozenset())
    spelled = re.search(r"([A-Za-z]+(?: [A-Za-z]+)?)[\s,]+([0-9]{5})(?:-[0-9]{4})?$", text)
    if spelled is None:
        return False
    name = spelled[1].lower()
    state = _state_names().get(name) or _state_names().get(name.rpartition(" ")[2], "")
    return state in _states_of_prefix().get(spelled[2][:3], frozenset())


_PROSE = (
    "the a an of in on at to for from by with and or is are was were be been per each every all any no not this "
    "that these those new old first last next best good bad same other more most many few error bytes byte lines "
    "line files file items page pages chapter section version step times time day days week month year years "
    "minutes seconds hours people users january february march april may june july august september october "
    "november december jan feb mar apr jun jul aug sep sept oct nov dec copyright points goals players world data "
    "key test types way ways two three use uses using only also then when if we you it its their our your my his "
    "her code memory disk drive hard cpu bit port which how one can could should must may might than way into gb "
    "mb kb tb usb bit bits physical virtual else "
)
_NOT_STREETS = frozenset(_PROSE.split())


_STREET_TYPES = frozenset({"street", "st", "avenue", "ave", "road", "rd", "boulevard", "blvd"})


def street_address(value: str) -> bool:
    """A house number and a street without words of prose; what could be a year needs a plain type such as `Road`."""
    head = re.match(r"\s*#?([0-9]{1,6})[A-Za-z]?(?:-[0-9]{1,5})?,?\s+(.+)", value, re.DOTALL)
    if head is None or head[1].strip("0") == "":
        return False
    lines = re.split(r"[,\n\r\\]", head[2])
    words = [word.lower().strip(".'") for word in lines[0].split()]
    if not words or not any(len(word) >= 2 and word.isalpha() for word in words):
        return False
    if len(words) == 1 and head[2].islower():
        return False
    if 1900 <= int(head[1]) <= 2100 and len(lines) == 1 and words[-1] not in _STREET_TYPES:
        return False
    return not any(word in _NOT_STREETS for word in words[:-1] or words)


_POSTCODE_AREAS = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK "
    "FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG "
    "NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR "
    "TS TW UB W WA WC WD WF WN WR WS WV YO ZE "
)
_UK_AREAS = frozenset(_POSTCODE_AREAS.split())
_UK_POSTCODE = re.compile(r"([A-Z]{1,2})[0-9][0-9A-Z]?\s?[0-9][ABD-HJLNP-UW-Z]{2}$")


def uk_postcode(value: str) -> bool:
    """Text that ends in a postcode of the United Kingdom with a real postcode area."""
    found = _UK_POSTCODE.search(value.strip().upper())
    return found is not None and found[1] in _UK_AREAS


# First octets of which some or all addresses are not globally reachable; the registry is asked only for these.
SPECIAL_OCTETS = frozenset((0, 10, 100, 127, 169, 172, 192, 198, 203, *range(224, 256)))


def global_ipv4(value: str) -> bool:
    """An IPv4 address that is globally reachable: not private, reserved, documentation, multicast or loopback."""
    parts = value.split(".")
    if len(parts) != 4 or not all(len(part) <= 3 and part.isdecimal() and part.isascii() for part in parts):
        return False
    if any(int(part) > 255 or (part[0] == "0" and part != "0") for part in parts):
        return False
    return int(parts[0]) not in SPECIAL_OCTETS or _registered_global(value)


@lru_cache(maxsize=16_384)
def _registered_global(value: str) -> bool:
    address = ipaddress.IPv4Address(value)
    return address.is_global and not address.is_multicast


# Resolvers that everyone names and no person has.
_RESOLVER_LIST = (
    "1.1.1.1 1.0.0.1 8.8.8.8 8.8.4.4 9.9.9.9 149.112.112.112 208.67.222.222 208.67.220.220 4.2.2.2 114.114.114.114 "
)
_RESOLVERS = frozenset(_RESOLVER_LIST.split())


def public_ipv4(value: str) -> bool:
    """A global IPv4 address that does not look like a version: not small numbers throughout, not `x.y.0.0`."""
    if not global_ipv4(value) or value in _RESOLVERS:
        return False
    octets = list(map(int, value.split(".")))
    if octets[3] in (0, 255) or octets[1:3] == [0, 0]:
        return False
    # Versions count from small numbers: 1.2.3.4, 2.16.840.1, 7.0.2.10; addresses spread over the octet.
    if octets[0] <= 4:
        return sum(octet >= 50 for octet in octets[1:]) >= 2
    return sum(octet < 32 for octet in octets) <= 2 and max(octets[:2]) > 9


def public_ipv6(value: str) -> bool:
    """A global unicast IPv6 address (2000::/3 without documentation and transition ranges) of four groups or more."""
    text = value.partition("%")[0]
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    if not address.is_global or address.is_multicast or address not in _GLOBAL_UNICAST:
        return False
    return text.count(":") >= 3 and sum(len(part) >= 3 for part in text.split(":")) >= 2


_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")


def mac_address(value: str) -> bool:
    """An individual (not group) EUI-48 or EUI-64 address with some variety: not zeros, ones or a counter."""
    digits = re.sub(r"[:.-]", "", value).lower()
    if not re.fullmatch(r"[0-9a-f]{12}(?:[0-9a-f]{4})?", digits) or int(digits[1], 16) & 1:
        return False
    pairs = [int(digits[at : at + 2], 16) for at in range(0, len(digits), 2)]
    steps = {(after - before) % 256 for before, after in pairwise(pairs)}
    return len(set(pairs)) >= 4 and len(steps) > 1


_NUMBER = r"[-+]?[0-9]{1,3}\.[0-9]{3,}"
_PAIR = re.compile(rf"[\[(]?\s*({_NUMBER})\s*[,;/ ]\s*({_NUMBER})\s*[\])]?")
_HEMISPHERES = re.compile(r"(\d{1,2}\.\d+)° ?[NS][ ,;/]{1,3}(\d{1,3}\.\d+)° ?[EW]")
_SEXAGESIMAL = re.compile(r"([0-9]{1,3})°\s?([0-9]{1,2})['′’]\s?(?:([0-9]{1,2}(?:\.[0-9]+)?)[\"″”]\s?)?([NSEW])")


def latlon(value: str) -> bool:
    """Latitude and longitude, decimal (`48.8584, 2.2945`, `48.8584° N, 2.2945° E`) or sexagesimal, within range and not 0, 0."""
    pair = _PAIR.fullmatch(value.strip())
    if pair:
        latitude, longitude = float(pair[1]), float(pair[2])
        return abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0.0, 0.0)
    hemispheres = _HEMISPHERES.fullmatch(value)
    if hemispheres:
        return float(hemispheres[1]) <= 90 and float(hemispheres[2]) <= 180
    parts = _SEXAGESIMAL.findall(value)
    if len(parts) != 2:
        return False
    limits = {"N": 90, "S": 90, "E": 180, "W": 180}
    axes = {limits[part[3]] for part in parts}
    return len(axes) == 2 and all(int(part[0]) <= limits[part[3]] and int(part[1]) < 60 for part in parts)


def degrees(value: str) -> bool:
    """One coordinate in decimal degrees with at least three decimals, as a latitude or longitude column holds."""
    if not re.fullmatch(_NUMBER, value.strip()):
        return False
    number = float(value)
    return abs(number) <= 180 and number != 0


def street_last(value: str) -> bool:
    """A street with the house number behind it (`Lindenstraße 12`, `Via Roma, 3`), not a heading or a count."""
    words = [word for word in re.split(r"[,\s]+", value.strip()) if word]
    named = [word.lower().strip(".'") for word in words if word[0].isalpha()]
    numbered = any(word[0].isdigit() for word in words[1:])
    return numbered and any(len(word) >= 4 for word in named) and not any(word in _NOT_STREETS for word in named)


def postal_text(value: str) -> bool:
    """What a field for addresses holds: a number and words of a place, or of ideographs; no sentence and no locator."""
    text = value.strip()
    if not 6 <= len(text) <= 200 or re.search(r"[@={}<>_\[\]]|://|0x|\w\(|\.\w+\.|IPv[46]|^\d{4}-\d\d-\d\d\b", text):
        return False
    ideographs = sum("\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" for char in text)
    if ideographs >= 4:
        return any(char.isdigit() for char in text)
    # A number of its own, as houses have one; not the one in UTF-8.
    if not re.search(r"(?:^|[\s,#/])[0-9]{1,6}[A-Za-z]?(?![\w.])", text):
        return False
    words = re.findall(r"[^\W\d_]{2,}", text)
    prose = sum(word.lower() in _NOT_STREETS for word in words)
    return len(words) >= 2 and prose <= len(words) // 5 and any(word[0].isupper() for word in words)
