//! What would show only where ledger and verifier disagree: what a ledger keeps off the board the verifier does not miss.

use crate::polling::city::Citizen;
use crate::polling::manifest::*;
use crate::town::Town;
use crate::whole::verified;
use citizen_ledger::Rejection;
use citizen_ledger::poll::PollAction;
use citizen_voting::board::SlotMark;
use citizen_voting::issuance::IssuanceRow;
use citizen_voting::verify::{CheckName, FailureReason, Report};
use citizen_voting::{BoardEntry, CastBallot, SignedBallot};

fn cast(entry: BoardEntry) -> CastBallot {
    match entry {
        BoardEntry::Cast(cast) => cast,
        _ => panic!("not a cast ballot"),
    }
}

/// Twenty citizens vote in slot 0, `further` happens, and the poll is closed and opened.
async fn verdict(further: impl FnOnce(&Town, &[Citizen])) -> Report {
    let town = Town::with_a_key();
    let citizens: Vec<_> = (0..20).map(|person| Citizen::register(person, CITIZENS)).collect();
    town.register(&citizens);
    town.in_slot(0);
    assert_eq!(town.bring(0, citizens.iter().map(|citizen| citizen.cast(2)).collect()), 0);
    further(&town, &citizens);
    town.closed();
    town.open(CITIZENS);
    verified(&town.client(), &town.published().await, usize::MAX).await
}

fn refused(town: &Town, entries: Vec<BoardEntry>) {
    assert_eq!(town.bring(1, entries), Rejection::Board.code());
}

#[tokio::test(flavor = "multi_thread")]
async fn vote_9_what_the_ledger_keeps_off_the_board_the_verifier_does_not_miss() {
    let report = verdict(|town, citizens| {
        town.in_slot(1);
        let (one, two) = (&citizens[1], &citizens[2]);
        // VOTE-22: an old ballot, and the same again.
        refused(town, vec![one.cast(1), one.cast(2)]);
        // VOTE-3: copied under another key.
        let mut copied = two.ballot(2).ballot;
        copied.voting_key = one.voting_key();
        let copied = SignedBallot::sign(copied, &one.signing_key());
        refused(town, vec![BoardEntry::Cast(CastBallot { ballot: copied, token: one.token.clone() })]);
        // VOTE-13 and VOTE-49: a token that lacks a registrar, and one of another electorate.
        let mut lacking = cast(one.cast(3));
        lacking.token.signatures[2] = lacking.token.signatures[1];
        let mut intruder = Citizen::register(30, COMMITTEE);
        intruder.token = one.token.clone();
        refused(town, vec![BoardEntry::Cast(lacking), intruder.cast(1)]);
        // VOTE-9: a signature and a proof that do not hold.
        let mut unsigned = cast(one.cast(3));
        unsigned.ballot.signature[3] ^= 1;
        let mut unproved = cast(one.cast(4));
        unproved.ballot.ballot.contests[1].proof.responses.swap(0, 1);
        refused(town, vec![BoardEntry::Cast(unsigned), BoardEntry::Cast(unproved)]);
        // VOTE-52: a mark is the ledger's to set, and a slot in which nothing stands has none.
        refused(town, vec![BoardEntry::Slot(SlotMark { slot: 5 })]);
        town.in_slot(3);
        assert_eq!(
            town.bring(0, vec![one.cast(1), one.cast(5), two.spoil(3), two.spoil(4), two.spoil(5)]),
            0
        );
        // VOTE-54: more opened ballots than the manifest allows; what was opened is used up.
        refused(town, vec![two.spoil(6), two.cast(3)]);
        town.closed();
        assert_eq!(town.bring(0, vec![two.cast(9)]), Rejection::PollTime.code(), "VOTE-52");
    })
    .await;
    assert_eq!(report.first_failure, None);
    assert_eq!((report.counted, report.spoiled, report.replaced), (20, 3, 1));
    let of = |name| report.checks.iter().find(|check| check.name == name).unwrap().count;
    assert_eq!(of(CheckName::Slots), 2 + 21 + 3, "slots 0 and 3, and what stands in them");
}

/// VOTE-13: all registrars sign for somebody, and none of them has a row for it. A token says nothing of rows: the ledger counts the keys.
#[tokio::test(flavor = "multi_thread")]
async fn vote_13_a_ballot_for_which_there_is_no_row_does_not_stand_on_the_board() {
    let report = verdict(|town, _| {
        refused(town, vec![Citizen::register(40, CITIZENS).cast(1)]);
    })
    .await;
    assert_eq!(report.first_failure, None);
    assert_eq!(report.counted, 20);
}

/// VOTE-51: rows that a registrar enters for one person twice, and more than the roll has, are refused by the ledger; what it took passes.
#[tokio::test(flavor = "multi_thread")]
async fn vote_51_rows_that_the_ledger_took_pass_and_those_it_refused_are_not_there() {
    let town = Town::with_a_key();
    let citizens: Vec<_> = (0..20).map(|person| Citizen::register(person, CITIZENS)).collect();
    town.register(&citizens);
    let enter = |rows| town.act(&registrar_key(0), PollAction::Issue { poll: POLL.id(), rows });
    let row = citizens[3].rows()[0];
    let twice = IssuanceRow { blinded: citizens[4].rows()[0].blinded, ..row };
    assert_eq!(enter(vec![twice]), Rejection::Issuance.code());
    let stranger = |person| IssuanceRow { voter: roll_entry(CITIZENS, person).tag(POLL.id()), ..row };
    assert_eq!(
        enter((100..141).map(stranger).collect()),
        Rejection::Issuance.code(),
        "41 more, for a roll of 60"
    );
    assert_eq!(enter((100..140).map(stranger).collect()), 0);
    town.in_slot(0);
    assert_eq!(town.bring(0, citizens.iter().map(|citizen| citizen.cast(1)).collect()), 0);
    town.closed();
    town.open(CITIZENS);
    let report = verified(&town.client(), &town.published().await, usize::MAX).await;
    assert_eq!(report.first_failure, None);
}

/// VOTE-55: enough voted, and the trustees have not opened the sums: a poll without a result is no verified poll.
#[tokio::test(flavor = "multi_thread")]
async fn vote_55_sums_that_should_be_opened_and_are_not_are_named() {
    let town = Town::with_a_key();
    let citizens: Vec<_> = (0..20).map(|person| Citizen::register(person, CITIZENS)).collect();
    town.register(&citizens);
    town.in_slot(0);
    assert_eq!(town.bring(0, citizens.iter().map(|citizen| citizen.cast(1)).collect()), 0);
    town.closed();
    let report = verified(&town.client(), &town.published().await, usize::MAX).await;
    let expected = FailureReason::NotOpened { electorate: CITIZENS, counted: 20 };
    assert_eq!(report.first_failure.unwrap().reason, expected);
}
