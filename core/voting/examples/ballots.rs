//! What ballots cost: encryption with proofs, and verification alone and in batches, beside elastic-elgamal. Prints `figure`, name,
//! value, unit, separated by tabs, for `cargo xtask bench --polls`. Run it on a machine that does nothing else: a batch takes longer
//! than a slice of the processor's time.
//!
//! Both are measured in one run, one after the other in each pair, and the median over all pairs counts. Theirs is given its parameters
//! ready made, ours an [`Encryptor`] and a [`Verifier`]; theirs hashes no context, ours the whole statement. Signatures are left out.

use citizen_keys::SigningKey;
use citizen_primitives::{Canonical as _, PollId, random};
use citizen_voting::ballot::{
    Ballot, BallotSeed, BallotStyle, ContestChoice, Encryptor, SignedBallot, Verifier,
};
use citizen_voting::group::{Element, Scalar};
use citizen_voting::{ContestIndex, ContestRule, ElectionKey, ElectorateIndex, Group, Sequence, VotingKey};
use elastic_elgamal::Keypair;
use elastic_elgamal::app::{ChoiceParams, EncryptedChoice, SingleChoice};
use elastic_elgamal::group::Ristretto;
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

const PAIRS: usize = 31;
/// Ballots in a batch; more gain nothing.
const BATCH: usize = 256;
const POLL: PollId = PollId::from_bytes([1; 32]);

fn main() -> Result<(), Box<dyn Error>> {
    for options in [2, 5, 10, 97] {
        measure(options)?;
    }
    Ok(())
}

/// One number of options: single choice.
fn measure(options: u8) -> Result<(), Box<dyn Error>> {
    let rng = &mut random::system();
    let key = ElectionKey::new(Element::of(&Scalar::from(7u64)).encode())?;
    let rule = ContestRule::Choose { groups: vec![Group { options, min: 1, max: 1 }] };
    let style = BallotStyle::new(POLL, ElectorateIndex::new(0), key, vec![(ContestIndex::new(0), rule)])?;
    let signing = SigningKey::generate(rng);
    let voting_key = VotingKey::from_bytes(signing.public().as_bytes().try_into()?);
    let seed = BallotSeed::generate(rng, &signing, POLL, Sequence::new(1));
    let (encryptor, verifier) = (Encryptor::new(&style), Verifier::new(&style));
    let choices = [ContestChoice::Choose(vec![1])];
    let encrypt = |sequence| encryptor.encrypt(&seed, voting_key, Sequence::new(sequence), &choices);
    let batch = (1..).take(BATCH).map(encrypt).collect::<Result<Vec<Ballot>, _>>()?;
    let ballot = batch.first().ok_or("no ballot")?;
    let compact = ballot.compact();

    let (receiver, _) = Keypair::<Ristretto>::generate(rng).into_tuple();
    let params = ChoiceParams::single(receiver, usize::from(options));
    let theirs = EncryptedChoice::single(&params, 1, rng);

    let mut times: [Vec<Duration>; 6] = Default::default();
    for _ in 0..PAIRS {
        let measured = [
            time(|| encrypt(1).is_ok()),
            time(|| EncryptedChoice::<Ristretto, SingleChoice>::single(&params, 1, rng).len() > 1),
            time(|| verifier.check_proofs(&compact).is_ok()),
            time(|| verifier.check_proofs(ballot).is_ok()),
            time(|| theirs.verify(&params).is_ok()),
            time(|| verifier.proofs_of_all_hold(&batch)),
        ];
        times.iter_mut().zip(measured).for_each(|(times, time)| times.push(time));
    }
    let [encrypting, theirs_encrypting, alone, expanded, theirs_alone, together] = times.map(median);
    let each = together / u32::try_from(BATCH)?;
    let beside = |what: &str, ours: Duration, theirs: Duration| {
        let name = format!("ballot-{options}-{what}");
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        figure(&name, micros(ours), "µs");
        figure(&format!("{name}-elastic"), micros(theirs), "µs, elastic-elgamal");
        figure(
            &format!("{name}-share"),
            ours.as_secs_f64() / theirs.as_secs_f64(),
            "of elastic-elgamal's time",
        );
    };
    beside("encrypt", encrypting, theirs_encrypting);
    beside("verify-compact", alone, theirs_alone);
    beside("verify-expanded", expanded, theirs_alone);
    beside("verify-batch", each, theirs_alone);
    let signed = SignedBallot::sign(ballot.clone(), &signing);
    for (form, length) in
        [("compact", signed.compact().to_canonical().len()), ("expanded", signed.to_canonical().len())]
    {
        figure(&format!("ballot-{options}-size-{form}"), f64::from(u32::try_from(length)?), "B, signed");
    }
    Ok(())
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure\t{name}\t{value:.3}\t{unit}");
}

/// The time of one run, which must succeed.
fn time(mut run: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    let succeeded = black_box(run());
    let time = start.elapsed();
    assert!(succeeded, "what is measured must be right");
    time
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
