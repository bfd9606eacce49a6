//! The rules of RFC 9901 that an SD-JWT can break, each with its section and its mark in the README.

use std::fmt;

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $mark:literal, $section:literal, $word:literal, $sentence:literal;)*) => {
        /// A rule, as broken by what was read.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Rule {
            $(#[doc = $sentence] $(#[$doc])* $name,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its mark in this crate's README.
            #[must_use]
            pub const fn mark(self) -> &'static str {
                match self { $(Self::$name => $mark),* }
            }

            /// Where it is written.
            #[must_use]
            pub const fn section(self) -> &'static str {
                match self { $(Self::$name => $section),* }
            }

            /// Its name, which does not change.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// What is wrong, as a sentence.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence),* }
            }
        }
    };
}

rules! {
    Parts = "SDJWT-1", "RFC 9901 4", "parts", "A part is missing or empty: JWT, disclosures, key binding JWT, with tildes between.";
    DisclosureTwice = "SDJWT-2", "RFC 9901 4", "disclosure-twice", "A disclosure was sent more than once.";
    DisclosureText = "SDJWT-3", "RFC 9901 4.2", "disclosure-text", "A disclosure is not base64url of JSON that has one meaning.";
    DisclosureSalt = "SDJWT-4", "RFC 9901 4.2.1", "disclosure-salt", "A disclosure's salt or claim name is not a string.";
    Algorithm = "SDJWT-5", "RFC 9901 7.1 (2.a)", "algorithm", "The issuer's algorithm is none that is deemed secure here.";
    Signature = "SDJWT-6", "RFC 9901 7.1 (2.b)", "signature", "The signature is not the issuer's over this.";
    Issuer = "SDJWT-7", "RFC 9901 7.1 (2.c)", "issuer", "The signing key is not this issuer's.";
    HashAlgorithm = "SDJWT-8", "RFC 9901 7.1 (2.d)", "hash-algorithm", "The hash algorithm in `_sd_alg` is not understood, or not deemed secure here.";
    HashAlgorithmPlace = "SDJWT-9", "RFC 9901 4.1.1", "hash-algorithm-place", "`_sd_alg` stands elsewhere than at the top of the payload.";
    DigestList = "SDJWT-10", "RFC 9901 4.2.4.1", "digest-list", "`_sd` is not an array of strings.";
    DigestElement = "SDJWT-11", "RFC 9901 4.2.4.2", "digest-element", "`...` is not the one key of an array element, or not a string.";
    ReservedName = "SDJWT-12", "RFC 9901 4.1 (7)", "reserved-name", "`_sd` or `...` is used for something else than digests.";
    PropertyForm = "SDJWT-13", "RFC 9901 7.1 (3.c.ii.1)", "property-form", "The disclosure of an object's member is not an array of three elements.";
    PropertyName = "SDJWT-14", "RFC 9901 7.1 (3.c.ii.2)", "property-name", "A disclosure names a claim `_sd` or `...`.";
    PropertyExists = "SDJWT-15", "RFC 9901 7.1 (3.c.ii.3)", "property-exists", "A disclosure names a claim that exists at its level.";
    ElementForm = "SDJWT-16", "RFC 9901 7.1 (3.c.iii.1)", "element-form", "The disclosure of an array's element is not an array of two elements.";
    DigestTwice = "SDJWT-17", "RFC 9901 7.1 (4)", "digest-twice", "A digest stands more than once.";
    Unreferenced = "SDJWT-18", "RFC 9901 7.1 (5)", "unreferenced", "No digest refers to a disclosure.";
    Expired = "SDJWT-19", "RFC 9901 7.1 (6)", "expired", "It has expired: `exp`.";
    NotYetValid = "SDJWT-20", "RFC 9901 7.1 (6)", "not-yet-valid", "It is not valid yet: `nbf`.";
    Audience = "SDJWT-21", "RFC 9901 7.1 (6)", "audience", "It is not for this verifier: `aud`.";
    ClaimForm = "SDJWT-22", "RFC 9901 7.1 (6)", "claim-form", "A claim that controls validity is not of its type.";
    ClaimMissing = "SDJWT-23", "RFC 9901 7.1 (6)", "claim-missing", "A claim is missing that is required here.";
    Concealed = "SDJWT-24", "RFC 9901 9.7", "concealed", "A claim was made selectively disclosable that validity hangs on.";
    Type = "SDJWT-25", "RFC 9901 9.11", "type", "Its type says that it is something else.";
    HolderKeyBinding = "SDJWT-26", "RFC 9901 7.2", "holder-key-binding", "The holder was given an SD-JWT with a key binding.";
    Selection = "SDJWT-27", "RFC 9901 7.2", "selection", "What was selected is no claim of it.";
    KeyBindingMissing = "SDJWT-28", "RFC 9901 7.3 (2)", "key-binding-missing", "The key binding that is required is missing.";
    HolderKey = "SDJWT-29", "RFC 9901 7.3 (5.a)", "holder-key", "It names no usable key of a holder: `cnf`.";
    KeyBindingAlgorithm = "SDJWT-30", "RFC 9901 7.3 (5.b)", "key-binding-algorithm", "The key binding's algorithm is none that is deemed secure here.";
    KeyBindingSignature = "SDJWT-31", "RFC 9901 7.3 (5.c)", "key-binding-signature", "The key binding is not signed by the holder's key.";
    KeyBindingType = "SDJWT-32", "RFC 9901 7.3 (5.d)", "key-binding-type", "The key binding's `typ` is not `kb+jwt`.";
    KeyBindingTime = "SDJWT-33", "RFC 9901 7.3 (5.e)", "key-binding-time", "The key binding was made too long ago, or in the future: `iat`.";
    KeyBindingNonce = "SDJWT-34", "RFC 9901 7.3 (5.f)", "key-binding-nonce", "The key binding is of another transaction: `nonce`.";
    KeyBindingAudience = "SDJWT-35", "RFC 9901 7.3 (5.f)", "key-binding-audience", "The key binding is for another verifier: `aud`.";
    KeyBindingHash = "SDJWT-36", "RFC 9901 7.3 (5.g)", "key-binding-hash", "The key binding is over another presentation: `sd_hash`.";
    KeyBindingForm = "SDJWT-37", "RFC 9901 7.3 (5.h)", "key-binding-form", "The key binding is no valid JWT with the claims it needs.";
    JsonForm = "SDJWT-38", "RFC 9901 8", "json-form", "It is no JWS in JSON serialization (RFC 7515, 7.2).";
    JsonHeaders = "SDJWT-39", "RFC 9901 8.3", "json-headers", "`disclosures` or `kb_jwt` stand elsewhere than in the first unprotected header.";
    Jwt = "SDJWT-40", "RFC 9901 4.1", "jwt", "The issuer's part is no JWT with a JSON object in it.";
    Depth = "SDJWT-41", "RFC 8259 9", "depth", "It is nested deeper than is read here.";
}

/// A rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct SdJwtError {
    rule: Rule,
}

impl SdJwtError {
    /// The rule.
    #[must_use]
    pub const fn rule(self) -> Rule {
        self.rule
    }

    /// Where the rule is written: `RFC 9901 7.1 (4)`.
    #[must_use]
    pub const fn section(self) -> &'static str {
        self.rule.section()
    }
}

impl From<Rule> for SdJwtError {
    fn from(rule: Rule) -> Self {
        Self { rule }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.sentence(), self.section())
    }
}
