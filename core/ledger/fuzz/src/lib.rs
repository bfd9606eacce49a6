//! What the fuzz targets do with a stranger's bytes; the tests replay the kept corpus through the same functions.
//!
//! Each decodes, checks that what was read has one byte form, and verifies it against the trust of the frozen vectors. It returns
//! whether the bytes were accepted: only what the frozen keys signed may be.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a fuzz target fails by panicking")]

use citizen_ledger::{
    LightBlock, LightClient, ProvenState, Receipt, SignedTransaction, StateKey, TrustAnchor, VerifiedHeader,
    state_key,
};
use citizen_payment::{PaymentRecord, PaymentState};
use citizen_primitives::{Canonical, ChainId, UnixTime};
use std::sync::LazyLock;

const RECEIPTS: &str = include_str!("../../vectors/receipts.txt");
const HEADERS: &str = include_str!("../../vectors/headers.txt");

struct Frozen {
    chain_id: ChainId,
    headers: LightClient,
    receipts: LightClient,
    later: LightClient,
    receipt: Receipt,
    header: VerifiedHeader,
    now: UnixTime,
}

static FROZEN: LazyLock<Frozen> = LazyLock::new(|| {
    let client = |file, name| LightClient::new(TrustAnchor::from_canonical(&vector(file, name)).unwrap());
    let now = UnixTime::from_seconds(line(RECEIPTS, "verified-at").parse().unwrap());
    let receipts = client(RECEIPTS, "trust-anchor");
    let receipt = Receipt::decode(&vector(RECEIPTS, "receipt")).unwrap();
    let header = receipts.verify(&receipt.light_block().unwrap(), now).unwrap();
    let chain_id = receipts.chain_id().clone();
    let (headers, later) = (client(HEADERS, "trust-anchor-1"), client(RECEIPTS, "later-trust-anchor"));
    Frozen { chain_id, headers, receipts, later, receipt, header, now }
});

/// A transaction, as it comes to the gateway.
pub fn transaction(bytes: &[u8]) -> bool {
    if let Ok((signed, body)) = SignedTransaction::decode(bytes) {
        assert_eq!(signed.to_canonical(), bytes);
        assert_eq!(body.to_canonical(), signed.body);
        assert_eq!(body.id(), signed.id());
    }
    SignedTransaction::check_stateless(bytes, &FROZEN.chain_id).is_ok()
}

/// A light block, as a gateway hands it out.
pub fn light_block(bytes: &[u8]) -> bool {
    let Ok(block) = LightBlock::decode(bytes) else { return false };
    assert_eq!(block.to_bytes(), bytes);
    let verified = FROZEN.headers.verify(&block, FROZEN.now);
    let _ = FROZEN.headers.verify_kept(&block, FROZEN.now);
    if let Ok(header) = &verified {
        assert_eq!(header.header_hash(), block.header_hash());
        assert!(header.provenance().power_percent > 66);
    }
    verified.is_ok()
}

/// Values with proofs, under the header of the frozen receipt: accepted is what proves its payment.
pub fn proven_state(bytes: &[u8]) -> bool {
    let Ok(state) = ProvenState::from_canonical(bytes) else { return false };
    assert_eq!(state.to_canonical(), bytes);
    let known = &FROZEN.receipt.state.values;
    let proves = |key: &[u8]| {
        let key = StateKey::from_bytes(key.to_vec());
        FROZEN.header.prove_in::<PaymentRecord>(&key, &state).is_ok()
    };
    for value in state.values.iter().filter(|value| proves(&value.key)) {
        // A record that is there is proved as what it is, and never as absent or as another.
        let known = known.iter().find(|known| known.key == value.key);
        assert!(known.is_none_or(|known| known.value == value.value));
    }
    proves(state_key::payment(&FROZEN.receipt.terms.payment).as_bytes())
}

/// A receipt's file.
pub fn receipt(bytes: &[u8]) -> bool {
    let Ok(receipt) = Receipt::decode(bytes) else { return false };
    assert_eq!(receipt.to_canonical(), bytes);
    // A renewal is looked at where the checkpoint has moved past the receipt.
    let client = if receipt.renewal.is_some() { &FROZEN.later } else { &FROZEN.receipts };
    let Ok(verified) = receipt.verify(client, FROZEN.now) else { return false };
    assert_eq!(verified.terms().value(), &receipt.terms);
    assert_eq!(verified.record().value().commitment, receipt.terms.commitment());
    assert!(matches!(verified.record().value().state, PaymentState::Captured { .. }));
    let provenance = verified.provenance();
    // An old header's own signatures are not looked at again: the history pins its hash.
    assert!(provenance.through.is_none() || provenance.header_hash == FROZEN.header.header_hash());
    true
}

fn vector(file: &str, name: &str) -> Vec<u8> {
    hex::decode(line(file, name)).unwrap()
}

fn line<'a>(file: &'a str, name: &str) -> &'a str {
    let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix(" = ");
    file.lines().find_map(value).unwrap()
}
