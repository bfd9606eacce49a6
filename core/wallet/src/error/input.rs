//! Why what an app hands in cannot be used.

use super::catalogue::Message;
use super::reason::words;

words! {
    /// Why what was handed in cannot be used.
    Input, "invalid" {
        /// A static code without an amount.
        AmountMissing = "amount-missing",
        /// The code's amount and the typed one differ.
        AmountConflict = "amount-conflict",
        /// Nothing to pay.
        AmountZero = "amount-zero",
        /// Out of range.
        AmountRange = "amount-range",
        /// More points than are to be paid.
        CoinsAboveAmount = "coins-above-amount",
        /// Not six digits.
        PinForm = "pin-form",
        /// A PIN that is easily guessed.
        PinSimple = "pin-simple",
        /// A recovery code with a mistake, or another account's.
        RecoveryCode = "recovery-code",
        /// A backup that does not open.
        Backup = "backup",
        /// No receipt.
        Receipt = "receipt",
        /// No trust file.
        TrustFile = "trust-file",
        /// Neither a trust file nor trust on first use.
        TrustNeeded = "trust-needed",
        /// There is a wallet already.
        WalletExists = "wallet-exists",
        /// There is none.
        WalletMissing = "wallet-missing",
        /// The account is not open yet.
        AccountMissing = "account-missing",
        /// The name by which bank and treasury know her is not on this phone.
        NameMissing = "name-missing",
        /// The account is open already.
        AccountExists = "account-exists",
        /// No such payment in this wallet.
        PaymentUnknown = "payment-unknown",
        /// The payment is not captured.
        ReceiptMissing = "receipt-missing",
        /// A text that cannot be used.
        Text = "text",
        /// A file that cannot be read or written.
        File = "file",
        /// No address.
        Url = "url",
        /// No programme's name.
        Programme = "programme",
        /// The app brings no transport and the library has none.
        TransportNeeded = "transport-needed",
        /// No gift code of this ledger, or nobody's.
        GiftCode = "gift-code",
        /// One's own account.
        GiftToOneself = "gift-to-oneself",
        /// This wallet has shown no such code.
        CodeUnknown = "code-unknown",
        /// This wallet has asked for no such thing.
        SubmissionUnknown = "submission-unknown",
        /// The ledger has no such poll.
        PollUnknown = "poll-unknown",
        /// The poll is not over yet.
        PollOpen = "poll-open",
        /// Not registered in this poll.
        NotRegistered = "not-registered",
        /// A registrar has not answered yet.
        RegistrationAwaited = "registration-awaited",
        /// No such electorate, or registered in another.
        AnotherElectorate = "another-electorate",
        /// Choices that do not fit the ballot.
        Choices = "choices",
        /// No ballot of this phone stands on the board.
        BallotMissing = "ballot-missing",
        /// The poll has no reward.
        NoReward = "no-reward",
        /// No such service knows this wallet.
        ServiceUnknown = "service-unknown",
        /// No offer of a credential.
        Offer = "offer",
        /// An offer of a kind that this wallet does not take.
        OfferKind = "offer-kind",
        /// The app has named no address for the way back from an issuer's page.
        ReturnAddressMissing = "return-address-missing",
        /// An offer for which the citizen signs in at the issuer's page.
        BrowserNeeded = "browser-needed",
        /// The answer to a sign-in that does not wait here.
        AuthorizationUnknown = "authorization-unknown",
        /// A transaction code that is missing or cannot be the one.
        TransactionCode = "transaction-code",
        /// No request for credentials.
        Request = "request",
        /// Not what was asked for, or less than is needed.
        Selection = "selection",
        /// This wallet holds no such credential.
        CredentialUnknown = "credential-unknown",
        /// This wallet awaits no such issuance.
        IssuanceUnknown = "issuance-unknown",
        /// Every copy of the credential was shown once.
        CopiesUsed = "copies-used",
        /// This phone has asked for no recovery.
        RecoveryMissing = "recovery-missing",
        /// A challenge that is empty, or longer than a key store takes.
        Challenge = "challenge",
    }
}
