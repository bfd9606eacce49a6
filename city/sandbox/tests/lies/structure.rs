//! Lies by somebody who knows what the bytes are: records of a proved answer exchanged, validators' signatures left out.

use citizen_ledger::{LightBlock, ProvenState};
use citizen_primitives::Canonical as _;
use tendermint::block::signed_header::SignedHeader;
use tendermint::block::{Commit, CommitSig};

/// In how many places of each record a byte is changed.
const NUMBERS: usize = 40;

/// The bytes as such a person would change them; nothing if they are neither a proved answer nor a header.
pub fn structured_lies(bytes: &[u8]) -> Vec<Vec<u8>> {
    if let Ok(state) = ProvenState::from_canonical(bytes) {
        return state_lies(&state).iter().map(ProvenState::to_canonical).collect();
    }
    LightBlock::decode(bytes).map(|block| header_lies(&block)).unwrap_or_default()
}

fn state_lies(state: &ProvenState) -> Vec<ProvenState> {
    let mut lies = Vec::new();
    let places = 0..state.values.len();
    let mut lie = |change: &dyn Fn(&mut ProvenState)| {
        let mut changed = state.clone();
        change(&mut changed);
        lies.push(changed);
    };
    for place in places.clone() {
        lie(&|state| state.values[place].value = None);
        lie(&|state| state.values[place].value = Some(Vec::new()));
        lie(&|state| drop(state.values.remove(place)));
        // Another number in a record: here it is a byte of an amount, there of a name, a time, a key.
        let length = state.values[place].value.as_ref().map_or(0, Vec::len);
        for at in (0..length).step_by(length.div_ceil(NUMBERS).max(1)) {
            lie(&|state| state.values[place].value.as_mut().unwrap()[at] ^= 1);
        }
        for other in places.clone().filter(|other| *other != place) {
            // What stands under one key, with its own proof, as if it stood under another.
            lie(&|state| {
                let truth = state.values[other].clone();
                state.values[place].value = truth.value;
                state.values[place].proof = truth.proof;
            });
            lie(&|state| state.values[place].value = state.values[other].value.clone());
            lie(&|state| state.values[place].proof = state.values[other].proof.clone());
            lie(&|state| state.values[place].key = state.values[other].key.clone());
        }
    }
    lie(&|state| state.height = state.height.next());
    lie(&|state| state.values.reverse());
    lies
}

fn header_lies(block: &LightBlock) -> Vec<Vec<u8>> {
    let commit = block.signed_header().commit();
    let count = commit.signatures.len();
    let without = |out: &[usize]| {
        let keep = |(place, signature): (usize, &CommitSig)| {
            if out.contains(&place) { CommitSig::BlockIdFlagAbsent } else { signature.clone() }
        };
        commit.signatures.iter().enumerate().map(keep).collect::<Vec<_>>()
    };
    let mut votes: Vec<Vec<CommitSig>> = (0..count).map(|one| without(&[one])).collect();
    votes.extend((1..count).map(|one| without(&[0, one])));
    votes.push(without(&(0..count).collect::<Vec<_>>()));
    // One vote in everybody's place, and everybody's in another's.
    votes.push(vec![commit.signatures[0].clone(); count]);
    votes.push(commit.signatures.iter().rev().cloned().collect());
    let told = |signatures| {
        let header = block.signed_header().header().clone();
        let signed = SignedHeader::new(header, Commit { signatures, ..commit.clone() }).ok()?;
        Some(LightBlock::new(signed, block.validators()).ok()?.to_bytes())
    };
    votes.into_iter().filter_map(told).collect()
}
