//! She signs in: an ID token by a key that this verifier alone knows (SIOPv2; OpenID4VP 1.0 §8).

use super::{HolderSession, Outcome, PresentError, State};
use crate::vp::id_token::UnsignedIdToken;
use citizen_jose::Jwk;
use citizen_primitives::UnixTime;
use citizen_primitives::random::CryptoRng;

impl HolderSession {
    /// The key for [`Step::BeKnown`](super::Step::BeKnown). It should be one that was never shown to another verifier, and the same at every
    /// visit: what follows from it is her name here.
    pub fn be_known_by(&mut self, key: &Jwk, now: UnixTime) -> Result<(), PresentError> {
        let State::BeKnown { asked, .. } = &self.state else { return Err(PresentError::OutOfStep) };
        let sign_in = asked.request.sign_in.ok_or(PresentError::OutOfStep)?;
        let session = (asked.request.nonce.as_str(), asked.request.client_id.as_str());
        let id_token = UnsignedIdToken::new(sign_in, key, session, now).ok_or(PresentError::Key)?;
        self.transition(|state| match state {
            State::BeKnown { mut asked, approved, authorised } => {
                asked.id_token = Some(id_token);
                State::Present { asked, approved, authorised }
            }
            other => other,
        });
        Ok(())
    }

    /// The signature for [`Step::SignIn`](super::Step::SignIn).
    pub fn sign_in(&mut self, signature: &[u8; 64], rng: &mut dyn CryptoRng) -> Result<(), PresentError> {
        if !matches!(self.state, State::SignIn { .. }) {
            return Err(PresentError::OutOfStep);
        }
        let State::SignIn { asked, vp_token, id_token } =
            std::mem::replace(&mut self.state, State::Done(Outcome::NotTaken(0)))
        else {
            return Err(PresentError::OutOfStep);
        };
        let id_token = id_token.token.with_signature(signature);
        self.send(&asked.reply, (vp_token, Some(id_token)), rng)
    }
}
