//! Every place where a party persists or sends. The injection harness cuts it off at each, and refuses any other.

use citizen_primitives::Place;

macro_rules! places {
    ($all:ident, $about:literal; $($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        $($(#[$doc])* pub const $name: Place = Place::new($text);)+

        #[doc = $about]
        pub const $all: &[Place] = &[$($name),+];
    };
}

places! {
    PLACES, "Those of payments and grants.";
    /// Send: the bank proves an account's device.
    BANK_ASK_ACCOUNT = "bank/ask-account";
    /// Send: the bank fetches headers that lead to a proof it was brought.
    BANK_ASK_HEADERS = "bank/ask-headers";
    /// Commit: a won account with its opening balance.
    BANK_ACCOUNT = "bank/account";
    /// Commit: a debit, or its refusal.
    BANK_DEBIT = "bank/debit";
    /// Commit: a debit credited back, or a tombstone.
    BANK_ENDING = "bank/ending";
    /// Commit: a refund credited.
    BANK_REFUND = "bank/refund";
    /// Send: the bank proves that a centre is one, and how many points were spent.
    BANK_ASK_CENTRE = "bank/ask-centre";
    /// Send: the bank proves what became of payments that it has debited.
    BANK_ASK_PAYMENTS = "bank/ask-payments";
    /// Commit: debits whose payments are captured are the centre's.
    BANK_CAPTURED = "bank/captured";
    /// Commit: a day's settlement.
    BANK_SETTLEMENT = "bank/settlement";

    /// Commit: merchants.
    CENTRE_MERCHANTS = "centre/merchants";
    /// Commit: a code.
    CENTRE_CODE = "centre/code";
    /// Commit: an order that was taken.
    CENTRE_ORDER = "centre/order";
    /// Send: where a payment stands on the ledger.
    CENTRE_ASK_STATE = "centre/ask-state";
    /// Send: what became of a transaction.
    CENTRE_ASK_TRANSACTION = "centre/ask-transaction";
    /// Send: the order to the ledger.
    CENTRE_SUBMIT_HOLD = "centre/submit-hold";
    /// Commit: the hold is proved.
    CENTRE_HELD = "centre/held";
    /// Commit: the bank is about to be asked, so a debit may exist from here on.
    CENTRE_ASKED = "centre/asked";
    /// Send: how does the bank stand?
    CENTRE_ASK_BANK = "centre/ask-bank";
    /// Send: the bank shall debit.
    CENTRE_SEND_DEBIT = "centre/send-debit";
    /// Commit: the bank has debited.
    CENTRE_DEBITED = "centre/debited";
    /// Commit: the capture, signed, before it leaves.
    CENTRE_CAPTURING = "centre/capturing";
    /// Send: the capture.
    CENTRE_SUBMIT_CAPTURE = "centre/submit-capture";
    /// Commit: the capture is proved, and the merchant is credited.
    CENTRE_CAPTURED = "centre/captured";
    /// Commit: the release, signed, before it leaves.
    CENTRE_RELEASING = "centre/releasing";
    /// Send: the release.
    CENTRE_SUBMIT_RELEASE = "centre/submit-release";
    /// Commit: the end without payment is proved.
    CENTRE_REVERSING = "centre/reversing";
    /// Send: the proof of the end to the bank.
    CENTRE_SEND_ENDING = "centre/send-ending";
    /// Commit: won are back, or were never taken.
    CENTRE_REVERSED = "centre/reversed";
    /// Commit: the ledger never held the payment and never will.
    CENTRE_FAILED = "centre/failed";
    /// Commit: why the ledger does not admit the order.
    CENTRE_REJECTION = "centre/rejection";
    /// Send: the centre proves an account's device.
    CENTRE_ASK_ACCOUNT = "centre/ask-account";
    /// Commit: a code for a citizen to show.
    CENTRE_CONSUMER_CODE = "centre/consumer-code";
    /// Commit: the mandate over a code, and the revocation of the one before.
    CENTRE_MANDATE = "centre/mandate";
    /// Commit: a charge that was taken, with the signed transaction, before it leaves.
    CENTRE_CHARGE = "centre/charge";
    /// Commit: a charge that a till takes back.
    CENTRE_REVERSAL = "centre/reversal";
    /// Commit: a refund that was taken.
    CENTRE_REFUND = "centre/refund";
    /// Commit: the refund, signed, before it leaves.
    CENTRE_REFUNDING = "centre/refunding";
    /// Send: the refund to the ledger.
    CENTRE_SUBMIT_REFUND = "centre/submit-refund";
    /// Commit: the refund is proved, and the merchant's book has it.
    CENTRE_REFUNDED = "centre/refunded";
    /// Commit: the ledger has refused a refund.
    CENTRE_REFUND_REFUSED = "centre/refund-refused";
    /// Send: the proof of a refund to the bank.
    CENTRE_SEND_REFUND = "centre/send-refund";
    /// Commit: the bank has credited a refund.
    CENTRE_CREDITED = "centre/credited";
    /// Commit: what a customer asks to be given back.
    CENTRE_WISH = "centre/wish";
    /// Commit: who served a payment's customer.
    CENTRE_SERVED = "centre/served";
    /// Commit: a day's settlement, signed, before it leaves.
    CENTRE_CLOSE = "centre/close";
    /// Commit: a day is over on which nothing was to be paid out.
    CENTRE_NOTHING_DUE = "centre/nothing-due";
    /// Send: the settlement to the bank.
    CENTRE_SEND_SETTLEMENT = "centre/send-settlement";
    /// Commit: the bank has booked a settlement.
    CENTRE_SETTLED = "centre/settled";

    /// Send: the treasury proves an account, and what was granted.
    TREASURY_ASK_STATE = "treasury/ask-state";
    /// Commit: a claim that is granted, with the signed grant, before it leaves.
    TREASURY_CLAIM = "treasury/claim";
    /// Send: a grant.
    TREASURY_SUBMIT = "treasury/submit";
    /// Commit: the grant signed anew, since the old one can be executed no more.
    TREASURY_RENEWED = "treasury/renewed";
    /// Commit: a gift certificate.
    TREASURY_CERTIFICATE = "treasury/certificate";
    /// Commit: the grant is proved, or refused for good.
    TREASURY_ENDED = "treasury/ended";
}

places! {
    POLL_PLACES, "Those of polls: registrations, ballots, rewards, ceremonies, tallies, offices.";
    /// Commit: a key for a poll's reward that the office has ordered, and one that is made.
    TREASURY_KEYS = "treasury/keys";
    /// Commit: what is signed for a ballot, before the signature leaves.
    TREASURY_REWARD = "treasury/reward";
    /// Commit: a reward that is redeemed, with the signed grant, before it leaves.
    TREASURY_REDEEM = "treasury/redeem";

    /// Commit: a roll.
    REGISTRAR_ROLL = "registrar/roll";
    /// Commit: keys that the office has ordered, and each one that is made.
    REGISTRAR_KEYS = "registrar/keys";
    /// Send: the registrar proves an account, a poll, the issuance log's head.
    REGISTRAR_ASK_STATE = "registrar/ask-state";
    /// Commit: a row that is to be entered, in a signed transaction, before it leaves.
    REGISTRAR_ROW = "registrar/row";
    /// Send: the row to the ledger.
    REGISTRAR_SUBMIT = "registrar/submit";
    /// Send: the registrar reads the issuance log.
    REGISTRAR_ASK_LOG = "registrar/ask-log";
    /// Commit: rows that are proved.
    REGISTRAR_PROVED = "registrar/proved";
    /// Commit: the row signed anew, since the old transaction can be executed no more.
    REGISTRAR_RENEWED = "registrar/renewed";
    /// Commit: a row that can be entered no more.
    REGISTRAR_LAPSED = "registrar/lapsed";

    /// Send: the relay proves a poll, and its board's head.
    RELAY_ASK_STATE = "relay/ask-state";
    /// Send: the relay reads the board.
    RELAY_ASK_LOG = "relay/ask-log";
    /// Commit: what stands on the board.
    RELAY_BOARD = "relay/board";
    /// Commit: a ballot with its promise, before the promise leaves.
    RELAY_PROMISE = "relay/promise";
    /// Commit: a shuffled batch, signed, before it leaves.
    RELAY_BATCH = "relay/batch";
    /// Send: the batch.
    RELAY_SUBMIT = "relay/submit";
    /// Commit: a batch that can be executed no more.
    RELAY_LAPSED = "relay/lapsed";

    /// Send: a trustee reads which polls were announced, and their manifests.
    TRUSTEE_ASK_POLLS = "trustee/ask-polls";
    /// Commit: a trustee's seat in a poll, with the seed of its ceremony.
    TRUSTEE_FOUND = "trustee/found";
    /// Send: a trustee proves how far a poll is.
    TRUSTEE_ASK_STATE = "trustee/ask-state";
    /// Commit: what a trustee says in a ceremony, signed, before it leaves.
    TRUSTEE_SAYING = "trustee/saying";
    /// Send: what she says.
    TRUSTEE_SPEAK = "trustee/speak";
    /// Send: a trustee reads a page of a board or of an issuance log.
    TRUSTEE_ASK_BOARD = "trustee/ask-board";
    /// Commit: a trustee's decryption shares, signed, before they leave.
    TRUSTEE_OPENING = "trustee/opening";
    /// Send: her shares.
    TRUSTEE_OPEN = "trustee/open";
    /// Commit: a poll is at its end for her, and its seed forgotten.
    TRUSTEE_ENDED = "trustee/ended";

    /// Commit: the roll of an electorate, with its salts.
    OFFICE_ROLL = "office/roll";
    /// Send: the office proves who the parties of a poll are, and how far it is.
    OFFICE_ASK_STATE = "office/ask-state";
    /// Send: a registrar shall make its keys for a poll.
    OFFICE_ASK_KEYS = "office/ask-keys";
    /// Commit: a poll, with its signed announcement, before it leaves.
    OFFICE_POLL = "office/poll";
    /// Send: the announcement.
    OFFICE_ANNOUNCE = "office/announce";
    /// Commit: the announcement is proved.
    OFFICE_ANNOUNCED = "office/announced";
    /// Send: the office reads a page of a public log, to publish it.
    OFFICE_ASK_LOG = "office/ask-log";
}

places! {
    CARD_PLACES, "Those of the citizen card: issuers and verifiers of credentials, and parties that ask for it besides.";
    /// Commit: an offer, before it is told.
    ISSUER_OFFER = "issuer/offer";
    /// Commit: a request that a wallet pushed, before its name is told.
    ISSUER_PUSHED = "issuer/pushed";
    /// Commit: the page of a pushed request is open, before it is shown.
    ISSUER_PAGE = "issuer/page";
    /// Commit: somebody has signed in for it, or declined, before her code leaves.
    ISSUER_SIGN_IN = "issuer/sign-in";
    /// Commit: a code is redeemed, before its token leaves.
    ISSUER_TOKEN = "issuer/token";
    /// Commit: what is asked for with a token, and indexes of status lists for its copies, before they leave.
    ISSUER_COPIES = "issuer/copies";
    /// Commit: what a hospital was asked has come.
    ISSUER_HOSPITAL = "issuer/hospital";
    /// Commit: what is over is removed.
    ISSUER_PURGE = "issuer/purge";
    /// Commit: copies that are revoked.
    ISSUER_REVOKE = "issuer/revoke";
    /// Send: what the ledger knows of a status list.
    ISSUER_ASK_STATE = "issuer/ask-state";
    /// Commit: a status list, signed, with the transaction that anchors it, before either leaves.
    ISSUER_SIGNED = "issuer/signed";
    /// Send: the anchor.
    ISSUER_SUBMIT = "issuer/submit";
    /// Commit: the anchor is proved, and the list is served.
    ISSUER_PUBLISHED = "issuer/published";
    /// Commit: an anchor that is signed anew.
    ISSUER_RENEWED = "issuer/renewed";

    /// Send: a verifier proves the certificate or the DID of an issuer.
    VERIFIER_ASK_CERTIFICATE = "verifier/ask-certificate";
    /// Send: a verifier fetches the document of an issuer's DID from the server that has it.
    VERIFIER_FETCH_DOCUMENT = "verifier/fetch-document";
    /// Send: a verifier proves which version of a status list is the newest.
    VERIFIER_ASK_ANCHOR = "verifier/ask-anchor";
    /// Send: a verifier fetches a whole status list.
    VERIFIER_FETCH_LIST = "verifier/fetch-list";
    /// Commit: how a visit ended.
    VERIFIER_OUTCOME = "verifier/outcome";

    /// Commit: the card was shown for an order.
    CENTRE_CARD = "centre/card";
    /// Send: the centre proves the certificate or the DID of an issuer.
    CENTRE_ASK_CERTIFICATE = "centre/ask-certificate";
    /// Send: the centre fetches the document of an issuer's DID from the server that has it.
    CENTRE_FETCH_DOCUMENT = "centre/fetch-document";
    /// Send: the centre proves which version of a status list is the newest.
    CENTRE_ASK_ANCHOR = "centre/ask-anchor";
    /// Send: the centre fetches a whole status list.
    CENTRE_FETCH_LIST = "centre/fetch-list";

    /// Commit: the card was shown for a registration; or registrations that are over are forgotten.
    REGISTRAR_CARD = "registrar/card";
    /// Send: a registrar proves the certificate or the DID of an issuer.
    REGISTRAR_ASK_CERTIFICATE = "registrar/ask-certificate";
    /// Send: a registrar fetches the document of an issuer's DID from the server that has it.
    REGISTRAR_FETCH_DOCUMENT = "registrar/fetch-document";
    /// Send: a registrar proves which version of a status list is the newest.
    REGISTRAR_ASK_ANCHOR = "registrar/ask-anchor";
    /// Send: a registrar fetches a whole status list.
    REGISTRAR_FETCH_LIST = "registrar/fetch-list";
}

places! {
    RECOVERY_PLACES, "Those of the recovery of accounts.";
    /// Send: an officer proves an account's device, or how far a case is.
    RECOVERY_ASK_STATE = "recovery/ask-state";
    /// Commit: who may ask for an account.
    RECOVERY_ENROLLED = "recovery/enrolled";
    /// Commit: a request that is approved, before the answer leaves.
    RECOVERY_APPROVED = "recovery/approved";
    /// Commit: what an officer stands by in a case that was objected to.
    RECOVERY_DECIDED = "recovery/decided";
    /// Send: the issuer shall revoke what was on the lost phone.
    RECOVERY_REPORT_LOSS = "recovery/report-loss";
    /// Commit: the case is on the ledger, and the issuer has heard of the loss.
    RECOVERY_FILED = "recovery/filed";
    /// Commit: the case is over, and forgotten.
    RECOVERY_OVER = "recovery/over";
}

/// The places that only a till or a redemption comes by: charges, reversals, refunds, certificates.
pub const TILL_PLACES: &[Place] = &[
    BANK_REFUND,
    CENTRE_CONSUMER_CODE,
    CENTRE_MANDATE,
    CENTRE_CHARGE,
    CENTRE_REVERSAL,
    CENTRE_REFUND,
    CENTRE_REFUNDING,
    CENTRE_SUBMIT_REFUND,
    CENTRE_REFUNDED,
    CENTRE_REFUND_REFUSED,
    CENTRE_SEND_REFUND,
    CENTRE_CREDITED,
    CENTRE_WISH,
    CENTRE_SERVED,
    TREASURY_CERTIFICATE,
];

/// The places of a day's settlement.
pub const SETTLEMENT_PLACES: &[Place] = &[
    BANK_ASK_CENTRE,
    BANK_ASK_PAYMENTS,
    BANK_CAPTURED,
    BANK_SETTLEMENT,
    CENTRE_CLOSE,
    CENTRE_NOTHING_DUE,
    CENTRE_SEND_SETTLEMENT,
    CENTRE_SETTLED,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_a_name_of_its_own() {
        let all = [PLACES, POLL_PLACES, CARD_PLACES, RECOVERY_PLACES].concat();
        let names: std::collections::BTreeSet<_> = all.iter().map(|place| place.name()).collect();
        assert_eq!(names.len(), all.len());
    }
}
