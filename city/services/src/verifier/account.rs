//! Whom a service knows: an account for each key that signs in, opened by a card and kept by days (VERIFIER-4, VERIFIER-6).

use super::record::{ACCOUNTS, Account, BOOKS, Books, Entry, SEEN};
use super::verdict::{Outcome, Refused, Visitor};
use crate::db::{DbError, Rows as _, Writer};
use citizen_primitives::{Hash, UnixTime};

/// How many days a card that was shown lets her sign in without it: a card that is revoked after that is found out then.
pub const CARD_LASTS: u64 = 30;
/// After how many days an account that nobody came back to is forgotten.
pub const ACCOUNT_LASTS: u64 = 400;
/// The most accounts of a service.
pub(super) const MOST_ACCOUNTS: u64 = 100_000;

const BOOKS_KEY: &[u8] = b"books";

/// Somebody who signed in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// The keyed digest of her key here.
    pub(super) subject: Hash,
    /// What her card said, as a keyed digest; nothing if she came without.
    pub(super) said: Option<Hash>,
    /// How many credentials she showed.
    pub(super) credentials: u8,
}

/// Opens the account, or finds it again. What the first card said binds every later one: an account does not change its person.
pub(super) fn enter(
    writer: &Writer<'_>,
    arrival: &Arrival,
    now: UnixTime,
    most: u64,
) -> Result<Outcome, DbError> {
    let today = now.day_in_seoul().value();
    sweep(writer, today)?;
    let known: Option<Account> = writer.find(ACCOUNTS, arrival.subject.as_bytes())?;
    let account = match (known, arrival.said) {
        (None, None) => return Ok(Outcome::Refused(Refused::NoAccount)),
        (Some(known), None) if today > known.shown.saturating_add(CARD_LASTS) => {
            return Ok(Outcome::Refused(Refused::CardAgain));
        }
        (Some(known), Some(said)) if said != known.said => {
            return Ok(Outcome::Refused(Refused::AnotherPerson));
        }
        (Some(known), said) => {
            writer.remove(SEEN, &seen_key(known.seen, &arrival.subject))?;
            let shown = if said.is_some() { today } else { known.shown };
            Account { seen: today, shown, ..known }
        }
        (None, Some(said)) => {
            let mut books = books(writer)?;
            if books.accounts >= most {
                return Ok(Outcome::Refused(Refused::Full));
            }
            books.accounts = books.accounts.saturating_add(1);
            writer.put(BOOKS, BOOKS_KEY, &books)?;
            Account { since: today, seen: today, shown: today, said }
        }
    };
    writer.put(ACCOUNTS, arrival.subject.as_bytes(), &account)?;
    writer.put(SEEN, &seen_key(today, &arrival.subject), &Entry)?;
    let visitor = Visitor { subject: arrival.subject, is_known: known.is_some() };
    Ok(Outcome::Accepted { credentials: arrival.credentials, visitor: Some(visitor) })
}

/// Forgets those whose last day is long over. Days that were swept are not looked at again.
fn sweep(writer: &Writer<'_>, today: u64) -> Result<(), DbError> {
    let mut books = books(writer)?;
    let end = today.saturating_sub(ACCOUNT_LASTS);
    if books.swept >= end {
        return Ok(());
    }
    // A service that begins has nothing of before.
    let first = if books.swept == 0 { end } else { books.swept };
    for past in first..end {
        for (key, Entry) in writer.under(SEEN, &past.to_be_bytes())? {
            let subject = key.get(8..).unwrap_or_default();
            writer.remove(ACCOUNTS, subject)?;
            writer.remove(SEEN, &key)?;
            books.accounts = books.accounts.saturating_sub(1);
        }
    }
    books.swept = end;
    writer.put(BOOKS, BOOKS_KEY, &books)
}

fn books(writer: &Writer<'_>) -> Result<Books, DbError> {
    Ok(writer.find(BOOKS, BOOKS_KEY)?.unwrap_or_default())
}

fn seen_key(day: u64, subject: &Hash) -> Vec<u8> {
    [day.to_be_bytes().as_slice(), subject.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::places;
    use citizen_primitives::{Day, NeverCut};
    use std::sync::Arc;

    /// Somebody comes on a day, with a card that says something, or without.
    fn arrive(db: &Db, who: u8, said: Option<u8>, day: u64) -> Outcome {
        let said = said.map(|said| Hash::plain(&[&[said]]));
        let arrival = Arrival { subject: Hash::plain(&[&[who]]), said, credentials: 1 };
        let now = Day::new(day).start();
        let entered: Result<Outcome, DbError> =
            db.commit(places::VERIFIER_OUTCOME, |writer| enter(writer, &arrival, now, 1));
        entered.unwrap()
    }

    fn is_known(outcome: Outcome) -> bool {
        let Outcome::Accepted { visitor: Some(visitor), .. } = outcome else { panic!("{outcome:?}") };
        visitor.is_known
    }

    #[test]
    fn verifier_6_an_account_that_nobody_came_back_to_is_forgotten_and_makes_room() {
        let backend = redb::backends::InMemoryBackend::new();
        let db = Db::with_backend(backend, Arc::new(NeverCut)).unwrap();
        assert!(!is_known(arrive(&db, 1, Some(7), 20_000)));
        assert!(is_known(arrive(&db, 1, None, 20_030)));
        let last = 20_030 + ACCOUNT_LASTS;
        assert_eq!(arrive(&db, 2, Some(7), last), Outcome::Refused(Refused::Full));
        assert_eq!(arrive(&db, 1, None, last), Outcome::Refused(Refused::CardAgain), "it is still there");
        assert!(!is_known(arrive(&db, 2, Some(7), last + 1)));
        assert_eq!(arrive(&db, 1, None, last + 1), Outcome::Refused(Refused::NoAccount));
        assert_eq!(arrive(&db, 1, Some(7), last + 1), Outcome::Refused(Refused::Full));
        assert!(is_known(arrive(&db, 2, Some(7), last + 2)));
    }

    #[test]
    fn verifier_6_an_account_is_kept_from_the_last_day_on_which_somebody_came() {
        let backend = redb::backends::InMemoryBackend::new();
        let db = Db::with_backend(backend, Arc::new(NeverCut)).unwrap();
        for day in [20_000, 20_020, 20_040] {
            arrive(&db, 1, Some(7), day);
        }
        assert!(
            is_known(arrive(&db, 1, Some(7), 20_020 + ACCOUNT_LASTS + 1)),
            "the days before count no more"
        );
    }
}
