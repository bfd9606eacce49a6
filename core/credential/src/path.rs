//! Where a claim stands: `address.region`, `nationalities[0]`.

use serde_json::Value;
use std::fmt;

/// One step down from a value to one within it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// To a member of an object.
    Name(String),
    /// To an element of an array, from 0.
    Index(usize),
}

/// The way from the claims to one claim. It is written with points between names and brackets around indexes; a name
/// that is not made of letters, digits, `_`, `-` and `#` alone stands as JSON text in brackets: `["a.b"]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimPath(Vec<Step>);

/// Why a text is no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no path of a claim")]
pub struct PathError;

impl ClaimPath {
    /// The claims themselves.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// A path of steps.
    #[must_use]
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self(steps.into_iter().collect())
    }

    /// On to a member.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.0.push(Step::Name(name.into()));
        self
    }

    /// On to an element.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Step::Index(index));
        self
    }

    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The names of the members on the way, outermost first; places in arrays are left out.
    #[must_use]
    pub fn names<'a>(&'a self) -> Vec<&'a str> {
        let name = |step: &'a Step| match step {
            Step::Name(name) => Some(name.as_str()),
            Step::Index(_) => None,
        };
        self.0.iter().filter_map(name).collect()
    }

    /// The name of the claim at the top that this path leads to or into.
    #[must_use]
    pub fn top(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// Whether this is `other`, or leads to something that it leads into.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The value there, if there is one.
    #[must_use]
    pub fn find<'a>(&self, claims: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(claims, |value, step| match step {
            Step::Name(name) => value.as_object()?.get(name),
            Step::Index(index) => value.as_array()?.get(*index),
        })
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Name(name) if !is_plain(name) => write!(formatter, "[{}]", Value::from(name.as_str()))?,
                Step::Name(name) if place == 0 => formatter.write_str(name)?,
                Step::Name(name) => write!(formatter, ".{name}")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl std::str::FromStr for ClaimPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let (mut steps, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            let (step, after) = match rest.strip_prefix('[') {
                Some(inside) => bracketed(inside)?,
                None => named(rest, steps.is_empty())?,
            };
            steps.push(step);
            rest = after;
        }
        if steps.is_empty() { Err(PathError) } else { Ok(Self(steps)) }
    }
}

fn named(text: &str, is_first: bool) -> Result<(Step, &str), PathError> {
    let text = if is_first { text } else { text.strip_prefix('.').ok_or(PathError)? };
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if is_plain(name) { Ok((Step::Name(name.to_owned()), rest)) } else { Err(PathError) }
}

fn bracketed(inside: &str) -> Result<(Step, &str), PathError> {
    let mut values = serde_json::Deserializer::from_str(inside).into_iter::<Value>();
    let value = values.next().and_then(Result::ok).ok_or(PathError)?;
    let rest = inside.get(values.byte_offset()..).and_then(|rest| rest.strip_prefix(']')).ok_or(PathError)?;
    let step = match value {
        Value::String(name) => Step::Name(name),
        value => {
            let index = value.as_u64().and_then(|index| usize::try_from(index).ok());
            Step::Index(index.ok_or(PathError)?)
        }
    };
    Ok((step, rest))
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || ['_', '-', '#'].contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_and_read_as_one_text() {
        for (path, text) in [
            (ClaimPath::root().name("given_name"), "given_name"),
            (ClaimPath::root().name("address").name("region"), "address.region"),
            (ClaimPath::root().name("nationalities").index(0), "nationalities[0]"),
            (ClaimPath::root().name("a.b").name("").index(1).index(2), "[\"a.b\"][\"\"][1][2]"),
            (ClaimPath::root().name("주소").name("구]"), "주소[\"구]\"]"),
        ] {
            assert_eq!(path.to_string(), text);
            assert_eq!(text.parse(), Ok(path));
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["", ".", "a.", "a..b", "a[", "a[x]", "a[-1]", "a[1.5]", "a[0]b", "[]", "a b"] {
            assert_eq!(text.parse::<ClaimPath>(), Err(PathError), "{text}");
        }
    }
}
