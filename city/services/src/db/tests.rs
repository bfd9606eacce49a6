//! Commits: whole or not there, on the disk when they return, alone and beside each other.

use super::*;
use citizen_primitives::Hash;
use redb::backends::InMemoryBackend;
use std::sync::atomic::{AtomicU32, Ordering};

const TABLE: Table = Table::new("table");
const HERE: Place = Place::new("test/commit");

#[derive(Debug, Clone, Copy, PartialEq, borsh::BorshSerialize, borsh::BorshDeserialize)]
struct Record(Hash);
citizen_primitives::canonical!(Record = 1);

/// Cuts before or after every place.
struct Cutting {
    before: bool,
}

impl Injector for Cutting {
    fn before(&self, place: Place) -> Result<(), Cut> {
        if self.before { Err(Cut(place)) } else { Ok(()) }
    }

    fn after(&self, place: Place) -> Result<(), Cut> {
        if self.before { Ok(()) } else { Err(Cut(place)) }
    }
}

fn db() -> Db {
    Db::with_backend(InMemoryBackend::new(), Arc::new(NeverCut)).unwrap()
}

fn write(db: &Db, fail: bool) -> Result<(), DbError> {
    db.commit(HERE, |writer| {
        writer.put(TABLE, b"a", &Record(Hash::ZERO))?;
        if fail { Err(DbError::Full) } else { Ok(()) }
    })
}

fn is_there(db: &Db) -> bool {
    db.read(|reader| reader.find::<Record>(TABLE, b"a")).unwrap().is_some()
}

#[test]
fn service_1_a_commit_is_whole_or_not_there() {
    let db = db();
    assert!(write(&db, true).is_err());
    assert!(!is_there(&db));
    write(&db, false).unwrap();
    assert!(is_there(&db));
    assert_eq!(db.read(|reader| reader.all::<Record>(TABLE)).unwrap().len(), 1);
}

#[test]
fn service_1_a_cut_before_a_commit_leaves_nothing_and_one_after_it_everything() {
    for before in [true, false] {
        let db = db().with_injector(Arc::new(Cutting { before }));
        assert!(matches!(write(&db, false), Err(DbError::Cut(Cut(HERE)))));
        assert_eq!(is_there(&db), !before);
    }
}

/// Waits at every place until it is told to go on, and counts.
#[derive(Default)]
struct Slow {
    syncs: AtomicU32,
    fails: bool,
}

impl Injector for Slow {
    fn before(&self, place: Place) -> Result<(), Cut> {
        std::thread::sleep(std::time::Duration::from_millis(20));
        self.syncs.fetch_add(1, Ordering::SeqCst);
        if self.fails { Err(Cut(place)) } else { Ok(()) }
    }

    fn after(&self, _: Place) -> Result<(), Cut> {
        Ok(())
    }
}

fn key(number: u8) -> [u8; 1] {
    [number]
}

#[test]
fn service_1_commits_at_once_see_each_other_and_are_all_there_when_they_return() {
    let db = db().with_injector(Arc::new(Slow::default()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                // Each takes the next number: none twice, though the disk has not seen the last one yet.
                let taken = db.commit(HERE, |writer| {
                    let number = u8::try_from(writer.all::<Record>(TABLE)?.len()).unwrap();
                    assert!(writer.find::<Record>(TABLE, &key(number))?.is_none());
                    writer.put(TABLE, &key(number), &Record(Hash::ZERO))?;
                    Ok::<_, DbError>(number)
                });
                let taken = taken.unwrap();
                assert!(db.read(|rows| rows.find::<Record>(TABLE, &key(taken))).unwrap().is_some());
            });
        }
    });
    assert_eq!(db.read(|rows| rows.all::<Record>(TABLE)).unwrap().len(), 8);
}

#[test]
fn service_1_what_rests_on_a_commit_that_fails_fails_with_it() {
    let db = db().with_injector(Arc::new(Slow { fails: true, ..Slow::default() }));
    let results = std::thread::scope(|scope| {
        let first = scope.spawn(|| write(&db, false));
        std::thread::sleep(std::time::Duration::from_millis(5));
        // It finds the row, writes nothing, and must not say so before the row is on the disk.
        let second = scope.spawn(|| {
            db.commit(HERE, |writer| writer.find::<Record>(TABLE, b"a").map(|found| found.is_some()))
        });
        (first.join().unwrap(), second.join().unwrap())
    });
    assert!(results.0.is_err());
    assert!(!matches!(results.1, Ok(true)), "{results:?}");
    assert!(!is_there(&db));
}

#[test]
fn commits_of_a_list_are_each_whole_or_not_there_and_wait_for_the_disk_once() {
    let slow = Arc::new(Slow::default());
    let db = db().with_injector(slow.clone());
    let work = |number: u8| {
        move |writer: &Writer<'_>| {
            writer.put(TABLE, &key(number), &Record(Hash::ZERO))?;
            if number == 2 { Err(DbError::Full) } else { Ok(writer.all::<Record>(TABLE)?.len()) }
        }
    };
    let results = db.commit_all((1..=3).map(|number| (HERE, work(number))));
    assert!(matches!(results.as_slice(), [Ok(1), Err(DbError::Full), Ok(2)]), "{results:?}");
    assert_eq!(db.read(|rows| rows.all::<Record>(TABLE)).unwrap().len(), 2);
    let removing = db.commit(HERE, |writer| {
        writer.remove(TABLE, &key(1))?;
        writer.under::<Record>(TABLE, &key(1)).map(|rows| rows.len())
    });
    assert_eq!(removing.unwrap(), 0);
}

#[test]
fn rows_under_a_prefix_are_all_of_them_and_no_others() {
    let db = db();
    db.commit(HERE, |writer| {
        let keys: [&[u8]; 5] = [b"a", b"b", b"b1", b"b2", b"c"];
        keys.iter().try_for_each(|key| writer.put(TABLE, key, &Record(Hash::ZERO)))
    })
    .unwrap();
    let under = |prefix: &[u8]| -> Vec<Vec<u8>> {
        let rows = db.read(|reader| reader.under::<Record>(TABLE, prefix)).unwrap();
        rows.into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(under(b"b"), [b"b".to_vec(), b"b1".to_vec(), b"b2".to_vec()]);
    assert_eq!((under(b"d").len(), under(b"").len()), (0, 5));
}

#[test]
fn what_writes_nothing_passes_no_place() {
    let db = db().with_injector(Arc::new(Cutting { before: true }));
    db.commit(HERE, |writer| writer.find::<Record>(TABLE, b"a").map(drop)).unwrap();
}

#[test]
fn a_record_that_is_none_is_damaged() {
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
    struct Short(u8);
    citizen_primitives::canonical!(Short = 1);
    let db = db();
    db.commit(HERE, |writer| writer.put(TABLE, b"a", &Short(1))).unwrap();
    let found = db.read(|reader| reader.find::<Record>(TABLE, b"a"));
    assert!(matches!(found, Err(DbError::Damaged("table"))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn service_1_tasks_that_commit_beside_each_other_have_their_rows_on_the_disk_when_they_go_on() {
    let db = Arc::new(db().with_injector(Arc::new(Slow::default())));
    let committing: Vec<_> = (0..40_u8)
        .map(|number| {
            let db = Arc::clone(&db);
            tokio::spawn(async move {
                let work = move |writer: &Writer<'_>| writer.put(TABLE, &key(number), &Record(Hash::ZERO));
                db.commit_beside(HERE, work).await.unwrap();
                assert!(db.read(|rows| rows.find::<Record>(TABLE, &key(number))).unwrap().is_some());
            })
        })
        .collect();
    for committed in committing {
        committed.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn service_1_a_task_that_finds_another_ones_row_waits_for_it_and_falls_with_it() {
    let db = Arc::new(db().with_injector(Arc::new(Slow { fails: true, ..Slow::default() })));
    let first = tokio::spawn({
        let db = Arc::clone(&db);
        async move {
            let put = |writer: &Writer<'_>| writer.put(TABLE, b"a", &Record(Hash::ZERO));
            db.commit_beside(HERE, put).await
        }
    });
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let find = |writer: &Writer<'_>| writer.find::<Record>(TABLE, b"a").map(|found| found.is_some());
    let second = db.commit_beside(HERE, find).await;
    assert!(first.await.unwrap().is_err());
    assert!(!matches!(second, Ok(true)), "{second:?}");
    assert!(!is_there(&db));
}

/// A disk on which no file grows beyond this.
#[derive(Debug)]
struct Small(InMemoryBackend, u64);

impl StorageBackend for Small {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        if length > self.1 { Err(io::ErrorKind::FileTooLarge.into()) } else { self.0.set_len(length) }
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}

#[test]
fn service_1_a_database_whose_disk_is_full_says_so_to_whoever_runs_it() {
    let cut = db().with_injector(Arc::new(Cutting { before: true }));
    assert!(write(&cut, false).is_err());
    assert!(cut.fault().error().is_none(), "its disk is well");

    #[derive(Debug, Clone, PartialEq, borsh::BorshSerialize, borsh::BorshDeserialize)]
    struct Long(Vec<u8>);
    citizen_primitives::canonical!(Long = 1);
    let db = Db::with_backend(Small(InMemoryBackend::new(), 8 << 20), Arc::new(NeverCut)).unwrap();
    let fault = db.fault();
    let record = Long(vec![7; 1 << 20]);
    let put = |number: u8| db.commit(HERE, |writer| writer.put(TABLE, &key(number), &record));
    let full = (0..20).map(put).find_map(Result::err).unwrap();
    assert!(matches!(full, DbError::Full), "{full:?}");
    assert!(matches!(fault.error(), Some(DbError::Full)));
    assert!(write(&db, false).is_err(), "and it takes nothing any more");
}
