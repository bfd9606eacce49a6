//! The frozen file `vectors/cryptography.txt`: ballots, a ceremony, a tally and its decryption as SPEC.md §4 to §6 describe them.
//!
//! A changed form is a new version, never a changed vector. Without the file, `FREEZE_VECTORS=1` writes it.

use crate::ballot::{BallotSeed, BallotStyle, ContestChoice, Encryptor, SignedBallot, Verifier};
use crate::ceremony::testing::{House, POLL};
use crate::contest::{ContestRule, Group};
use crate::decryption::{Decryption, DecryptionMemory};
use crate::identifier::{ContestIndex, ElectorateIndex, Sequence, VotingKey};
use crate::tally::Tally;
use citizen_keys::SigningKey;
use citizen_primitives::Canonical as _;
use std::fmt::Write as _;
use std::path::Path;
use zeroize::Zeroizing;

const HEAD: &str = "\
# Frozen forms of citizen-voting, version 1: `name = value`, bytes in hexadecimal. What each is: SPEC.md, §4 to §6.
# Three trustees, of whom two suffice; three ballots by the voting keys of the seeds 01…01, 02…02, 03…03, whose ballot seeds are the same.
";

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn text(&mut self, name: &str, value: impl std::fmt::Display) {
        writeln!(self.0, "{name} = {value}").unwrap();
    }

    fn hex(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.text(name, hex::encode(value));
    }
}

fn rules() -> Vec<(ContestIndex, ContestRule)> {
    let group = |options, min, max| Group { options, min, max };
    let rules = [
        ContestRule::Choose { groups: vec![group(3, 1, 1), group(2, 0, 1), group(2, 0, 2)] },
        ContestRule::Score { options: 2, highest: 3 },
        ContestRule::Rank { options: 2 },
    ];
    (0..).map(ContestIndex::new).zip(rules).collect()
}

fn choices(number: u8) -> Vec<ContestChoice> {
    let (chosen, scores, order) = match number {
        1 => (vec![1, 3], vec![3, 0], vec![1, 0]),
        2 => (vec![1, 5, 6], vec![2, 1], vec![1, 0]),
        _ => (vec![2], vec![0, 0], vec![0, 1]),
    };
    vec![ContestChoice::Choose(chosen), ContestChoice::Score(scores), ContestChoice::Rank(order)]
}

fn ceremony(lines: &mut Lines) -> House {
    let mut house = House::finished(2, 3);
    lines.hex("ceremony-parameters", house.parameters.to_canonical());
    for (number, message) in house.log.iter().enumerate() {
        lines.hex(&format!("ceremony-message-{number}"), message.to_canonical());
    }
    let share = house.share(1);
    let election = share.election();
    lines.hex("election-key", election.key.to_canonical());
    for (key, number) in election.verification_keys.iter().zip(1..) {
        lines.hex(&format!("verification-key-{number}"), key.encode().as_bytes());
    }
    lines.hex("ceremony-transcript", election.transcript.as_bytes());
    house
}

fn ballots(lines: &mut Lines, style: &BallotStyle) -> Tally {
    lines.text("electorate", style.electorate());
    for (contest, rule) in style.contests() {
        lines.hex(&format!("contest-rule-{contest}"), rule.to_canonical());
    }
    let mut tally = Tally::new(style);
    for number in 1..=3 {
        let key = SigningKey::from_seed(&[number; 32]);
        let voting_key = VotingKey::from_bytes(key.public().as_bytes().try_into().unwrap());
        let seed = BallotSeed::from_bytes(Zeroizing::new([number; 32]));
        let choices = choices(number);
        let ballot =
            Encryptor::new(style).encrypt(&seed, voting_key, Sequence::new(number.into()), &choices).unwrap();
        let signed = SignedBallot::sign(ballot, &key);
        for (contest, choice) in choices.iter().enumerate() {
            lines.hex(&format!("choice-{number}-{contest}"), choice.to_canonical());
        }
        lines.text(&format!("fingerprint-{number}"), signed.ballot.fingerprint());
        lines.hex(&format!("signed-ballot-{number}-compact"), signed.compact().to_canonical());
        lines.hex(&format!("signed-ballot-{number}-expanded"), signed.to_canonical());
        tally.add(&Verifier::new(style).verify(&signed).unwrap()).unwrap();
    }
    lines.hex("tally", tally.encrypted().to_canonical());
    lines.hex("tally-digest", tally.digest().as_bytes());
    tally
}

fn decryption(lines: &mut Lines, house: &mut House, tally: &Tally) {
    let shares: Vec<_> = (1..=3).map(|trustee| house.share(trustee)).collect();
    let mut decryption = Decryption::new(&house.parameters, shares[0].election(), tally);
    for (share, own) in shares.iter().zip(&house.trustees) {
        let signed =
            share.dangerous_decrypt(tally, 3, &mut DecryptionMemory::default(), &own.signing).unwrap();
        lines.hex(&format!("decryption-shares-{}", share.trustee()), signed.to_canonical());
        decryption.take(&signed).unwrap();
    }
    for (contest, counts) in decryption.result().unwrap().contests {
        let counts: Vec<_> = counts.iter().map(u64::to_string).collect();
        lines.text(&format!("result-{contest}"), counts.join(" "));
    }
}

#[test]
fn every_form_is_the_frozen_one() {
    let mut lines = Lines(HEAD.to_owned());
    let mut house = ceremony(&mut lines);
    let key = house.share(1).election().key;
    let style = BallotStyle::new(POLL, ElectorateIndex::new(1), key, rules()).unwrap();
    let tally = ballots(&mut lines, &style);
    decryption(&mut lines, &mut house, &tally);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/cryptography.txt");
    if !path.exists() && std::env::var_os("FREEZE_VECTORS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &lines.0).unwrap();
    }
    let frozen = std::fs::read_to_string(&path).unwrap();
    for (made, frozen) in lines.0.lines().zip(frozen.lines()) {
        assert!(made == frozen, "a changed form is a new version, never a changed vector: {}", &made[..40]);
    }
    assert_eq!(lines.0.lines().count(), frozen.lines().count());
}
