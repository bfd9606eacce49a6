//! Polynomials over the scalar field, and in the exponent.

use crate::group::{Element, Encoded, GroupError, Scalar, SecretScalar};
use crate::identifier::TrusteeIndex;
use curve25519_dalek::Scalar as Number;

/// A trustee's secret polynomial, the constant term first.
#[derive(Clone)]
pub(super) struct SecretPolynomial(Vec<SecretScalar>);

/// A polynomial in the exponent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PublicPolynomial(Vec<Element>);

impl SecretPolynomial {
    pub(super) const fn new(coefficients: Vec<SecretScalar>) -> Self {
        Self(coefficients)
    }

    pub(super) fn constant(&self) -> SecretScalar {
        self.0.first().cloned().unwrap_or(SecretScalar::new(Number::ZERO))
    }

    pub(super) fn encoded(&self) -> Vec<Encoded> {
        self.0.iter().map(|coefficient| coefficient.public().encode()).collect()
    }

    /// The value at a trustee's number, by Horner's rule.
    pub(super) fn at(&self, trustee: TrusteeIndex) -> SecretScalar {
        let x = Number::from(trustee.number());
        let step =
            |sum: SecretScalar, next: &SecretScalar| SecretScalar::new(sum.expose() * x + next.expose());
        self.0.iter().rev().fold(SecretScalar::new(Number::ZERO), step)
    }
}

impl PublicPolynomial {
    /// Decodes; no coefficient may be the identity (VOTE-6).
    pub(super) fn decode(encoded: &[Encoded]) -> Result<Self, GroupError> {
        Ok(Self(encoded.iter().map(Encoded::decode).collect::<Result<_, _>>()?))
    }

    pub(super) fn constant(&self) -> Element {
        self.0.first().copied().unwrap_or(Element::identity())
    }

    /// The value at a trustee's number, in the exponent.
    pub(super) fn at(&self, trustee: TrusteeIndex) -> Element {
        let x = Scalar::from(trustee.number());
        self.0.iter().rev().fold(Element::identity(), |sum, next| sum.times(&x).plus(next))
    }

    /// Whether a share is the value at a trustee's number.
    pub(super) fn fits(&self, trustee: TrusteeIndex, share: &SecretScalar) -> bool {
        share.public() == self.at(trustee)
    }

    /// Whether the two have a coefficient in common: then one is copied from the other.
    pub(super) fn shares_a_coefficient(&self, other: &Self) -> bool {
        self.0.iter().any(|coefficient| other.0.contains(coefficient))
    }

    /// The sum of polynomials of one degree.
    pub(super) fn sum<'a>(mut polynomials: impl Iterator<Item = &'a Self>) -> Option<Self> {
        let first = polynomials.next()?.clone();
        let add = |sum: Self, next: &Self| Self(sum.0.iter().zip(&next.0).map(|(a, b)| a.plus(b)).collect());
        Some(polynomials.fold(first, add))
    }
}

#[cfg(test)]
impl SecretPolynomial {
    pub(super) fn coefficients(&self) -> impl Iterator<Item = Number> {
        self.0.iter().map(|coefficient| *coefficient.expose())
    }
}
