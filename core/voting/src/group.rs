//! The group: ristretto255 (RFC 9496), of prime order, with its one generator `G` (VOTE-7, VOTE-8).
//!
//! What arrives is an [`Encoded`] and has to be decoded: canonical, and not the identity where an identity would say nothing
//! (VOTE-6). A [`Scalar`] is read only in its canonical form.

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_COMPRESSED;
#[cfg(feature = "tables")]
use curve25519_dalek::ristretto::RistrettoBasepointTable;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::traits::{Identity as _, IsIdentity as _};
use std::fmt;
use std::io::{self, Read};
use subtle::{Choice, ConditionallySelectable as _};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The group's and the hash's name, in every challenge.
pub const GROUP: &str = "ristretto255-SHA512";

/// Why bytes are no element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// Not the canonical encoding of an element.
    #[error("not an element of the group")]
    NotAnElement,
    /// The identity, where it must not stand.
    #[error("the identity")]
    Identity,
}

/// Thirty-two bytes that are said to be an element.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Encoded([u8; 32]);

/// An element of the group.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Element(pub(crate) RistrettoPoint);

/// A number modulo the group's order; not a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scalar(pub(crate) curve25519_dalek::Scalar);

/// A secret number modulo the group's order: wiped when dropped, hidden from `Debug` (VOTE-35).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretScalar(curve25519_dalek::Scalar);

/// An element to be multiplied often, in constant time.
#[cfg(feature = "tables")]
pub(crate) struct FixedBase(Box<RistrettoBasepointTable>);
#[cfg(not(feature = "tables"))]
pub(crate) struct FixedBase(Box<RistrettoPoint>);

impl Encoded {
    /// The generator.
    pub const GENERATOR: Self = Self(RISTRETTO_BASEPOINT_COMPRESSED.0);
    /// The identity.
    pub const IDENTITY: Self = Self([0; 32]);

    /// Takes 32 bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The element, which is not the identity (VOTE-6).
    pub fn decode(&self) -> Result<Element, GroupError> {
        let element = self.decode_any()?;
        if element.is_identity() { Err(GroupError::Identity) } else { Ok(element) }
    }

    /// The element, which may be the identity: for sums and what is computed from them.
    pub fn decode_any(&self) -> Result<Element, GroupError> {
        CompressedRistretto(self.0).decompress().map(Element).ok_or(GroupError::NotAnElement)
    }
}

impl Element {
    /// The identity: the sum of nothing.
    #[must_use]
    pub fn identity() -> Self {
        Self(RistrettoPoint::identity())
    }

    /// The canonical encoding.
    #[must_use]
    pub fn encode(&self) -> Encoded {
        Encoded(self.0.compress().0)
    }

    /// Whether it is the identity.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.0.is_identity()
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self(self.0 + other.0)
    }

    /// The difference.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self(self.0 - other.0)
    }

    /// The multiple.
    #[must_use]
    pub fn times(&self, scalar: &Scalar) -> Self {
        Self(self.0 * scalar.0)
    }

    /// The multiple of the generator.
    #[must_use]
    pub fn of(scalar: &Scalar) -> Self {
        Self(RistrettoPoint::mul_base(&scalar.0))
    }
}

impl Scalar {
    /// Zero.
    pub const ZERO: Self = Self(curve25519_dalek::Scalar::ZERO);
    /// One.
    pub const ONE: Self = Self(curve25519_dalek::Scalar::ONE);

    /// Reads the canonical 32 bytes, little-endian.
    #[must_use]
    pub fn from_canonical(bytes: [u8; 32]) -> Option<Self> {
        Option::from(curve25519_dalek::Scalar::from_canonical_bytes(bytes)).map(Self)
    }

    /// A 512-bit number, little-endian, modulo the order (VOTE-20).
    #[must_use]
    pub fn from_wide(bytes: &[u8; 64]) -> Self {
        Self(curve25519_dalek::Scalar::from_bytes_mod_order_wide(bytes))
    }

    /// The canonical 32 bytes, little-endian.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl From<u64> for Scalar {
    fn from(number: u64) -> Self {
        Self(number.into())
    }
}

impl From<u8> for Scalar {
    fn from(number: u8) -> Self {
        Self(number.into())
    }
}

impl BorshSerialize for Scalar {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.as_bytes())
    }
}

impl BorshDeserialize for Scalar {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let bytes = <[u8; 32]>::deserialize_reader(reader)?;
        Self::from_canonical(bytes)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a scalar that is not canonical"))
    }
}

impl SecretScalar {
    /// A 512-bit number modulo the order.
    pub(crate) fn from_wide(bytes: &[u8; 64]) -> Self {
        Self(curve25519_dalek::Scalar::from_bytes_mod_order_wide(bytes))
    }

    pub(crate) const fn new(scalar: curve25519_dalek::Scalar) -> Self {
        Self(scalar)
    }

    /// Reads the canonical 32 bytes.
    pub(crate) fn from_canonical(bytes: [u8; 32]) -> Option<Self> {
        Scalar::from_canonical(bytes).map(|scalar| Self(scalar.0))
    }

    /// The number, in the clear.
    pub(crate) const fn expose(&self) -> &curve25519_dalek::Scalar {
        &self.0
    }

    /// The multiple of the generator, in constant time.
    #[must_use]
    pub fn public(&self) -> Element {
        Element(RistrettoPoint::mul_base(&self.0))
    }
}

impl FixedBase {
    #[cfg(feature = "tables")]
    pub(crate) fn new(element: &Element) -> Self {
        Self(Box::new(RistrettoBasepointTable::create(&element.0)))
    }

    #[cfg(not(feature = "tables"))]
    pub(crate) fn new(element: &Element) -> Self {
        Self(Box::new(element.0))
    }

    /// The multiple, in constant time.
    pub(crate) fn times(&self, scalar: &curve25519_dalek::Scalar) -> RistrettoPoint {
        let base = &*self.0;
        scalar * base
    }
}

/// Encodes the doubles of all points: one inversion for all of them. Halve the scalars first ([`half`]).
pub(crate) fn encode_doubled(points: &[RistrettoPoint]) -> Vec<Encoded> {
    RistrettoPoint::double_and_compress_batch(points).into_iter().map(|point| Encoded(point.0)).collect()
}

/// Half of a scalar, modulo the order.
pub(crate) fn half(scalar: &curve25519_dalek::Scalar) -> curve25519_dalek::Scalar {
    scalar.div_by_2()
}

/// The first if `choice` is 0, the second if it is 1, in constant time.
pub(crate) fn select(
    first: &curve25519_dalek::Scalar,
    second: &curve25519_dalek::Scalar,
    choice: Choice,
) -> curve25519_dalek::Scalar {
    curve25519_dalek::Scalar::conditional_select(first, second, choice)
}

fn write_hex(f: &mut fmt::Formatter<'_>, name: &str, bytes: &[u8; 32]) -> fmt::Result {
    write!(f, "{name}(")?;
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
    write!(f, ")")
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, "Encoded", &self.0)
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, "Element", &self.encode().0)
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, "Scalar", self.as_bytes())
    }
}

impl fmt::Debug for SecretScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretScalar(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9496, appendix A.3: encodings that are refused, each for another reason.
    const REFUSED: [&str; 29] = [
        "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
        "c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
        "c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78",
        "47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24",
        "f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72",
        "87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309",
        "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
        "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
        "de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b",
        "bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042",
        "2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08",
        "f4a9e534fc0d216c44b218fa0c42d99635a0127ee2e53c712f70609649fdff22",
        "8268436f8c4126196cf64b3c7ddbda90746a378625f9813dd9b8457077256731",
        "2810e5cbc2cc4d4eece54f61c6f69758e289aa7ab440b3cbeaa21995c2f4232b",
        "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
        "a45fdc55c76448c049a1ab33f17023edfb2be3581e9c7aade8a6125215e04220",
        "d483fe813c6ba647ebbfd3ec41adca1c6130c2beeee9d9bf065c8d151c5f396e",
        "8a2e1d30050198c65a54483123960ccc38aef6848e1ec8f5f780e8523769ba32",
        "32888462f8b486c68ad7dd9610be5192bbeaf3b443951ac1a8118419d9fa097b",
        "227142501b9d4355ccba290404bde41575b037693cef1f438c47f8fbf35d1165",
        "5c37cc491da847cfeb9281d407efc41e15144c876e0170b499a96a22ed31e01e",
        "445425117cb8c90edcbc7c1cc0e74f747f2c1efa5630a967c64f287792a48a4b",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];

    #[test]
    fn vote_6_encodings_that_rfc_9496_refuses_are_refused() {
        for hex in REFUSED {
            let bytes = hex::decode(hex).unwrap().try_into().unwrap();
            assert_eq!(Encoded::from_bytes(bytes).decode_any(), Err(GroupError::NotAnElement), "{hex}");
        }
    }

    #[test]
    fn vote_6_the_identity_is_refused_where_it_says_nothing() {
        assert_eq!(Encoded::IDENTITY.decode(), Err(GroupError::Identity));
        assert!(Encoded::IDENTITY.decode_any().unwrap().is_identity());
        assert_eq!(Element::identity().encode(), Encoded::IDENTITY);
    }

    #[test]
    fn vote_6_a_scalar_has_one_encoding() {
        // The group's order, little-endian: zero in another form (RFC 9496, section 4.4).
        let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").unwrap();
        assert!(borsh::from_slice::<Scalar>(&order).is_err());
        let mut below = order;
        below[0] -= 1;
        assert!(borsh::from_slice::<Scalar>(&below).is_ok());
    }

    #[test]
    fn vote_8_the_generator_is_that_of_rfc_9496() {
        let expected = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76";
        assert_eq!(hex::encode(Encoded::GENERATOR.as_bytes()), expected);
        assert_eq!(Element::of(&Scalar::ONE).encode(), Encoded::GENERATOR);
    }

    #[test]
    fn vote_35_a_secret_scalar_does_not_show_itself() {
        let secret = SecretScalar::new(curve25519_dalek::Scalar::from(0x4141_4141u32));
        assert_eq!(format!("{secret:?}"), "SecretScalar(hidden)");
    }

    #[test]
    fn a_batch_of_doubles_is_encoded_as_each_alone() {
        let scalars: Vec<_> = (0..5u64).map(curve25519_dalek::Scalar::from).collect();
        let halves: Vec<_> = scalars.iter().map(|scalar| RistrettoPoint::mul_base(&half(scalar))).collect();
        let alone: Vec<_> = scalars.iter().map(|scalar| Element::of(&Scalar(*scalar)).encode()).collect();
        assert_eq!(encode_doubled(&halves), alone);
    }
}
