//! A trustee knows the constant term of her polynomial: Schnorr's proof (RFC 8235), bound to poll, ceremony, trustee and polynomial
//! (VOTE-10).

use super::parameters::CeremonyParameters;
use crate::group::{Element, Encoded, Scalar, SecretScalar};
use crate::identifier::TrusteeIndex;
use crate::transcript::Transcript;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::Label;

/// Challenge and response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KnowledgeProof {
    /// `e`.
    pub challenge: Scalar,
    /// `w + ea₀`.
    pub response: Scalar,
}

impl KnowledgeProof {
    pub(super) fn prove(
        parameters: &CeremonyParameters,
        trustee: TrusteeIndex,
        polynomial: &[Encoded],
        secret: &SecretScalar,
        nonce: &SecretScalar,
    ) -> Self {
        let challenge = challenge(parameters, trustee, polynomial, &nonce.public());
        let response = Scalar(nonce.expose() + challenge.0 * secret.expose());
        Self { challenge, response }
    }

    pub(super) fn holds(
        &self,
        parameters: &CeremonyParameters,
        trustee: TrusteeIndex,
        polynomial: &[Encoded],
        constant: &Element,
    ) -> bool {
        let nonce = Element::of(&self.response).minus(&constant.times(&self.challenge));
        challenge(parameters, trustee, polynomial, &nonce) == self.challenge
    }
}

/// Fields: poll (32 bytes), digest of the parameters (32), trustee (1), polynomial (32 each, in one field), `wG` (32).
fn challenge(
    parameters: &CeremonyParameters,
    trustee: TrusteeIndex,
    polynomial: &[Encoded],
    nonce: &Element,
) -> Scalar {
    let mut transcript = Transcript::new(Label::CeremonyProof);
    transcript.field(parameters.poll().as_bytes());
    transcript.field(parameters.digest().as_bytes());
    transcript.field(&[trustee.number()]);
    let polynomial: Vec<u8> = polynomial.iter().flat_map(|element| *element.as_bytes()).collect();
    transcript.field(&polynomial);
    transcript.field(nonce.encode().as_bytes());
    transcript.challenge()
}
