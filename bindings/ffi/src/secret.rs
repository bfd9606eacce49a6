//! A PIN or a recovery code on its way: never a plain string of the foreign language, unless the app makes one.

use crate::live::Live;
use citizen_wallet::WalletError as Core;
use citizen_wallet::error::Input;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::{Zeroize as _, Zeroizing};

/// The most bytes a secret has: a recovery code with its hyphens has 34.
const LONGEST: usize = 128;

/// Characters that are wiped when they are cleared, handed over or dropped.
///
/// A PIN pad pushes one character at a time, so that the whole never stands in the foreign runtime's memory. What
/// [`Secret::from_utf8`] is given and what [`Secret::reveal`] answers are copies that cross through a buffer: neither the
/// runtime's copy nor the buffer can be wiped from here.
#[derive(uniffi::Object)]
pub struct Secret {
    text: Mutex<Zeroizing<String>>,
    _live: Live,
}

#[uniffi::export]
impl Secret {
    /// An empty one.
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self::of(Zeroizing::new(String::new())))
    }

    /// Of UTF-8, for a code that is pasted. What is not UTF-8, or longer than any secret, makes an empty one.
    #[uniffi::constructor]
    #[must_use]
    pub fn from_utf8(bytes: Vec<u8>) -> Arc<Self> {
        let bytes = Zeroizing::new(bytes);
        let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() <= LONGEST).unwrap_or_default();
        Arc::new(Self::of(copy(text)))
    }

    /// Puts a character at the end, by its Unicode code point. Whether it was taken.
    pub fn push(&self, code_point: u32) -> bool {
        let mut text = self.lock();
        match char::from_u32(code_point) {
            Some(character) if text.len().saturating_add(character.len_utf8()) <= LONGEST => {
                text.push(character);
                true
            }
            _ => false,
        }
    }

    /// Takes the last character away.
    pub fn pop(&self) {
        self.lock().pop();
    }

    /// How many characters there are.
    #[must_use]
    pub fn length(&self) -> u32 {
        u32::try_from(self.lock().chars().count()).unwrap_or(u32::MAX)
    }

    /// The code point of a character, from 0: to show a recovery code without a string of it.
    #[must_use]
    pub fn character(&self, index: u32) -> Option<u32> {
        let index = usize::try_from(index).ok()?;
        self.lock().chars().nth(index).map(u32::from)
    }

    /// Everything, as UTF-8.
    #[must_use]
    pub fn reveal(&self) -> Vec<u8> {
        self.lock().as_bytes().to_vec()
    }

    /// Wipes it now.
    pub fn clear(&self) {
        self.lock().zeroize();
    }
}

impl Secret {
    /// Holds these characters; room for all that may follow, because a string that grows leaves copies behind.
    pub(crate) fn of(text: Zeroizing<String>) -> Self {
        let text = if text.capacity() < LONGEST { copy(&text) } else { text };
        Self { text: Mutex::new(text), _live: Live::new() }
    }

    /// A copy for one use. An empty secret is no input.
    pub(crate) fn expose(&self, empty: Input) -> Result<Zeroizing<String>, Core> {
        let text = self.lock();
        if text.is_empty() { Err(Core::Invalid { input: empty }) } else { Ok(copy(&text)) }
    }

    fn lock(&self) -> MutexGuard<'_, Zeroizing<String>> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

fn copy(text: &str) -> Zeroizing<String> {
    let mut room = Zeroizing::new(String::with_capacity(LONGEST));
    room.push_str(text);
    room
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Arc<Secret> {
        let secret = Secret::new();
        assert!(text.chars().all(|character| secret.push(u32::from(character))));
        secret
    }

    #[test]
    fn ffi_2_a_secret_is_typed_shown_and_cleared_character_by_character_and_hidden_from_debug() {
        let secret = typed("294857");
        secret.pop();
        assert_eq!((secret.length(), secret.character(0), secret.character(5)), (5, Some(50), None));
        assert_eq!(format!("{secret:?}"), "Secret(hidden)");
        secret.clear();
        assert_eq!((secret.length(), secret.reveal()), (0, Vec::new()));
        assert!(secret.expose(Input::PinForm).is_err());
    }

    #[test]
    fn ffi_2_a_secret_never_grows_out_of_the_room_it_is_wiped_in() {
        let secret = Secret::new();
        let room = secret.lock().capacity();
        while secret.push(u32::from('가')) {}
        assert_eq!(secret.lock().capacity(), room);
        assert!(!secret.push(0x0011_0000), "no such character");
        assert_eq!(Secret::from_utf8(vec![b'1'; 4096]).length(), 0);
        assert_eq!(Secret::from_utf8(vec![0xff]).length(), 0);
        assert_eq!(Secret::from_utf8(b"0000-AAAA".to_vec()).reveal(), b"0000-AAAA");
    }
}
