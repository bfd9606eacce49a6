//! Another implementation of the same key generation.

use crate::ceremony::testing::House;
use crate::group::{Encoded, Scalar, SecretScalar};
use curve25519_dalek::Scalar as Number;

/// The same polynomials through another implementation of the same key generation, run here: group key and every share agree.
#[test]
fn keys_and_shares_are_those_of_frost_ristretto255() {
    use frost_ristretto255::keys::{VerifiableSecretSharingCommitment, dkg};
    use frost_ristretto255::{Ciphersuite, Field, Group, Identifier, Ristretto255Sha512, Signature};
    use std::collections::BTreeMap;
    type Scalars = <<Ristretto255Sha512 as Ciphersuite>::Group as Group>::Field;

    let mut house = House::finished(3, 5);
    let identifier = |trustee: u8| Identifier::try_from(u16::from(trustee)).unwrap();
    let (mut secrets, mut first) = (BTreeMap::new(), BTreeMap::new());
    for trustee in 1..=5u8 {
        let own = house.trustee(usize::from(trustee));
        let polynomial = own.polynomial(&house.parameters);
        let encoded = polynomial.encoded();
        let commitment =
            VerifiableSecretSharingCommitment::deserialize(encoded.iter().map(Encoded::as_bytes)).unwrap();
        // Its proof of knowledge has another challenge than ours.
        let nonce = SecretScalar::new(Number::from(77u8) + Number::from(trustee));
        let nonce_point = nonce.public().encode();
        let preimage =
            [identifier(trustee).serialize().as_slice(), encoded[0].as_bytes(), nonce_point.as_bytes()]
                .concat();
        let challenge = Scalars::serialize(&Ristretto255Sha512::HDKG(&preimage).unwrap());
        let challenge = Scalar::from_canonical(challenge).unwrap();
        let response = nonce.expose() + challenge.0 * polynomial.constant().expose();
        let signature = [nonce_point.as_bytes().as_slice(), response.as_bytes()].concat();
        let package =
            dkg::round1::Package::new(commitment.clone(), Signature::deserialize(&signature).unwrap());
        let coefficients = polynomial.coefficients().map(|c| Scalars::deserialize(&c.to_bytes()).unwrap());
        let secret =
            dkg::round1::SecretPackage::new(identifier(trustee), coefficients.collect(), commitment, 3, 5);
        secrets.insert(trustee, secret);
        first.insert(identifier(trustee), package);
    }
    let others = |trustee: u8| {
        let mut others = first.clone();
        others.remove(&identifier(trustee));
        others
    };
    let mut own = BTreeMap::new();
    let mut dealt: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for (trustee, secret) in secrets {
        let (secret, packages) = dkg::part2(secret, &others(trustee)).unwrap();
        own.insert(trustee, secret);
        for (to, package) in packages {
            dealt.entry(to).or_default().insert(identifier(trustee), package);
        }
    }
    for (trustee, secret) in own {
        let (key, public) = dkg::part3(&secret, &others(trustee), &dealt[&identifier(trustee)]).unwrap();
        let share = house.share(usize::from(trustee));
        assert_eq!(key.signing_share().serialize(), share.secret.expose().to_bytes());
        let group_key = public.verifying_key().serialize().unwrap();
        assert_eq!(group_key, share.election().key.encoded().as_bytes());
        let verifying_share = public.verifying_shares()[&identifier(trustee)].serialize().unwrap();
        let ours = share.election().verification_key(share.trustee()).unwrap().encode();
        assert_eq!(verifying_share, ours.as_bytes());
    }
}
