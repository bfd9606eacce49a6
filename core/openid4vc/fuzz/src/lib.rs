//! What the fuzz targets do with a stranger's bytes; the tests replay the kept corpus through the same functions. Each returns whether
//! the bytes were read.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fuzz target fails by panicking"
)]

mod asking;
mod choosing;
mod issuing;
mod presenting;
mod proving;

pub use asking::{attested_request, exchange, fetched_request};
pub use choosing::{dcql, selection};
pub use issuing::{fetched_offer, issuance, metadata};
pub use presenting::{response, signed_request};
pub use proving::{dpop, issuer, proved_keys};

use citizen_openid4vc::http::{Endpoint, Reach, decode_form, encode_form};
use citizen_openid4vc::vci::OfferLink;
use citizen_openid4vc::vp::{HolderSession, Profile};
use citizen_primitives::random;

/// The text of a link with an offer.
pub fn offer(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(link) = OfferLink::parse(text, Reach::Https) else { return false };
    if let OfferLink::Value(offer) = link {
        assert_eq!(OfferLink::parse(&offer.to_link(), Reach::Https), Ok(OfferLink::Value(offer)));
    }
    true
}

/// The text of a link that asks for a presentation.
pub fn request(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(session) = HolderSession::open(text, Profile::default(), &mut random::system()) else {
        return false;
    };
    let _ = session.next();
    true
}

/// An address, or a form. Each is read as it was written, and an address is that of a host, without a user.
pub fn address(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    if let Some(fields) = decode_form(text) {
        let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(decode_form(&encode_form(&pairs)), Some(fields.clone()));
    }
    let Ok(endpoint) = Endpoint::parse(text, Reach::Https) else { return false };
    assert_eq!(endpoint.as_str(), text);
    assert!(!endpoint.host().is_empty());
    assert!(endpoint.origin().starts_with("https://"), "{}", endpoint.origin());
    let bare = endpoint.without_query();
    assert!(!bare.contains(['?', '#']), "{bare}");
    // Written out in ASCII it may be longer than an address is read.
    assert!(bare.len() > 4096 || Endpoint::parse(&bare, Reach::Https).unwrap().host() == endpoint.host());
    assert!(Endpoint::parse(text, Reach::OrLoopback).is_ok());
    true
}
