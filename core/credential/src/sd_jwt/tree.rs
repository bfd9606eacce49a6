//! The claims with their disclosures put in their places (RFC 9901, 7.1, steps 3 to 5).

use super::disclosure::{Content, Disclosure, HashAlgorithm};
use super::rule::{Rule, SdJwtError};
use crate::path::{ClaimPath, Step};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, HashSet};

/// How deep claims may be nested, disclosures within disclosures included (SDJWT-41).
const DEEPEST: usize = 128;

/// Where the digests of an object's members stand.
pub(super) const DIGESTS: &str = "_sd";
/// The key of an array's element that is a digest.
pub(super) const ELEMENT: &str = "...";
/// Where the hash algorithm stands.
pub(super) const ALGORITHM: &str = "_sd_alg";

/// A value as the issuer made it, as far as it is shown.
#[derive(Clone)]
pub(crate) enum Tree {
    /// Neither object nor array.
    Leaf(Value),
    /// An object with its shown members.
    Object(BTreeMap<String, Member>),
    /// An array with all its places; nothing where an element is not shown, or is a decoy.
    Array(Vec<Option<Member>>),
}

/// A value in its place.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) tree: Tree,
    /// The place of the disclosure that showed it; none if it stands in the open.
    pub(crate) disclosure: Option<usize>,
}

/// A claim that a disclosure showed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) path: ClaimPath,
    pub(crate) disclosure: usize,
}

impl Tree {
    /// Puts the disclosures into the payload.
    pub(super) fn assemble(
        mut payload: Map<String, Value>,
        disclosures: &[Disclosure],
        algorithm: HashAlgorithm,
    ) -> Result<Self, SdJwtError> {
        payload.remove(ALGORITHM);
        let mut by_digest = HashMap::with_capacity(disclosures.len());
        for (place, disclosure) in disclosures.iter().enumerate() {
            if by_digest.insert(disclosure.digest(algorithm), place).is_some() {
                return Err(Rule::DisclosureTwice.into());
            }
        }
        let mut assembly = Assembly { disclosures, by_digest, seen: HashSet::new() };
        let tree = assembly.object(payload, 0)?;
        let mut digests = assembly.by_digest.keys();
        if digests.any(|digest| !assembly.seen.contains(digest)) {
            return Err(Rule::Unreferenced.into());
        }
        Ok(tree)
    }

    /// The processed payload: what is shown, and nothing that says how.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Leaf(value) => value.clone(),
            Self::Object(members) => Value::Object(
                members.iter().map(|(name, member)| (name.clone(), member.tree.to_value())).collect(),
            ),
            Self::Array(elements) => {
                Value::Array(elements.iter().flatten().map(|member| member.tree.to_value()).collect())
            }
        }
    }

    /// The claims that disclosures showed, by their paths in the processed payload, outer before inner.
    pub(super) fn shown(&self) -> Vec<Shown> {
        let mut found = Vec::new();
        self.collect(&ClaimPath::root(), &mut found);
        found
    }

    fn collect(&self, path: &ClaimPath, found: &mut Vec<Shown>) {
        for (step, member) in self.members() {
            let path = ClaimPath::new(path.steps().iter().cloned().chain([step]));
            if let Some(disclosure) = member.disclosure {
                found.push(Shown { path: path.clone(), disclosure });
            }
            member.tree.collect(&path, found);
        }
    }

    fn members(&self) -> Vec<(Step, &Member)> {
        match self {
            Self::Leaf(_) => Vec::new(),
            Self::Object(members) => {
                members.iter().map(|(name, member)| (Step::Name(name.clone()), member)).collect()
            }
            Self::Array(elements) => {
                let shown = elements.iter().flatten().enumerate();
                shown.map(|(index, member)| (Step::Index(index), member)).collect()
            }
        }
    }
}

struct Assembly<'a> {
    disclosures: &'a [Disclosure],
    by_digest: HashMap<String, usize>,
    /// Every digest that was met, of disclosures and decoys.
    seen: HashSet<String>,
}

impl Assembly<'_> {
    fn value(&mut self, value: Value, depth: usize) -> Result<Tree, SdJwtError> {
        match value {
            Value::Object(members) => self.object(members, depth),
            Value::Array(elements) => self.array(elements, depth),
            leaf => Ok(Tree::Leaf(leaf)),
        }
    }

    fn object(&mut self, mut members: Map<String, Value>, depth: usize) -> Result<Tree, SdJwtError> {
        let depth = deeper(depth)?;
        if members.contains_key(ELEMENT) {
            return Err(Rule::ReservedName.into());
        }
        if members.contains_key(ALGORITHM) {
            return Err(Rule::HashAlgorithmPlace.into());
        }
        let digests = members.remove(DIGESTS).map_or(Ok(Vec::new()), digests)?;
        let mut object = BTreeMap::new();
        for (name, value) in members {
            object.insert(name, Member { tree: self.value(value, depth)?, disclosure: None });
        }
        for digest in digests {
            if let Some(place) = self.meet(digest)? {
                let (name, member) = self.property(place, depth)?;
                if object.insert(name, member).is_some() {
                    return Err(Rule::PropertyExists.into());
                }
            }
        }
        Ok(Tree::Object(object))
    }

    fn array(&mut self, elements: Vec<Value>, depth: usize) -> Result<Tree, SdJwtError> {
        let depth = deeper(depth)?;
        let mut array = Vec::with_capacity(elements.len());
        for element in elements {
            array.push(match element {
                Value::Object(members) if members.contains_key(ELEMENT) => {
                    let place = self.meet(element_digest(members)?)?;
                    place.map(|place| self.element(place, depth)).transpose()?
                }
                open => Some(Member { tree: self.value(open, depth)?, disclosure: None }),
            });
        }
        Ok(Tree::Array(array))
    }

    fn property(&mut self, place: usize, depth: usize) -> Result<(String, Member), SdJwtError> {
        let Some(Content::Property { name, value }) = self.content(place) else {
            return Err(Rule::PropertyForm.into());
        };
        match name.as_str() {
            DIGESTS | ELEMENT => return Err(Rule::PropertyName.into()),
            ALGORITHM => return Err(Rule::HashAlgorithmPlace.into()),
            _ => {}
        }
        let (name, value) = (name.clone(), value.clone());
        Ok((name, Member { tree: self.value(value, depth)?, disclosure: Some(place) }))
    }

    fn element(&mut self, place: usize, depth: usize) -> Result<Member, SdJwtError> {
        let Some(Content::Element(value)) = self.content(place) else {
            return Err(Rule::ElementForm.into());
        };
        let value = value.clone();
        Ok(Member { tree: self.value(value, depth)?, disclosure: Some(place) })
    }

    fn content(&self, place: usize) -> Option<&Content> {
        self.disclosures.get(place).map(Disclosure::content)
    }

    /// Notes a digest, and tells which disclosure it is of. It stands once (SDJWT-17), so no disclosure is put in twice and none into itself.
    fn meet(&mut self, digest: String) -> Result<Option<usize>, SdJwtError> {
        let place = self.by_digest.get(&digest).copied();
        if self.seen.insert(digest) { Ok(place) } else { Err(Rule::DigestTwice.into()) }
    }
}

const fn deeper(depth: usize) -> Result<usize, Rule> {
    if depth < DEEPEST { Ok(depth.saturating_add(1)) } else { Err(Rule::Depth) }
}

fn digests(list: Value) -> Result<Vec<String>, SdJwtError> {
    let Value::Array(list) = list else { return Err(Rule::DigestList.into()) };
    let digest = |digest| match digest {
        Value::String(digest) => Ok(digest),
        _ => Err(Rule::DigestList.into()),
    };
    list.into_iter().map(digest).collect()
}

fn element_digest(members: Map<String, Value>) -> Result<String, SdJwtError> {
    let mut values = members.into_iter();
    match (values.next(), values.next()) {
        (Some((_, Value::String(digest))), None) => Ok(digest),
        _ => Err(Rule::DigestElement.into()),
    }
}
