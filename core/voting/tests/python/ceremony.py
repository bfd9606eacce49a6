"""How the trustees made the election key: ../../SPEC.md, §5. Whatever does not hold raises `Refused`."""

import hashlib
from collections import namedtuple

import forms
import group
from forms import need
from group import G


Election = namedtuple("Election", "key h verification_keys")


def total(points):
    result = group.IDENTITY
    for point in points:
        result = group.add(result, point)
    return result


def power_sum(points, at):
    return group.double_times([(pow(at, m, group.L), point) for m, point in enumerate(points)])


class Ceremony:
    def __init__(self, poll):
        self.poll, m = poll, poll.manifest
        self.keys, self.t = [one.signing for one in m.trustees], m.threshold
        parameters = b"\x01" + poll.id + bytes([self.t]) + len(self.keys).to_bytes(4, "little")
        for one in m.trustees:
            parameters += b"\x00" + one.signing[1] + one.sealing
        self.history = [forms.digest("ceremony-transcript", parameters)]
        self.said = [{} for _ in forms.ROUNDS]
        self.polynomials, self.complaints = {}, {}

    def round(self):
        return len(self.history) - 1

    def take(self, message):
        number, signed = message
        label, read = forms.ROUNDS[number]
        claimed = forms.canonical(read, signed.content)
        need(claimed.poll == self.poll.id and 1 <= claimed.trustee <= len(self.keys), "another poll or no trustee")
        said = forms.opened(signed, label, self.keys[claimed.trustee - 1], read)
        before = self.said[number].get(said.trustee)
        if before:
            return need(before[0] == said, "spoken before")
        need(number == self.round() and said.trustee in self.speakers(), "out of turn")
        need(said.after == self.history[number], "another history")
        self.check(number, said)
        self.said[number][said.trustee] = (said, forms.canonical_signed(signed))
        while self.round() < 6 and all(one in self.said[self.round()] for one in self.speakers()):
            self.end_round()

    def speakers(self):
        return sorted(self.complaints) if self.round() == 4 else range(1, len(self.keys) + 1)

    def end_round(self):
        said = self.said[self.round()]
        if self.round() == 3:
            for verdict, _ in (said[one] for one in sorted(said)):
                for dealer in verdict.against:
                    self.complaints.setdefault(dealer, []).append(verdict.trustee)
        parts = [said[one][1] for one in sorted(said)]
        listed = len(parts).to_bytes(4, "little") + b"".join(len(p).to_bytes(4, "little") + p for p in parts)
        self.history.append(forms.digest("ceremony-transcript", self.history[-1] + hashlib.sha256(listed).digest()))
        if self.round() == 2:
            self.sums = [total(column) for column in zip(*self.polynomials.values())]

    def check(self, number, said):
        if number == 1:
            content = b"\x01" + said.poll + bytes([said.trustee]) + bytes(32)
            polynomial = b"".join(said.polynomial)
            content += len(said.polynomial).to_bytes(4, "little") + polynomial
            content += said.challenge.to_bytes(32, "little") + said.response.to_bytes(32, "little")
            committed = self.said[0][said.trustee][0].digest
            need(forms.digest("ceremony-reveal", content) == committed, "not what was committed to")
            points = [group.decode(one) for one in said.polynomial]
            need(len(points) == self.t and None not in points, "no polynomial")
            others = {one for other, _ in self.said[1].values() for one in other.polynomial}
            need(not others & set(said.polynomial), "another's polynomial")
            r = group.sub(group.times(said.response, G), group.times(said.challenge, points[0]))
            trustee = bytes([said.trustee])
            fields = (self.poll.id, self.history[0], trustee, polynomial, group.encode(r))
            need(forms.challenge("ceremony-proof", *fields) == said.challenge, "knows no secret")
            self.polynomials[said.trustee] = points
        if number == 2:
            need(len(said.sealed) == len(self.keys) and all(len(one) == 105 for one in said.sealed), "no dealing")
        if number == 3:
            known = all(1 <= one <= len(self.keys) and one != said.trustee for one in said.against)
            need(known and said.against == sorted(set(said.against)), "no verdict")
        if number == 4:
            need([one.to for one in said.shares] == self.complaints[said.trustee], "no answer")
            for one in said.shares:
                fits = power_sum(self.polynomials[said.trustee], one.to)
                need(group.equal(group.times(one.share, G), fits), "a dealer stays with a wrong share")
        if number == 5:
            need(said.key == group.encode(self.sums[0]), "another election key")

    def election(self):
        need(self.round() == 6, "the ceremony is not over")
        keys = [power_sum(self.sums, j) for j in range(1, len(self.keys) + 1)]
        encoded = [group.encode(one) for one in [self.sums[0], *keys]]
        need(bytes(32) not in encoded, "the identity is no key")
        return Election(encoded[0], group.Fixed(self.sums[0]), keys)
