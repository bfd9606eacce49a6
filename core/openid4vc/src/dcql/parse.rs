//! Reads a query and refuses, by name and place, what OpenID4VP 1.0 §6 and §7 forbid.

use crate::dcql::pointer::{ClaimsPointer, Component};
use crate::dcql::query::{
    ClaimsQuery, CredentialQuery, CredentialSet, Format, Meta, Query, QueryError, QueryFault, QueryId,
    TrustedAuthorities,
};
use serde_json::{Map, Value};

/// DCQL-1: every rule of §6 on the form of a query is checked before anything is evaluated.
pub(super) fn query(value: &Value) -> Result<Query, QueryError> {
    let root = At { value, place: String::new() };
    let credentials = root.member("credentials")?.list(Query::MAX_CREDENTIALS, credential)?;
    for (index, credential) in credentials.iter().enumerate() {
        if credentials.iter().take(index).any(|earlier| earlier.id == credential.id) {
            return Err(error(format!("credentials[{index}].id"), QueryFault::DuplicateId));
        }
    }
    let known = |id: &QueryId| credentials.iter().any(|credential| credential.id == *id);
    let credential_sets = match root.optional("credential_sets")? {
        None => Vec::new(),
        Some(sets) => sets.list(Query::MAX_LIST, |set| credential_set(set, &known))?,
    };
    Ok(Query { credentials, credential_sets, source: value.clone() })
}

fn credential(at: At<'_>) -> Result<CredentialQuery, QueryError> {
    let id = at.member("id")?.id()?;
    let format = Format::of(&at.member("format")?.text()?);
    let meta = meta(&at.member("meta")?, &format)?;
    let claims = match at.optional("claims")? {
        None => Vec::new(),
        Some(claims) => claims.list(Query::MAX_CLAIMS, |claim| claims_query(&claim, &format))?,
    };
    let claim_sets = claim_sets(&at, &claims)?;
    let trusted_authorities = match at.optional("trusted_authorities")? {
        None => Vec::new(),
        Some(authorities) => authorities.list(Query::MAX_LIST, |entry| authority(&entry))?,
    };
    Ok(CredentialQuery {
        id,
        format,
        meta,
        multiple: at.flag("multiple", false)?,
        trusted_authorities,
        holder_binding: at.flag("require_cryptographic_holder_binding", true)?,
        claims,
        claim_sets,
    })
}

/// What the formats' appendices require in `meta`. A type is always named: "any credential" is no query of a known format.
fn meta(at: &At<'_>, format: &Format) -> Result<Meta, QueryError> {
    at.object()?;
    Ok(match format {
        Format::SdJwtVc => Meta::Vct(at.member("vct_values")?.list(Query::MAX_LIST, |vct| vct.text())?),
        Format::JwtVcJson | Format::LdpVc => {
            let types = |set: At<'_>| set.list(Query::MAX_LIST, |name| name.text());
            Meta::Types(at.member("type_values")?.list(Query::MAX_LIST, types)?)
        }
        Format::MsoMdoc => Meta::Doctype(at.member("doctype_value")?.text()?),
        Format::Other(_) => Meta::Unknown,
    })
}

fn authority(at: &At<'_>) -> Result<TrustedAuthorities, QueryError> {
    let kind = at.member("type")?.text()?;
    Ok(TrustedAuthorities { kind, values: at.member("values")?.list(Query::MAX_LIST, |value| value.text())? })
}

fn claims_query(at: &At<'_>, format: &Format) -> Result<ClaimsQuery, QueryError> {
    let id = at.optional("id")?.map(|id| id.id()).transpose()?;
    let path = pointer(&at.member("path")?, format)?;
    let values = match at.optional("values")? {
        None => Vec::new(),
        Some(values) => values.list(Query::MAX_LIST, |value| expected(&value))?,
    };
    Ok(ClaimsQuery { id, path, values, intent_to_retain: at.flag("intent_to_retain", false)? })
}

/// §7: strings, nulls and non-negative integers; for ISO mdoc a namespace and an element (§7.2).
fn pointer(at: &At<'_>, format: &Format) -> Result<ClaimsPointer, QueryError> {
    let components = at.list(Query::MAX_DEPTH, |component| match component.value {
        Value::String(_) => component.text().map(Component::Name),
        Value::Null => Ok(Component::All),
        Value::Number(number) => number
            .as_u64()
            .and_then(|index| usize::try_from(index).ok())
            .map(Component::Index)
            .ok_or_else(|| component.error(QueryFault::BadPointer)),
        _ => Err(component.error(QueryFault::WrongType)),
    })?;
    let of_mdoc = matches!(components.as_slice(), [Component::Name(_), Component::Name(_)]);
    if *format == Format::MsoMdoc && !of_mdoc {
        return Err(at.error(QueryFault::BadPointer));
    }
    ClaimsPointer::new(components).ok_or_else(|| at.error(QueryFault::Empty))
}

/// Strings, integers and booleans (§6.3).
fn expected(at: &At<'_>) -> Result<Value, QueryError> {
    match at.value {
        Value::String(_) => at.text().map(Value::String),
        Value::Bool(_) => Ok(at.value.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Ok(at.value.clone()),
        _ => Err(at.error(QueryFault::WrongType)),
    }
}

/// §6.1 and §6.3: only beside `claims`, each of which has an identifier then.
fn claim_sets(at: &At<'_>, claims: &[ClaimsQuery]) -> Result<Vec<Vec<usize>>, QueryError> {
    for (index, claim) in claims.iter().enumerate() {
        let twice = claims.iter().take(index).any(|earlier| claim.id.is_some() && earlier.id == claim.id);
        if twice {
            return Err(error(format!("{}claims[{index}].id", at.prefix()), QueryFault::DuplicateId));
        }
    }
    let Some(sets) = at.optional("claim_sets")? else { return Ok(Vec::new()) };
    if claims.is_empty() {
        return Err(sets.error(QueryFault::ClaimSetsWithoutClaims));
    }
    if let Some(nameless) = claims.iter().position(|claim| claim.id.is_none()) {
        return Err(error(format!("{}claims[{nameless}].id", at.prefix()), QueryFault::Missing));
    }
    let index_of = |id: &At<'_>| {
        let wanted = id.id()?;
        let found = claims.iter().position(|claim| claim.id.as_ref() == Some(&wanted));
        found.ok_or_else(|| id.error(QueryFault::UnknownReference))
    };
    sets.list(Query::MAX_CLAIMS, |set| set.list(Query::MAX_CLAIMS, |id| index_of(&id)))
}

fn credential_set(at: At<'_>, known: &dyn Fn(&QueryId) -> bool) -> Result<CredentialSet, QueryError> {
    let reference = |id: At<'_>| {
        let wanted = id.id()?;
        if known(&wanted) { Ok(wanted) } else { Err(id.error(QueryFault::UnknownReference)) }
    };
    let options = at
        .member("options")?
        .list(Query::MAX_LIST, |option| option.list(Query::MAX_CREDENTIALS, reference))?;
    Ok(CredentialSet { options, required: at.flag("required", true)? })
}

/// A value and where it stands.
struct At<'a> {
    value: &'a Value,
    place: String,
}

impl<'a> At<'a> {
    fn error(&self, fault: QueryFault) -> QueryError {
        error(self.place.clone(), fault)
    }

    fn prefix(&self) -> String {
        if self.place.is_empty() { String::new() } else { format!("{}.", self.place) }
    }

    fn object(&self) -> Result<&'a Map<String, Value>, QueryError> {
        self.value.as_object().ok_or_else(|| self.error(QueryFault::WrongType))
    }

    fn optional(&self, name: &str) -> Result<Option<At<'a>>, QueryError> {
        let place = format!("{}{name}", self.prefix());
        Ok(self.object()?.get(name).map(|value| At { value, place }))
    }

    fn member(&self, name: &str) -> Result<At<'a>, QueryError> {
        let missing = || error(format!("{}{name}", self.prefix()), QueryFault::Missing);
        self.optional(name)?.ok_or_else(missing)
    }

    fn flag(&self, name: &str, default: bool) -> Result<bool, QueryError> {
        let Some(member) = self.optional(name)? else { return Ok(default) };
        member.value.as_bool().ok_or_else(|| member.error(QueryFault::WrongType))
    }

    fn text(&self) -> Result<String, QueryError> {
        let text = self.value.as_str().ok_or_else(|| self.error(QueryFault::WrongType))?;
        if text.len() > Query::MAX_TEXT {
            return Err(self.error(QueryFault::TooLarge));
        }
        Ok(text.to_owned())
    }

    fn id(&self) -> Result<QueryId, QueryError> {
        QueryId::new(&self.text()?).ok_or_else(|| self.error(QueryFault::BadId))
    }

    /// A non-empty array of at most `most` entries.
    fn list<T>(
        &self,
        most: usize,
        entry: impl Fn(At<'a>) -> Result<T, QueryError>,
    ) -> Result<Vec<T>, QueryError> {
        let entries = self.value.as_array().ok_or_else(|| self.error(QueryFault::WrongType))?;
        if entries.is_empty() {
            return Err(self.error(QueryFault::Empty));
        }
        if entries.len() > most {
            return Err(self.error(QueryFault::TooLarge));
        }
        let numbered = entries.iter().enumerate();
        numbered
            .map(|(index, value)| entry(At { value, place: format!("{}[{index}]", self.place) }))
            .collect()
    }
}

fn error(at: String, fault: QueryFault) -> QueryError {
    QueryError { at: if at.is_empty() { "query".to_owned() } else { at }, fault }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(query: Value) -> (String, QueryFault) {
        let error = Query::from_value(&query).unwrap_err();
        (error.at, error.fault)
    }

    /// A credential query with members of another.
    fn credential_with(more: Value) -> Value {
        let mut credential = json!({ "id": "a", "format": "dc+sd-jwt", "meta": { "vct_values": ["urn:x"] } });
        for (name, value) in more.as_object().unwrap() {
            credential[name] = value.clone();
        }
        json!({ "credentials": [credential] })
    }

    /// DCQL-1
    #[test]
    fn dcql_1_every_broken_rule_is_refused_by_name_and_place() {
        use QueryFault::*;
        let path = json!(["x"]);
        let claim = |more: Value| {
            let mut claim = json!({ "path": ["x"] });
            for (name, value) in more.as_object().unwrap() {
                claim[name] = value.clone();
            }
            credential_with(json!({ "claims": [claim] }))
        };
        let two = credential_with(json!({}))["credentials"][0].clone();
        let sets = |sets: Value| json!({ "credentials": [two.clone()], "credential_sets": sets });
        let cases = [
            (json!([]), "query", WrongType),
            (json!({}), "credentials", Missing),
            (json!({ "credentials": {} }), "credentials", WrongType),
            (json!({ "credentials": [] }), "credentials", Empty),
            (json!({ "credentials": ["x"] }), "credentials[0]", WrongType),
            (json!({ "credentials": [two.clone(), two.clone()] }), "credentials[1].id", DuplicateId),
            (json!({ "credentials": vec![two.clone(); 33] }), "credentials", TooLarge),
            (json!({ "credentials": [{ "format": "f", "meta": {} }] }), "credentials[0].id", Missing),
            (credential_with(json!({ "id": "" })), "credentials[0].id", BadId),
            (credential_with(json!({ "id": "a.b" })), "credentials[0].id", BadId),
            (credential_with(json!({ "id": "한글" })), "credentials[0].id", BadId),
            (credential_with(json!({ "id": 1 })), "credentials[0].id", WrongType),
            (json!({ "credentials": [{ "id": "a", "meta": {} }] }), "credentials[0].format", Missing),
            (json!({ "credentials": [{ "id": "a", "format": "f" }] }), "credentials[0].meta", Missing),
            (credential_with(json!({ "meta": [] })), "credentials[0].meta", WrongType),
            (credential_with(json!({ "meta": {} })), "credentials[0].meta.vct_values", Missing),
            (
                credential_with(json!({ "meta": { "vct_values": [] } })),
                "credentials[0].meta.vct_values",
                Empty,
            ),
            (
                credential_with(json!({ "meta": { "vct_values": [1] } })),
                "credentials[0].meta.vct_values[0]",
                WrongType,
            ),
            (
                credential_with(json!({ "format": "mso_mdoc", "meta": {} })),
                "credentials[0].meta.doctype_value",
                Missing,
            ),
            (
                credential_with(json!({ "format": "ldp_vc", "meta": { "type_values": [[]] } })),
                "credentials[0].meta.type_values[0]",
                Empty,
            ),
            (credential_with(json!({ "multiple": "true" })), "credentials[0].multiple", WrongType),
            (
                credential_with(json!({ "require_cryptographic_holder_binding": null })),
                "credentials[0].require_cryptographic_holder_binding",
                WrongType,
            ),
            (
                credential_with(json!({ "trusted_authorities": [] })),
                "credentials[0].trusted_authorities",
                Empty,
            ),
            (
                credential_with(json!({ "trusted_authorities": [{ "values": ["x"] }] })),
                "credentials[0].trusted_authorities[0].type",
                Missing,
            ),
            (
                credential_with(json!({ "trusted_authorities": [{ "type": "aki", "values": [] }] })),
                "credentials[0].trusted_authorities[0].values",
                Empty,
            ),
            (credential_with(json!({ "claims": [] })), "credentials[0].claims", Empty),
            (credential_with(json!({ "claims": [{}] })), "credentials[0].claims[0].path", Missing),
            (claim(json!({ "path": [] })), "credentials[0].claims[0].path", Empty),
            (claim(json!({ "path": "x" })), "credentials[0].claims[0].path", WrongType),
            (claim(json!({ "path": ["x", -1] })), "credentials[0].claims[0].path[1]", BadPointer),
            (claim(json!({ "path": ["x", 1.5] })), "credentials[0].claims[0].path[1]", BadPointer),
            (claim(json!({ "path": ["x", true] })), "credentials[0].claims[0].path[1]", WrongType),
            (claim(json!({ "path": ["x", {}] })), "credentials[0].claims[0].path[1]", WrongType),
            (claim(json!({ "path": vec!["x"; 17] })), "credentials[0].claims[0].path", TooLarge),
            (claim(json!({ "path": ["x".repeat(1025)] })), "credentials[0].claims[0].path[0]", TooLarge),
            (claim(json!({ "id": "b b" })), "credentials[0].claims[0].id", BadId),
            (claim(json!({ "values": [] })), "credentials[0].claims[0].values", Empty),
            (claim(json!({ "values": [null] })), "credentials[0].claims[0].values[0]", WrongType),
            (claim(json!({ "values": [1.5] })), "credentials[0].claims[0].values[0]", WrongType),
            (claim(json!({ "values": [["x"]] })), "credentials[0].claims[0].values[0]", WrongType),
            (
                credential_with(
                    json!({ "claims": [{ "id": "a", "path": path }, { "id": "a", "path": ["y"] }] }),
                ),
                "credentials[0].claims[1].id",
                DuplicateId,
            ),
            (
                credential_with(json!({ "claim_sets": [["a"]] })),
                "credentials[0].claim_sets",
                ClaimSetsWithoutClaims,
            ),
            (
                credential_with(
                    json!({ "claims": [{ "id": "a", "path": path }, { "path": ["y"] }], "claim_sets": [["a"]] }),
                ),
                "credentials[0].claims[1].id",
                Missing,
            ),
            (
                credential_with(json!({ "claims": [{ "id": "a", "path": path }], "claim_sets": [] })),
                "credentials[0].claim_sets",
                Empty,
            ),
            (
                credential_with(json!({ "claims": [{ "id": "a", "path": path }], "claim_sets": [[]] })),
                "credentials[0].claim_sets[0]",
                Empty,
            ),
            (
                credential_with(
                    json!({ "claims": [{ "id": "a", "path": path }], "claim_sets": [["a"], ["b"]] }),
                ),
                "credentials[0].claim_sets[1][0]",
                UnknownReference,
            ),
            (
                credential_with(
                    json!({ "format": "mso_mdoc", "meta": { "doctype_value": "d" }, "claims": [{ "path": ["ns"] }] }),
                ),
                "credentials[0].claims[0].path",
                BadPointer,
            ),
            (sets(json!([])), "credential_sets", Empty),
            (sets(json!([{}])), "credential_sets[0].options", Missing),
            (sets(json!([{ "options": [] }])), "credential_sets[0].options", Empty),
            (sets(json!([{ "options": [[]] }])), "credential_sets[0].options[0]", Empty),
            (
                sets(json!([{ "options": [["a"], ["z"]] }])),
                "credential_sets[0].options[1][0]",
                UnknownReference,
            ),
            (sets(json!([{ "options": [["a"]], "required": 0 }])), "credential_sets[0].required", WrongType),
        ];
        for (query, place, fault) in cases {
            assert_eq!(refusal(query.clone()), (place.to_owned(), fault), "{query}");
        }
    }

    #[test]
    fn unknown_properties_are_ignored() {
        let mut query = credential_with(json!({ "future": 1, "claims": [{ "path": ["x"], "future": [] }] }));
        query["future"] = json!({});
        assert!(Query::from_value(&query).is_ok());
    }
}
