//! Nothing by which two copies could be matched, and nothing that would name their holder without her seeing it (CARD-4, CARD-31): what differs
//! must differ in all, and what is the same must be what every citizen's has.

use crate::credential::copies::CheckedCopy;
use citizen_jose::base64url;
use citizen_openid4vc::http::{Endpoint, Reach};
use serde_json::Value;
use std::collections::BTreeSet;

/// Claims with a time.
const TIMES: [&str; 3] = ["iat", "nbf", "exp"];
const DAY: u64 = 24 * 60 * 60;
/// How far midnight in Seoul is from midnight in UTC.
const SEOUL: u64 = 9 * 60 * 60;

/// The same content, open and hidden alike; the same times, status list and header, or one of them would be a name.
pub(super) fn are_alike(copies: &[CheckedCopy]) -> bool {
    let Some((first, others)) = copies.split_first() else { return false };
    let times = |copy: &CheckedCopy| TIMES.map(|name| copy.held.verified().claim(name).cloned());
    let paths = |copy: &CheckedCopy| copy.held.disclosable().cloned().collect::<BTreeSet<_>>();
    let list = |copy: &CheckedCopy| copy.credential.status().map(|status| status.uri().to_owned());
    others.iter().all(|other| {
        other.content() == first.content()
            && times(other) == times(first)
            && paths(other) == paths(first)
            && list(other) == list(first)
            && other.held.verified().header() == first.held.verified().header()
    })
}

/// **CARD-31** What stands in every copy alike is no name of hers either: whole days, a list at the issuer's own host, the issuer's own
/// name, a header and a binding with nothing in them that is not needed.
pub(super) fn is_nobodys_mark(copy: &CheckedCopy, issuer: &str, reach: Reach) -> bool {
    let token = copy.held.verified();
    let header = token.header();
    let is_bare =
        header.extra.is_empty() && names_no_other(copy) && header.jwk.is_none() && header.typ.is_some();
    let own = copy.did.as_deref().unwrap_or(issuer);
    let said_by = token.claim("iss").is_none_or(|said| said.as_str() == Some(own));
    let days = TIMES.iter().filter_map(|name| token.claim(name)).all(is_whole_day);
    is_bare
        && said_by
        && days
        && is_of_issuer(copy, issuer, reach)
        && binds_by_key_alone(copy)
        && is_plain_digest(token.claim("vct#integrity"))
}

/// The header names a key where the issuer is known by its DID: the one that it was verified with (CARD-51).
fn names_no_other(copy: &CheckedCopy) -> bool {
    copy.did.is_some() || copy.held.verified().header().kid.is_none()
}

/// No two copies have a disclosure, a digest, a holder's key, an identifier or a status' place in common.
pub(super) fn share_nothing(tokens: &[String], copies: &[CheckedCopy]) -> bool {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    tokens.iter().zip(copies).all(|(token, copy)| {
        let mut own: BTreeSet<String> =
            token.split('~').skip(1).filter(|part| !part.is_empty()).map(str::to_owned).collect();
        // Digests of nothing as well: a decoy that stands in two copies joins them.
        if !digests(token, &mut own) {
            return false;
        }
        let key = copy.holder_key().map(|key| key.thumbprint().to_string());
        let status = copy.held.verified().claim("status").map(ToString::to_string);
        let identifier = copy.held.verified().claim("jti").map(ToString::to_string);
        own.into_iter().chain(key).chain(status).chain(identifier).all(|part| seen.insert(part))
    })
}

/// Midnight in Seoul or in UTC.
fn is_whole_day(time: &Value) -> bool {
    let whole = |seconds: u64| seconds.is_multiple_of(DAY);
    time.as_u64().is_some_and(|seconds| whole(seconds) || whole(seconds.saturating_add(SEOUL)))
}

/// The list is at the issuer's host, without a query that could be hers, and the reference has no other members.
fn is_of_issuer(copy: &CheckedCopy, issuer: &str, reach: Reach) -> bool {
    let Some(status) = copy.held.verified().claim("status") else { return true };
    let members = |value: &Value, names: &[&str]| {
        value.as_object().is_some_and(|members| members.keys().all(|name| names.contains(&name.as_str())))
    };
    let Some(list) = status.get("status_list").filter(|list| members(list, &["idx", "uri"])) else {
        return false;
    };
    let host = |text: &str| Endpoint::parse(text, reach).ok().map(|address| address.origin());
    let uri = list.get("uri").and_then(Value::as_str).filter(|uri| !uri.contains('?'));
    members(status, &["status_list"]) && uri.and_then(host).is_some_and(|at| Some(at) == host(issuer))
}

/// `cnf` is a key and nothing besides, and the key has no name.
fn binds_by_key_alone(copy: &CheckedCopy) -> bool {
    let Some(cnf) = copy.held.verified().claim("cnf").and_then(Value::as_object) else { return false };
    let key = cnf.get("jwk").and_then(Value::as_object);
    let is_needed = |name: &String| matches!(name.as_str(), "kty" | "crv" | "x" | "y");
    cnf.len() == 1 && key.is_some_and(|key| key.keys().all(is_needed))
}

/// A digest of the type's description: one, without options that could be hers.
fn is_plain_digest(integrity: Option<&Value>) -> bool {
    integrity
        .and_then(Value::as_str)
        .is_none_or(|text| !text.contains(|c: char| c == '?' || c.is_whitespace()))
}

/// All digests in what the issuer signed, and in what it concealed.
fn digests(token: &str, found: &mut BTreeSet<String>) -> bool {
    let mut parts = token.split('~').filter(|part| !part.is_empty());
    let payload = parts.next().and_then(|jwt| jwt.split('.').nth(1));
    payload.into_iter().chain(parts).all(|part| {
        let read =
            base64url::decode(part).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        read.is_some_and(|value| {
            collect(&value, found);
            true
        })
    })
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("_sd", Value::Array(list)) => {
                        found.extend(list.iter().filter_map(Value::as_str).map(str::to_owned))
                    }
                    ("...", Value::String(digest)) => drop(found.insert(digest.clone())),
                    (_, inner) => collect(inner, found),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, found)),
        _ => {}
    }
}
