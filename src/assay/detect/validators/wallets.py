"""Checks of cryptocurrency addresses: base58check, bech32, bech32m and the mixed-case checksum of Ethereum.

Every public function takes the text of a candidate and is total: it returns a `bool` and raises nothing.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256

_BASE58 = {char: at for at, char in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}
_BECH32 = {char: at for at, char in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_BECH32_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CONSTANT, _BECH32M_CONSTANT = 1, 0x2BC830A3
_BITCOIN_VERSIONS = frozenset((0x00, 0x05))
# Litecoin (two forms), Dogecoin (two forms), Tron: the version byte before the 20-byte hash.
_OTHER_VERSIONS = frozenset((0x30, 0x32, 0x1E, 0x16, 0x41))
_ETHEREUM = re.compile(r"0[xX]([0-9a-fA-F]{40})")
_KECCAK_RATE = 136
_LANE = (1 << 64) - 1


def btc_address(value: str) -> bool:
    """Whether text is a Bitcoin address: base58check (P2PKH, P2SH), bech32 or bech32m (BIP 173, BIP 350)."""
    if value[:3].lower() == "bc1":
        return _segwit(value, "bc")
    return _base58check(value) in _BITCOIN_VERSIONS


def altcoin_address(value: str) -> bool:
    """Whether text is a Litecoin, Dogecoin or Tron address in base58check, or a Litecoin SegWit address."""
    if value[:4].lower() == "ltc1":
        return _segwit(value, "ltc")
    return _base58check(value) in _OTHER_VERSIONS


def eth_eip55(value: str) -> bool:
    """Whether `0x` and forty hex digits in both cases spell the checksum of EIP-55.

    Source: https://eips.ethereum.org/EIPS/eip-55
    """
    match = _ETHEREUM.fullmatch(value)
    if match is None or match[1] == match[1].lower() or match[1] == match[1].upper():
        return False
    digest = _keccak_256(match[1].lower().encode()).hex()
    return all(
        char.isdigit() or char.isupper() == (nibble >= "8") for char, nibble in zip(match[1], digest, strict=False)
    )


def eth_plain(value: str) -> bool:
    """Whether `0x` and forty hex digits in one case only can be an address: eight different ones or more."""
    match = _ETHEREUM.fullmatch(value)
    return match is not None and match[1] in (match[1].lower(), match[1].upper()) and len(set(match[1].lower())) >= 8


def _base58check(value: str) -> int | None:
    """Version byte of a 20-byte base58check payload, `None` when it is none."""
    if not 25 <= len(value) <= 35:
        return None
    number = 0
    for char in value:
        digit = _BASE58.get(char)
        if digit is None:
            return None
        number = number * 58 + digit
    if number >> 200:
        return None
    payload = number.to_bytes(25, "big")
    leading = len(value) - len(value.lstrip("1"))
    if leading != len(payload) - len(payload.lstrip(b"\0")):
        return None
    if sha256(sha256(payload[:21]).digest()).digest()[:4] != payload[21:]:
        return None
    return payload[0]


def _segwit(value: str, prefix: str) -> bool:
    if value not in (value.lower(), value.upper()) or not 14 <= len(value) <= 90:
        return False
    data = [_BECH32.get(char, -1) for char in value.lower()[len(prefix) + 1 :]]
    if -1 in data or len(data) < 8:
        return False
    expanded = [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]
    version, program = data[0], data[1:-6]
    size = len(program) * 5 // 8
    if _polymod(expanded + data) != (_BECH32_CONSTANT if version == 0 else _BECH32M_CONSTANT):
        return False
    if version > 16 or not 2 <= size <= 40 or (version == 0 and size not in (20, 32)):
        return False
    padding = len(program) * 5 - size * 8
    return padding < 5 and program[-1] & ((1 << padding) - 1) == 0


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for at, generator in enumerate(_BECH32_GENERATORS):
            if top >> at & 1:
                check ^= generator
    return check


@cache
def _round_constants() -> tuple[int, ...]:
    """The 24 round constants, from the shift register that defines them (FIPS 202, algorithms 5 and 6)."""
    constants = []
    register = 1
    for _ in range(24):
        constant = 0
        for power in range(7):
            if register & 1:
                constant |= 1 << ((1 << power) - 1)
            register <<= 1
            if register & 0x100:
                register ^= 0x171
        constants.append(constant)
    return tuple(constants)


@cache
def _lane_moves() -> tuple[tuple[int, int, int], ...]:
    """Where each lane goes and how far it turns (FIPS 202, rho and pi): from, to, bits."""
    moves = [(0, 0, 0)]
    x, y = 1, 0
    for step in range(24):
        new_x, new_y = y, (2 * x + 3 * y) % 5
        moves.append((x + 5 * y, new_x + 5 * new_y, (step + 1) * (step + 2) // 2 % 64))
        x, y = new_x, new_y
    return tuple(moves)


def _keccak_256(data: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it: the padding of the original submission, not of SHA-3 (FIPS 202)."""
    padded = bytearray(data) + b"\x01" + bytes(-len(data) % _KECCAK_RATE or _KECCAK_RATE)
    del padded[len(data) // _KECCAK_RATE * _KECCAK_RATE + _KECCAK_RATE :]
    padded[-1] |= 0x80
    state = [0] * 25
    for start in range(0, len(padded), _KECCAK_RATE):
        for lane in range(_KECCAK_RATE // 8):
            at = start + 8 * lane
            state[lane] ^= int.from_bytes(padded[at : at + 8], "little")
        _permute(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def _permute(state: list[int]) -> None:
    for constant in _round_constants():
        parity = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] for x in range(5)]
        for x in range(5):
            turned = parity[(x + 1) % 5]
            mixed = parity[x - 1] ^ ((turned << 1 | turned >> 63) & _LANE)
            for row in range(0, 25, 5):
                state[x + row] ^= mixed
        moved = [0] * 25
        for origin, target, bits in _lane_moves():
            lane = state[origin]
            moved[target] = (lane << bits | lane >> (64 - bits)) & _LANE
        for row in range(0, 25, 5):
            a, b, c, d, e = moved[row : row + 5]
            state[row : row + 5] = (a ^ ~b & c, b ^ ~c & d, c ^ ~d & e, d ^ ~e & a, e ^ ~a & b)
        state[0] ^= constant
