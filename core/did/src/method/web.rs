//! `did:web` (W3C CCG, did:web Method Specification): a document on a web server. TLS and the name's owner vouch for it, nobody else.

use crate::did::Did;
use crate::resolver::{Method, ResolveError, Step};

/// The method.
#[derive(Debug, Clone, Copy)]
pub struct Web;

/// Where the document is (section 3.2, "Read"): `https`, a domain, perhaps a port, and a path that stays where it says (DID-5).
pub fn url(did: &Did) -> Result<String, ResolveError> {
    if did.method() != "web" {
        return Err(ResolveError::InvalidDid);
    }
    let mut segments = did.specific_id().split(':');
    let authority = authority(segments.next().unwrap_or_default()).ok_or(ResolveError::InvalidDid)?;
    let path: Vec<&str> = segments.collect();
    if !path.iter().all(|segment| is_segment(segment)) {
        return Err(ResolveError::InvalidDid);
    }
    Ok(match path.as_slice() {
        [] => format!("https://{authority}/.well-known/did.json"),
        path => format!("https://{authority}/{}/did.json", path.join("/")),
    })
}

impl Method for Web {
    fn name(&self) -> &str {
        "web"
    }

    fn begin(&self, did: &Did) -> Result<Step, ResolveError> {
        url(did).map(Step::Fetch)
    }
}

/// A domain name, perhaps `%3A` and a port. No address of a machine: those are nobody's name.
fn authority(text: &str) -> Option<String> {
    let (domain, port) = match text.split_once('%') {
        None => (text, None),
        Some((domain, rest)) => (domain, Some(rest.strip_prefix("3A").or_else(|| rest.strip_prefix("3a"))?)),
    };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    // A last label of digits, or `0x…`, makes browsers read the whole as an IPv4 address (URL Standard, "ends in a number").
    let last = domain.rsplit('.').next()?;
    let is_number =
        last.chars().all(|c| c.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X");
    if domain.len() > 253 || !domain.split('.').all(is_label) || is_number {
        return None;
    }
    match port {
        None => Some(domain.to_owned()),
        Some(port) => {
            // Digits alone: no DID has the `+` that a number may begin with.
            let is_port = !port.starts_with('0') && port.parse::<u16>().is_ok();
            is_port.then(|| format!("{domain}:{port}"))
        }
    }
}

/// A part of a path that is no way up, and is none when somebody decodes it.
fn is_segment(segment: &str) -> bool {
    let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
    let hidden = ["%2f", "%5c", "%00", "%25", "%3f", "%23"];
    !segment.is_empty()
        && decoded != "."
        && decoded != ".."
        && !hidden.iter().any(|code| decoded.contains(code))
}
