//! JSON (RFC 8259) as JOSE reads it: a name stands once in an object (RFC 7515, section 4; RFC 7519, section 4).

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Why a text is no JSON that is read here. What it says is not repeated: a stranger wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON; or a name twice in one object; or deeper than 128.
    #[error("no JSON, or a name twice in one object")]
    Malformed,
    /// JSON, and no object.
    #[error("no JSON object")]
    NotAnObject,
}

/// Reads a value; a name that stands twice in one object is refused, at every depth (JOSE-4).
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    serde_json::from_slice::<Strict>(bytes).map(|strict| strict.0).map_err(|_| JsonError::Malformed)
}

/// Reads an object; a name that stands twice is refused, at every depth (JOSE-4).
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    match parse(bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(JsonError::NotAnObject),
    }
}

/// A value without doubled names.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Strict(value))) = members.next_entry::<String, Strict>()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a name twice in one object"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn jose_4_a_name_stands_once_in_an_object_at_every_depth() {
        for twice in
            [r#"{"a":1,"a":1}"#, r#"{"x":[{"a":1,"a":2}]}"#, r#"{"a":1,"\u0061":2}"#, r#"[{"":1,"":1}]"#]
        {
            assert_eq!(parse(twice.as_bytes()), Err(JsonError::Malformed), "{twice}");
        }
        // Two spellings of one name in Unicode are two names: nothing is normalised behind a signature.
        assert!(parse("{\"한\":1,\"\u{1112}\u{1161}\u{11ab}\":2}".as_bytes()).is_ok());
        assert_eq!(parse_object(b"[]"), Err(JsonError::NotAnObject));
    }

    #[test]
    fn depth_and_size_do_not_overflow_the_stack() {
        assert_eq!(parse("[".repeat(1_000_000).as_bytes()), Err(JsonError::Malformed));
        assert_eq!(parse("{\"a\":".repeat(100_000).as_bytes()), Err(JsonError::Malformed));
    }

    proptest! {
        #[test]
        fn what_has_no_name_twice_is_read_as_others_read_it(text in r#"[\[\]{}",:0-9a-c\\eE. -]{0,40}"#) {
            match (parse(text.as_bytes()), serde_json::from_str::<Value>(&text)) {
                (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
                (Ok(_), Err(_)) => prop_assert!(false, "read what is no JSON"),
                (Err(_), _) => {}
            }
        }
    }
}
