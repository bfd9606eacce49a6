//! DCQL: what a verifier may ask, and what somebody may select.

use citizen_jose::json;
use citizen_openid4vc::dcql::{
    Candidate, CandidateId, ClaimsPointer, Component, Disclosure, Format, Pick, Query, QueryId, Selection,
};
use serde_json::Value;

/// Two cards of two types with the same claims.
fn cards() -> [Candidate; 2] {
    let claims = json::parse(br#"{"a":1,"b":{"c":["x","y",{"d":true}]},"vct":"urn:a"}"#).unwrap();
    [("1", "urn:a"), ("2", "urn:b")].map(|(id, vct)| Candidate {
        id: CandidateId::new(id),
        format: Format::SdJwtVc,
        types: vec![vct.to_owned()],
        claims: claims.clone(),
        authorities: Vec::new(),
        key_bound: true,
    })
}

/// A query, over two cards: what the wallet would choose by itself is approved, and with one claim more it is not.
pub fn dcql(bytes: &[u8]) -> bool {
    let Ok(value) = json::parse(bytes) else { return false };
    let Ok(query) = Query::from_value(&value) else { return false };
    assert_eq!(Query::from_value(query.to_value()).as_ref(), Ok(&query));
    let cards = cards();
    let options = query.evaluate(&cards);
    assert_eq!(options.preferred().is_some(), options.satisfiable());
    let Some(selection) = options.preferred() else { return true };
    for disclosure in options.approve(&selection).unwrap().disclosures() {
        is_asked(&query, disclosure, &cards);
    }
    for place in 0..selection.picks.len() {
        let mut more = selection.clone();
        more.picks[place].claims.push(ClaimsPointer::claim("unasked"));
        assert!(options.approve(&more).is_err());
        let mut twice = selection.clone();
        twice.picks.push(selection.picks[place].clone());
        assert!(options.approve(&twice).is_err());
    }
    true
}

/// A query, and on a second line what somebody selects: `[[query, card, [[path], …]], …]`. Whether it is approved: then nothing is disclosed that was
/// not asked for, of no card that does not match, and everything required is there.
pub fn selection(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(json::parse);
    let (Some(Ok(query)), Some(Ok(selected))) = (lines.next(), lines.next()) else { return false };
    let Ok(query) = Query::from_value(&query) else { return false };
    let Some(picks) =
        selected.as_array().and_then(|picks| picks.iter().map(pick).collect::<Option<Vec<_>>>())
    else {
        return false;
    };
    let cards = cards();
    let options = query.evaluate(&cards);
    let Ok(approved) = options.approve(&Selection { picks: picks.clone() }) else { return false };
    assert!(options.satisfiable());
    assert_eq!(approved.disclosures().len(), picks.len());
    for (disclosure, pick) in approved.disclosures().iter().zip(&picks) {
        assert_eq!((&disclosure.query, &disclosure.candidate), (&pick.query, &pick.candidate));
        assert!(disclosure.claims.iter().all(|claim| pick.claims.contains(claim)));
        assert!(pick.claims.iter().all(|claim| disclosure.claims.contains(claim)));
        is_asked(&query, disclosure, &cards);
        let of_query = picks.iter().filter(|other| other.query == pick.query).count();
        assert!(of_query == 1 || query.credential(&pick.query).unwrap().multiple);
    }
    for set in query.credential_sets().iter().filter(|set| set.required) {
        let is_picked = |id: &QueryId| picks.iter().any(|pick| pick.query == *id);
        assert!(set.options.iter().any(|option| option.iter().all(is_picked)));
    }
    true
}

/// Every claim is one of those that the query points to in this card, with a value that it names; and the card is of a type that it names.
fn is_asked(query: &Query, disclosure: &Disclosure, cards: &[Candidate]) {
    let asked = query.credential(&disclosure.query).unwrap();
    let card = cards.iter().find(|card| card.id == disclosure.candidate).unwrap();
    assert_eq!(asked.format, card.format);
    assert_eq!(disclosure.holder_binding, asked.holder_binding);
    for claim in &disclosure.claims {
        let points_there = asked.claims.iter().any(|wanted| {
            let mut selected = wanted.path.select(&card.claims).into_iter();
            selected.any(|one| {
                one.at == *claim && (wanted.values.is_empty() || wanted.values.contains(one.value))
            })
        });
        assert!(points_there, "{claim}");
    }
    let whole = asked.claim_sets.is_empty()
        || asked.claim_sets.iter().any(|set| {
            set.iter().all(|index| {
                let selected = asked.claims[*index].path.select(&card.claims);
                selected.iter().any(|one| disclosure.claims.contains(&one.at))
            })
        });
    assert!(whole, "{disclosure:?}");
}

fn pick(value: &Value) -> Option<Pick> {
    let [query, card, claims] = value.as_array()?.as_slice() else { return None };
    let claims = claims.as_array()?.iter().map(pointer).collect::<Option<_>>()?;
    Some(Pick { query: QueryId::new(query.as_str()?)?, candidate: CandidateId::new(card.as_str()?), claims })
}

fn pointer(value: &Value) -> Option<ClaimsPointer> {
    let component = |one: &Value| match one {
        Value::String(name) => Some(Component::Name(name.clone())),
        Value::Null => Some(Component::All),
        one => Some(Component::Index(usize::try_from(one.as_u64()?).ok()?)),
    };
    ClaimsPointer::new(value.as_array()?.iter().map(component).collect::<Option<_>>()?)
}
