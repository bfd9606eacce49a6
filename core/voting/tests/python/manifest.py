"""Rules of contests and of manifests: ../../SPEC.md, §3 and §7. Whatever does not hold raises `Refused`."""

import forms
import group
from forms import need


# The numbers of small order on Curve25519: RFC 7748, section 6.1, refuses what they give.
SMALL = [
    0,
    1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    2**255 - 20,
]


def cells(rule):
    number, body = rule
    if number == 0:
        return sum(one.options for one in body.groups)
    return body.options if number == 1 else body.options**2


def clauses(rule):
    """Each: which cells, and the range of their sum."""
    number, body = rule
    if number == 1:
        return [([cell], 0, body.highest) for cell in range(body.options)]
    each = [([cell], 0, 1) for cell in range(cells(rule))]
    if number == 0:
        first = 0
        for one in body.groups:
            if not (one.min == 0 and one.max == one.options):
                each.append((list(range(first, first + one.options)), one.min, one.max))
            first += one.options
        return each
    n = body.options
    each += [([option * n + place for place in range(n)], 1, 1) for option in range(n)]
    return each + [([option * n + place for option in range(n)], 1, 1) for place in range(n)]


def check_rule(rule):
    number, body = rule
    options = cells(rule) if number == 0 else body.options
    need(2 <= options <= (6 if number == 2 else 97), "the number of options")
    if number == 0:
        fits = lambda one: one.options >= 1 and one.max >= 1 and one.min <= one.max <= one.options
        need(body.groups and all(map(fits, body.groups)), "a group")
    if number == 1:
        need(1 <= body.highest <= 10, "the highest score")
    return options


def numbers(rule, choice):
    """The cells' numbers of a choice that the rule allows."""
    (number, body), (kind, chosen) = rule, choice
    need(number == kind, "a choice of another kind")
    if number == 0:
        need(chosen == sorted(set(chosen)) and all(one < cells(rule) for one in chosen), "no choice")
        first = 0
        for one in body.groups:
            count = sum(first <= option < first + one.options for option in chosen)
            need(one.min <= count <= one.max, "too many or too few")
            first += one.options
        return [int(cell in chosen) for cell in range(cells(rule))]
    if number == 1:
        need(len(chosen) == body.options and all(score <= body.highest for score in chosen), "no score")
        return list(chosen)
    n = body.options
    need(sorted(chosen) == list(range(n)), "no order")
    return [int(chosen[place] == option) for option in range(n) for place in range(n)]


def check_key(key):
    number, data = key
    need(number == 0 and group.is_key(data), "a signing key that is none")


def different(many):
    for language in (lambda one: one.ko, lambda one: one.en):
        said = [language(one) for one in many]
        need(len(set(said)) == len(said), "two that are named alike")


def spoken(one):
    need(one.ko.strip() and one.en.strip(), "a text that is missing in one language")


def check_manifest(m):
    lists = [(m.electorates, 1, 32), (m.contests, 1, 16), (m.trustees, 2, 20), (m.registrars, 2, 8), (m.relays, 2, 16)]
    for many, least, most in lists:
        need(least <= len(many) <= most, "too many or too few of something")
    parties = [m.electorates, m.trustees, m.registrars, m.relays]
    for many in [[one.name for one in some] for some in parties] + [[one.question for one in m.contests]]:
        different(many)
        for one in many:
            spoken(one)
    spoken(m.title)
    for one in m.electorates:
        spoken(one.eligible)
        need(one.weight >= 1, "no weight")
        need(one.minimum_turnout >= 20 and one.roll_size >= 2 * one.minimum_turnout, "a small electorate")
    for one in m.contests:
        need(check_rule(one.rule) == len(one.options), "another number of options")
        different(one.options)
        for option in one.options:
            spoken(option)
        fits = one.electorates == sorted(set(one.electorates)) and one.electorates
        need(fits and one.electorates[-1] < len(m.electorates), "a contest's electorates")
    for electorate in range(len(m.electorates)):
        own = [one for one in m.contests if electorate in one.electorates]
        need(own, "an electorate without a contest")
        size = 3471
        for one in own:
            parts = clauses(one.rule)
            branches = sum(high - low + 1 for _, low, high in parts)
            size += 49 + 64 * cells(one.rule) + 96 * branches + 32 * (branches - len(parts))
        need(size <= 65536, "a ballot that is too long")
    registration, casting = m.registration, m.casting
    need(registration.start < registration.until and casting.start < casting.until, "an empty window")
    need(registration.until <= casting.until and registration.start < casting.until, "registration ends too late")
    need(m.slot > 0 and (casting.until - casting.start) % m.slot == 0, "slots do not fill casting")
    need(2 <= slots(m) <= 8640, "the number of slots")
    need(m.kind[0] == 1 or registration.until <= casting.start, "a binding poll registers while it casts")
    need(m.threshold <= len(m.trustees) < 2 * m.threshold, "a minority of the trustees")
    need(m.signatures == len(m.registrars), "not all registrars sign")
    for one in m.registrars:
        need(len(one.keys) == len(m.electorates), "a registrar's keys")
    blind = [key for one in m.registrars for key in one.keys]
    if m.reward:
        need(m.reward.points >= 1, "a reward of nothing")
        spoken(m.reward.legal_basis)
        blind.append(m.reward.key)
    need(all(key[0] & 128 and key[-1] & 1 for key in blind), "a modulus")
    need(len(set(blind)) == len(blind), "one blind-signature key in two places")
    signing = [one.signing for some in (m.trustees, m.registrars, m.relays) for one in some]
    for key in signing:
        check_key(key)
    need(len(set(signing)) == len(signing), "one key in two places")
    sealing = [one.sealing for one in m.trustees]
    need(len(set(sealing)) == len(sealing), "one sealing key in two places")
    for key in sealing:
        need(int.from_bytes(key, "little") % 2**255 % group.P not in SMALL, "a sealing key of small order")


def slots(m):
    return (m.casting.until - m.casting.start) // m.slot


class Poll:
    def __init__(self, data):
        self.id = forms.digest("poll-manifest", data)
        self.manifest = forms.canonical(forms.manifest, data)
        check_manifest(self.manifest)

    def contests(self, electorate):
        """(number, rule) of each contest of an electorate."""
        return [(i, one.rule) for i, one in enumerate(self.manifest.contests) if electorate in one.electorates]
