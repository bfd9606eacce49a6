//! A question for the citizen card, as its address says it: nothing of it is kept until the card was shown, so that nobody who asks much fills a
//! disk. What is in an address is this registrar's own, or it is no question.

use citizen_keys::Secret32;
use citizen_primitives::{Hash, PollId, Seconds, UnixTime};

/// How long an answer is waited for.
const PATIENCE: Seconds = Seconds::new(300);

/// For what the card is asked, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) poll: PollId,
    /// The digest of the registration.
    pub(super) request: Hash,
    pub(super) asked: UnixTime,
    /// Until when it is remembered that the card was shown.
    pub(super) over: UnixTime,
}

impl Question {
    /// The last part of its addresses.
    pub(super) fn handle(&self, secret: &Secret32) -> String {
        let mark = Hash::from_bytes(self.mark(secret, b"mark"));
        format!("{}-{}", self.open(), mark.to_hex())
    }

    /// Reads one of this registrar's own.
    pub(super) fn read(handle: &str, secret: &Secret32) -> Option<Self> {
        let mut parts = handle.split('-');
        let question = Self {
            poll: PollId::from_hex(parts.next()?).ok()?,
            request: Hash::from_hex(parts.next()?)?,
            asked: UnixTime::from_seconds(parts.next()?.parse().ok()?),
            over: UnixTime::from_seconds(parts.next()?.parse().ok()?),
        };
        let (mark, None) = (parts.next()?, parts.next()) else { return None };
        // Of what was hashed once more nobody learns by the time how much of it was right.
        let twice = |mark: &str| secret.keyed_hash(mark.as_bytes());
        let own = question.handle(secret);
        let own_mark = own.rsplit('-').next()?;
        (twice(mark) == twice(own_mark)).then_some(question)
    }

    /// Out of which nonce, state and encryption key come: the same for the same question, whenever it is made.
    pub(super) fn seed(&self, secret: &Secret32) -> [u8; 32] {
        self.mark(secret, b"seed")
    }

    pub(super) const fn until(&self) -> UnixTime {
        self.asked.plus(PATIENCE)
    }

    fn mark(&self, secret: &Secret32, purpose: &[u8]) -> [u8; 32] {
        secret.keyed_hash(&[purpose, self.open().as_bytes()].concat())
    }

    fn open(&self) -> String {
        let Self { poll, request, asked, over } = self;
        format!("{}-{}-{}-{}", poll.to_hex(), request.to_hex(), asked.seconds(), over.seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    #[test]
    fn registrar_7_an_address_that_is_not_this_registrars_own_is_no_question() {
        let secret = |byte| Secret32::take(Zeroizing::new([byte; 32]));
        let question = Question {
            poll: PollId::from_bytes([1; 32]),
            request: Hash::from_bytes([2; 32]),
            asked: UnixTime::from_seconds(3),
            over: UnixTime::from_seconds(4),
        };
        let handle = question.handle(&secret(1));
        assert_eq!(Question::read(&handle, &secret(1)), Some(question));
        assert_eq!(Question::read(&handle, &secret(2)), None);
        let longer = question.asked.seconds() + 300;
        let others = [
            handle.replacen("01", "09", 1),
            handle.replacen("02", "09", 1),
            handle.replacen("-3-", &format!("-{longer}-"), 1),
            handle.replacen("-4-", "-5-", 1),
            format!("{handle}-"),
            handle[..handle.len() - 1].to_owned(),
            String::new(),
        ];
        assert!(others.iter().all(|other| Question::read(other, &secret(1)).is_none()));
        assert_ne!(question.seed(&secret(1)), question.seed(&secret(2)));
    }
}
