//! The light client: from a trusted header to a later one (Tendermint light client specification; the checks are
//! those of `tendermint-light-client-verifier`, with what its caller must add).

use crate::commit::{EverySigner, Signers};
use crate::crypto::Predicates;
use crate::freshness::CLOCK_DRIFT;
use crate::light_block::LightBlock;
use crate::trust::{TrustAnchor, TrustedState};
use crate::verified::{Provenance, VerifiedHeader};
use citizen_primitives::{ChainId, Height, Seconds, UnixTime};
use std::sync::OnceLock;
use std::time::Duration;
use tendermint::Time;
use tendermint_light_client_verifier::errors::VerificationErrorDetail;
use tendermint_light_client_verifier::operations::ProdCommitValidator;
use tendermint_light_client_verifier::options::Options;
use tendermint_light_client_verifier::types::{TrustThreshold, TrustedBlockState, UntrustedBlockState};
use tendermint_light_client_verifier::{PredicateVerifier, Verdict};

/// Why a header is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// It is another ledger's.
    #[error("a header of another ledger")]
    WrongChain,
    /// It is older than what is trusted already.
    #[error("a header below the trusted one at {trusted}")]
    Behind {
        /// The trusted height.
        trusted: Height,
    },
    /// It is not the trusted header of its height: a fork if it is signed, a forgery if not.
    #[error("another header at the trusted height {0}")]
    Conflict(Height),
    /// It is from the future: the phone's clock is wrong.
    #[error("the clock is wrong by at least {} seconds", by.count())]
    Future {
        /// By how much.
        by: Seconds,
    },
    /// The trusted header is too old to vouch for another: a new trust file is needed.
    #[error("trust expired at {at}")]
    TrustExpired {
        /// When.
        at: UnixTime,
    },
    /// Other validators sign than the trusted header announced: the headers between show how that came.
    #[error("the validators changed after {trusted}: the headers between are needed")]
    NeedsIntermediate {
        /// The trusted height.
        trusted: Height,
        /// This header's height.
        height: Height,
    },
    /// Two thirds of the power or less have signed.
    #[error("signed by {power} of {total} only")]
    NotSigned {
        /// The power that has signed.
        power: u64,
        /// All power.
        total: u64,
    },
    /// A signature under it is wrong.
    #[error("a signature is wrong")]
    Signature,
    /// Header, signatures and validators do not belong together, or do not follow the trusted header.
    #[error("not a valid header")]
    Invalid,
}

/// Verifies headers from a trust anchor on. Keep [`LightClient::state`] and [`LightClient::resume`] from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LightClient {
    anchor: TrustAnchor,
    state: TrustedState,
}

impl LightClient {
    /// Begins at the anchor.
    #[must_use]
    pub const fn new(anchor: TrustAnchor) -> Self {
        let state = anchor.state();
        Self { anchor, state }
    }

    /// Goes on from a state that this phone has kept; from the anchor, if that is newer.
    #[must_use]
    pub fn resume(anchor: TrustAnchor, state: TrustedState) -> Self {
        let state = if state.height > anchor.height { state } else { anchor.state() };
        Self { anchor, state }
    }

    /// Where trust began.
    #[must_use]
    pub const fn anchor(&self) -> &TrustAnchor {
        &self.anchor
    }

    /// The newest trusted header.
    #[must_use]
    pub const fn state(&self) -> &TrustedState {
        &self.state
    }

    /// The ledger's name.
    #[must_use]
    pub const fn chain_id(&self) -> &ChainId {
        &self.anchor.chain_id
    }

    /// Verifies a header at or above the trusted height, for a view of the present (LEDGER-6).
    ///
    /// On [`HeaderError::NeedsIntermediate`] the caller fetches a header halfway, verifies it, advances, and tries again.
    pub fn verify(&self, block: &LightBlock, now: UnixTime) -> Result<VerifiedHeader, HeaderError> {
        let signers = self.verify_from(&self.state, block, now, now)?;
        Ok(self.witness(block, signers, true))
    }

    /// Verifies a header that something kept rests on: a receipt's. The newest trusted header may be above it, the
    /// anchor may not; and the trusting period is counted to the header's own time, since a receipt does not
    /// become untrue with age (LEDGER-11). It never advances the client.
    pub fn verify_kept(&self, block: &LightBlock, now: UnixTime) -> Result<VerifiedHeader, HeaderError> {
        let anchor = self.anchor.state();
        let (from, period_end) = if block.height() >= self.state.height {
            (&self.state, block.time())
        } else if self.state.next_validators_hash == anchor.next_validators_hash {
            // The newest trusted header still announces them: what they have signed before it needs no period.
            (&anchor, anchor.time)
        } else {
            (&anchor, block.time())
        };
        let signers = self.verify_from(from, block, period_end.min(now), now)?;
        Ok(self.witness(block, signers, false))
    }

    /// Trusts a verified header from now on, if it is newer.
    pub fn advance(&mut self, header: &VerifiedHeader) {
        if header.vouches() && header.height() > self.state.height && header.chain_id() == self.chain_id() {
            self.state = header.trusted_state();
        }
    }

    fn verify_from(
        &self,
        trusted: &TrustedState,
        block: &LightBlock,
        period_end: UnixTime,
        now: UnixTime,
    ) -> Result<Signers, HeaderError> {
        if block.chain_id() != self.chain_id() {
            return Err(HeaderError::WrongChain);
        }
        if block.height() < trusted.height {
            return Err(HeaderError::Behind { trusted: trusted.height });
        }
        if block.height() == trusted.height {
            return verify_same(trusted, block);
        }
        // The library believes its caller's set of next validators: it must be the announced one.
        if block.validators_hash() != trusted.next_validators_hash {
            return Err(changed_validators(trusted, block));
        }
        self.verify_above(trusted, block, period_end, now)
    }

    /// The library's rules, for a set that is the one the trusted header announced.
    fn verify_above(
        &self,
        trusted: &TrustedState,
        block: &LightBlock,
        period_end: UnixTime,
        now: UnixTime,
    ) -> Result<Signers, HeaderError> {
        let chain_id = &block.signed_header().header().chain_id;
        let untrusted = untrusted(block);
        let known = TrustedBlockState {
            chain_id,
            header_time: tendermint_time(trusted.time)?,
            height: trusted.height.value().try_into().map_err(|_| HeaderError::Invalid)?,
            next_validators: block.validators(),
            next_validators_hash: tendermint::Hash::Sha256(*trusted.next_validators_hash.as_bytes()),
        };
        let options = self.options();
        let found = OnceLock::new();
        let verifier = PredicateVerifier::new(Predicates, EverySigner(&found), ProdCommitValidator);
        let context = Context { trusted, block, now, period: self.anchor.trusting_period };
        // `verify_update_header`, step by step: the trusting period may end at another time than now.
        context.accept(verifier.verify_validator_sets(&untrusted))?;
        let period_end = tendermint_time(period_end)?;
        context.accept(verifier.validate_against_trusted(&untrusted, &known, &options, period_end))?;
        context.accept(verifier.check_header_is_from_past(&untrusted, &options, tendermint_time(now)?))?;
        context.accept(verifier.verify_commit_against_trusted(&untrusted, &known, &options))?;
        found.get().copied().ok_or(HeaderError::Invalid)
    }

    const fn options(&self) -> Options {
        Options {
            trust_threshold: TrustThreshold::TWO_THIRDS,
            trusting_period: Duration::from_secs(self.anchor.trusting_period.count()),
            clock_drift: Duration::from_secs(CLOCK_DRIFT.count()),
        }
    }

    fn witness(&self, block: &LightBlock, signers: Signers, vouches: bool) -> VerifiedHeader {
        let facts = block.facts().clone();
        let total = block.validators().total_voting_power().value();
        let percent = u128::from(signers.power) * 100 / u128::from(total.max(1));
        let provenance = Provenance {
            height: facts.height,
            time: facts.time,
            header_hash: facts.hash,
            app_hash: facts.app_hash,
            signers: signers.count,
            validators: u16::try_from(block.validators().validators().len()).unwrap_or(u16::MAX),
            power_percent: u8::try_from(percent).unwrap_or(100),
            trust: self.anchor.trust,
            through: None,
        };
        VerifiedHeader::new(facts, provenance, vouches)
    }
}

/// What an error says besides the library's own words.
struct Context<'a> {
    trusted: &'a TrustedState,
    block: &'a LightBlock,
    now: UnixTime,
    period: Seconds,
}

impl Context<'_> {
    fn accept(&self, verdict: Verdict) -> Result<(), HeaderError> {
        match verdict {
            Verdict::Success => Ok(()),
            Verdict::NotEnoughTrust(tally) => {
                Err(HeaderError::NotSigned { power: tally.tallied, total: tally.total })
            }
            Verdict::Invalid(detail) => Err(self.error(&detail)),
        }
    }

    fn error(&self, detail: &VerificationErrorDetail) -> HeaderError {
        match detail {
            VerificationErrorDetail::HeaderFromTheFuture(_) => {
                HeaderError::Future { by: self.block.time().since(self.now) }
            }
            VerificationErrorDetail::NotWithinTrustPeriod(_) => {
                HeaderError::TrustExpired { at: self.trusted.time.plus(self.period) }
            }
            _ => commit_error(detail, self.block),
        }
    }
}

/// A header at the trusted height is the trusted one, and its signatures are counted for the view.
fn verify_same(trusted: &TrustedState, block: &LightBlock) -> Result<Signers, HeaderError> {
    if block.header_hash() != trusted.header_hash {
        return Err(HeaderError::Conflict(trusted.height));
    }
    let found = OnceLock::new();
    let verifier = PredicateVerifier::new(Predicates, EverySigner(&found), ProdCommitValidator);
    let untrusted = untrusted(block);
    for verdict in [verifier.verify_validator_sets(&untrusted), verifier.verify_commit(&untrusted)] {
        match verdict {
            Verdict::Success => {}
            Verdict::NotEnoughTrust(_) => return Err(HeaderError::Invalid),
            Verdict::Invalid(detail) => return Err(commit_error(&detail, block)),
        }
    }
    found.get().copied().ok_or(HeaderError::Invalid)
}

const fn untrusted(block: &LightBlock) -> UntrustedBlockState<'_> {
    UntrustedBlockState {
        signed_header: block.signed_header(),
        validators: block.validators(),
        next_validators: None,
    }
}

fn changed_validators(trusted: &TrustedState, block: &LightBlock) -> HeaderError {
    if block.height() == trusted.height.next() {
        HeaderError::Invalid
    } else {
        HeaderError::NeedsIntermediate { trusted: trusted.height, height: block.height() }
    }
}

fn commit_error(detail: &VerificationErrorDetail, block: &LightBlock) -> HeaderError {
    match detail {
        VerificationErrorDetail::InsufficientSignersOverlap(error) => {
            HeaderError::NotSigned { power: error.tally.tallied, total: error.tally.total }
        }
        VerificationErrorDetail::NoSignatureForCommit(_) => {
            HeaderError::NotSigned { power: 0, total: block.validators().total_voting_power().value() }
        }
        VerificationErrorDetail::InvalidSignature(_) | VerificationErrorDetail::MissingSignature(_) => {
            HeaderError::Signature
        }
        _ => HeaderError::Invalid,
    }
}

fn tendermint_time(time: UnixTime) -> Result<Time, HeaderError> {
    let seconds = i64::try_from(time.seconds()).map_err(|_| HeaderError::Invalid)?;
    Time::from_unix_timestamp(seconds, 0).map_err(|_| HeaderError::Invalid)
}
