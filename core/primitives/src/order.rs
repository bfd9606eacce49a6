//! Putting things in order with little code: the standard library's sort is compiled anew for each type, 5 KB a time, and sorts as well
//! what is collected into a set or a map. Where there are few of them, a phone does not need it twenty times.

use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Puts the items in the order of a key; equal ones stay as they stand.
pub fn sort_by_key<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Puts the items in order; equal ones stay as they stand. Not for secrets: it moves them through other memory.
pub fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let ordered = |a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    };
    let order = places(items.len(), &ordered);
    let mut moved: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order.into_iter().filter_map(|place| moved.get_mut(place)?.take()));
}

/// The items, each once.
pub fn set_of<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}

/// The one sort.
fn places(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_standard_library_s_order(items in proptest::collection::vec((0u8..9, any::<u16>()), 0..40)) {
            let (mut sorted, mut expected) = (items.clone(), items.clone());
            sort_by_key(&mut sorted, |(key, _)| *key);
            expected.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(sorted, expected);
            prop_assert_eq!(set_of(items.clone()), items.into_iter().collect::<BTreeSet<_>>());
        }
    }
}
