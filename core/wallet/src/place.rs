//! Every place where the wallet persists or sends. The injection harness cuts it off at each, and refuses any other.

use citizen_primitives::Place;

macro_rules! places {
    ($(#[$list_doc:meta])* $list:ident { $($(#[$doc:meta])* $name:ident = $text:literal;)+ }) => {
        $($(#[$doc])* pub const $name: Place = Place::new($text);)+

        $(#[$list_doc])*
        pub const $list: &[Place] = &[$($name),+];
    };
}

places! {
    /// Those of an account, its points, and payments by scanned codes.
    PLACES {
    /// Commit: the name that this wallet's keys will have in the key store, before they are made.
    CREATE_ALIAS = "wallet/create-alias";
    /// Commit: the count of wrong PINs, before the vault it guards.
    CREATE_GUARD = "wallet/create-guard";
    /// Commit: the vault. From here on there is a wallet.
    CREATE_VAULT = "wallet/create-vault";
    /// Commit: the city this wallet belongs to, or another address or trust file of it.
    CITY = "wallet/city";
    /// Send: the first header, where trust on first use was asked for.
    ASK_FIRST_HEADER = "wallet/ask-first-header";
    /// Commit: a PIN is counted before it is tried.
    PIN_COUNTED = "wallet/pin-counted";
    /// Commit: the PIN was right.
    PIN_RIGHT = "wallet/pin-right";
    /// Commit: the vault under another PIN.
    PIN_CHANGED = "wallet/pin-changed";
    /// Commit: a choice of the citizen.
    SETTINGS = "wallet/settings";
    /// Commit: the opening of the account, or a change of the card's key, signed, before it leaves; or that neither comes about, and which key is gone.
    OUTBOX_ACCOUNT = "wallet/outbox-account";
    /// Send: the opening of the account, or the replacement of its device.
    SEND_ACCOUNT = "wallet/send-account";
    /// Commit: the account is open, or its key changed, by proof.
    ACCOUNT_OPEN = "wallet/account-open";
    /// Commit: a backup was made.
    BACKED_UP = "wallet/backed-up";
    /// Commit: a claim is about to be made.
    CLAIM_MADE = "wallet/claim-made";
    /// Commit: the centre is about to be asked about a code.
    CODE_ASKED = "wallet/code-asked";
    /// Commit: the bank's word on the balance.
    BANK_WORD = "wallet/bank-word";
    /// Send: the bank shall connect the account.
    SEND_BANK_ACCOUNT = "wallet/send-bank-account";
    /// Send: the bank is asked for the balance.
    SEND_BANK_BALANCE = "wallet/send-bank-balance";
    /// Send: a claim to the treasury.
    SEND_CLAIM = "wallet/send-claim";
    /// Send: whose code is this?
    SEND_CODE = "wallet/send-code";
    /// Commit: the order, signed, before it leaves.
    OUTBOX_ORDER = "wallet/outbox-order";
    /// Send: the order to the centre.
    SEND_ORDER = "wallet/send-order";
    /// Commit: the centre has the order.
    OUTBOX_ACCEPTED = "wallet/outbox-accepted";
    /// Send: how far is the centre?
    ASK_PAYMENT = "wallet/ask-payment";
    /// Commit: how far the payment is.
    PAYMENT_PROGRESS = "wallet/payment-progress";
    /// Send: how does the bank stand?
    ASK_DEBIT = "wallet/ask-debit";
    /// Send: the proof of a payment's end, to the bank.
    SEND_ENDING = "wallet/send-ending";
    /// Send: who are the parties?
    ASK_PARTIES = "wallet/ask-parties";
    /// Send: values of the state with proofs.
    ASK_STATE = "wallet/ask-state";
    /// Send: entries of the account's history.
    ASK_ENTRIES = "wallet/ask-entries";
    /// Send: the proof that an old header is in the history.
    ASK_HEADER_PROOF = "wallet/ask-header-proof";
    /// Commit: header, record and entries that belong together.
    SYNC = "wallet/sync";
    /// Commit: a receipt with a newer proof.
    RECEIPT_RENEWED = "wallet/receipt-renewed";
    /// Commit: everything out of a backup, with the signed replacement of the device, before it leaves.
    OUTBOX_RESTORE = "wallet/outbox-restore";
    }
}

places! {
    /// Those of shown codes, refunds, and what is asked of the ledger itself.
    TILL_PLACES {
    /// Send: the centre is asked for a code to show.
    SEND_CONSUMER_CODE = "wallet/send-consumer-code";
    /// Commit: the code and its mandate, signed, before it leaves.
    OUTBOX_CODE = "wallet/outbox-code";
    /// Send: the mandate. From here on the code can be charged.
    SEND_MANDATE = "wallet/send-mandate";
    /// Commit: the centre has the mandate.
    CODE_READY = "wallet/code-ready";
    /// Commit: the revocation of a mandate, signed, before it leaves.
    OUTBOX_REVOCATION = "wallet/outbox-revocation";
    /// Send: the revocation to the ledger.
    SEND_REVOCATION = "wallet/send-revocation";
    /// Send: was the code charged, and by whom?
    ASK_CHARGED = "wallet/ask-charged";
    /// Commit: what became of the code; with a charge, the payment.
    CODE_PROGRESS = "wallet/code-progress";
    /// Commit: a transaction for the ledger, signed, before it leaves.
    OUTBOX_SUBMISSION = "wallet/outbox-submission";
    /// Send: the transaction.
    SEND_SUBMISSION = "wallet/send-submission";
    /// Commit: what became of it.
    SUBMISSION_PROGRESS = "wallet/submission-progress";
    /// Send: the treasury is asked for a certificate.
    SEND_CERTIFICATE = "wallet/send-certificate";
    /// Commit: the certificate.
    CERTIFICATE = "wallet/certificate";
    /// Commit: the merchant is about to be asked for a refund.
    REFUND_ASKED = "wallet/refund-asked";
    /// Send: the wish, to the centre.
    SEND_REFUND_WISH = "wallet/send-refund-wish";
    }
}

places! {
    /// Those of voting.
    VOTE_PLACES {
    /// Send: names of polls that were announced.
    ASK_POLLS = "wallet/ask-polls";
    /// Send: where registrars and relays listen.
    ASK_ADDRESSES = "wallet/ask-addresses";
    /// Commit: the registrars are about to be asked.
    REGISTERING = "wallet/registering";
    /// Send: a registrar is asked for its signature.
    SEND_REGISTRATION = "wallet/send-registration";
    /// Commit: a registrar has signed or refused.
    REGISTRAR_ANSWERED = "wallet/registrar-answered";
    /// Commit: a number that no other ballot gets.
    BALLOT_NUMBERED = "wallet/ballot-numbered";
    /// Commit: a ballot, signed to be cast or to be opened, before it leaves.
    OUTBOX_BALLOT = "wallet/outbox-ballot";
    /// Send: the ballot to a relay.
    SEND_BALLOT = "wallet/send-ballot";
    /// Commit: a relay has promised to bring it.
    BALLOT_PROMISED = "wallet/ballot-promised";
    /// Send: the relay is asked for the ballot's place.
    ASK_RECEIPT = "wallet/ask-receipt";
    /// Send: a page of a board.
    ASK_BOARD = "wallet/ask-board";
    /// Send: a page of an issuance log.
    ASK_ISSUANCE = "wallet/ask-issuance";
    /// Commit: what became of a ballot; with a place, its receipt.
    BALLOT_PROGRESS = "wallet/ballot-progress";
    /// Send: the treasury shall sign for a ballot that stands on the board.
    SEND_REWARD_REQUEST = "wallet/send-reward-request";
    /// Commit: it has signed.
    REWARD_SIGNED = "wallet/reward-signed";
    /// Send: the reward is redeemed.
    SEND_REWARD = "wallet/send-reward";
    /// Commit: it was.
    REWARD_REDEEMED = "wallet/reward-redeemed";
    }
}

places! {
    /// Those of credentials.
    CARD_PLACES {
    /// Send: an offer, the issuer's metadata, the certificate of whoever issues.
    ASK_OFFER = "wallet/ask-offer";
    /// Send: a sign-in at the issuer's page is asked for.
    SEND_AUTHORIZATION = "wallet/send-authorization";
    /// Commit: what a sign-in needs to go on, before its page is opened.
    AUTHORIZATION_BEGUN = "wallet/authorization-begun";
    /// Commit: what the browser came back with, before it leaves.
    AUTHORIZATION_RETURNED = "wallet/authorization-returned";
    /// Commit: a sign-in that nobody waits for any more is gone.
    AUTHORIZATION_ENDED = "wallet/authorization-ended";
    /// Send: the code of an offer or a sign-in, or a refresh token, for a token.
    SEND_GRANT = "wallet/send-grant";
    /// Commit: an offer is accepted, with the key that its token will be bound to.
    ISSUANCE_BEGUN = "wallet/issuance-begun";
    /// Commit: by which the wallet gets another token, before the first is used.
    GRANT_KEPT = "wallet/grant-kept";
    /// Commit: keys are about to be made for copies of a credential.
    COPY_KEYS = "wallet/copy-keys";
    /// Commit: proofs of the keys, before they leave.
    KEY_PROOFS = "wallet/key-proofs";
    /// Send: nonces and proofs of keys, for credentials.
    SEND_KEY_PROOFS = "wallet/send-key-proofs";
    /// Commit: credentials, checked, before the issuer hears that they came.
    CREDENTIALS_STORED = "wallet/credentials-stored";
    /// Send: they came, or were not what they should be.
    SEND_ISSUANCE_END = "wallet/send-issuance-end";
    /// Commit: keys that nothing is bound to are gone.
    COPY_KEYS_CLEARED = "wallet/copy-keys-cleared";
    /// Commit: the issuer puts a credential off; by which it is asked for again.
    ISSUANCE_WAITS = "wallet/issuance-waits";
    /// Commit: a credential is awaited no more: the issuer, or the citizen, does not want it.
    ISSUANCE_ENDED = "wallet/issuance-ended";
    /// Commit: few copies are left, and others are about to be asked for.
    REFILL_BEGUN = "wallet/refill-begun";
    /// Send: the description of a type.
    ASK_TYPE = "wallet/ask-type";
    /// Send: a whole list of statuses.
    ASK_STATUS_LIST = "wallet/ask-status-list";
    /// Commit: what the lists say.
    STATUS_SEEN = "wallet/status-seen";
    /// Commit: a credential is gone.
    CREDENTIAL_FORGOTTEN = "wallet/credential-forgotten";
    /// Send: a request for credentials is fetched.
    ASK_REQUEST = "wallet/ask-request";
    /// Commit: a key is about to be made by which a service knows her.
    SERVICE_KEY = "wallet/service-key";
    /// Commit: copies are used up and the log says by whom, before anything leaves; who signs in is known there from now on.
    COPIES_USED = "wallet/copies-used";
    /// Send: presentations.
    SEND_PRESENTATION = "wallet/send-presentation";
    /// Commit: a request was declined.
    REQUEST_DECLINED = "wallet/request-declined";
    /// Send: that nothing is shown.
    SEND_REFUSAL = "wallet/send-refusal";
    /// Commit: the key by which a service knew her is to go.
    SERVICE_FORGOTTEN = "wallet/service-forgotten";
    /// Commit: a copy is used up for an order, with the bytes that are sent, before they leave.
    OUTBOX_ORDER_CARD = "wallet/outbox-order-card";
    /// Send: the presentation for an order.
    SEND_ORDER_CARD = "wallet/send-order-card";
    /// Commit: what the centre said to it.
    ORDER_CARD_ANSWERED = "wallet/order-card-answered";
    /// Send: a registrar is asked, under nobody's name, how it wants to know who registers; or for its signature, once the card was shown.
    SEND_CARD_REGISTRATION = "wallet/send-card-registration";
    /// Commit: a copy of the card is used up for a registration, with the bytes that are sent, before they leave.
    OUTBOX_REGISTRATION_CARD = "wallet/outbox-registration-card";
    /// Send: the presentation for a registration.
    SEND_REGISTRATION_CARD = "wallet/send-registration-card";
    /// Commit: what the registrar said to it.
    REGISTRATION_CARD_ANSWERED = "wallet/registration-card-answered";
    }
}

places! {
    /// Those of a recovery by officers.
    RECOVERY_PLACES {
    /// Send: which accounts list a recovery key?
    ASK_LISTED_ACCOUNTS = "wallet/ask-listed-accounts";
    /// Send: who are the officers of recovery?
    ASK_OFFICERS = "wallet/ask-officers";
    /// Send: the issuer hears that a phone is lost.
    SEND_LOSS = "wallet/send-loss";
    /// Commit: it has heard it.
    LOSS_REPORTED = "wallet/loss-reported";
    /// Send: an officer hears whose account this is.
    SEND_ENROLMENT = "wallet/send-enrolment";
    /// Commit: the officers have heard it.
    RECOVERY_ENROLLED = "wallet/recovery-enrolled";
    /// Commit: the officers are about to be asked for an account.
    RECOVERY_ASKED = "wallet/recovery-asked";
    /// Send: an officer is asked.
    SEND_RECOVERY_REQUEST = "wallet/send-recovery-request";
    /// Commit: who has approved, and how far the case is.
    RECOVERY_PROGRESS = "wallet/recovery-progress";
    /// Send: an officer shall sign.
    ASK_OFFICER_SIGNATURE = "wallet/ask-officer-signature";
    /// Commit: what officers have signed together, before it leaves.
    OUTBOX_CASE = "wallet/outbox-case";
    /// Send: that.
    SEND_CASE = "wallet/send-case";
    /// Send: an officer looks again at a case.
    SEND_RECOVERY_DECISION = "wallet/send-recovery-decision";
    /// Commit: the takeover, signed, before it leaves.
    OUTBOX_COMPLETION = "wallet/outbox-completion";
    /// Commit: the account is here; who asked is forgotten.
    RECOVERY_DONE = "wallet/recovery-done";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wallet_13_every_place_has_a_name_of_its_own() {
        let all = [PLACES, TILL_PLACES, VOTE_PLACES, CARD_PLACES, RECOVERY_PLACES].concat();
        let names: std::collections::BTreeSet<_> = all.iter().map(|place| place.name()).collect();
        assert_eq!(names.len(), all.len());
        assert!(names.iter().all(|name| name.starts_with("wallet/")));
    }
}
