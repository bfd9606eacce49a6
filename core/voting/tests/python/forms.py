"""The published forms: borsh after a version byte, as ../../SPEC.md and ../../../ledger/SPEC.md (§1 to §3) have them.

A reader takes bytes from `Bytes`; what does not fit raises `Refused`. Structures are tuples with names.
"""

import hashlib
import hmac
import unicodedata
from collections import namedtuple

import group


class Refused(Exception):
    """What must not pass, and why."""


def need(holds, why):
    if not holds:
        raise Refused(why)


class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data), "cut off")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "little")


def canonical(read, data):
    """A whole value, used up exactly, of version 1."""
    source = Bytes(data)
    need(source.number(1) == 1, "another version")
    value = read(source)
    need(source.at == len(data), "bytes behind the end")
    return value


def u(size):
    return lambda source: source.number(size)


def raw(size):
    return lambda source: source.take(size)


def vec(read):
    def many(source):
        count = source.number(4)
        # Nothing that is read here takes no bytes.
        need(count <= len(source.data), "a count that the bytes cannot hold")
        return [read(source) for _ in range(count)]

    return many


def option(read):
    def maybe(source):
        kind = source.number(1)
        need(kind <= 1, "neither there nor missing")
        return read(source) if kind else None

    return maybe


def struct(name, /, **fields):
    kind = namedtuple(name, fields)
    return lambda source: kind(*(read(source) for read in fields.values()))


def enum(*variants):
    """Each variant: a reader, or nothing. Gives (number, value)."""

    def one(source):
        number = source.number(1)
        need(number < len(variants), "no such variant")
        return number, variants[number](source) if variants[number] else None

    return one


def octets(source):
    return source.take(source.number(4))


def string(source):
    try:
        return octets(source).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("not UTF-8") from None


def text(source):
    value = string(source)
    printable = all(unicodedata.category(letter) != "Cc" for letter in value)
    need(unicodedata.normalize("NFC", value) == value and len(value) <= 256 and printable, "not a text")
    return value


def name_of(most):
    letters = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")

    def read(source):
        value = string(source)
        need(1 <= len(value) <= most and set(value) <= letters, "not a name")
        return value

    return read


def points(source):
    value = source.number(8)
    need(value <= 10**15, "too many points")
    return value


def scalar(source):
    value = group.scalar(source.take(32))
    need(value is not None, "not a scalar in its one encoding")
    return value


# Labels, hashes, keys


def labelled(label, message):
    label = b"seoul-wallet/" + label.encode()
    return bytes([len(label)]) + label + message


def digest(label, message):
    return hashlib.sha256(labelled(label, message)).digest()


def challenge(label, *fields):
    fields = (b"ristretto255-SHA512",) + fields
    body = b"".join(len(field).to_bytes(8, "little") + field for field in fields)
    return int.from_bytes(hashlib.sha512(labelled(label, body)).digest(), "little") % group.L


def derive(key, purpose, context):
    """HKDF-SHA256 without a salt, 32 bytes: one block."""
    info = labelled("key-derivation", bytes([len(purpose)]) + purpose.encode() + context)
    secret = hmac.new(bytes(32), key, hashlib.sha256).digest()
    return hmac.new(secret, info + b"\x01", hashlib.sha256).digest()


public_key = enum(raw(32), raw(33))
signature = enum(raw(64), raw(64))
Signed = namedtuple("Signed", "key signature content")
signed = lambda source: Signed(source.take(32), signature(source), octets(source))


def canonical_signed(value):
    number, bytes_ = value.signature
    return b"\x01" + value.key + bytes([number]) + bytes_ + len(value.content).to_bytes(4, "little") + value.content


def opened(value, label, key, read):
    """The content of what an Ed25519 key has signed under a label."""
    number, bytes_ = key
    need(number == 0 and value.signature[0] == 0, "not an Ed25519 signature")
    need(value.key == digest("key-id", b"\x01\x00" + bytes_), "signed by another")
    need(group.signed(bytes_, value.signature[1], labelled(label, value.content)), "the signature does not hold")
    return canonical(read, value.content)




# Rules, ballots (§3, §4)

contest_rule = enum(
    struct("Choose", groups=vec(struct("Group", options=u(1), min=u(1), max=u(1)))),
    struct("Score", options=u(1), highest=u(1)),
    struct("Rank", options=u(1)),
)
choice = enum(vec(u(1)), vec(u(1)), vec(u(1)))
pair = struct("Pair", a=raw(32), b=raw(32))
contest_proof = struct(
    "ContestProof", challenge=scalar, challenges=vec(scalar), responses=vec(scalar), commitments=option(vec(pair))
)
encrypted_contest = struct("EncryptedContest", ciphertexts=vec(pair), proof=contest_proof)
ballot = struct(
    "Ballot", poll=raw(32), electorate=u(1), voting_key=raw(32), sequence=u(4), contests=vec(encrypted_contest)
)
signed_ballot = struct("SignedBallot", ballot=ballot, signature=raw(64))
token = vec(struct("TokenPart", randomizer=raw(32), signature=raw(384)))
cast_ballot = struct("CastBallot", signed=signed_ballot, token=token)
opening = struct(
    "Opening",
    poll=raw(32),
    electorate=u(1),
    voting_key=raw(32),
    sequence=u(4),
    fingerprint=raw(32),
    seed=raw(32),
    choices=vec(choice),
)
spoiled_ballot = struct("SpoiledBallot", opening=opening, signature=raw(64), token=token)
SLOT, CAST, SPOILED = range(3)
board_entry = enum(u(4), cast_ballot, spoiled_ballot)
ballot_leaf = struct(
    "BallotLeaf", electorate=u(1), voting_key=raw(32), sequence=u(4), fingerprint=raw(32), entry=raw(32)
)


def write_ballot(value):
    """canonical(Ballot) in the compact form."""
    count = lambda items: len(items).to_bytes(4, "little")
    number = lambda value: value.to_bytes(32, "little")
    parts = [b"\x01", value.poll, bytes([value.electorate]), value.voting_key, value.sequence.to_bytes(4, "little")]
    parts.append(count(value.contests))
    for contest in value.contests:
        parts.append(count(contest.ciphertexts))
        parts += [cell.a + cell.b for cell in contest.ciphertexts]
        proof = contest.proof
        parts += [number(proof.challenge), count(proof.challenges), *map(number, proof.challenges)]
        parts += [count(proof.responses), *map(number, proof.responses), b"\x00"]
    return b"".join(parts)


def write_rule(rule):
    """borsh(ContestRule)."""
    number, body = rule
    if number == 0:
        groups = b"".join(bytes(group_) for group_ in body.groups)
        return b"\x00" + len(body.groups).to_bytes(4, "little") + groups
    return bytes([number, *body])


# Ceremony, tally (§5, §6)

head = dict(poll=raw(32), trustee=u(1), after=raw(32))
ROUNDS = [
    ("ceremony-commitment", struct("Commitment", **head, digest=raw(32))),
    ("ceremony-reveal", struct("Reveal", **head, polynomial=vec(raw(32)), challenge=scalar, response=scalar)),
    ("ceremony-dealing", struct("Dealing", **head, sealed=vec(octets))),
    ("ceremony-verdict", struct("Verdict", **head, against=vec(u(1)))),
    ("ceremony-answer", struct("Answer", **head, shares=vec(struct("Share", to=u(1), share=scalar)))),
    ("ceremony-confirmation", struct("Confirmation", **head, key=raw(32))),
]
message = enum(*[signed] * 6)
decryption_share = struct("DecryptionShare", share=raw(32), challenge=scalar, response=scalar)
decryption_shares = struct(
    "DecryptionShares", poll=raw(32), electorate=u(1), trustee=u(1), tally=raw(32), contests=vec(vec(decryption_share))
)
encrypted_tally = struct(
    "EncryptedTally",
    poll=raw(32),
    electorate=u(1),
    key=raw(32),
    counted=u(8),
    contests=vec(struct("ContestCells", contest=u(1), cells=vec(pair))),
)

# Manifest (§7)

bilingual = struct("Bilingual", ko=text, en=text)
window = struct("Window", start=u(8), until=u(8))
blind_key = raw(384)
manifest = struct(
    "Manifest",
    ledger=name_of(50),
    title=bilingual,
    kind=enum(None, None),
    electorates=vec(
        struct(
            "Electorate",
            name=bilingual,
            eligible=bilingual,
            weight=u(2),
            roll_root=raw(32),
            roll_size=u(4),
            minimum_turnout=u(4),
        )
    ),
    contests=vec(
        struct("Contest", question=bilingual, options=vec(bilingual), rule=contest_rule, electorates=vec(u(1)))
    ),
    registration=window,
    casting=window,
    slot=u(8),
    threshold=u(1),
    trustees=vec(struct("Trustee", name=bilingual, signing=public_key, sealing=raw(32))),
    registrars=vec(struct("Registrar", name=bilingual, signing=public_key, keys=vec(blind_key))),
    signatures=u(1),
    relays=vec(struct("Relay", name=bilingual, signing=public_key)),
    revote=enum(None, None),
    checks=u(1),
    reward=option(struct("Reward", key=blind_key, points=points, legal_basis=bilingual)),
)

# Logs and what is published (§8, §10 to §12)

issuance_row = struct("IssuanceRow", registrar=u(1), electorate=u(1), voter=raw(32), blinded=raw(32))
log_head = struct("LogHead", count=u(8), root=raw(32))
anchor = struct("PollAnchor", poll=raw(32), board=log_head, issuance=log_head)
poll_result = struct(
    "PollResult",
    poll=raw(32),
    electorates=vec(
        struct(
            "ElectorateResult",
            counted=u(4),
            contests=option(vec(struct("ContestSums", contest=u(1), cells=vec(u(8))))),
        )
    ),
)
poll_record = struct(
    "PollRecord", manifest=octets, ceremony=vec(message), shares=vec(vec(signed)), result=poll_result
)
promise = struct(
    "RelayPromise", poll=raw(32), electorate=u(1), voting_key=raw(32), sequence=u(4), fingerprint=raw(32), slot=u(4)
)
board_head = struct("BoardHead", poll=raw(32), log=log_head)
receipt = struct("Receipt", leaf=ballot_leaf, index=u(8), count=u(8), path=vec(raw(32)), head=board_head)


# RFC 6962


def leaf(data):
    return hashlib.sha256(b"\x00" + data).digest()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root(leaves[:half]), root(leaves[half:]))


def included(leaf_, index, count, path, root_):
    """RFC 9162, 2.1.3.2."""
    if index >= count:
        return False
    at, last, result = index, count - 1, leaf_
    for hash_ in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            result = node(hash_, result)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            result = node(result, hash_)
        at, last = at >> 1, last >> 1
    return last == 0 and result == root_
