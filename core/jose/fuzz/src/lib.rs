//! What the fuzz targets do with a stranger's bytes; the tests replay the kept corpus through the same functions. Each returns whether
//! the bytes were read, and fails if what was read has not one form.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fuzz target fails by panicking"
)]

use citizen_jose::jwe::{self, Curve, SoftwareKeyAgreement};
use citizen_jose::{
    Anchor, Certificate, CertificateChain, CertificateThumbprint, ContentEncryption, Expected, Header,
    JweHeader, Jwk, KeyAgreement as _, UnverifiedJwe, UnverifiedJws, UnverifiedJwt, json,
};
use citizen_primitives::random;
use std::sync::LazyLock;

static RECEIVERS: LazyLock<[SoftwareKeyAgreement; 2]> = LazyLock::new(|| {
    [Curve::P256, Curve::X25519].map(|curve| SoftwareKeyAgreement::generate(curve, &mut random::system()))
});

/// A token in compact form, or a JWS in JSON.
pub fn token(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    if let Ok(jws) = UnverifiedJws::parse_json(text) {
        for signature in jws.signatures() {
            assert_eq!(
                Header::from_object(members(&signature.header().to_value())).as_ref(),
                Ok(signature.header())
            );
        }
        return true;
    }
    let Ok(jws) = UnverifiedJws::parse(text) else { return false };
    let header = jws.header_unverified().unwrap();
    assert_eq!(Header::from_object(members(&header.to_value())).as_ref(), Ok(header));
    // The key in the header is as good as any: nothing but a signature may decide.
    if let (Some(key), Ok(jwt)) = (header.jwk.clone(), UnverifiedJwt::parse(text)) {
        let _ = jwt.verify(&key, &Expected::any());
    }
    true
}

/// An encrypted text. To keys that nobody has seen it opens never.
pub fn encrypted(bytes: &[u8]) -> bool {
    let Some(sent) = std::str::from_utf8(bytes).ok().and_then(|text| UnverifiedJwe::parse(text).ok()) else {
        return false;
    };
    assert!(RECEIVERS.iter().all(|receiver| sent.decrypt(receiver).is_err()));
    true
}

/// A message, encrypted, and then changed on its way: the first byte says to which key and how, the next three at which place one character is
/// replaced by which; a quarter of the rest are the parties' names. Whether it opens: it does exactly if nothing was changed, and to what was sealed.
pub fn sealed(bytes: &[u8]) -> bool {
    let [how, high, low, to, rest @ ..] = bytes else { return false };
    let (names, plaintext) = rest.split_at(rest.len() / 4);
    let (apu, apv) = names.split_at(names.len() / 2);
    let receiver = &RECEIVERS[usize::from(how & 1)];
    let header = JweHeader {
        apu: apu.to_vec(),
        apv: apv.to_vec(),
        ..JweHeader::new(ContentEncryption::ALL[usize::from(how >> 1 & 1)])
    };
    let sent = jwe::encrypt(&receiver.jwk(), &header, plaintext, &mut random::system()).unwrap();
    let place = usize::from(u16::from_be_bytes([*high, *low])) % sent.len();
    let mut arrived = sent.clone().into_bytes();
    if to.is_ascii() {
        arrived[place] = *to;
    }
    let is_changed = arrived != sent.as_bytes();
    let arrived = String::from_utf8(arrived).unwrap();
    let opened = UnverifiedJwe::parse(&arrived).and_then(|arrived| arrived.decrypt(receiver));
    assert_eq!(opened.is_err(), is_changed, "{sent} {arrived}");
    let Ok(opened) = opened else { return false };
    assert_eq!(opened.plaintext(), plaintext);
    assert_eq!((&opened.header().apu, &opened.header().apv), (&header.apu, &header.apv));
    assert!(UnverifiedJwe::parse(&sent).unwrap().decrypt(&RECEIVERS[usize::from(!how & 1)]).is_err());
    true
}

/// A public key.
pub fn key(bytes: &[u8]) -> bool {
    let Ok(value) = json::parse(bytes) else { return false };
    let Ok(key) = Jwk::from_value(&value) else { return false };
    assert_eq!(Jwk::from_value(&key.to_value()).as_ref(), Ok(&key));
    true
}

/// A certificate.
pub fn chain(bytes: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(bytes) else { return false };
    let _ = (certificate.dns_names(), certificate.uris(), certificate.subject(), certificate.not_after());
    let Ok(chain) = CertificateChain::from_der(&[bytes]) else { return false };
    assert_eq!(CertificateChain::from_value(&chain.to_value()), Ok(chain));
    true
}

/// A header's chain, in JSON, at the first moment at which its leaf is valid. Whether it holds together up to its last certificate; under an
/// anchor above a certificate that certificate counts as well, under a stranger's nothing does, and the registry names the leaf alone.
pub fn chains(bytes: &[u8]) -> bool {
    let Ok(value) = json::parse(bytes) else { return false };
    let Ok(chain) = CertificateChain::from_value(&value) else { return false };
    assert_eq!(chain.to_value(), value);
    let now = chain.leaf().not_before();
    let _ = chain.authority_keys(now);
    let under = |thumbprint: CertificateThumbprint| chain.verify(&[Anchor::Thumbprint(thumbprint)], now);
    assert!(under(CertificateThumbprint::from_bytes([7; 32])).is_err());
    let holds: Vec<bool> =
        chain.certificates().map(|certificate| under(certificate.thumbprint()).is_ok()).collect();
    assert!(holds.is_sorted_by(|below, above| below >= above) || has_twice(&chain), "{holds:?}");
    for certificate in chain.certificates() {
        let named = certificate.thumbprint();
        let is_leaf = named == chain.leaf().thumbprint();
        assert_eq!(chain.registered_key(&named, now).is_ok(), is_leaf && holds[0]);
        let own = [Anchor::Certificate(Box::new(certificate.clone()))];
        assert!(under(named).is_err() || chain.verify(&own, now).is_ok());
    }
    holds.last() == Some(&true)
}

/// A certificate that stands twice counts where it stands first.
fn has_twice(chain: &CertificateChain) -> bool {
    let all: Vec<_> = chain.certificates().map(Certificate::thumbprint).collect();
    all.iter().enumerate().any(|(place, one)| all[..place].contains(one))
}

fn members(value: &serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
    value.as_object().unwrap().clone()
}
