//! SD-JWT (RFC 9901): an issuer signs digests, a holder shows what she chooses, a verifier puts it together again.

mod binding;
mod disclosure;
mod format;
mod hold;
mod issue;
mod rule;
mod tree;
mod verify;

pub use binding::{KeyBound, Transaction};
pub use disclosure::{Disclosure, HashAlgorithm};
pub use format::{Form, UnverifiedSdJwt};
pub use hold::{BoundPresentation, HeldSdJwt, Presentation, UnsignedKeyBinding};
pub use issue::{IssueError, IssuedSdJwt, SdJwtIssuer, UnsignedSdJwt};
pub use rule::{Rule, SdJwtError};
pub(crate) use tree::{Member, Tree};
pub use verify::{CLOCK_SKEW, Expected, KeyBinding, Kind, VerifiedSdJwt};
