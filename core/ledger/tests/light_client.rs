//! From a trusted header to a later one, and everything a lying gateway can do on the way.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use citizen_ledger::{
    HeaderError, LightBlock, LightBlockError, LightClient, Trust, TrustAnchor, TrustedState, light_block,
};
use citizen_primitives::{Canonical as _, ChainId, Height, Seconds, UnixTime};
use support::city::{Block, City, time_of};
use support::client_at;
use support::sealer::{Content, Validators, nil_vote, seal, signed_header};
use tendermint::block::CommitSig;

const NOW: UnixTime = UnixTime::from_seconds(1_795_219_200 + 600);

fn four() -> Validators {
    Validators::new(1..5)
}

fn city(blocks: u64) -> City {
    let mut city = City::new(four());
    city.idle(blocks);
    city
}

/// A header at height 9 that is right but for what the test changes.
fn content() -> Content {
    Content::at(9, time_of(9), &four())
}

fn everybody(_: usize) -> bool {
    true
}

#[test]
fn ledger_6_adjacent_and_distant_headers_of_the_announced_validators_are_verified() {
    let city = city(20);
    let mut client = client_at(&city, 1);
    for height in [1, 2, 3, 11, 20] {
        let header = client.verify(city.block(height), NOW).unwrap();
        assert_eq!(header.header_hash(), city.block(height).header_hash());
        let provenance = header.provenance();
        assert_eq!((provenance.signers, provenance.validators, provenance.power_percent), (4, 4, 100));
        assert_eq!((provenance.trust, provenance.through), (Trust::File, None));
        client.advance(&header);
        assert_eq!(client.state().height, Height::new(height));
    }
    assert_eq!(
        client.verify(city.block(19), NOW),
        Err(HeaderError::Behind { trusted: Height::new(20) }),
        "yesterday's header is not today's"
    );
}

#[test]
fn ledger_6_three_of_four_signatures_are_enough_and_the_view_says_three() {
    let client = client_at(&city(8), 8);
    let header = client.verify(&seal(&content(), &four(), |index| index != 2), NOW).unwrap();
    assert_eq!((header.provenance().signers, header.provenance().power_percent), (3, 75));
    for keep in [2, 1, 0] {
        let refused = client.verify(&seal(&content(), &four(), |index| index < keep), NOW);
        let power = u64::try_from(keep).unwrap() * 10;
        assert_eq!(refused, Err(HeaderError::NotSigned { power, total: 40 }), "{keep} of 4");
    }
}

#[test]
fn ledger_6_a_wrong_signature_is_refused_even_beyond_two_thirds() {
    let client = client_at(&city(8), 8);
    for wrong in 0..4 {
        let mut header = signed_header(&content(), &four(), everybody);
        let other = signed_header(&Content { time: time_of(8), ..content() }, &four(), everybody);
        header.commit.signatures[wrong] = other.commit.signatures[wrong].clone();
        let block = LightBlock::new(header, four().set()).unwrap();
        assert_eq!(client.verify(&block, NOW), Err(HeaderError::Signature), "{wrong}");
    }
}

#[test]
fn ledger_6_a_vote_for_no_block_counts_for_none_and_must_be_one() {
    let client = client_at(&city(8), 8);
    let mut header = signed_header(&content(), &four(), |index| index < 3);
    header.commit.signatures[3] = nil_vote(&content(), &four(), 3);
    let block = LightBlock::new(header.clone(), four().set()).unwrap();
    assert_eq!(client.verify(&block, NOW).unwrap().provenance().signers, 3);
    // A vote for the block, relabelled.
    let all = signed_header(&content(), &four(), everybody);
    let CommitSig::BlockIdFlagCommit { validator_address, timestamp, signature } =
        all.commit.signatures[3].clone()
    else {
        unreachable!("everybody has signed")
    };
    header.commit.signatures[3] = CommitSig::BlockIdFlagNil { validator_address, timestamp, signature };
    let block = LightBlock::new(header, four().set()).unwrap();
    assert_eq!(client.verify(&block, NOW), Err(HeaderError::Signature));
}

#[test]
fn ledger_6_nobodys_signature_counts_twice() {
    let client = client_at(&city(8), 8);
    let mut header = signed_header(&content(), &four(), |index| index == 0);
    let one = header.commit.signatures[0].clone();
    header.commit.signatures = vec![one; 4];
    let block = LightBlock::new(header, four().set()).unwrap();
    assert_eq!(client.verify(&block, NOW), Err(HeaderError::Invalid));
    // A signature in another's place under the other's address.
    let mut header = signed_header(&content(), &four(), |index| index < 3);
    let address = four().set().validators()[3].address;
    let CommitSig::BlockIdFlagCommit { timestamp, signature, .. } = header.commit.signatures[0].clone()
    else {
        unreachable!("the first has signed")
    };
    header.commit.signatures[3] =
        CommitSig::BlockIdFlagCommit { validator_address: address, timestamp, signature };
    let block = LightBlock::new(header, four().set()).unwrap();
    assert_eq!(client.verify(&block, NOW), Err(HeaderError::Signature));
}

#[test]
fn ledger_6_other_validators_are_not_believed_in_the_name_of_the_announced() {
    let client = client_at(&city(8), 8);
    let strangers = Validators::new(50..54);
    let adjacent = seal(&content(), &strangers, everybody);
    assert_eq!(client.verify(&adjacent, NOW), Err(HeaderError::Invalid));
    let distant = seal(&Content { height: 12, ..content() }, &strangers, everybody);
    let needs = HeaderError::NeedsIntermediate { trusted: Height::new(8), height: Height::new(12) };
    assert_eq!(client.verify(&distant, NOW), Err(needs));
    // The announced validators' names put over the strangers' signatures.
    let forged = LightBlock::new(signed_header(&content(), &strangers, everybody), four().set()).unwrap();
    assert_eq!(client.verify(&forged, NOW), Err(HeaderError::Invalid));
}

#[test]
fn ledger_6_a_header_that_was_changed_after_signing_is_refused() {
    let client = client_at(&city(8), 8);
    let mut header = signed_header(&content(), &four(), everybody);
    header.header.app_hash = vec![7; 32].try_into().unwrap();
    let block = LightBlock::new(header, four().set()).unwrap();
    assert_eq!(client.verify(&block, NOW), Err(HeaderError::Invalid));
}

#[test]
fn ledger_6_a_change_of_validators_is_followed_by_halving() {
    let mut city = city(10);
    let next = Validators::new(11..15);
    city.seal(Block::default().next_validators(&next));
    city.idle(9);
    let mut client = client_at(&city, 1);
    let (mut target, mut steps) = (vec![city.height()], 0);
    while let Some(height) = target.last().copied() {
        steps += 1;
        match client.verify(city.block(height), NOW) {
            Ok(header) => {
                client.advance(&header);
                target.pop();
            }
            Err(HeaderError::NeedsIntermediate { trusted, height }) => {
                target.push(trusted.value().midpoint(height.value()));
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(client.state().height, Height::new(20));
    assert!(steps < 12, "{steps}");
}

#[test]
fn ledger_6_another_ledgers_header_is_refused() {
    let client = client_at(&city(8), 8);
    let other = Content { chain_id: ChainId::new("seoul-test-2").unwrap(), ..content() };
    assert_eq!(client.verify(&seal(&other, &four(), everybody), NOW), Err(HeaderError::WrongChain));
}

#[test]
fn ledger_6_another_header_at_the_trusted_height_is_a_conflict() {
    let client = client_at(&city(9), 9);
    let fork = seal(&content(), &four(), everybody);
    assert_eq!(client.verify(&fork, NOW), Err(HeaderError::Conflict(Height::new(9))));
}

#[test]
fn ledger_6_the_trusted_header_itself_is_shown_only_with_its_signatures() {
    let city = city(9);
    let client = client_at(&city, 9);
    assert_eq!(client.verify(city.block(9), NOW).unwrap().provenance().signers, 4);
    let mut header = city.block(9).signed_header().clone();
    header.commit.signatures[0] = CommitSig::BlockIdFlagAbsent;
    header.commit.signatures[1] = CommitSig::BlockIdFlagAbsent;
    let block = LightBlock::new(header, four().set()).unwrap();
    assert_eq!(client.verify(&block, NOW), Err(HeaderError::NotSigned { power: 20, total: 40 }));
}

#[test]
fn ledger_6_a_header_of_the_future_says_by_how_much_the_clock_is_wrong() {
    let city = city(20);
    let client = client_at(&city, 1);
    let early = UnixTime::from_seconds(time_of(20).seconds() - 11);
    assert_eq!(client.verify(city.block(20), early), Err(HeaderError::Future { by: Seconds::new(11) }));
    let within_drift = UnixTime::from_seconds(time_of(20).seconds() - 9);
    assert!(client.verify(city.block(20), within_drift).is_ok());
}

#[test]
fn ledger_6_expired_trust_is_refused_for_the_present_and_not_for_what_is_kept() {
    let city = city(20);
    let period = Seconds::new(3_600);
    let anchor = TrustAnchor::dangerous_trust(city.block(1), Trust::File, period);
    let client = LightClient::new(anchor);
    let late = time_of(1).plus(Seconds::new(3_600));
    let expired = HeaderError::TrustExpired { at: late };
    assert_eq!(client.verify(city.block(20), late), Err(expired));
    assert!(client.verify(city.block(20), UnixTime::from_seconds(late.seconds() - 1)).is_ok());

    let mut client = client;
    let kept = client.verify_kept(city.block(20), late).unwrap();
    client.advance(&kept);
    assert_eq!(client.state().height, Height::new(1), "a kept header never renews trust");
    // A header from after the period is not vouched for, whenever it is looked at.
    let after = Content::at(900, late, &four());
    assert_eq!(client.verify_kept(&seal(&after, &four(), everybody), late), Err(expired));
}

#[test]
fn ledger_11_a_kept_header_may_be_below_the_newest_but_not_below_the_anchor() {
    let city = city(20);
    let mut client = client_at(&city, 10);
    let newest = client.verify(city.block(20), NOW).unwrap();
    client.advance(&newest);
    assert!(client.verify(city.block(12), NOW).is_err());
    assert!(client.verify_kept(city.block(12), NOW).is_ok());
    assert_eq!(client.verify_kept(city.block(9), NOW), Err(HeaderError::Behind { trusted: Height::new(10) }));
}

/// A header so many minutes after the first, by these validators, with those announced for the next.
fn at_minute(minute: u64, by: &Validators, next: &Validators) -> LightBlock {
    seal(&Content::at(minute + 1, time_of(1).plus(Seconds::new(minute * 60)), next), by, everybody)
}

/// A client whose anchor vouches for an hour, advanced by these headers at their times.
fn advanced_by<'a>(blocks: impl IntoIterator<Item = &'a LightBlock>) -> LightClient {
    let anchor =
        TrustAnchor::dangerous_trust(&at_minute(0, &four(), &four()), Trust::File, Seconds::new(3_600));
    blocks.into_iter().fold(LightClient::new(anchor), |mut client, block| {
        let header = client.verify(block, block.time()).unwrap();
        client.advance(&header);
        client
    })
}

#[test]
fn ledger_11_a_client_that_has_gone_on_verifies_what_is_kept_long_after_its_anchor() {
    let blocks = [45, 90, 135, 180].map(|minute| at_minute(minute, &four(), &four()));
    let client = advanced_by(&blocks);
    let now = blocks[3].time();
    assert!(client.verify(&blocks[3], now).is_ok());
    for kept in &blocks {
        let header = client.verify_kept(kept, now).unwrap();
        assert_eq!((header.header_hash(), header.provenance().signers), (kept.header_hash(), 4));
    }
    let newer = at_minute(200, &four(), &four());
    assert!(client.verify_kept(&newer, newer.time()).is_ok());
    // The newest header vouches for an hour as well, and nobody else's signatures count for what lies behind it.
    let expired = HeaderError::TrustExpired { at: now.plus(Seconds::new(3_600)) };
    let late = at_minute(240, &four(), &four());
    assert_eq!(client.verify_kept(&late, late.time()), Err(expired));
    let forged = at_minute(100, &Validators::new(50..54), &four());
    assert!(matches!(client.verify_kept(&forged, now), Err(HeaderError::NeedsIntermediate { .. })));
    let fork = seal(&Content { time: time_of(2), ..Content::at(181, now, &four()) }, &four(), everybody);
    assert_eq!(client.verify_kept(&fork, now), Err(HeaderError::Conflict(Height::new(181))));
}

#[test]
fn ledger_11_where_the_validators_have_changed_since_the_anchor_vouches_only_as_long_as_it_says() {
    let next = Validators::new(11..15);
    let blocks = [(45, four(), four()), (90, four(), next.clone()), (91, next.clone(), next)];
    let blocks = blocks.map(|(minute, by, next)| at_minute(minute, &by, &next));
    let client = advanced_by(&blocks);
    let now = blocks[2].time();
    assert!(client.verify_kept(&blocks[0], now).is_ok());
    let expired = HeaderError::TrustExpired { at: time_of(1).plus(Seconds::new(3_600)) };
    assert_eq!(client.verify_kept(&blocks[1], now), Err(expired));
    assert!(client.verify_kept(&blocks[2], now).is_ok());
}

#[test]
fn a_client_goes_on_from_what_it_kept_or_from_a_newer_file() {
    let city = city(20);
    let mut client = client_at(&city, 1);
    let header = client.verify(city.block(12), NOW).unwrap();
    client.advance(&header);
    let kept = TrustedState::from_canonical(&client.state().to_canonical()).unwrap();
    let anchor_at = |height| TrustAnchor::dangerous_trust(city.block(height), Trust::File, Seconds::new(1));
    assert_eq!(LightClient::resume(anchor_at(1), kept).state().height, Height::new(12));
    assert_eq!(LightClient::resume(anchor_at(15), kept).state().height, Height::new(15));
}

#[test]
fn first_use_is_said_with_every_view() {
    let city = city(3);
    let anchor = TrustAnchor::dangerous_trust(city.block(1), Trust::FirstUse, Seconds::new(86_400));
    let header = LightClient::new(anchor).verify(city.block(3), NOW).unwrap();
    assert_eq!(header.provenance().trust, Trust::FirstUse);
}

#[test]
fn ledger_5_a_light_block_has_one_byte_form() {
    let city = city(3);
    let bytes = city.block(3).to_bytes();
    assert_eq!(LightBlock::decode(&bytes).as_ref(), Ok(city.block(3)));
    // A field that protobuf would skip.
    let unknown = [&bytes[..], &[0x1a, 0x01, 0x00]].concat();
    assert_eq!(LightBlock::decode(&unknown), Err(LightBlockError::NotCanonical));
    assert_eq!(LightBlock::decode(&bytes[..bytes.len() - 1]), Err(LightBlockError::Malformed));
    assert_eq!(LightBlock::decode(&[]), Err(LightBlockError::Malformed));
    assert_eq!(LightBlock::decode(&vec![0; light_block::LONGEST + 1]), Err(LightBlockError::TooLarge));
}

#[test]
fn ledger_5_no_changed_byte_of_a_light_block_is_accepted() {
    let city = city(3);
    let client = client_at(&city, 2);
    let bytes = city.block(3).to_bytes();
    assert!(client.verify(&LightBlock::decode(&bytes).unwrap(), NOW).is_ok());
    for position in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[position] ^= flip;
            let accepted = LightBlock::decode(&changed).is_ok_and(|block| client.verify(&block, NOW).is_ok());
            assert!(!accepted, "byte {position}");
        }
    }
}

#[test]
fn ledger_5_a_set_with_others_addresses_is_not_read() {
    // GHSA-6jrf-4jv4-r9mw: the set's hash does not cover addresses.
    let city = city(3);
    let bytes = city.block(3).to_bytes();
    let set = four();
    let (first, second) = (set.set().validators()[0].address, set.set().validators()[1].address);
    // The first address stands in the header (proposer), the commit and the set: the last is the set's.
    let places: Vec<_> =
        (0..bytes.len() - 20).filter(|at| &bytes[*at..at + 20] == first.as_bytes()).collect();
    let mut spoofed = bytes.clone();
    spoofed[places[2]..places[2] + 20].copy_from_slice(second.as_bytes());
    assert_eq!(LightBlock::decode(&spoofed), Err(LightBlockError::NotCanonical));
}
