//! STATE-11: polls. The poll is the one of `citizen-voting`'s own tests.

use crate::polling::city::{Citizen, KEYS};
use crate::polling::manifest::*;
use crate::support::town::{beginning, sign};
use crate::support::{Service, Town};
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::poll::{CeremonyStanding, PollAction, PollRecord, TallyShares, VoterRecord};
use citizen_ledger::{Action, Govern, Rejection, Role, Signer, state_key};
use citizen_merkle::{Frontier, leaf_hash};
use citizen_primitives::{Canonical as _, ChainId, Hash, Label, PollId, Text, UnixTime};
use citizen_voting::ballot::BallotStyle;
use citizen_voting::board::{BoardLeaf, SlotMark};
use citizen_voting::decryption::{Decryption, DecryptionMemory, DecryptionShares};
use citizen_voting::issuance::IssuanceRow;
use citizen_voting::manifest::{Districts, Manifest};
use citizen_voting::tally::{EncryptedTally, Tally};
use citizen_voting::{BoardEntry, ElectorateIndex};
use city_state::Leaf;

pub(crate) const OFFICE: u8 = 60;

/// A town in which the poll's parties have their roles, the day before registration.
pub(crate) fn town() -> Town {
    let mut town = Town::new();
    let keys = |role, count, key: fn(usize) -> SigningKey| (0..count).map(move |number| (role, key(number)));
    let parties = [(Role::ElectionOffice, SigningKey::from_seed(&[OFFICE; 32]))]
        .into_iter()
        .chain(keys(Role::Registrar, REGISTRARS, registrar_key))
        // The last one is in the registry and in no manifest.
        .chain(keys(Role::Relay, 3, relay_key))
        .chain(keys(Role::Trustee, TRUSTEES, trustee_key));
    let decisions: Vec<_> = parties
        .map(|(role, key)| town.decided(Govern::SetRole(Service { key, role }.record(beginning()))))
        .collect();
    let outcome = town.block(&decisions);
    assert!(outcome.results.iter().all(|result| result.code == 0));
    town.time = UnixTime::from_seconds(OPENS - 2 * 86_400);
    town
}

pub(crate) fn by(town: &mut Town, key: &SigningKey, action: PollAction) -> Vec<u8> {
    let body = town.body(Signer::Party { key: key.public() }, Action::Poll(action));
    sign(&body, &[&|bytes| key.sign(Label::Transaction, bytes)])
}

pub(crate) fn announced(town: &mut Town, manifest: Manifest) -> Vec<u8> {
    by(town, &SigningKey::from_seed(&[OFFICE; 32]), PollAction::Announce(Box::new(manifest)))
}

pub(crate) fn spoken(town: &mut Town, trustee: usize, message: usize) -> Vec<u8> {
    by(town, &trustee_key(trustee), PollAction::Speak(Box::new(KEYS.messages[message].clone())))
}

pub(crate) fn issued(town: &mut Town, registrar: usize, rows: Vec<IssuanceRow>) -> Vec<u8> {
    by(town, &registrar_key(registrar), PollAction::Issue { poll: POLL.id(), rows })
}

pub(crate) fn brought(town: &mut Town, relay: usize, entries: Vec<BoardEntry>) -> Vec<u8> {
    by(town, &relay_key(relay), PollAction::Bring { poll: POLL.id(), entries })
}

pub(crate) fn opened(town: &mut Town, trustee: usize, shares: Signed<DecryptionShares>) -> Vec<u8> {
    by(town, &trustee_key(trustee), PollAction::Open(Box::new(shares)))
}

pub(crate) fn record(town: &Town) -> PollRecord {
    town.ledger.record(&state_key::poll(&POLL.id())).unwrap()
}

/// The poll is announced, its key is made.
pub(crate) fn with_a_key() -> Town {
    let mut town = town();
    let announcement = announced(&mut town, manifest());
    town.accepts(announcement);
    for (number, message) in KEYS.messages.iter().enumerate() {
        let (head, _) = message.dangerous_unverified_head().unwrap();
        let said = spoken(&mut town, usize::from(head.trustee.number()) - 1, number);
        town.accepts(said);
    }
    town
}

/// Every registrar has written rows for forty people of each electorate.
pub(crate) fn with_rows() -> Town {
    let mut town = with_a_key();
    registering(&mut town);
    for registrar in 0..REGISTRARS {
        let people =
            ELECTORATES.into_iter().flat_map(|electorate| (0..40).map(move |person| (electorate, person)));
        let rows = people.map(|(electorate, person)| row(registrar, electorate, person)).collect();
        let rows = issued(&mut town, registrar, rows);
        town.accepts(rows);
    }
    town
}

/// A row that a registrar writes for whatever it signs.
pub(crate) fn row(registrar: usize, electorate: ElectorateIndex, person: u32) -> IssuanceRow {
    IssuanceRow {
        registrar: u8::try_from(registrar).unwrap(),
        electorate,
        voter: roll_entry(electorate, person).tag(POLL.id()),
        blinded: Hash::ZERO,
    }
}

pub(crate) fn registering(town: &mut Town) {
    town.time = UnixTime::from_seconds(OPENS - 86_400);
}

pub(crate) fn in_slot(town: &mut Town, slot: u64) {
    town.time = UnixTime::from_seconds(OPENS + slot * SLOT + 1);
}

pub(crate) fn closed(town: &mut Town) {
    town.time = UnixTime::from_seconds(OPENS + SLOTS * SLOT);
}

/// A trustee's shares of what stands in the state.
pub(crate) fn shares(
    town: &Town,
    trustee: usize,
    electorate: ElectorateIndex,
    minimum: u64,
) -> Signed<DecryptionShares> {
    let tally = tally(town, electorate);
    let memory = &mut DecryptionMemory::default();
    KEYS.shares[trustee].dangerous_decrypt(&tally, minimum, memory, &trustee_key(trustee)).unwrap()
}

/// The sums as they stand in the state.
fn tally(town: &Town, electorate: ElectorateIndex) -> Tally {
    let style = BallotStyle::new(POLL.id(), electorate, KEYS.election.key, POLL.rules(electorate)).unwrap();
    let kept: EncryptedTally = town.ledger.record(&state_key::tally(&POLL.id(), electorate)).unwrap();
    Tally::dangerous_restore(&style, &kept).unwrap()
}

pub(crate) fn board(town: &Town) -> Vec<BoardLeaf> {
    let leaves = town.ledger.logs.get(&state_key::board(&POLL.id())).into_iter().flatten();
    leaves.map(|leaf| BoardLeaf::from_canonical(&leaf.bytes).unwrap()).collect()
}

#[test]
fn state_11_a_poll_from_its_announcement_to_its_result() {
    let mut town = with_a_key();
    assert_eq!(record(&town).ceremony, CeremonyStanding::Done(KEYS.election.key));
    registering(&mut town);
    let citizens: Vec<_> = (0..21).map(|person| Citizen::register(person, CITIZENS)).collect();
    for registrar in 0..REGISTRARS {
        let rows = citizens.iter().map(|citizen| citizen.rows()[registrar]).collect();
        let rows = issued(&mut town, registrar, rows);
        town.accepts(rows);
    }
    assert_eq!(record(&town).electorates[0].issued, [21; REGISTRARS]);
    in_slot(&mut town, 0);
    let first = citizens[..10].iter().map(|citizen| citizen.cast(1)).collect();
    let first = brought(&mut town, 0, first);
    town.accepts(first);
    // Both relays bring in one slot; one ballot comes by both, one is opened, one replaces an earlier one.
    in_slot(&mut town, 2);
    let ours = [
        &[citizens[0].cast(2), citizens[20].spoil(1)],
        &citizens[10..15].iter().map(|c| c.cast(1)).collect::<Vec<_>>()[..],
    ];
    let theirs: Vec<_> = citizens[14..21].iter().map(|citizen| citizen.cast(2)).collect();
    let (ours, theirs) = (
        brought(&mut town, 0, ours.concat()),
        brought(&mut town, 1, [vec![citizens[3].cast(1)], theirs].concat()),
    );
    assert!(town.block(&[ours, theirs]).results.iter().all(|result| result.code == 0));
    let leaves = board(&town);
    let slots: Vec<_> = leaves
        .iter()
        .filter_map(|leaf| match leaf {
            BoardLeaf::Slot(mark) => Some(*mark),
            BoardLeaf::Cast(_) | BoardLeaf::Spoiled(_) => None,
        })
        .collect();
    assert_eq!(slots, [SlotMark { slot: 0 }, SlotMark { slot: 2 }]);
    assert_eq!(leaves.len(), 2 + 10 + 7 + 7, "the copy of citizen 3's ballot does not stand again");
    let counted = &record(&town).electorates[0];
    assert_eq!((counted.counted, counted.cast, counted.opened), (21, 23, 1));
    closed(&mut town);
    for trustee in [4, 0, 2] {
        assert_eq!(record(&town).electorates[0].result, None);
        let said = shares(&town, trustee, CITIZENS, 20);
        let said = opened(&mut town, trustee, said);
        town.accepts(said);
    }
    let result = record(&town).electorates[0].result.clone().unwrap();
    assert_eq!(result.counted, 21);
    // Every citizen votes as her number says, whatever the number of her ballot.
    let person = |at: u64| (0..21_u64).filter(move |number| number % 3 == at).count();
    let choose = &result.contests[0].1;
    assert_eq!(choose[0], u64::try_from(person(0) + person(1)).unwrap());
    assert_eq!(choose[4], u64::try_from(person(2)).unwrap());
    let score: u64 = (0..21_u64).map(|number| number % 5).sum();
    assert_eq!(result.contests[1].1, [score, 63]);
    let late = shares(&town, 1, CITIZENS, 20);
    let late = opened(&mut town, 1, late);
    town.refuses(late, Rejection::Shares);
}

#[test]
fn state_11_a_manifest_is_announced_by_the_office_once_in_time_with_parties_that_have_their_roles() {
    let mut town = town();
    let by_a_trustee = by(&mut town, &trustee_key(0), PollAction::Announce(Box::new(manifest())));
    town.refuses(by_a_trustee, Rejection::NotAllowed);
    let elsewhere = announced(&mut town, Manifest { ledger: ChainId::new("another").unwrap(), ..manifest() });
    town.refuses(elsewhere, Rejection::Manifest);
    let fewer = announced(&mut town, Manifest { signatures: 2, ..manifest() });
    town.refuses(fewer, Rejection::Manifest);
    let mut strange = manifest();
    strange.relays[0].signing = SigningKey::from_seed(&[77; 32]).public();
    let strange = announced(&mut town, strange);
    town.refuses(strange, Rejection::Manifest);
    // A trustee is no registrar.
    let mut mixed = manifest();
    mixed.registrars[0].signing = SigningKey::from_seed(&[OFFICE; 32]).public();
    let mixed = announced(&mut town, mixed);
    town.refuses(mixed, Rejection::Manifest);
    let first = announced(&mut town, manifest());
    town.accepts(first);
    assert_eq!(town.ledger.logs[&state_key::polls()][0].bytes, POLL.id().as_bytes());
    let again = announced(&mut town, manifest());
    town.refuses(again, Rejection::PollExists);
    let mut late = town_of_registration();
    let announcement = announced(&mut late, manifest());
    late.refuses(announcement, Rejection::PollTime);
}

#[test]
fn vote_61_a_poll_is_announced_with_the_districts_of_its_electorates_and_none_besides() {
    let name = |name: &str| Text::new(name).unwrap();
    let told = |lists: Vec<Vec<Text>>| PollAction::AnnounceIn {
        manifest: Box::new(manifest()),
        districts: Districts::of(lists).unwrap(),
    };
    let office = SigningKey::from_seed(&[OFFICE; 32]);
    let mut town = town();
    let of_mapo = vec![vec![name("마포구")], Vec::new()];
    let by_a_trustee = by(&mut town, &trustee_key(0), told(of_mapo.clone()));
    town.refuses(by_a_trustee, Rejection::NotAllowed);
    let one_list = by(&mut town, &office, told(vec![vec![name("마포구")]]));
    town.refuses(one_list, Rejection::Manifest);
    let nameless = by(&mut town, &office, told(vec![vec![name(" ")], Vec::new()]));
    town.refuses(nameless, Rejection::Manifest);
    let key = state_key::districts(&POLL.id());
    assert_eq!(town.ledger.record::<Districts>(&key), None, "nothing is written on refusal");
    let announcement = by(&mut town, &office, told(of_mapo.clone()));
    town.accepts(announcement);
    assert_eq!(record(&town).office, office.id(), "the poll has its name all the same");
    assert_eq!(town.ledger.record::<Districts>(&key), Districts::of(of_mapo));
    let elsewhere = by(&mut town, &office, told(vec![vec![name("강남구")], Vec::new()]));
    town.refuses(elsewhere, Rejection::PollExists);
    assert_eq!(
        town.ledger.record::<Districts>(&key).unwrap().electorates().next().unwrap(),
        [name("마포구")]
    );
}

fn town_of_registration() -> Town {
    let mut town = town();
    registering(&mut town);
    town
}

#[test]
fn state_11_trustees_speak_for_themselves_in_turn_and_before_casting() {
    let mut town = town();
    let unknown = spoken(&mut town, 0, 0);
    town.refuses(unknown, Rejection::NoPoll);
    let announcement = announced(&mut town, manifest());
    town.accepts(announcement);
    let for_another = spoken(&mut town, 1, 0);
    town.refuses(for_another, Rejection::NotAllowed);
    let by_the_office = by(
        &mut town,
        &SigningKey::from_seed(&[OFFICE; 32]),
        PollAction::Speak(Box::new(KEYS.messages[0].clone())),
    );
    town.refuses(by_the_office, Rejection::NotAllowed);
    let out_of_turn = spoken(&mut town, 0, TRUSTEES);
    town.refuses(out_of_turn, Rejection::Ceremony);
    let first = spoken(&mut town, 0, 0);
    town.accepts(first);
    let twice = spoken(&mut town, 0, 0);
    town.refuses(twice, Rejection::Ceremony);
    in_slot(&mut town, 0);
    let late = spoken(&mut town, 1, 1);
    town.refuses(late, Rejection::PollTime);
    assert_eq!(record(&town).ceremony, CeremonyStanding::Running);
    let early = brought(&mut town, 0, vec![]);
    town.refuses(early, Rejection::PollTime);
}

#[test]
fn state_11_a_registrar_enters_each_person_once_under_its_own_name_and_in_time() {
    let mut town = with_a_key();
    let citizen = Citizen::register(0, CITIZENS);
    let early = issued(&mut town, 0, vec![citizen.rows()[0]]);
    town.refuses(early, Rejection::PollTime);
    registering(&mut town);
    let of_another = issued(&mut town, 1, vec![citizen.rows()[0]]);
    town.refuses(of_another, Rejection::NotAllowed);
    let nothing = issued(&mut town, 0, vec![]);
    town.refuses(nothing, Rejection::Nothing);
    let nobody = IssuanceRow { registrar: 9, ..citizen.rows()[0] };
    let nobody = issued(&mut town, 0, vec![nobody]);
    town.refuses(nobody, Rejection::Issuance);
    let twice = issued(&mut town, 0, vec![citizen.rows()[0]; 2]);
    town.refuses(twice, Rejection::Issuance);
    let first = issued(&mut town, 0, vec![citizen.rows()[0]]);
    town.accepts(first);
    let again =
        IssuanceRow { blinded: Citizen::register(1, CITIZENS).rows()[0].blinded, ..citizen.rows()[0] };
    let again = issued(&mut town, 0, vec![again]);
    town.refuses(again, Rejection::Issuance);
    // As many as are on the roll, and no more.
    let row = |number: u8| IssuanceRow {
        voter: roll_entry(CITIZENS, 100 + u32::from(number)).tag(POLL.id()),
        ..citizen.rows()[0]
    };
    let rest = issued(&mut town, 0, (1..60).map(row).collect());
    town.accepts(rest);
    let one_more = issued(&mut town, 0, vec![row(61)]);
    town.refuses(one_more, Rejection::Issuance);
    in_slot(&mut town, 0);
    let late = issued(&mut town, 1, vec![citizen.rows()[1]]);
    town.refuses(late, Rejection::PollTime);
}

#[test]
fn state_11_what_may_not_stand_on_the_board_does_not_and_holds_up_nothing_else() {
    let mut town = with_rows();
    let (citizen, other) = (Citizen::register(0, CITIZENS), Citizen::register(1, CITIZENS));
    let before_opening = brought(&mut town, 0, vec![citizen.cast(1)]);
    town.refuses(before_opening, Rejection::PollTime);
    in_slot(&mut town, 0);
    let by_a_trustee =
        by(&mut town, &trustee_key(0), PollAction::Bring { poll: POLL.id(), entries: vec![citizen.cast(1)] });
    town.refuses(by_a_trustee, Rejection::NotAllowed);
    let elsewhere = PollAction::Bring { poll: PollId::from_bytes([9; 32]), entries: vec![citizen.cast(1)] };
    let elsewhere = by(&mut town, &relay_key(0), elsewhere);
    town.refuses(elsewhere, Rejection::NoPoll);
    let of_another_poll = brought(&mut town, 2, vec![citizen.cast(1)]);
    town.refuses(of_another_poll, Rejection::NotAllowed);
    // Another's token, another's electorate, a changed proof, a mark that is the ledger's to set.
    let BoardEntry::Cast(good) = citizen.cast(1) else { panic!("not a ballot") };
    let mut stolen = good.clone();
    stolen.token = other.token.clone();
    let mut moved = good.clone();
    moved.ballot.ballot.electorate = COMMITTEE;
    let mut changed = good.clone();
    changed.ballot.ballot.contests[0].ciphertexts.swap(0, 1);
    let bad = [BoardEntry::Cast(stolen), BoardEntry::Cast(moved), BoardEntry::Cast(changed)];
    let bad: Vec<_> = bad.into_iter().chain([BoardEntry::Slot(SlotMark { slot: 1 })]).collect();
    let none = brought(&mut town, 0, bad.clone());
    town.refuses(none, Rejection::Board);
    let with_a_good_one = brought(&mut town, 0, [bad, vec![citizen.cast(2)]].concat());
    town.accepts(with_a_good_one);
    assert_eq!(board(&town).len(), 2);
    // The same again, and one with a lower number: an old ballot replayed.
    for entry in [citizen.cast(2), citizen.cast(1)] {
        let replayed = brought(&mut town, 1, vec![entry]);
        town.refuses(replayed, Rejection::Board);
    }
    // What was opened is used up, too: nobody casts it afterwards.
    let opened = brought(&mut town, 0, vec![other.spoil(3)]);
    town.accepts(opened);
    let cast_after_all = brought(&mut town, 0, vec![other.cast(3)]);
    town.refuses(cast_after_all, Rejection::Board);
    for sequence in [4, 5] {
        let opened = brought(&mut town, 0, vec![other.spoil(sequence)]);
        town.accepts(opened);
    }
    let too_many = brought(&mut town, 0, vec![other.spoil(6)]);
    town.refuses(too_many, Rejection::Board);
    let voter: VoterRecord =
        town.ledger.record(&state_key::voter(&POLL.id(), CITIZENS, &other.voting_key())).unwrap();
    assert_eq!((voter.standing.opened, voter.counts), (3, None));
    closed(&mut town);
    let late = brought(&mut town, 0, vec![other.cast(7)]);
    town.refuses(late, Rejection::PollTime);
}

#[test]
fn state_11_an_element_that_stands_on_the_board_does_not_stand_there_again() {
    let mut town = with_rows();
    in_slot(&mut town, 0);
    let citizen = Citizen::register(0, CITIZENS);
    let BoardEntry::Cast(cast) = citizen.cast(1) else { panic!("not a ballot") };
    // Nobody can prove a ballot with another's elements: the board is told that one of them was there before.
    let mark = *cast.ballot.ballot.contests[1].ciphertexts[1].b.as_bytes();
    let (log, bytes) = (state_key::board(&POLL.id()), b"an earlier ballot".to_vec());
    let mut frontier = Frontier::new();
    frontier.append(leaf_hash(&bytes));
    town.ledger.records.insert(log.clone(), frontier.to_canonical());
    let earlier = Leaf { log: log.clone(), index: 0, bytes, content: Vec::new(), marks: vec![mark] };
    town.ledger.logs.insert(log, vec![earlier]);
    let repeated = brought(&mut town, 0, vec![BoardEntry::Cast(cast)]);
    town.refuses(repeated, Rejection::Board);
    let another = brought(&mut town, 0, vec![citizen.cast(2)]);
    town.accepts(another);
}

#[test]
fn state_11_sums_are_opened_after_closing_above_the_turnout_by_trustees_with_proofs() {
    let mut town = with_rows();
    in_slot(&mut town, 0);
    let citizens: Vec<_> = (0..20).map(|person| Citizen::register(person, CITIZENS)).collect();
    let ballots = citizens.iter().map(|citizen| citizen.cast(1)).collect();
    let ballots = brought(&mut town, 0, ballots);
    town.accepts(ballots);
    let few = brought(&mut town, 0, vec![Citizen::register(30, COMMITTEE).cast(1)]);
    town.accepts(few);
    let said = shares(&town, 0, CITIZENS, 20);
    let early = opened(&mut town, 0, said.clone());
    town.refuses(early, Rejection::PollTime);
    closed(&mut town);
    let below = shares(&town, 0, COMMITTEE, 0);
    let below = opened(&mut town, 0, below);
    town.refuses(below, Rejection::Turnout);
    let another_signs = opened(&mut town, 1, said.clone());
    town.refuses(another_signs, Rejection::Shares);
    let by_a_relay = by(&mut town, &relay_key(0), PollAction::Open(Box::new(said.clone())));
    town.refuses(by_a_relay, Rejection::NotAllowed);
    // Over another tally it is no share of this one. A wrong share of this one stands, with her name on it, and opens nothing.
    let mut elsewhere = said.verify(&trustee_key(0).public()).unwrap();
    elsewhere.tally = Hash::ZERO;
    let elsewhere = opened(&mut town, 0, Signed::sign(&elsewhere, &trustee_key(0)));
    town.refuses(elsewhere, Rejection::Shares);
    let mut lie = shares(&town, 4, CITIZENS, 20).verify(&trustee_key(4).public()).unwrap();
    lie.contests[0].swap(0, 1);
    let lie = opened(&mut town, 4, Signed::sign(&lie, &trustee_key(4)));
    town.accepts(lie);
    let better = shares(&town, 4, CITIZENS, 20);
    let better = opened(&mut town, 4, better);
    town.refuses(better, Rejection::Shares);
    let honest = opened(&mut town, 0, said.clone());
    town.accepts(honest);
    let twice = opened(&mut town, 0, said);
    town.refuses(twice, Rejection::Shares);
    let second = shares(&town, 1, CITIZENS, 20);
    let second = opened(&mut town, 1, second);
    town.accepts(second);
    assert_eq!(record(&town).electorates[0].result, None, "two are right, and one is wrong");
    let third = shares(&town, 2, CITIZENS, 20);
    let third = opened(&mut town, 2, third);
    town.accepts(third);
    assert!(record(&town).electorates[0].result.is_some());
    let TallyShares(all) = town.ledger.record(&state_key::tally_shares(&POLL.id(), CITIZENS)).unwrap();
    let mut judged = Vec::new();
    let (parameters, tally) = (POLL.ceremony().unwrap(), tally(&town, CITIZENS));
    let mut decryption = Decryption::new(&parameters, &KEYS.election, &tally);
    for share in &all {
        judged.push(decryption.take(share).is_ok());
    }
    assert_eq!(judged, [false, true, true, true]);
    assert_eq!(decryption.faults().keys().map(|trustee| trustee.number()).collect::<Vec<_>>(), [5]);
}
