"""Sums and how they were opened: ../../SPEC.md, §6. Whatever does not hold raises `Refused`."""

from collections import namedtuple

import forms
import group
from ballots import Pair
from ceremony import total
from forms import Refused, need
from group import G
from manifest import cells


def check_shares(poll, election, tally, signed):
    """Who has signed them, and D for each cell; `None` in its place where a proof does not hold."""
    claimed = forms.canonical(forms.decryption_shares, signed.content)
    trustees = poll.manifest.trustees
    need(1 <= claimed.trustee <= len(trustees), "no such trustee")
    key = trustees[claimed.trustee - 1].signing
    said = forms.opened(signed, "decryption-shares", key, forms.decryption_shares)
    need(said.poll == poll.id and said.electorate == tally.electorate, "of another poll or electorate")
    digest = forms.digest("tally", write_tally(tally))
    need(said.tally == digest, "of another tally")
    fits = [len(one) for one in said.contests] == [len(one.cells) for one in tally.contests]
    if not fits:
        return said.trustee, None
    x, elements = election.verification_keys[said.trustee - 1], []
    for contest, shares in zip(tally.contests, said.contests):
        for cell, (sum_, one) in enumerate(zip(contest.cells, shares)):
            a, d = group.decode(sum_.a, identity=True), group.decode(one.share, identity=True)
            if d is None:
                return said.trustee, None
            u = group.sub(group.times(one.response, G), group.times(one.challenge, x))
            w = group.double_times([(one.response, a), (-one.challenge, d)])
            where = [poll.id, bytes([tally.electorate]), bytes([contest.contest]), cell.to_bytes(2, "little")]
            points = [group.encode(x), sum_.a, one.share, group.encode(u), group.encode(w)]
            fields = where + [bytes([said.trustee]), digest] + points
            if forms.challenge("decryption-proof", *fields) != one.challenge:
                return said.trustee, None
            elements.append(d)
    return said.trustee, elements


def write_tally(tally):
    parts = [b"\x01", tally.poll, bytes([tally.electorate]), tally.key, tally.counted.to_bytes(8, "little")]
    parts.append(len(tally.contests).to_bytes(4, "little"))
    for one in tally.contests:
        parts.append(bytes([one.contest]) + len(one.cells).to_bytes(4, "little"))
        parts += [cell.a + cell.b for cell in one.cells]
    return b"".join(parts)


def open_sums(poll, tally, valid):
    """The number in each cell, out of any `t` valid trustees' shares."""
    used = sorted(valid)[: poll.manifest.threshold]
    weights = []
    for j in used:
        above = below = 1
        for m in used:
            if m != j:
                above, below = above * m, below * (m - j)
        weights.append(above * pow(below % group.L, -1, group.L) % group.L)
    rules = poll.contests(tally.electorate)
    highest = {number: body.highest if kind == 1 else 1 for number, (kind, body) in rules}
    at, contests = 0, []
    for one in tally.contests:
        sums = []
        for cell in one.cells:
            mask = group.double_times([(weight, valid[j][at]) for weight, j in zip(weights, used)])
            wanted = group.sub(group.decode(cell.b, identity=True), mask)
            sums.append(logarithm(wanted, tally.counted * highest[one.contest]))
            at += 1
        contests.append((one.contest, sums))
    return contests


def logarithm(wanted, most):
    point = group.IDENTITY
    for number in range(most + 1):
        if group.equal(point, wanted):
            return number
        point = group.add(point, group.BASE)
    raise Refused("a sum that is no number")


Tally = namedtuple("Tally", "poll electorate key counted contests")
Cells = namedtuple("Cells", "contest cells")


def add_up(poll, election, electorate, points):
    """The sums over what counts; `points` of each ballot, by contest and cell."""
    contests = []
    for place, (number, rule) in enumerate(poll.contests(electorate)):
        column = lambda cell, half: group.encode(total(one[place][cell][half] for one in points))
        contests.append(Cells(number, [Pair(column(cell, 0), column(cell, 1)) for cell in range(cells(rule))]))
    return Tally(poll.id, electorate, election.key, len(points), contests)
