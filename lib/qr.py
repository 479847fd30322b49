# SPDX-License-Identifier: MIT
"""QR codes (ISO/IEC 18004:2015) of versions 1 to 6, as far as one alignment pattern and no version information go.

A symbol is one bitmap: module (x, y) is bit `stride` * y + x counted from bit 0 of byte 0, dark is 1. While it is made
it is one large integer, so that masks and penalties take few operations on all modules at once; the 4 or more zeroes
after each row are the quiet zone there. Text is one segment; UTF-8 goes without ECI.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    _Fields = tuple[int, int, int, int]

_LEVELS = "LMQH"
_LEVEL_CODES = b"\x01\x00\x03\x02"  # table 12
_TOTALS = b"\x1a\x2c\x46\x64\x86\xac"  # code words of versions 1 to 6, table 1
# Table 9, by level and version: error correction code words of a block, and blocks.
_CHECKS = b"\x07\x0a\x0f\x14\x1a\x12\x0a\x10\x1a\x12\x18\x10\x0d\x16\x12\x1a\x12\x18\x11\x1c\x16\x10\x16\x1c"
_BLOCKS = b"\x01\x01\x01\x01\x01\x02\x01\x01\x01\x02\x02\x04\x01\x01\x02\x02\x04\x04\x01\x01\x02\x04\x04\x04"
_ALPHANUMERIC = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
# Table 10: what each of 6 rows inverts in columns 0 to 5 (bit 0 to 5); mask 4 has 4 rows.
_MASKS = b"\x15*\x15*\x15*?\0?\0?\0\t\t\t\t\t\t\t$\x12\t$\x12\x07\x0788  ?\1\t\x15\t\1?\x07\x1b\x15-1\x1581*\x07\x0e"


class QR:
    """A finished symbol, `size` modules wide and high; `bits` as the module says."""

    def __init__(self, version: int, mask: int, bits: bytearray) -> None:
        self.version = version
        self.size = 17 + 4 * version
        self.stride = _stride(self.size)
        self.mask = mask
        self.bits = bits

    def is_dark(self, x: int, y: int) -> bool:
        """Of a module of the symbol."""
        at = self.stride * y + x
        return bool(self.bits[at >> 3] >> (at & 7) & 1)


def encode(data: "str | bytes", level: str = "M", most: int = 6, least: int = 1) -> QR:
    """The smallest symbol of versions `least` to `most`, level L, M, Q or H; ValueError when none has the room."""
    raw = data.encode() if isinstance(data, str) else data
    if len(level) != 1 or level not in _LEVELS or not 1 <= least <= most <= len(_TOTALS):
        raise ValueError("no such level or version")
    kind = _LEVELS.find(level)
    mode, used = _mode(raw)
    version = least
    while used > 8 * _capacity(kind, version):
        if version == most:
            raise ValueError("%d bits do not fit into %d" % (used, 8 * _capacity(kind, version)))
        version += 1
    plain, free = _drawn(_code_words(mode, raw, used, kind, version), 17 + 4 * version)
    return _masked(plain, free, _LEVEL_CODES[kind], version)


def _stride(size: int) -> int:
    """Bits a row: room for 4 light modules, and a multiple of 6, the masks' period."""
    return (size + 9) // 6 * 6


def _length(size: int) -> int:
    """Bytes of a bitmap."""
    return (_stride(size) * size + 7) // 8


def _capacity(kind: int, version: int) -> int:
    """Code words for data."""
    at = kind * len(_TOTALS) + version - 1
    return _TOTALS[version - 1] - _CHECKS[at] * _BLOCKS[at]


def _mode(raw: bytes) -> tuple[int, int]:
    """(mode indicator of table 2: 1 numeric, 2 alphanumeric, 4 byte; bits of it, character count and characters)."""
    count = len(raw)
    if raw.isdigit():
        return 1, 14 + (10 * count + 2) // 3
    for code in raw:
        if code not in _ALPHANUMERIC:
            return 4, 12 + 8 * count
    return 2, 13 + (11 * count + 1) // 2


def _segment(mode: int, raw: bytes) -> int:
    """Mode indicator, character count and characters, as one number."""
    count = len(raw)
    if mode == 4:
        return (mode << 8 | count) << 8 * count | int.from_bytes(raw, "big")
    find = _ALPHANUMERIC.find
    if mode == 1:
        bits = mode << 10 | count
        for i in range(0, count, 3):
            part = raw[i : i + 3]
            bits = bits << 3 * len(part) + 1 | int(part)
        return bits
    bits = mode << 9 | count
    for i in range(1, count, 2):
        bits = bits << 11 | 45 * find(raw[i - 1 : i]) + find(raw[i : i + 1])
    return bits << 6 | find(raw[-1:]) if count & 1 else bits


def _code_words(mode: int, raw: bytes, used: int, kind: int, version: int) -> bytearray:
    """Segment, terminator, padding (7.4.10), error correction."""
    room = _capacity(kind, version)
    words = bytearray((_segment(mode, raw) << 8 * room - used).to_bytes(room, "big"))
    filler = 0xEC
    for i in range((used + 11) // 8, room):  # after a terminator of up to 4 bits
        words[i] = filler
        filler ^= 0xEC ^ 0x11
    return _with_checks(words, kind * len(_TOTALS) + version - 1, _TOTALS[version - 1])


def _with_checks(data: bytearray, at: int, total: int) -> bytearray:
    """Data and error correction code words (7.5), interleaved (7.6), and a zero for the remainder bits."""
    checks = _CHECKS[at]
    blocks = _BLOCKS[at]
    short = len(data) // blocks  # code words of a block; the last `longer` have one more
    longer = len(data) % blocks
    powers, logs = _field()
    generator = _generator(checks, powers, logs)
    out = bytearray(total + 1)
    start = 0
    for block in range(blocks):
        extra = block - blocks + longer
        count = short + (extra >= 0)
        work = data[start : start + count]
        start += count
        for i in range(short):
            out[i * blocks + block] = work[i]
        if extra >= 0:
            out[short * blocks + extra] = work[short]
        work.extend(bytes(checks))
        _divide(work, count, generator, powers, logs)
        for i in range(checks):
            out[len(data) + i * blocks + block] = work[count + i]
    return out


def _field() -> tuple[bytearray, bytearray]:
    """Powers of 2 in GF(256) modulo x^8 + x^4 + x^3 + x^2 + 1, twice over, and their logarithms."""
    powers = bytearray(510)
    logs = bytearray(256)
    value = 1
    for i in range(255):
        powers[i] = value
        logs[value] = i
        value <<= 1
        if value & 0x100:
            value ^= 0x11D
    powers[255:] = powers[:255]
    return powers, logs


def _generator(checks: int, powers: bytearray, logs: bytearray) -> bytearray:
    """Logarithms of the generator polynomial's coefficients after the leading 1; none of them is 0 up to degree 30."""
    out = bytearray(checks + 1)
    out[0] = 1
    for i in range(checks):
        for j in range(i + 1, 0, -1):
            out[j] ^= powers[logs[out[j - 1]] + i]
    return bytearray([logs[value] for value in out[1:]])


def _divide(work: bytearray, count: int, generator: bytearray, powers: bytearray, logs: bytearray) -> None:
    """Leave the remainder behind the `count` code words."""
    for i in range(count):
        value = work[i]
        if value:
            at = i
            shift = logs[value]
            for power in generator:
                at += 1
                work[at] ^= powers[shift + power]


def _square(x: int, y: int, width: int, stride: int) -> int:
    return ((1 << width) - 1) * (((1 << stride * width) - 1) // ((1 << stride) - 1)) << stride * y + x


def _rings(x: int, y: int, width: int, stride: int) -> int:
    """A finder or alignment pattern."""
    inner = _square(x + 1, y + 1, width - 2, stride) ^ _square(x + 2, y + 2, width - 4, stride)
    return _square(x, y, width, stride) ^ inner


def _drawn(words: bytearray, size: int) -> tuple[int, int]:
    """(symbol without mask and format information, modules for code words), 6.3."""
    stride = _stride(size)
    far = size - 7
    dark = _rings(0, 0, 7, stride) | _rings(far, 0, 7, stride) | _rings(0, far, 7, stride)
    dark |= 1 << stride * (far - 1) + 8
    taken = _square(0, 0, 9, stride) | _square(far - 1, 0, 8, stride) | _square(0, far - 1, 8, stride)
    taken |= 0xFF << stride * 8 + far - 1
    for i in range(size):
        taken |= 1 << stride * 6 + i | 1 << stride * i + 6
        if i >= far - 1:
            taken |= 1 << stride * i + 8
        if 8 <= i < far and not i & 1:
            dark |= 1 << stride * 6 + i | 1 << stride * i + 6
    if size > 21:
        dark |= _rings(far - 2, far - 2, 5, stride)
        taken |= _square(far - 2, far - 2, 5, stride)
    free = _square(0, 0, size, stride) ^ taken
    bits = bytearray(dark.to_bytes(_length(size), "little"))
    _place(words, bits, free.to_bytes(_length(size), "little"), size)
    return int.from_bytes(bits, "little"), free


def _place(words: bytearray, bits: bytearray, free: bytes, size: int) -> None:
    """Code words from the lower right corner, up and down in columns of two, where `free` (7.7.3)."""
    stride = _stride(size)
    at = 0
    word = 0
    bit = 0  # of the word, next
    for x in range(size - 1, 0, -2):
        is_up = not x & 2
        if x <= 6:  # the timing pattern's column is none of two
            x -= 1
        right = stride * (size - 1) + x if is_up else x
        step = -stride if is_up else stride
        for i in range(right, right + step * size, step):
            for module in (i, i - 1):
                if free[module >> 3] & 1 << (module & 7):
                    if not bit:
                        word = words[at]
                        at += 1
                        bit = 0x80
                    if word & bit:
                        bits[module >> 3] |= 1 << (module & 7)
                    bit >>= 1


def _masked(plain: int, free: int, level: int, version: int) -> QR:
    """With the mask of the least penalty, 7.8; the format information counts as it will stand."""
    size = 17 + 4 * version
    whole = _square(0, 0, size, _stride(size))
    fields = _fields(size)
    least = 1 << 20
    best = 0
    for mask in range(8):
        penalty = _penalty(_symbol(plain, free, level << 3 | mask, size), whole, fields, size)
        if penalty < least:
            least = penalty
            best = mask
    return QR(version, best, _symbol(plain, free, level << 3 | best, size))


def _symbol(plain: int, free: int, form: int, size: int) -> bytearray:
    """Masked, with format information; `form` is level and mask."""
    stride = _stride(size)
    mask = form & 7
    period = 4 if mask == 4 else 6
    pattern = 0
    for y in range(period):
        pattern |= _MASKS[6 * mask + y] << stride * y
    pattern *= ((1 << stride) - 1) // 63
    period *= stride
    pattern *= ((1 << period * (size * stride // period + 1)) - 1) // ((1 << period) - 1)
    bits = bytearray((plain ^ pattern & free).to_bytes(_length(size), "little"))
    rest = form << 10  # 7.9: 5 bits and their check bits, in column 8 and in row 8
    for i in range(4, -1, -1):
        if rest >> i & 0x400:
            rest ^= 0x537 << i
    code = (form << 10 | rest) ^ 0x5412
    for i in range(15):
        if code >> i & 1:
            y = size - 15 + i if i > 7 else i + (i > 5)
            x = 14 - i + (i < 9) if i > 7 else size - 1 - i
            for at in (stride * y + 8, stride * 8 + x):
                bits[at >> 3] |= 1 << (at & 7)
    return bits


# The functions below are small for the heap's sake: what an interpreter's frame held once it keeps until it ends.


def _penalty(bits: bytearray, whole: int, fields: "_Fields", size: int) -> int:
    """Points of 7.8.3.1, table 11; the quiet zone is light."""
    stride = _stride(size)
    dark = int.from_bytes(bits, "little")
    total = abs(20 * _count(dark, fields) - 10 * size * size) // (size * size) * 10
    for step in (1, stride):  # right, down
        total += 40 * _count(_finders(dark, step), fields)
    across = _same(dark, whole, 1)
    total += _runs(across, 1, fields)
    down = _same(dark, whole, stride)
    total += _runs(down, stride, fields)
    return total + 3 * _count(across & across >> stride & down, fields)


def _same(dark: int, whole: int, step: int) -> int:
    """Modules like the next one."""
    return (dark ^ dark >> step ^ whole) & whole & whole >> step


def _runs(same: int, step: int, fields: "_Fields") -> int:
    """Points for 5 and more in a row."""
    five = same & same >> step
    five &= five >> 2 * step  # one for each 5
    return _count(five, fields) + 2 * _count(five ^ five & five >> step, fields)


def _fields(size: int) -> "_Fields":
    """What `_count` needs: the lower half of every 2, 4 and 8 bits of a bitmap, and its bytes."""
    length = _length(size)
    ones = (1 << 8 * length) - 1
    return ones // 3, ones // 5, ones // 17, length


def _finders(dark: int, step: int) -> int:
    """Where dark 1, light 1, dark 3, light 1, dark 1 begin, with 4 light ones before or after."""
    found = dark & dark >> 2 * step
    found &= found >> 4 * step & dark >> 3 * step
    found ^= found & (dark >> step | dark >> 5 * step)
    near = dark << 4 * step
    near |= near >> step
    near |= near >> 2 * step  # any dark one among the 4 before
    return found ^ found & near & near >> 11 * step


def _count(board: int, fields: "_Fields") -> int:
    """Bits set."""
    pairs, nibbles, octets, length = fields
    board -= board >> 1 & pairs
    board = (board & nibbles) + (board >> 2 & nibbles)
    board = board + (board >> 4) & octets
    return sum(board.to_bytes(length, "little"))
