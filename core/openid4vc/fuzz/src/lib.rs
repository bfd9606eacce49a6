//! What the fuzz targets do with a stranger's bytes; the tests replay the kept corpus through the same functions. Each returns whether
//! the bytes were read.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a fuzz target fails by panicking")]

mod issuing;
mod presenting;

pub use issuing::{issuance, issuer};
pub use presenting::{response, signed_request};

use citizen_jose::json;
use citizen_openid4vc::dcql::{Candidate, CandidateId, Format, Query};
use citizen_openid4vc::http::Reach;
use citizen_openid4vc::vci::OfferLink;
use citizen_openid4vc::vp::{HolderSession, Profile};
use citizen_primitives::random;

/// A query, over a card: what the wallet would choose by itself is approved.
pub fn dcql(bytes: &[u8]) -> bool {
    let Ok(value) = json::parse(bytes) else { return false };
    let Ok(query) = Query::from_value(&value) else { return false };
    let claims = json::parse(br#"{"a":1,"b":{"c":["x","y",{"d":true}]},"vct":"urn:a"}"#).unwrap();
    let card = |id: &str, vct: &str| Candidate {
        id: CandidateId::new(id),
        format: Format::SdJwtVc,
        types: vec![vct.to_owned()],
        claims: claims.clone(),
        authorities: Vec::new(),
        key_bound: true,
    };
    let options = query.evaluate(&[card("1", "urn:a"), card("2", "urn:b")]);
    assert_eq!(options.preferred().is_some(), options.satisfiable());
    if let Some(selection) = options.preferred() {
        for disclosure in options.approve(&selection).unwrap().disclosures() {
            assert!(disclosure.claims.iter().all(|claim| claim.select(&claims).len() == 1));
        }
    }
    true
}

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
