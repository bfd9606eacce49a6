//! What was seen before, within a bound: everything is put into as many buckets as it takes, and one reading looks at one bucket.

use super::Effort;
use citizen_primitives::Hash;
use std::collections::{HashMap, HashSet};

/// Sixteen bytes of a digest that begins with the log's root: chosen before it was known what the root would be.
pub(super) type Mark = [u8; 16];

/// One bucket after another.
#[derive(Debug)]
pub(super) struct Sieve<V> {
    root: Hash,
    buckets: u64,
    bucket: u64,
    seen: HashMap<Mark, V>,
    marks: HashSet<Mark>,
}

impl<V> Sieve<V> {
    /// For so many items at most.
    pub(super) fn new(root: Hash, items: u64, effort: Effort) -> Self {
        let remembered = u64::try_from(effort.remembered.get()).unwrap_or(u64::MAX);
        Self {
            root,
            buckets: items.div_ceil(remembered).max(1),
            bucket: 0,
            seen: HashMap::new(),
            marks: HashSet::new(),
        }
    }

    /// How many readings it takes.
    pub(super) const fn readings(&self) -> u64 {
        self.buckets
    }

    /// Begins the reading of a bucket.
    pub(super) fn begin(&mut self, bucket: u64) {
        self.bucket = bucket;
        self.seen = HashMap::new();
        self.marks = HashSet::new();
    }

    /// The item's mark, if this reading looks at it.
    pub(super) fn mark(&self, kind: u8, electorate: u8, item: &[u8]) -> Option<Mark> {
        let digest = Hash::plain(&[self.root.as_bytes(), &[kind, electorate], item]);
        let (bucket, rest) = digest.as_bytes().split_first_chunk::<8>()?;
        let mark = rest.split_first_chunk::<16>()?.0;
        (u64::from_le_bytes(*bucket) % self.buckets == self.bucket).then_some(*mark)
    }

    /// Whether something of which nothing else is remembered is looked at for the first time. It takes half the memory.
    pub(super) fn is_new(&mut self, mark: Mark) -> bool {
        self.marks.insert(mark)
    }

    pub(super) const fn seen(&mut self) -> &mut HashMap<Mark, V> {
        &mut self.seen
    }
}

/// One bit for each entry.
#[derive(Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn set(&mut self, index: u64, bit: bool) {
        let Ok(word) = usize::try_from(index / 64) else { return };
        if self.0.len() <= word {
            self.0.resize(word.saturating_add(1), 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word = if bit { *word | 1 << (index % 64) } else { *word & !(1 << (index % 64)) };
        }
    }

    pub(super) fn is_set(&self, index: u64) -> bool {
        let word = usize::try_from(index / 64).ok().and_then(|word| self.0.get(word));
        word.is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}
