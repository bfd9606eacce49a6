"""Ballots, opened ballots and tokens: ../../SPEC.md, §4, §9 and §10. Whatever does not hold raises `Refused`."""

import hashlib
from collections import namedtuple

import forms
import group
from ceremony import total
from forms import need
from group import G
from manifest import cells, clauses, numbers


Pair = namedtuple("Pair", "a b")
Contest = namedtuple("Contest", "ciphertexts proof")
Proof = namedtuple("Proof", "challenge challenges responses")
Ballot = namedtuple("Ballot", "poll electorate voting_key sequence contests")


def check_contest(poll, election, ballot, number, rule, contest):
    """Gives the cells' points."""
    parts, proof = clauses(rule), contest.proof
    branches = sum(high - low + 1 for _, low, high in parts)
    need(len(contest.ciphertexts) == cells(rule), "not one ciphertext for each cell")
    fits = len(proof.responses) == branches and len(proof.challenges) == branches - len(parts)
    need(fits and len(proof.commitments or range(branches)) == branches, "a proof of another shape")
    points = [(group.decode(one.a), group.decode(one.b)) for one in contest.ciphertexts]
    need(all(a and b for a, b in points), "no element")
    challenges, responses, commitments = iter(proof.challenges), iter(proof.responses), []
    for these, low, high in parts:
        a = total(points[cell][0] for cell in these)
        b = total(points[cell][1] for cell in these)
        left = proof.challenge
        for k in range(low, high + 1):
            c = left if k == high else next(challenges)
            left = (left - c) % group.L
            z = next(responses)
            first = group.sub(group.times(z, G), group.times(c, a))
            # zH - c(B - kG) = zH + ckG - cB
            second = group.add(election.h.times(z % group.L), group.times(c * k, G))
            commitments.append((group.encode(first), group.encode(group.sub(second, group.times(c, b)))))
    if proof.commitments is not None:
        need([(one.a, one.b) for one in proof.commitments] == commitments, "other commitments")
    fields = statement(poll, election, ballot, number, rule)
    fields.append(b"".join(one.a + one.b for one in contest.ciphertexts))
    fields.append(b"".join(a + b for a, b in commitments))
    need(forms.challenge("ballot-proof", *fields) == proof.challenge, "a proof does not hold")
    return points


def statement(poll, election, ballot, number, rule):
    electorate, sequence = bytes([ballot.electorate]), ballot.sequence.to_bytes(4, "little")
    rule = b"\x01" + forms.write_rule(rule)
    return [poll.id, electorate, bytes([number]), rule, election.key, ballot.voting_key, sequence]


def check_ballot(poll, election, signed, electorate=None):
    """A signed ballot is valid: gives the points of each contest's cells."""
    ballot = signed.ballot
    expected = ballot.electorate if electorate is None else electorate
    need(ballot.poll == poll.id and ballot.electorate == expected, "of another poll or electorate")
    need(ballot.sequence > 0, "numbers begin at 1")
    own = poll.contests(ballot.electorate)
    need(own and len(own) == len(ballot.contests), "not the electorate's contests")
    pairs = zip(own, ballot.contests)
    points = [check_contest(poll, election, ballot, number, rule, one) for (number, rule), one in pairs]
    elements = elements_of(ballot)
    need(len(set(elements)) == len(elements), "an element stands twice")
    need(group.is_key(ballot.voting_key), "a voting key that is none")
    fingerprint = forms.digest("ballot-fingerprint", forms.write_ballot(ballot))
    need(group.signed(ballot.voting_key, signed.signature, forms.labelled("ballot", fingerprint)), "not signed")
    return points


def elements_of(ballot):
    return [half for one in ballot.contests for cell in one.ciphertexts for half in (cell.a, cell.b)]


def encrypt(poll, election, opening):
    """§4.1: the ballot of a seed and choices, in the compact form."""
    own = poll.contests(opening.electorate)
    need(own and len(own) == len(opening.choices), "not the electorate's contests")
    made = []
    for (number, rule), choice in zip(own, opening.choices):
        values = numbers(rule, choice)
        electorate, sequence = bytes([opening.electorate]), opening.sequence.to_bytes(4, "little")
        context = poll.id + electorate + bytes([number]) + election.key + opening.voting_key + sequence
        context += b"\x01" + forms.write_rule(rule) + bytes(values)
        k_ = forms.derive(opening.seed, "ballot-contest", context)

        def draw(role, clause, branch):
            body = k_ + bytes([role]) + clause.to_bytes(2, "little") + bytes([branch])
            digest = hashlib.sha512(forms.labelled("ballot-randomness", body)).digest()
            return int.from_bytes(digest, "little") % group.L

        r = [draw(0, cell, 0) for cell in range(len(values))]

        def pair(s, t, u):
            """sG and tH + uG."""
            second = group.add(election.h.times(t), group.times(u, G))
            return group.encode(group.times(s, G)), group.encode(second)

        ciphertexts = [pair(r[i], r[i], v) for i, v in enumerate(values)]
        drawn, commitments = [], []
        for at, (these, low, high) in enumerate(clauses(rule)):
            v = sum(values[cell] for cell in these)
            for k in range(low, high + 1):
                w, c = draw(1, at, k), draw(2, at, k)
                drawn.append((w, c))
                commitments.append(pair(w, w, c * (k - v) % group.L))
        fields = statement(poll, election, opening, number, rule)
        fields += [b"".join(a + b for a, b in ciphertexts), b"".join(a + b for a, b in commitments)]
        e = forms.challenge("ballot-proof", *fields)
        challenges, responses, drawn = [], [], iter(drawn)
        for these, low, high in clauses(rule):
            v = sum(values[cell] for cell in these)
            branch = {k: next(drawn) for k in range(low, high + 1)}
            others = sum(c for k, (_, c) in branch.items() if k != v)
            for k, (w, c) in branch.items():
                c = (e - others) % group.L if k == v else c
                if k < high:
                    challenges.append(c)
                responses.append((w + c * sum(r[cell] for cell in these)) % group.L)
        made.append(Contest([Pair(*one) for one in ciphertexts], Proof(e, challenges, responses)))
    return Ballot(poll.id, opening.electorate, opening.voting_key, opening.sequence, made)


def check_opening(poll, election, spoiled):
    opening = spoiled.opening
    content = write_opening(opening)
    need(opening.poll == poll.id and group.is_key(opening.voting_key), "of another poll, or of no key")
    need(group.signed(opening.voting_key, spoiled.signature, forms.labelled("spoiled-ballot", content)), "not signed")
    need(opening.sequence > 0, "numbers begin at 1")
    ballot = encrypt(poll, election, opening)
    need(forms.digest("ballot-fingerprint", forms.write_ballot(ballot)) == opening.fingerprint, "another ballot")


def write_opening(opening):
    parts = [b"\x01", opening.poll, bytes([opening.electorate]), opening.voting_key]
    parts += [opening.sequence.to_bytes(4, "little"), opening.fingerprint, opening.seed]
    parts.append(len(opening.choices).to_bytes(4, "little"))
    for kind, chosen in opening.choices:
        parts.append(bytes([kind]) + len(chosen).to_bytes(4, "little") + bytes(chosen))
    return b"".join(parts)


def mgf1(seed, length):
    blocks = (hashlib.sha384(seed + i.to_bytes(4, "big")).digest() for i in range(-(-length // 48)))
    return b"".join(blocks)[:length]


def pss(key, signature, message):
    """RFC 8017, 8.1.2 and 9.1.2: SHA-384, MGF1 with it, a salt of 48 bytes, a modulus of 3072 bits."""
    n, s = int.from_bytes(key, "big"), int.from_bytes(signature, "big")
    if s >= n:
        return False
    em = pow(s, 65537, n).to_bytes(384, "big")
    masked, h, end = em[:335], em[335:383], em[383]
    if end != 0xBC or masked[0] & 128:
        return False
    db = bytes(x ^ y for x, y in zip(masked, mgf1(h, 335)))
    db = bytes([db[0] & 127]) + db[1:]
    if db[:286] != bytes(286) or db[286] != 1:
        return False
    return hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + db[287:]).digest() == h


def check_token(poll, electorate, voting_key, token):
    registrars = poll.manifest.registrars
    need(electorate < len(poll.manifest.electorates) and group.is_key(voting_key), "no electorate or no key")
    need(len(token) == len(registrars), "not one signature of each registrar")
    message = forms.labelled("voting-token", poll.id + bytes([electorate]) + voting_key)
    for registrar, part in zip(registrars, token):
        need(pss(registrar.keys[electorate], part.signature, part.randomizer + message), "a registrar has not signed")
