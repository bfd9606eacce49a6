"""The whole of a poll: ../../SPEC.md, §12. Whatever does not hold raises `Refused`."""

import forms
from ballots import check_ballot, check_opening, check_token
from ceremony import Ceremony
from forms import CAST, SPOILED, need
from logs import board_leaf, check_order, check_rows, rows_of
from manifest import Poll
from tally import add_up, check_shares, open_sums


def verify(anchor, record, rows, entries):
    """All of it. Gives what counts; raises at the first thing that is wrong."""
    anchor = forms.canonical(forms.anchor, anchor)
    record = forms.canonical(forms.poll_record, record)
    poll = Poll(record.manifest)
    need(poll.id == anchor.poll, "the manifest of another poll")
    ceremony = Ceremony(poll)
    for message in record.ceremony:
        ceremony.take(message)
    election = ceremony.election()

    read = [forms.canonical(forms.issuance_row, row) for row in rows]
    head = anchor.issuance
    need(len(rows) == head.count and forms.root([forms.leaf(row) for row in rows]) == head.root, "another issuance log")
    check_rows(poll, read)
    issued = rows_of(poll, read)

    board = [forms.canonical(forms.board_entry, entry) for entry in entries]
    leaves = [board_leaf(data, entry) for data, entry in zip(entries, board)]
    need(len(board) == anchor.board.count and forms.root(leaves) == anchor.board.root, "another board")
    standing, counts = check_order(poll, board)
    points = {}
    for at, (kind, body) in enumerate(board):
        if kind == CAST:
            one = body.signed.ballot
            check_token(poll, one.electorate, one.voting_key, body.token)
            points[at] = check_ballot(poll, election, body.signed)
        if kind == SPOILED:
            check_token(poll, body.opening.electorate, body.opening.voting_key, body.token)
            check_opening(poll, election, body)

    results = []
    need(record.result.poll == poll.id, "another poll's result")
    need(len(record.result.electorates) == len(record.shares) == len(poll.manifest.electorates), "results")
    blamed = []
    for electorate, announced in enumerate(poll.manifest.electorates):
        keys = sum(one[0] == electorate for one in standing)
        for registrar in range(len(poll.manifest.registrars)):
            need(keys <= issued.get((registrar, electorate), 0), "more voting keys than rows")
        own = [points[at] for (of, _), at in counts.items() if of == electorate]
        said, shares = record.result.electorates[electorate], record.shares[electorate]
        need(said.counted == len(own), "another number counts")
        if len(own) < announced.minimum_turnout:
            need(not shares and said.contests is None, "opened below the minimum turnout")
            results.append(None)
            continue
        tally, valid = add_up(poll, election, electorate, own), {}
        for one in shares:
            trustee, elements = check_shares(poll, election, tally, one)
            if elements is None:
                blamed.append((electorate, trustee))
            else:
                valid[trustee] = elements
        need(len(valid) >= poll.manifest.threshold, "too few shares")
        opened = open_sums(poll, tally, valid)
        need(said.contests is not None and [tuple(one) for one in said.contests] == opened, "another result")
        results.append(opened)
    kinds = [kind for kind, _ in board]
    return {
        "poll": poll.id.hex(),
        "counted": len(counts),
        "spoiled": kinds.count(SPOILED),
        "replaced": kinds.count(CAST) - len(counts),
        "result": results,
        "blamed": blamed,
    }
