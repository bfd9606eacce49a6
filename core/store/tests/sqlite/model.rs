//! Any run of commits, deletions and restarts leaves what a plain map would hold, in memory and on disk.

use crate::{Home, PLACE, key};
use citizen_store::{ChangeSet, LockedStore as _, MemoryDisk, Row, Store, StoreError, Table};
use proptest::prelude::*;
use std::collections::BTreeMap;

type Model = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<(Table, u8, Option<Vec<u8>>)>),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let table = prop::sample::select(vec![Table::Account, Table::Outbox, Table::Payments]);
    let value = prop::option::weighted(0.7, prop::collection::vec(any::<u8>(), 0..300));
    let commit = prop::collection::vec((table, 0u8..6, value), 0..5).prop_map(Step::Commit);
    prop::collection::vec(prop_oneof![4 => commit, 1 => Just(Step::Restart)], 1..20)
}

fn check(store: &dyn Store, model: &Model) -> Result<(), TestCaseError> {
    for table in Table::ALL {
        let listed: Vec<_> =
            store.list(table).unwrap().into_iter().map(|it| (it.key, it.value.to_vec())).collect();
        let expected: Vec<_> = model
            .iter()
            .filter(|((of, _), _)| *of == table)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect();
        prop_assert_eq!(&listed, &expected);
        for (key, value) in expected {
            prop_assert_eq!(store.load(&Row::new(table, key)).unwrap().unwrap().to_vec(), value);
        }
    }
    Ok(())
}

fn run(steps: &[Step], open: impl Fn() -> Result<Box<dyn Store>, StoreError>) -> Result<(), TestCaseError> {
    let mut model = Model::new();
    let mut store = open().unwrap();
    for step in steps {
        match step {
            Step::Commit(rows) => {
                let mut changes = ChangeSet::new();
                for (table, key, value) in rows {
                    let row = Row::new(*table, [*key]);
                    (changes, _) = match value {
                        Some(value) => (
                            changes.put(row, value.clone()),
                            model.insert((*table, vec![*key]), value.clone()),
                        ),
                        None => (changes.delete(row), model.remove(&(*table, vec![*key]))),
                    };
                }
                store.commit(PLACE, changes).unwrap();
            }
            Step::Restart => {
                drop(store);
                store = open().unwrap();
            }
        }
        check(&*store, &model)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_store_is_a_map(steps in steps()) {
        let home = Home::new();
        run(&steps, || home.unlock())?;
        let disk = MemoryDisk::default();
        run(&steps, || Box::new(disk.open()?).unlock(&key()))?;
    }
}
