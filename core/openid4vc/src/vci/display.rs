//! What an issuer calls what it issues: `display` of OpenID4VCI 1.0 §12.2.4 and Appendix B.2. It is the issuer's word, for people alone.

use citizen_primitives::Text;
use serde_json::Value;

/// The most languages of a name, claims of a credential, and steps of a claim's path.
const MOST_LANGUAGES: usize = 64;
const MOST_CLAIMS: usize = 256;
const MOST_STEPS: usize = 16;

/// A name, in the languages that it has; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names(Vec<(Option<String>, Text)>);

/// What a claim is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// Names of members from the top; `None` stands for any element of an array.
    pub path: Vec<Option<String>>,
    /// What it is called.
    pub names: Names,
}

impl Names {
    /// Reads `display`. A name that no screen should be given is passed over (PRIM-5); `None` if none is left.
    #[must_use]
    pub fn from_value(display: &Value) -> Option<Self> {
        let named = |one: &Value| {
            let name = Text::new(one.get("name")?.as_str()?).ok().filter(|name| !name.as_str().is_empty())?;
            Some((one.get("locale").and_then(Value::as_str).map(str::to_ascii_lowercase), name))
        };
        let names: Vec<_> = display.as_array()?.iter().take(MOST_LANGUAGES).filter_map(named).collect();
        (!names.is_empty()).then_some(Self(names))
    }

    /// The name in a language (BCP 47, its first subtag); one without a language where there is none, or the first.
    #[must_use]
    pub fn in_language(&self, language: &str) -> Option<&Text> {
        let is_of = |locale: &str| locale.split(['-', '_']).next() == Some(language);
        let find = |fits: &dyn Fn(Option<&str>) -> bool| {
            self.0.iter().find(|(locale, _)| fits(locale.as_deref())).map(|(_, name)| name)
        };
        find(&|locale| locale.is_some_and(is_of))
            .or_else(|| find(&|locale| locale.is_none()))
            .or_else(|| find(&|_| true))
    }
}

impl ClaimNames {
    /// Reads `claims`, with or without `display`; what has none is passed over.
    pub(super) fn of_list(claims: Option<&Value>) -> Vec<Self> {
        let claims = claims.and_then(Value::as_array).into_iter().flatten();
        claims.take(MOST_CLAIMS).filter_map(Self::from_value).collect()
    }

    fn from_value(claim: &Value) -> Option<Self> {
        let step = |step: &Value| match step {
            Value::String(name) => Some(Some(name.clone())),
            Value::Null | Value::Number(_) => Some(None),
            _ => None,
        };
        let path = claim.get("path")?.as_array().filter(|path| (1..=MOST_STEPS).contains(&path.len()))?;
        let path = path.iter().map(step).collect::<Option<_>>()?;
        Some(Self { path, names: Names::from_value(claim.get("display")?)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_is_found_by_language_and_one_that_lies_to_a_screen_is_none() {
        let display = json!([{ "name": "Card", "locale": "en-US" }, { "name": "카드", "locale": "ko" }, { "name": "Karte" }]);
        let names = Names::from_value(&display).unwrap();
        let said = |language| names.in_language(language).unwrap().as_str();
        assert_eq!((said("ko"), said("en"), said("de")), ("카드", "Card", "Karte"));
        let lying = json!([{ "name": "Card\u{202e}", "locale": "en" }, { "name": "카드", "locale": "ko" }]);
        assert_eq!(Names::from_value(&lying).unwrap().in_language("en").unwrap().as_str(), "카드");
        for nothing in [
            json!([]),
            json!({}),
            json!([{ "name": "" }]),
            json!([{ "name": "a\nb" }]),
            json!([{ "locale": "ko" }]),
        ] {
            assert_eq!(Names::from_value(&nothing), None, "{nothing}");
        }
    }

    #[test]
    fn claims_are_named_by_their_paths() {
        let named = |path: Value| json!({ "path": path, "display": [{ "name": "구", "locale": "ko" }] });
        let claims = json!([named(json!(["address", "district"])), named(json!(["list", null, 0])), { "path": ["a"] }, named(json!([])), 7]);
        let names = ClaimNames::of_list(Some(&claims));
        let paths: Vec<_> = names.iter().map(|one| one.path.clone()).collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(paths, [vec![text("address"), text("district")], vec![text("list"), None, None]]);
    }
}
