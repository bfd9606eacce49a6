//! STATE-12 and 13: what nobody's registrar, relay, trustee or citizen can do to a poll; and that what the state holds after all of it
//! is what the universal verifier finds in order.

use crate::polling::city::{Citizen, KEYS, style};
use crate::polling::manifest::*;
use crate::polls::*;
use crate::prover::{signed_with_another_nonce, with_an_agreed_randomness, with_one_randomness};
use crate::support::Town;
use citizen_ledger::poll::{CeremonyMessages, MOST_BRANCHES, PollRecord, TallyShares, VoterRecord};
use citizen_ledger::{Rejection, StateKey, state_key};
use citizen_merkle::Frontier;
use citizen_primitives::{Canonical as _, UnixTime};
use citizen_voting::board::LogHead;
use citizen_voting::manifest::{Manifest, PollKind};
use citizen_voting::result::{ContestSums, ElectorateResult, PollResult};
use citizen_voting::tally::EncryptedTally;
use citizen_voting::verify::{Effort, MemoryLog, PollAnchor, PollRecord as Published, verify_poll};
use citizen_voting::{BoardEntry, CastBallot};
use city_state::ExecuteError;

/// A poll of the citizens alone, from its announcement to its result: some vote again, one opens a ballot, and much is refused.
pub(crate) fn held() -> Town {
    let mut town = with_a_key();
    registering(&mut town);
    let citizens: Vec<_> = (0..22).map(|person| Citizen::register(person, CITIZENS)).collect();
    for registrar in 0..REGISTRARS {
        // Person 21 has a token and no row.
        let rows = citizens[..21].iter().map(|citizen| citizen.rows()[registrar]).collect();
        let rows = issued(&mut town, registrar, rows);
        town.accepts(rows);
    }
    in_slot(&mut town, 0);
    let first =
        [citizens[..12].iter().map(|citizen| citizen.cast(1)).collect(), vec![twice_in_one(&citizens[12])]];
    let first = brought(&mut town, 0, first.concat());
    town.accepts(first);
    in_slot(&mut town, 2);
    // One voted before in another block, one votes twice in this one.
    let ours = [
        citizens[0].cast(2),
        citizens[20].spoil(1),
        citizens[13].cast(1),
        citizens[13].cast(2),
        citizens[3].cast(1),
    ];
    let theirs: Vec<_> = citizens[12..].iter().map(|citizen| citizen.cast(3)).collect();
    let (ours, theirs) = (brought(&mut town, 0, ours.to_vec()), brought(&mut town, 1, theirs));
    assert!(town.block(&[ours, theirs]).results.iter().all(|result| result.code == 0));
    closed(&mut town);
    for trustee in [4, 0, 2] {
        let said = shares(&town, trustee, CITIZENS, 20);
        let said = opened(&mut town, trustee, said);
        town.accepts(said);
    }
    town
}

/// A ballot that proves all it should and has one element twice.
fn twice_in_one(citizen: &Citizen) -> BoardEntry {
    let ballot = with_one_randomness(style(CITIZENS), &citizen.ballot(1), 1, &citizen.signing_key());
    BoardEntry::Cast(CastBallot { ballot, token: citizen.token.clone() })
}

#[test]
fn state_11_what_the_state_holds_of_a_poll_is_what_the_universal_verifier_finds_in_order() {
    let town = held();
    let id = POLL.id();
    let head = |log: &StateKey| LogHead::of(&town.ledger.record::<Frontier>(log).unwrap());
    let (board, issuance) = (state_key::board(&id), state_key::issuance(&id));
    let anchor = PollAnchor { poll: id, board: head(&board), issuance: head(&issuance) };
    let record: PollRecord = town.ledger.record(&state_key::poll(&id)).unwrap();
    let result = |of: &citizen_ledger::poll::ElectorateRecord| ElectorateResult {
        counted: of.counted,
        sums: of.result.clone().map(|result| {
            result.contests.into_iter().map(|(contest, cells)| ContestSums { contest, cells }).collect()
        }),
    };
    let shares = ELECTORATES.map(|of| {
        let TallyShares(shares) = town.ledger.record(&state_key::tally_shares(&id, of)).unwrap_or_default();
        shares
    });
    let CeremonyMessages(ceremony) = town.ledger.record(&state_key::ceremony(&id)).unwrap();
    let published = Published {
        manifest: town.ledger.record::<Manifest>(&state_key::manifest(&id)).unwrap().to_canonical(),
        ceremony,
        shares: shares.to_vec(),
        result: PollResult { poll: id, electorates: record.electorates.iter().map(result).collect() },
    };
    let mut entries =
        MemoryLog::new(town.ledger.logs[&board].iter().map(|leaf| leaf.content.clone()).collect());
    let mut rows =
        MemoryLog::new(town.ledger.logs[&issuance].iter().map(|leaf| leaf.bytes.clone()).collect());
    let logs = (&mut entries, &mut rows);
    let report = verify_poll(&anchor, &published, logs, Effort::default(), &mut |_| {}).unwrap();
    assert_eq!(report.first_failure, None);
    assert_eq!((report.counted, report.spoiled, report.replaced), (21, 1, 3));
    assert_eq!(report.result, Some(published.result));
    let counts = &record.electorates[0];
    assert_eq!((counts.keys, counts.counted, counts.cast, counts.opened), (21, 21, 24, 1));
}

#[test]
fn vote_3_a_ballot_in_which_an_element_stands_twice_does_not_stand() {
    let mut town = with_rows();
    in_slot(&mut town, 0);
    let citizen = Citizen::register(0, CITIZENS);
    let repeated = brought(&mut town, 0, vec![twice_in_one(&citizen)]);
    town.refuses(repeated, Rejection::Board);
}

/// VOTE-3: two citizens who agree on an `r` prove each her own ballot. One of them stands, in one transaction and in two.
#[test]
fn vote_3_of_two_ballots_with_one_element_one_stands() {
    let agreed = |person| {
        let citizen = Citizen::register(person, CITIZENS);
        let ballot =
            with_an_agreed_randomness(style(CITIZENS), &citizen.ballot(1), 1, &citizen.signing_key());
        BoardEntry::Cast(CastBallot { ballot, token: citizen.token })
    };
    let mut town = with_rows();
    in_slot(&mut town, 0);
    let both = brought(&mut town, 0, vec![agreed(0), agreed(1)]);
    town.accepts(both);
    assert_eq!(record(&town).electorates[0].cast, 1);
    let second = brought(&mut town, 1, vec![agreed(1)]);
    town.refuses(second, Rejection::Board);
    let mut other = with_rows();
    in_slot(&mut other, 0);
    let second = brought(&mut other, 1, vec![agreed(1)]);
    other.accepts(second);
}

/// VOTE-13: a registrar that signs and writes no row makes no voters.
#[test]
fn vote_13_there_are_no_more_voting_keys_than_rows_of_any_registrar() {
    let mut town = with_a_key();
    registering(&mut town);
    for (registrar, people) in [(0, 0..3), (1, 0..1), (2, 0..2)] {
        let rows =
            issued(&mut town, registrar, people.map(|person| row(registrar, CITIZENS, person)).collect());
        town.accepts(rows);
    }
    in_slot(&mut town, 0);
    let (first, second) = (Citizen::register(0, CITIZENS), Citizen::register(1, CITIZENS));
    // A key of which only an opened ballot stands there is one, too.
    let opened = brought(&mut town, 0, vec![first.spoil(1), second.cast(1)]);
    town.accepts(opened);
    assert_eq!(board(&town).len(), 2, "the slot and the first");
    for entry in [second.cast(1), second.spoil(1), Citizen::register(0, COMMITTEE).cast(1)] {
        let one_too_many = brought(&mut town, 0, vec![entry]);
        town.refuses(one_too_many, Rejection::Board);
    }
    let who_is_there = brought(&mut town, 1, vec![first.cast(2), first.cast(3)]);
    town.accepts(who_is_there);
    let counts = record(&town).electorates[0].clone();
    assert_eq!((counts.keys, counts.counted, counts.cast), (1, 1, 2));
}

/// STATE-12: a relay that brings what everybody can read already, ninety times, costs nothing and holds up nobody.
#[test]
fn state_12_what_could_not_stand_or_comes_twice_is_not_proved() {
    let mut town = with_rows();
    in_slot(&mut town, 0);
    let (citizen, other) = (Citizen::register(0, CITIZENS), Citizen::register(1, CITIZENS));
    let copies = MOST_BRANCHES / POLL.branches(CITIZENS) + 5;
    // Not on the board yet: one of the copies stands.
    let new = brought(&mut town, 0, [vec![citizen.spoil(1); copies], vec![other.cast(1)]].concat());
    town.accepts(new);
    assert_eq!(board(&town).len(), 3);
    // There already: none does.
    let old = brought(&mut town, 1, [vec![citizen.spoil(1); copies], vec![other.cast(2)]].concat());
    town.accepts(old);
    assert_eq!(board(&town).len(), 4);
}

#[test]
fn state_12_of_what_could_stand_a_transaction_brings_only_so_much() {
    let mut town = with_rows();
    in_slot(&mut town, 0);
    let most = MOST_BRANCHES / POLL.branches(CITIZENS);
    assert_eq!(most, 85);
    let opened: Vec<_> = (0..29)
        .map(|person| Citizen::register(person, CITIZENS))
        .flat_map(|citizen| [citizen.spoil(1), citizen.spoil(2), citizen.spoil(3)])
        .collect();
    let many = brought(&mut town, 0, opened.clone());
    town.accepts(many);
    assert_eq!(board(&town).len(), 1 + most);
    let rest = brought(&mut town, 0, opened);
    town.accepts(rest);
    assert_eq!(board(&town).len(), 1 + 87);
}

#[test]
fn state_12_a_trustees_words_stand_once_whatever_their_signature() {
    let mut town = town();
    let announcement = announced(&mut town, manifest());
    town.accepts(announcement);
    let first = spoken(&mut town, 0, 0);
    town.accepts(first);
    let again = signed_with_another_nonce(&KEYS.messages[0], &trustee_key(0));
    let speak = |message| citizen_ledger::poll::PollAction::Speak(Box::new(message));
    let known = by(&mut town, &trustee_key(0), speak(again.clone()));
    town.refuses(known, Rejection::Ceremony);
    // Nor after the end: the sums of nothing are begun once.
    let mut done = with_rows();
    done.time = UnixTime::from_seconds(OPENS - 1);
    let known = by(&mut done, &trustee_key(0), speak(again));
    done.refuses(known, Rejection::Ceremony);
}

#[test]
fn state_12_a_blind_signature_key_is_one_polls() {
    let mut town = town();
    let first = announced(&mut town, manifest());
    town.accepts(first);
    let second = announced(&mut town, Manifest { checks: 4, ..manifest() });
    town.refuses(second, Rejection::Manifest);
    // The treasury's for the reward as well.
    let mut reward = Manifest { checks: 4, ..manifest() };
    for (number, registrar) in reward.registrars.iter_mut().enumerate() {
        for (key, of) in registrar.keys.iter_mut().zip(0u8..) {
            let mut bytes = *key.as_bytes();
            bytes[100] ^= 1 + of + 2 * u8::try_from(number).unwrap();
            *key = citizen_voting::blind::BlindKey::from_bytes(bytes);
        }
    }
    let rewarded = announced(&mut town, reward.clone());
    town.refuses(rewarded, Rejection::Manifest);
    let without = announced(&mut town, Manifest { reward: None, ..reward });
    town.accepts(without);
}

#[test]
fn state_11_nothing_of_a_poll_has_begun_when_it_is_announced() {
    let mut town = town();
    // A light poll that casts before it registers, and has begun to.
    let mut light = manifest();
    light.kind = PollKind::Light;
    light.casting.from = town.time;
    light.casting.until = UnixTime::from_seconds(town.time.seconds() + SLOT * 1_000);
    light.registration.until = light.casting.until;
    let begun = announced(&mut town, light);
    town.refuses(begun, Rejection::PollTime);
}

#[test]
fn state_11_nobody_registers_before_there_is_an_election_key() {
    let mut town = town();
    let announcement = announced(&mut town, manifest());
    town.accepts(announcement);
    registering(&mut town);
    let early = issued(&mut town, 0, vec![row(0, CITIZENS, 0)]);
    town.refuses(early, Rejection::PollTime);
}

#[test]
fn vote_51_two_rows_for_one_person_in_one_block_are_one() {
    let mut town = with_a_key();
    registering(&mut town);
    let (first, second) = (
        issued(&mut town, 0, vec![row(0, CITIZENS, 0)]),
        issued(&mut town, 0, vec![row(0, CITIZENS, 1), row(0, CITIZENS, 0)]),
    );
    let codes: Vec<_> = town.block(&[first, second]).results.iter().map(|result| result.code).collect();
    assert_eq!(codes, [0, Rejection::Issuance.code()]);
    assert_eq!(record(&town).electorates[0].issued, [1, 0, 0], "and nothing of the second stays");
}

/// STATE-13: if all trustees open sums that are no numbers, there is no result, and there are further blocks.
#[test]
fn state_13_sums_that_come_to_no_number_do_not_stop_the_ledger() {
    let mut town = with_rows();
    in_slot(&mut town, 0);
    let ballots = (0..20).map(|person| Citizen::register(person, CITIZENS).cast(1)).collect();
    let ballots = brought(&mut town, 0, ballots);
    town.accepts(ballots);
    closed(&mut town);
    // Nobody can prove a ballot that adds up to this: the state is told that it came to it.
    let key = state_key::tally(&POLL.id(), CITIZENS);
    let mut tally: EncryptedTally = town.ledger.record(&key).unwrap();
    tally.contests[0].1[0].b = tally.contests[0].1[1].a;
    town.ledger.records.insert(key, tally.to_canonical());
    for trustee in 0..TRUSTEES {
        let said = shares(&town, trustee, CITIZENS, 20);
        let said = opened(&mut town, trustee, said);
        town.accepts(said);
    }
    assert_eq!(record(&town).electorates[0].result, None);
    let TallyShares(all) = town.ledger.record(&state_key::tally_shares(&POLL.id(), CITIZENS)).unwrap();
    assert_eq!(all.len(), TRUSTEES);
}

/// What a voter's record holds is small, whatever is on the ballot.
#[test]
fn a_ballot_stands_once_on_the_board_and_not_in_its_voters_record_too() {
    let mut town = with_rows();
    in_slot(&mut town, 0);
    let citizen = Citizen::register(0, CITIZENS);
    for sequence in [1, 2] {
        let cast = brought(&mut town, 0, vec![citizen.cast(sequence)]);
        town.accepts(cast);
    }
    let key = state_key::voter(&POLL.id(), CITIZENS, &citizen.voting_key());
    let voter: VoterRecord = town.ledger.record(&key).unwrap();
    assert_eq!(voter.counts.unwrap().place, 2);
    assert!(town.ledger.records[&key].len() < 64);
    let only = Citizen::register(0, CITIZENS).cast(2);
    let alone = {
        let mut alone = with_rows();
        in_slot(&mut alone, 0);
        let cast = brought(&mut alone, 0, vec![only]);
        alone.accepts(cast);
        alone
    };
    let tally = |town: &Town| town.ledger.record::<EncryptedTally>(&state_key::tally(&POLL.id(), CITIZENS));
    assert_eq!(tally(&town), tally(&alone), "the first is out of the sums again");
}

/// STATE-11: what a re-vote takes out of the sums is what was added to them. Content that a disk has mixed up is in nobody's sums.
#[test]
fn state_11_a_re_vote_over_another_ballot_than_the_one_that_counts_stops_the_ledger_and_changes_no_sum() {
    let mut town = with_rows();
    in_slot(&mut town, 0);
    let (citizen, neighbour) = (Citizen::register(0, CITIZENS), Citizen::register(1, CITIZENS));
    let cast = brought(&mut town, 0, vec![citizen.cast(1), neighbour.cast(1)]);
    town.accepts(cast);
    let again = brought(&mut town, 0, vec![citizen.cast(2)]);
    assert!(town.try_block(std::slice::from_ref(&again)).is_ok());
    // Behind the slot's mark stands hers, then the neighbour's, which is as good a ballot.
    let board = town.ledger.logs.get_mut(&state_key::board(&POLL.id())).unwrap();
    board[1].content = board[2].content.clone();
    assert!(matches!(town.try_block(&[again]), Err(ExecuteError::Record)));
}
