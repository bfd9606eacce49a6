//! How amounts, times and names stand in JSON: numbers, RFC 3339, lower-case hexadecimal.

use crate::id::{CredentialId, IssuanceId, ServiceId};
use citizen_primitives::{
    AccountId, Hash, Height, KeyId, Month, PaymentId, Points, PollId, Text, TransactionId, UnixTime, Won,
};
use serde::Serializer;

/// A value with a form in JSON.
pub(crate) trait Plain {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// For `#[serde(serialize_with)]`.
pub(crate) fn plain<T: Plain, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.write(serializer)
}

macro_rules! numbers {
    ($($type:ty: $number:ident),+) => {
        $(impl Plain for $type {
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u64(self.$number())
            }
        })+
    };
}

macro_rules! texts {
    ($($type:ty: $text:ident),+ $(,)?) => {
        $(impl Plain for $type {
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.$text())
            }
        })+
    };
}

numbers!(Points: amount, Won: amount, Height: value);
texts! {
    UnixTime: to_rfc3339,
    Month: to_string,
    Hash: to_hex,
    AccountId: to_hex,
    KeyId: to_hex,
    PaymentId: to_hex,
    PollId: to_hex,
    TransactionId: to_hex,
    CredentialId: to_string,
    IssuanceId: to_string,
    ServiceId: to_string,
    Text: as_str,
}

impl<T: Plain> Plain for Vec<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Written))
    }
}

/// An element of a list.
struct Written<'a, T>(&'a T);

impl<T: Plain> serde::Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl<T: Plain> Plain for Option<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(serializer),
            None => serializer.serialize_none(),
        }
    }
}
