//! What the fuzz targets do with a stranger's bytes; the tests replay the kept corpus through the same functions. Each returns whether
//! the bytes were read, and fails if what was read has not one form.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fuzz target fails by panicking"
)]

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

/// A DID, a line of its own, and what a server sends for it. What is resolved is this DID's, fetched from the host that the DID names.
pub fn fetched(bytes: &[u8]) -> bool {
    let Some((line, body)) = bytes.iter().position(|byte| *byte == b'\n').map(|end| bytes.split_at(end))
    else {
        return false;
    };
    let Some(did) = std::str::from_utf8(line).ok().and_then(|text| Did::parse(text).ok()) else {
        return false;
    };
    let resolver = Resolver::new();
    let Ok(Resolution::Fetch(fetch)) = resolver.resolve(&did) else { return false };
    let rest = fetch.url().strip_prefix("https://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let named = did.specific_id().split(':').next().unwrap();
    assert!(authority.eq_ignore_ascii_case(&named.replace("%3A", ":").replace("%3a", ":")));
    assert!(!rest.contains(['@', '?', '#', '\\']), "{rest}");
    assert!(path.split('/').all(|part| !["", ".", ".."].contains(&part)), "{rest}");
    assert!(path.ends_with("did.json"));
    let Ok(document) = fetch.answer(&body[1..]) else { return false };
    assert_eq!(document.id(), &did);
    for method in document.verification_methods() {
        assert_eq!(DidUrl::parse(&method.id.to_string()).as_ref(), Ok(&method.id));
    }
    true
}
