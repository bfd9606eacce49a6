//! Who signed a header: every signature of a commit is checked, also beyond the two thirds that are needed.

use crate::crypto::Zip215;
use std::sync::OnceLock;
use tendermint::block::{Commit, CommitSig};
use tendermint::trust_threshold::TrustThresholdFraction;
use tendermint::validator::{Info, Set};
use tendermint::vote::{SignedVote, Type, ValidatorIndex, Vote};
use tendermint_light_client_verifier::errors::VerificationError;
use tendermint_light_client_verifier::operations::VotingPowerCalculator;
use tendermint_light_client_verifier::operations::voting_power::VotingPowerTally;
use tendermint_light_client_verifier::types::SignedHeader;

/// Whose signatures stand under a header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signers {
    pub(crate) count: u16,
    pub(crate) power: u64,
}

/// Counts the signers of one commit and remembers them: the library's own calculator stops at two thirds, and a
/// screen that says "4 of 4" must have seen four (LEDGER-6).
#[derive(Debug)]
pub(crate) struct EverySigner<'a>(pub(crate) &'a OnceLock<Signers>);

impl VotingPowerCalculator for EverySigner<'_> {
    fn voting_power_in(
        &self,
        signed_header: &SignedHeader,
        validators: &Set,
        trust_threshold: TrustThresholdFraction,
    ) -> Result<VotingPowerTally, VerificationError> {
        let signers = signers(signed_header, validators)?;
        // The first answer stays; all are the same, since one commit is checked against one set.
        let _ = self.0.set(signers);
        let total = validators.total_voting_power().value();
        Ok(VotingPowerTally { total, tallied: signers.power, trust_threshold })
    }

    fn voting_power_in_sets(
        &self,
        signed_header: &SignedHeader,
        first: (&Set, TrustThresholdFraction),
        second: (&Set, TrustThresholdFraction),
    ) -> Result<(VotingPowerTally, VotingPowerTally), VerificationError> {
        let one = self.voting_power_in(signed_header, first.0, first.1)?;
        if first.0 == second.0 {
            return Ok((one, VotingPowerTally { trust_threshold: second.1, ..one }));
        }
        Ok((one, self.voting_power_in(signed_header, second.0, second.1)?))
    }
}

/// Checks all signatures; a vote for no block is checked too, and counts as little as an absent one.
#[expect(clippy::result_large_err, reason = "the library's own error, as its trait wants it")]
fn signers(signed_header: &SignedHeader, validators: &Set) -> Result<Signers, VerificationError> {
    let mut signers = Signers::default();
    let commit = signed_header.commit();
    for (index, (signature, validator)) in commit.signatures.iter().zip(validators.validators()).enumerate() {
        if signature.is_absent() {
            continue;
        }
        let vote = vote(commit, signature, index).ok_or_else(VerificationError::missing_signature)?;
        // Signatures stand in the order of the set, so nobody's counts twice.
        if vote.validator_address != validator.address {
            return Err(VerificationError::duplicate_validator(vote.validator_address));
        }
        check(vote, validator, signed_header)?;
        if signature.is_commit() {
            signers.count = signers.count.saturating_add(1);
            signers.power = signers.power.saturating_add(validator.power());
        }
    }
    Ok(signers)
}

fn vote(commit: &Commit, signature: &CommitSig, index: usize) -> Option<Vote> {
    let (block_id, (validator_address, timestamp, signature)) = match signature {
        CommitSig::BlockIdFlagAbsent => return None,
        CommitSig::BlockIdFlagCommit { validator_address, timestamp, signature } => {
            (Some(commit.block_id), (validator_address, timestamp, signature))
        }
        CommitSig::BlockIdFlagNil { validator_address, timestamp, signature } => {
            (None, (validator_address, timestamp, signature))
        }
    };
    Some(Vote {
        vote_type: Type::Precommit,
        height: commit.height,
        round: commit.round,
        block_id,
        timestamp: Some(*timestamp),
        validator_address: *validator_address,
        validator_index: ValidatorIndex::try_from(index).ok()?,
        signature: signature.clone(),
        extension: Vec::new(),
        extension_signature: None,
    })
}

#[expect(clippy::result_large_err, reason = "the library's own error, as its trait wants it")]
fn check(vote: Vote, validator: &Info, signed_header: &SignedHeader) -> Result<(), VerificationError> {
    let vote = SignedVote::from_vote(vote, signed_header.header().chain_id.clone())
        .ok_or_else(VerificationError::missing_signature)?;
    let bytes = vote.sign_bytes();
    validator.verify_signature(&Zip215, &bytes, vote.signature()).map_err(|_| {
        let signature = vote.signature().as_bytes().to_vec();
        VerificationError::invalid_signature(signature, Box::new(validator.clone()), bytes)
    })
}
