//! The closed lists that errors speak in. A gateway's own sentences never reach a screen: only words known here do.

use super::catalogue::Message;
use citizen_payment::code::Rule;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $prefix:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// For people.
            #[must_use]
            pub fn message(self) -> Message {
                Message::of(&format!(concat!($prefix, ".{}"), self.word()))
            }
        }
    };
}

pub(super) use words;

words! {
    /// A party, by what it does.
    Party, "party" {
        /// The ledger, through whichever gateway.
        Ledger = "ledger",
        /// The ZeroPay centre.
        Centre = "centre",
        /// The bank.
        Bank = "bank",
        /// The treasury.
        Treasury = "treasury",
        /// The election office.
        ElectionOffice = "election-office",
        /// A registrar.
        Registrar = "registrar",
        /// A relay.
        Relay = "relay",
        /// A trustee.
        Trustee = "trustee",
        /// An officer who sees to the recovery of accounts.
        RecoveryOfficer = "recovery-officer",
        /// An organisation with a DID.
        Organisation = "organisation",
        /// Whoever issues a credential.
        Issuer = "issuer",
        /// Whoever asks for credentials.
        Verifier = "verifier",
        /// A file that was handed in.
        File = "file",
        /// This phone.
        Phone = "phone",
    }
}

words! {
    /// What an error is about.
    Subject, "what" {
        /// A block's header.
        Header = "header",
        /// A record of the ledger.
        Record = "record",
        /// An account's history.
        History = "history",
        /// A payment.
        Payment = "payment",
        /// A party's signed word.
        Word = "word",
        /// A receipt.
        Receipt = "receipt",
        /// The registry of parties.
        Registry = "registry",
        /// A trust file.
        TrustFile = "trust-file",
        /// An answer as a whole.
        Answer = "answer",
        /// A backup.
        Backup = "backup",
        /// A payment code.
        Code = "code",
        /// A review.
        Review = "review",
        /// The trusting period: the phone was away from the ledger for too long.
        Trust = "trust",
        /// A poll's announcement, or the log of all polls.
        Poll = "poll",
        /// The key that ballots are encrypted to.
        ElectionKey = "election-key",
        /// The board of a poll.
        Board = "board",
        /// A credential.
        Credential = "credential",
        /// A list of credentials' statuses.
        StatusList = "status-list",
        /// A request for credentials.
        Request = "request",
    }
}

words! {
    /// Why a party refuses.
    Reason, "reason" {
        /// No record of what is claimed.
        NotFound = "not-found",
        /// Granted before.
        AlreadyGranted = "already-granted",
        /// A yearly cap.
        CapReached = "cap-reached",
        /// Somebody else's account.
        AnotherPerson = "another-person",
        /// The merchant has closed or is suspended.
        MerchantSuspended = "merchant-suspended",
        /// The centre does not know the code.
        MerchantUnknown = "merchant-unknown",
        /// The dynamic code has been paid.
        CodeUsed = "code-used",
        /// The bank account holds less.
        NotEnough = "not-enough",
        /// No bank account is connected.
        NoAccount = "no-account",
        /// Too many requests.
        RateLimited = "too-many",
        /// No reason that is known here.
        Other = "other",
        /// The bytes are not what they should be.
        Malformed = "malformed",
        /// For another ledger.
        WrongChain = "wrong-chain",
        /// Its last height has passed.
        TooLate = "too-late",
        /// Its last height is too far ahead.
        TooFarAhead = "too-far-ahead",
        /// Executed before.
        Replayed = "replayed",
        /// A signature.
        Signature = "signature",
        /// Not allowed to this signer.
        NotAllowed = "not-allowed",
        /// The account exists already.
        AccountExists = "account-exists",
        /// Another device has taken over.
        Fenced = "fenced",
        /// The hardware key must sign.
        CosignatureNeeded = "cosignature-needed",
        /// Fewer points than asked.
        NotEnoughPoints = "not-enough-points",
        /// Nothing to do.
        Nothing = "nothing",
        /// No such programme.
        NoProgramme = "no-programme",
        /// The payment id was used.
        PaymentExists = "payment-exists",
        /// No such payment.
        NoPayment = "no-payment",
        /// The payment has ended.
        PaymentEnded = "payment-ended",
        /// The hold's time is up.
        HoldExpired = "hold-expired",
        /// The hold's time is out of range.
        HoldTime = "hold-time",
        /// A named party is not in the registry.
        UnknownParty = "unknown-party",
        /// The bank's debit is missing.
        DebitMissing = "debit-missing",
        /// An amount out of range.
        Amount = "amount",
        /// A weak key.
        WeakKey = "weak-key",
        /// Not decided by the governors.
        NotDecided = "not-decided",
        /// Over a limit of a payment, a day or a month.
        OverLimit = "over-limit",
        /// Outside the shown code's time.
        MandateTime = "mandate-time",
        /// More than the shown code allows.
        MandateExceeded = "mandate-exceeded",
        /// The ledger has no rules for it yet.
        NoRules = "no-rules",
        /// The payment was not captured.
        NotCaptured = "not-captured",
        /// More than is left of the payment.
        RefundTooMuch = "refund-too-much",
        /// The time for refunds is over.
        RefundTooLate = "refund-too-late",
        /// The refund's id was used.
        RefundExists = "refund-exists",
        /// Not an amount that can be redeemed.
        RedeemAmount = "redeem-amount",
        /// The redemption's id was used.
        RedemptionExists = "redemption-exists",
        /// No such poll.
        NoPoll = "no-poll",
        /// The poll was announced before.
        PollExists = "poll-exists",
        /// The manifest is refused.
        Manifest = "manifest",
        /// Not the time for this in the poll.
        PollTime = "poll-time",
        /// Out of place in the ceremony.
        Ceremony = "ceremony",
        /// Not a row of the issuance log.
        Issuance = "issuance",
        /// Nothing of it can stand on the board.
        Board = "board",
        /// Not shares of this tally.
        Shares = "shares",
        /// Below the minimum turnout.
        Turnout = "turnout",
        /// The recovery key has the account frozen.
        Frozen = "frozen",
        /// A recovery of the account is under way.
        UnderRecovery = "under-recovery",
        /// No such recovery.
        NoRecovery = "no-recovery",
        /// Not the time for this in the recovery.
        RecoveryTime = "recovery-time",
        /// The case was filed before.
        CaseExists = "case-exists",
        /// Fewer than must agree, or the same officers again.
        NotAgreed = "not-agreed",
        /// No such DID.
        NoDid = "no-did",
        /// The DID exists already.
        DidExists = "did-exists",
        /// The DID was deactivated.
        DidEnded = "did-ended",
        /// Not the next version of the DID.
        DidVersion = "did-version",
        /// Content that a DID cannot have.
        DidContent = "did-content",
        /// The organisation has too many DIDs.
        TooManyDids = "too-many-dids",
        /// A record that a certificate cannot have.
        Certificate = "certificate",
        /// No such certificate, or not now.
        NoCertificate = "no-certificate",
        /// The status list's version does not rise.
        StatusVersion = "status-version",
        /// Meant for another party.
        WrongParty = "wrong-party",
        /// The request is too old, or the clock is wrong.
        RequestTooOld = "request-too-old",
        /// Signed by another device.
        WrongSignature = "wrong-signature",
        /// Somebody else's name or account.
        AnotherCustomer = "another-customer",
        /// The order does not say what its terms say.
        WrongOrder = "wrong-order",
        /// A bank that the centre does not work with.
        UnknownBank = "unknown-bank",
        /// The payment is known with another order.
        AnotherOrder = "another-order",
        /// The code's time is over.
        CodeExpired = "code-expired",
        /// The amount is not the code's.
        WrongAmount = "wrong-amount",
        /// Nothing proves the hold.
        NotHeld = "not-held",
        /// Nothing proves the end.
        NotEnded = "not-ended",
        /// Nothing proves the refund.
        NotRefunded = "not-refunded",
        /// More than the shown code allows.
        OverCap = "over-cap",
        /// The code was revoked or replaced.
        CodeRevoked = "code-revoked",
        /// The code has not been approved yet.
        CodeUnready = "code-unready",
        /// Not a payment to this merchant.
        NotPaid = "not-paid",
        /// More than is left of the payment.
        TooMuch = "too-much",
        /// Too many payments are on their way.
        TooManyOrders = "too-many-orders",
        /// The number was shown too often with another name or day of birth.
        TooManyTries = "too-many-tries",
        /// The sum needs the citizen card, and there is none that can be shown.
        CardNeeded = "card-needed",
        /// The roll knows its people by the citizen card, and there is none that can be shown.
        RollNeedsCard = "roll-needs-card",
        /// The phone has no screen lock, or no finger where one is needed: it keeps no key.
        ScreenLockNeeded = "screen-lock-needed",
        /// The card that was shown does not verify for what it was asked for.
        CardNotVerified = "card-not-verified",
        /// The card that was shown was revoked.
        CardRevoked = "card-revoked",
        /// Another card was shown for it before.
        CardShown = "card-shown",
        /// The code is not one of the centre's.
        UnknownCode = "unknown-code",
        /// The party cannot do it now.
        Unavailable = "unavailable",
        /// Not on the roll of the electorate.
        NotOnTheRoll = "not-on-the-roll",
        /// A registrar has signed another key for this person.
        AnotherKeySigned = "another-key-signed",
        /// A registrar has refused the registration.
        Registration = "registration",
        /// A ballot was cast, and this poll takes one.
        VotedBefore = "voted-before",
        /// As many ballots were opened as one citizen may open.
        ChecksUsed = "checks-used",
        /// The offer was taken before, its time is over, or the transaction code is wrong.
        GrantSpent = "grant-spent",
        /// More than the registry lets it issue or ask for.
        BeyondGrant = "beyond-grant",
        /// Number, name and day of birth are not those of one resident.
        NotThisPerson = "not-this-person",
        /// Nobody has said at the officers' which account is this resident's.
        NotEnrolled = "not-enrolled",
        /// The case was not objected to, or these officers have filed it.
        NotToUphold = "not-to-uphold",
    }
}

/// The rule that a code breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeRule {
    /// A rule of its standard.
    Standard(Rule),
    /// A customer shows such a code.
    ShownByCustomer,
    /// Another currency.
    NotInWon,
    /// It adds a tip or a fee.
    AsksForTip,
    /// The picture holds no code.
    NoCodeInImage,
    /// The picture cannot be read.
    NotAnImage,
    /// The picture holds several codes that can be paid.
    SeveralCodes,
}

impl CodeRule {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Standard(rule) => rule.as_str(),
            Self::ShownByCustomer => "shown-by-customer",
            Self::NotInWon => "not-in-won",
            Self::AsksForTip => "asks-for-tip",
            Self::NoCodeInImage => "no-code-in-image",
            Self::NotAnImage => "not-an-image",
            Self::SeveralCodes => "several-codes",
        }
    }

    /// For people.
    #[must_use]
    pub fn message(self) -> Message {
        match self {
            Self::Standard(rule) => Message { ko: rule.ko().to_owned(), en: rule.en().to_owned() },
            other => Message::of(&format!("code.{}", other.word())),
        }
    }
}

impl Reason {
    /// The reason of a word that a party sent: a word that is not known here says nothing.
    pub(crate) fn of_word(word: &str) -> Self {
        Self::ALL.iter().copied().find(|reason| reason.word() == word).unwrap_or(Self::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Input;

    fn is_in_the_catalogue(message: &Message) -> bool {
        // A missing key shows itself as `prefix.word`.
        !message.en.contains('.') || message.en.contains(' ')
    }

    #[test]
    fn wallet_14_every_word_is_in_the_catalogue() {
        let parties = Party::ALL.iter().map(|it| it.message());
        let subjects = Subject::ALL.iter().map(|it| it.message());
        let reasons = Reason::ALL.iter().map(|it| it.message());
        let inputs = Input::ALL.iter().map(|it| it.message());
        let own_rules = [
            CodeRule::ShownByCustomer,
            CodeRule::NotInWon,
            CodeRule::AsksForTip,
            CodeRule::NoCodeInImage,
            CodeRule::NotAnImage,
            CodeRule::SeveralCodes,
        ];
        let rules = own_rules.iter().map(|it| it.message());
        for message in parties.chain(subjects).chain(reasons).chain(inputs).chain(rules) {
            assert!(is_in_the_catalogue(&message), "{message:?}");
        }
        assert!(!is_in_the_catalogue(&Message::of("reason.nobody-knows")));
    }

    #[test]
    fn a_word_that_is_not_known_says_nothing() {
        assert_eq!(Reason::of_word("cap-reached"), Reason::CapReached);
        assert_eq!(Reason::of_word("<b>call this number</b>"), Reason::Other);
    }
}
