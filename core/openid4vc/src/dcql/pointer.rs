//! Claims path pointers: OpenID4VP 1.0 §7.

use serde_json::Value;
use std::fmt;

/// One component of a pointer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// A string: the member of this name.
    Name(String),
    /// A non-negative integer: the element at this index.
    Index(usize),
    /// `null`: all elements of an array.
    All,
}

impl From<&str> for Component {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// Points to one or more claims of a credential. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimsPointer(Vec<Component>);

/// A claim that a pointer selected: where it is (no `null` is left in it) and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Selected<'a> {
    /// Where it is.
    pub at: ClaimsPointer,
    /// What it is.
    pub value: &'a Value,
}

impl ClaimsPointer {
    /// Of components; none without a component.
    #[must_use]
    pub fn new(components: Vec<Component>) -> Option<Self> {
        (!components.is_empty()).then_some(Self(components))
    }

    /// A pointer to a top-level claim.
    #[must_use]
    pub fn claim(name: &str) -> Self {
        Self(vec![name.into()])
    }

    /// Its components, from the root.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        &self.0
    }

    /// Whether what this points to holds what `other` points to (or is it). Both without `null`.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// As JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Array(self.0.iter().map(Component::to_value).collect())
    }

    /// §7.1.1: what it selects in a JSON credential. Nothing if processing aborts there or selects nothing.
    #[must_use]
    pub fn select<'a>(&self, root: &'a Value) -> Vec<Selected<'a>> {
        let mut selected = vec![(Vec::new(), root)];
        for component in &self.0 {
            let Some(next) = step(component, selected) else { return Vec::new() };
            selected = next;
        }
        selected.into_iter().map(|(at, value)| Selected { at: Self(at), value }).collect()
    }
}

/// Elements that are selected so far, with their places.
type Elements<'a> = Vec<(Vec<Component>, &'a Value)>;

/// One component applied to all that is selected. `None`: the standard says to abort.
fn step<'a>(component: &Component, selected: Elements<'a>) -> Option<Elements<'a>> {
    let mut next = Vec::new();
    for (at, value) in selected {
        match component {
            Component::Name(name) => {
                let found = value.as_object()?.get(name);
                next.extend(found.map(|found| (joined(&at, component.clone()), found)));
            }
            Component::Index(index) => {
                let found = value.as_array()?.get(*index);
                next.extend(found.map(|found| (joined(&at, component.clone()), found)));
            }
            Component::All => {
                let elements = value.as_array()?.iter().enumerate();
                next.extend(elements.map(|(index, element)| (joined(&at, Component::Index(index)), element)));
            }
        }
    }
    Some(next)
}

fn joined(at: &[Component], component: Component) -> Vec<Component> {
    let mut joined = at.to_vec();
    joined.push(component);
    joined
}

impl Component {
    fn to_value(&self) -> Value {
        match self {
            Self::Name(name) => name.as_str().into(),
            Self::Index(index) => (*index).into(),
            Self::All => Value::Null,
        }
    }
}

impl fmt::Display for ClaimsPointer {
    /// `address.street_address`, `nationalities.1`, `degrees.*.type`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, component) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            match component {
                Component::Name(name) => f.write_str(name)?,
                Component::Index(index) => write!(f, "{index}")?,
                Component::All => f.write_str("*")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pointer(value: Value) -> ClaimsPointer {
        let components = value.as_array().unwrap().iter().map(|component| match component {
            Value::String(name) => Component::Name(name.clone()),
            Value::Null => Component::All,
            other => Component::Index(usize::try_from(other.as_u64().unwrap()).unwrap()),
        });
        ClaimsPointer::new(components.collect()).unwrap()
    }

    fn arthur() -> Value {
        json!({
            "name": "Arthur Dent",
            "address": { "street_address": "42 Market Street", "locality": "Milliways", "postal_code": "12345" },
            "degrees": [
                { "type": "Bachelor of Science", "university": "University of Betelgeuse" },
                { "type": "Master of Science", "university": "University of Betelgeuse" },
                { "university": "none of a type" }
            ],
            "nationalities": ["British", "Betelgeusian"],
            "mixed": [{ "a": 1 }, 2]
        })
    }

    fn values(path: Value) -> Vec<Value> {
        pointer(path).select(&arthur()).into_iter().map(|selected| selected.value.clone()).collect()
    }

    #[test]
    fn examples_of_section_7_3_select_what_it_says() {
        assert_eq!(values(json!(["name"])), [json!("Arthur Dent")]);
        assert_eq!(values(json!(["address"])), [arthur()["address"].clone()]);
        assert_eq!(values(json!(["address", "street_address"])), [json!("42 Market Street")]);
        assert_eq!(
            values(json!(["degrees", null, "type"])),
            [json!("Bachelor of Science"), json!("Master of Science")]
        );
        assert_eq!(values(json!(["nationalities", 1])), [json!("Betelgeusian")]);
    }

    #[test]
    fn a_pointer_that_does_not_fit_selects_nothing() {
        for path in [
            json!(["nothing"]),
            json!(["name", "x"]),
            json!(["name", 0]),
            json!(["name", null]),
            json!(["nationalities", 2]),
            json!(["nationalities", "0"]),
            json!(["address", 0]),
            json!([null]),
            json!([0]),
            json!(["mixed", null, "a"]), // one of the selected is no object: abort, although another has it
        ] {
            assert_eq!(values(path.clone()), Vec::<Value>::new(), "{path}");
        }
    }

    #[test]
    fn what_null_selected_is_named_by_index() {
        let root = arthur();
        let places: Vec<_> =
            pointer(json!(["degrees", null, "type"])).select(&root).iter().map(|s| s.at.to_value()).collect();
        assert_eq!(places, [json!(["degrees", 0, "type"]), json!(["degrees", 1, "type"])]);
    }

    #[test]
    fn a_pointer_covers_what_is_below_it() {
        let address = ClaimsPointer::claim("address");
        assert!(address.covers(&pointer(json!(["address", "locality"]))));
        assert!(address.covers(&address));
        assert!(!pointer(json!(["address", "locality"])).covers(&address));
        assert!(!address.covers(&pointer(json!(["addressee"]))));
    }
}
