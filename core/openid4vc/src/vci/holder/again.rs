//! An issuance that is taken up again after its session is gone: the wallet has kept the key of its tokens and the proofs that it sent.
//! An issuer gives the same token for the same code and key, and the same order for the same request (VCI-7).

use super::{Call, IssuanceError, IssuanceSession, State};
use crate::dpop::DpopKey;
use citizen_jose::{Jwk, UnverifiedJwt};
use citizen_primitives::UnixTime;
use citizen_primitives::random::CryptoRng;

impl IssuanceSession {
    /// With a key for its tokens that the wallet keeps. Before [`Self::accept`]: what was sent was proved with another.
    #[must_use]
    pub fn with_token_key(self, key: DpopKey) -> Self {
        Self { dpop: key, ..self }
    }

    /// The key proofs of the request for credentials that is to be sent now: kept before it leaves, they make the same request again.
    #[must_use]
    pub fn proofs(&self) -> Option<&[String]> {
        match &self.state {
            State::Call { call: Call::Credential { proofs, .. }, .. } => Some(proofs),
            _ => None,
        }
    }

    /// **VCI-9** In place of fresh keys: asks with proofs that were sent before. If the issuer has the order, it is the same order; if it never
    /// had it and their nonce or their own time is over, [`super::Step::Keys`] comes again.
    pub fn repeat(
        &mut self,
        proofs: Vec<String>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let State::Keys { .. } = self.state else { return Err(IssuanceError::OutOfStep) };
        let wanted = self.waiting.front().cloned().ok_or(IssuanceError::OutOfStep)?;
        let keys = keys_of(&proofs).filter(|keys| !keys.is_empty()).ok_or(IssuanceError::Key)?;
        self.repeats = true;
        self.call(Call::Credential { wanted, keys, proofs }, now, rng)
    }
}

/// The keys that proofs are of, in their order; nothing if one of them names none.
pub(super) fn keys_of(proofs: &[String]) -> Option<Vec<Jwk>> {
    proofs.iter().map(|proof| UnverifiedJwt::parse(proof).ok()?.header().jwk.clone()).collect()
}
