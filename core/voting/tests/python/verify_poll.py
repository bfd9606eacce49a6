"""A second verifier of polls, written from ../../SPEC.md and with nothing of this project: Python and its standard library.

One JSON object on standard input, one on standard output: `{vectors: folder}` verifies the small poll of `poll.txt`, and holds
every case of `invalid.txt` against the rule that must refuse it. `python3 verify_poll.py FILE` verifies a poll in one file
(§14), `board-1000.gz` for instance, in some minutes; exit status 1 if it is refused.
"""

import gzip
import json
import pathlib
import sys

# Nothing is written beside the program.
sys.dont_write_bytecode = True

import ballots
import ceremony
import forms
import logs
import manifest
import poll
import tally
from forms import CAST, SPOILED, Refused, need


def lines(path):
    """`name = value`, several of one name in order."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield tuple(line.split(" = ", 1))


def values(path):
    found = {}
    for name, value in lines(path):
        found.setdefault(name, []).append(value)
    return lambda name: [bytes.fromhex(value) for value in found.get(name, [])]


def cases(path):
    """(name, kind, inputs) of each."""
    for name, value in lines(path):
        if name == "case":
            case, kind, *_ = value.split(" | ")
            inputs = []
            yield case, kind, inputs
        else:
            inputs.append(bytes.fromhex(value))


class World:
    """What the invalid cases are held against: §13."""

    def __init__(self, valid):
        self.poll = manifest.Poll(valid("manifest")[0])
        held = ceremony.Ceremony(self.poll)
        for message in valid("ceremony-message"):
            held.take(forms.canonical(forms.message, message))
        self.election = held.election()
        self.cast_data = valid("cast-entry")[0]
        self.cast = forms.canonical(forms.board_entry, self.cast_data)
        self.head = forms.canonical(forms.board_head, valid("receipt-head")[0])
        self.tally = forms.canonical(forms.encrypted_tally, valid("encrypted-tally-0")[0])
        self.result = valid("result")[0]

    def manifest(self, data):
        manifest.Poll(data)

    def ceremony(self, *messages):
        held = ceremony.Ceremony(self.poll)
        for message in messages:
            held.take(forms.canonical(forms.message, message))
        held.election()

    def ballot(self, data):
        signed = forms.canonical(forms.signed_ballot, data)
        ballots.check_ballot(self.poll, self.election, signed)

    def token(self, data):
        cast = forms.canonical(forms.cast_ballot, data)
        ballots.check_token(self.poll, cast.signed.ballot.electorate, cast.signed.ballot.voting_key, cast.token)

    def opening(self, data):
        ballots.check_opening(self.poll, self.election, forms.canonical(forms.spoiled_ballot, data))

    def board(self, *entries):
        logs.check_order(self.poll, [forms.canonical(forms.board_entry, entry) for entry in entries])

    def log(self, head, *entries):
        head = forms.canonical(forms.log_head, head)
        leaves = [logs.board_leaf(data, forms.canonical(forms.board_entry, data)) for data in entries]
        need(head == (len(leaves), forms.root(leaves)), "another log")

    def rows(self, *rows):
        rows = [forms.canonical(forms.issuance_row, row) for row in rows]
        logs.check_rows(self.poll, rows)
        logs.rows_of(self.poll, rows)

    def shares(self, data):
        signed = forms.canonical(forms.signed, data)
        _, elements = tally.check_shares(self.poll, self.election, self.tally, signed)
        need(elements is not None, "a proof does not hold")

    def result_(self, data):
        forms.canonical(forms.poll_result, data)
        need(data == self.result, "another result")

    def promise(self, data):
        signed = forms.canonical(forms.signed, data)
        relays = [one.signing for one in self.poll.manifest.relays]
        signer = [key for key in relays if forms.digest("key-id", b"\x01\x00" + key[1]) == signed.key]
        need(signer, "no relay of the manifest")
        said = forms.opened(signed, "relay-promise", signer[0], forms.promise)
        need(said.poll == self.poll.id and tuple(said[1:5]) == tuple(logs.about(self.cast)), "about another ballot")
        need(said.slot <= 2 and said.slot < manifest.slots(self.poll.manifest), "for too late a slot")

    def receipt(self, data):
        said, own = forms.canonical(forms.receipt, data), logs.about(self.cast)
        need(said.head == self.head and said.count == self.head.log.count, "of another board")
        mine = (said.leaf.voting_key, said.leaf.fingerprint) == (own.voting_key, own.fingerprint)
        need(mine, "another citizen's, or of another ballot")
        one = said.leaf
        content = bytes([one.electorate]) + one.voting_key + one.sequence.to_bytes(4, "little")
        leaf = forms.leaf(b"\x01" + bytes([CAST]) + content + one.fingerprint + one.entry)
        need(forms.included(leaf, said.index, said.count, said.path, self.head.log.root), "not on that board")


def refusals(world, path):
    """What each case is refused for; nothing where it passes."""
    found = {}
    for name, kind, inputs in list(cases(path)):
        check = getattr(world, "result_" if kind == "result" else kind)
        try:
            check(*inputs)
            found[name] = None
        except Refused as why:
            found[name] = str(why)
    return found


def valid_cases(valid):
    """That the same checks let pass what is in order."""
    return {
        "manifest": valid("manifest"),
        "ballot": [valid(name)[0] for name in ("citizen-ballot-compact", "committee-ballot-expanded")],
        "shares": valid("shares-0"),
        "result_": valid("result"),
        "promise": valid("promise"),
        "receipt": valid("receipt"),
        "rows": valid("issuance-row-0"),
    }


def passing(world, valid):
    count = 0
    for kind, inputs in valid_cases(valid).items():
        for data in inputs:
            getattr(world, kind)(data)
            count += 1
    world.ceremony(*valid("ceremony-message"))
    for kind, entry in ((CAST, valid("cast-entry")[0]), (SPOILED, valid("spoiled-entry")[0])):
        # The forms of a cast and of an opened ballot stand by themselves behind the entry's two bytes.
        (world.token if kind == CAST else world.opening)(b"\x01" + entry[2:])
        world.board(valid("slot-entry")[0], entry)
        count += 2
    return count + 1


def frames(data):
    source = forms.Bytes(data)
    while source.at < len(data):
        yield forms.octets(source)


def bundle(path):
    data = pathlib.Path(path).read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    anchor, record, *rest = frames(data)
    head = forms.canonical(forms.anchor, anchor)
    rows, entries = rest[: head.issuance.count], rest[head.issuance.count :][: head.board.count]
    return poll.verify(anchor, record, rows, entries)


def main():
    if len(sys.argv) > 1:
        return bundle(sys.argv[1])
    folder = pathlib.Path(json.load(sys.stdin)["vectors"])
    small, valid = values(folder / "poll.txt"), values(folder / "valid.txt")
    verdict = poll.verify(small("anchor")[0], small("record")[0], small("row"), small("entry"))
    world = World(valid)
    return {"verdict": verdict, "passing": passing(world, valid), "refusals": refusals(world, folder / "invalid.txt")}


if __name__ == "__main__":
    try:
        print(json.dumps(main()))
    except Refused as why:
        print(json.dumps({"refused": str(why)}))
        sys.exit(1)
