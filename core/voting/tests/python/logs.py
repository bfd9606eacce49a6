"""What stands in the issuance log and on the board: ../../SPEC.md, §8 and §10. Whatever does not hold raises `Refused`."""

from collections import namedtuple

import forms
from ballots import elements_of
from forms import CAST, SLOT, SPOILED, need
from manifest import slots


def check_rows(poll, rows):
    m = poll.manifest
    seen = set()
    for row in rows:
        need(row.registrar < len(m.registrars) and row.electorate < len(m.electorates), "no registrar or electorate")
        need((row.registrar, row.electorate, row.voter) not in seen, "two rows for one person")
        seen.add((row.registrar, row.electorate, row.voter))


def rows_of(poll, rows):
    """How many rows each registrar has for each electorate: never more than people."""
    counts = {}
    for row in rows:
        counts[row.registrar, row.electorate] = counts.get((row.registrar, row.electorate), 0) + 1
    for (_, electorate), count in counts.items():
        need(count <= poll.manifest.electorates[electorate].roll_size, "more rows than people")
    return counts


Leaf = namedtuple("Leaf", "electorate voting_key sequence fingerprint")


def about(entry):
    """What an entry says of its ballot."""
    kind, body = entry
    if kind == CAST:
        one = body.signed.ballot
        fingerprint = forms.digest("ballot-fingerprint", forms.write_ballot(one))
        return Leaf(one.electorate, one.voting_key, one.sequence, fingerprint)
    one = body.opening
    return Leaf(one.electorate, one.voting_key, one.sequence, one.fingerprint)


def board_leaf(data, entry):
    """leaf(canonical(BoardLeaf))."""
    kind, body = entry
    if kind == SLOT:
        return forms.leaf(b"\x01\x00" + body.to_bytes(4, "little"))
    one = about(entry)
    content = bytes([one.electorate]) + one.voting_key + one.sequence.to_bytes(4, "little") + one.fingerprint
    return forms.leaf(b"\x01" + bytes([kind]) + content + forms.digest("board-entry", data))


def check_order(poll, entries):
    """§10, rules 1 to 3. Gives which entries count, by (electorate, voting key)."""
    m, slot, standing, elements, counts = poll.manifest, None, {}, set(), {}
    for at, (kind, body) in enumerate(entries):
        if kind == SLOT:
            need(body < slots(m) and (slot is None or body > slot), "slots go forward and end")
            slot = body
            continue
        need(slot is not None, "a ballot before any slot")
        one = about((kind, body))
        last, cast, opened = standing.get(one[:2], (0, 0, 0))
        need(last < one.sequence <= last + 64, "a number")
        cast, opened = cast + (kind == CAST), opened + (kind == SPOILED)
        need(cast <= (64 if m.revote[0] == 0 else 1) and opened <= m.checks, "too many of one key")
        standing[one[:2]] = (one.sequence, cast, opened)
        if kind == CAST:
            own = elements_of(body.signed.ballot)
            need(len(set(own)) == len(own) and not elements & set(own), "a ciphertext stands there twice")
            elements |= set(own)
            counts[one[:2]] = at
    return standing, counts
