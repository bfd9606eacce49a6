//! What the fuzz targets do with a stranger's bytes; the tests replay the kept corpus through the same functions. Each returns whether
//! the bytes were read, and fails if what was read has not one form.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a fuzz target fails by panicking")]

use citizen_did::{Did, DidUrl, Document, Resolution, Resolver};

/// A DID: read, and begun to be resolved.
pub fn did(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    if let Ok(url) = DidUrl::parse(text) {
        assert_eq!(url.to_string(), text);
    }
    let Ok(did) = Did::parse(text) else { return false };
    assert_eq!(did.as_str(), text);
    let resolver = Resolver::new();
    match resolver.resolve(&did) {
        Ok(Resolution::Resolved(document)) => {
            assert_eq!(document.id(), &did);
            assert_eq!(
                Document::from_members(document.to_value().as_object().unwrap().clone()),
                Ok(*document)
            );
        }
        Ok(Resolution::Fetch(fetch)) => assert!(fetch.url().starts_with("https://")),
        Ok(Resolution::Ledger(id)) => assert_eq!(id.to_string(), text),
        Err(_) => return false,
    }
    true
}

/// A document, as a server hands it out.
pub fn document(bytes: &[u8]) -> bool {
    let Ok(document) = Document::parse(bytes) else { return false };
    assert_eq!(Document::from_members(document.to_value().as_object().unwrap().clone()), Ok(document));
    true
}
