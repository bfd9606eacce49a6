"""ristretto255 (RFC 9496) and Ed25519 by ZIP-215, out of the RFCs, with nothing but Python's integers and hashlib.

Slow, and not in constant time: it verifies what is public anyway.
"""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)


def _negative(x):
    return x & 1


def _sqrt_ratio(u, v):
    """RFC 9496, 4.2: whether u/v is a square, and a root of it or of SQRT_M1 times it, not negative."""
    v3 = v * v % P * v % P
    r = u * v3 % P * pow(u * v3 % P * v3 % P * v % P, (P - 5) // 8, P) % P
    check = v * r % P * r % P
    u = u % P
    correct, flipped, flipped_i = check == u, check == -u % P, check == -u * SQRT_M1 % P
    if flipped or flipped_i:
        r = r * SQRT_M1 % P
    if _negative(r):
        r = -r % P
    return correct or flipped, r


_, INVSQRT_A_MINUS_D = _sqrt_ratio(1, -1 - D)


def add(p, q):
    """Extended coordinates, a = -1 (RFC 8032, 5.1.4)."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def double(p):
    a, b = p[0] * p[0] % P, p[1] * p[1] % P
    c = 2 * p[2] * p[2] % P
    h = a + b
    e = h - (p[0] + p[1]) ** 2 % P
    g = a - b
    f = c + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def neg(p):
    return -p[0] % P, p[1], p[2], -p[3] % P


def sub(p, q):
    return add(p, neg(q))


def _windows(p):
    """p, 2p, … 15p."""
    table = [IDENTITY, p]
    for _ in range(14):
        table.append(add(table[-1], p))
    return table


class Fixed:
    """A point that is multiplied often."""

    def __init__(self, p):
        self.tables = []
        for _ in range(64):
            table = _windows(p)
            self.tables.append(table)
            p = add(table[15], p)

    def times(self, s):
        result = IDENTITY
        for table in self.tables:
            if s & 15:
                result = add(result, table[s & 15])
            s >>= 4
        return result


def times(s, p):
    if isinstance(p, Fixed):
        return p.times(s % L)
    return double_times(((s, p),))


def double_times(pairs):
    """The sum of s·p over all pairs."""
    work = [(s % L, _windows(p)) for s, p in pairs]
    result = IDENTITY
    for shift in range(252, -1, -4):
        for _ in range(4):
            result = double(result)
        for s, table in work:
            digit = s >> shift & 15
            if digit:
                result = add(result, table[digit])
    return result


def decode(data, identity=False):
    """RFC 9496, 4.3.1; None where it refuses. The identity is refused unless it is allowed."""
    s = int.from_bytes(data, "little")
    if len(data) != 32 or s >= P or _negative(s) or (s == 0 and not identity):
        return None
    ss = s * s % P
    u1, u2 = (1 - ss) % P, (1 + ss) % P
    u2_sqr = u2 * u2 % P
    v = (-(D * u1 % P * u1) - u2_sqr) % P
    square, invsqrt = _sqrt_ratio(1, v * u2_sqr % P)
    den_x = invsqrt * u2 % P
    den_y = invsqrt * den_x % P * v % P
    x = 2 * s * den_x % P
    if _negative(x):
        x = -x % P
    y = u1 * den_y % P
    t = x * y % P
    if not square or _negative(t) or y == 0:
        return None
    return x, y, 1, t


def encode(p):
    """RFC 9496, 4.3.2."""
    x0, y0, z0, t0 = p
    u1 = (z0 + y0) * (z0 - y0) % P
    u2 = x0 * y0 % P
    _, invsqrt = _sqrt_ratio(1, u1 * u2 % P * u2 % P)
    den1, den2 = invsqrt * u1 % P, invsqrt * u2 % P
    z_inv = den1 * den2 % P * t0 % P
    if _negative(t0 * z_inv % P):
        x, y = y0 * SQRT_M1 % P, x0 * SQRT_M1 % P
        den_inv = den1 * INVSQRT_A_MINUS_D % P
    else:
        x, y, den_inv = x0, y0, den2
    if _negative(x * z_inv % P):
        y = -y % P
    s = den_inv * (z0 - y) % P
    if _negative(s):
        s = -s % P
    return s.to_bytes(32, "little")


def equal(p, q):
    """RFC 9496, 4.5."""
    return (p[0] * q[1] - p[1] * q[0]) % P == 0 or (p[1] * q[1] - p[0] * q[0]) % P == 0


_BY = 4 * pow(5, P - 2, P) % P
_BX = _sqrt_ratio((_BY * _BY - 1) % P, (D * _BY * _BY + 1) % P)[1]
BASE = (_BX, _BY, 1, _BX * _BY % P)
G = Fixed(BASE)


def scalar(data):
    """A number below the order, in 32 bytes; None for any other."""
    number = int.from_bytes(data, "little")
    return number if len(data) == 32 and number < L else None


# Ed25519


def _edwards(data):
    """ZIP-215: a point, also in an encoding that is not canonical."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, (number & (2**255 - 1)) % P
    square, x = _sqrt_ratio((y * y - 1) % P, (D * y % P * y + 1) % P)
    if not square:
        return None
    if x & 1 != sign:
        x = -x % P
    return x, y, 1, x * y % P


def is_key(data):
    """Whether 32 bytes are a point in its one encoding, and not of small order."""
    point = _edwards(data)
    y = int.from_bytes(data, "little") & (2**255 - 1)
    if point is None or y >= P or (point[0] == 0 and data[31] & 128):
        return False
    eighth = double(double(double(point)))
    return not (eighth[0] == 0 and (eighth[1] - eighth[2]) % P == 0)


def signed(key, signature, message):
    """Ed25519 by ZIP-215: with the cofactor, S below the order, points in any encoding."""
    a, r = _edwards(key), _edwards(signature[:32])
    s = scalar(signature[32:])
    if a is None or r is None or s is None:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    left = double_times(((s, BASE), (k, neg(a))))
    rest = double(double(double(sub(left, r))))
    return rest[0] == 0 and (rest[1] - rest[2]) % P == 0
