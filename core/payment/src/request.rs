//! What a citizen's device asks of a party, signed: the party checks against the ledger that the device is the account's.

use crate::mandate::SignedMandate;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::Epoch;
use citizen_keys::{DevicePair, Document};
use citizen_primitives::{
    AccountId, KeyId, Label, PaymentId, PollId, ProgrammeId, RedemptionId, Text, UnixTime, Won,
};
use citizen_voting::blind::BlindedMessage;
use citizen_voting::identifier::ElectorateIndex;
use citizen_voting::reward::RewardToken;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DeviceRequest {
    /// The party it is for: nobody else can use it.
    pub to: KeyId,
    /// The account.
    pub account: AccountId,
    /// The device's epoch.
    pub epoch: Epoch,
    /// The device.
    pub device: DevicePair,
    /// What is asked.
    pub content: RequestContent,
    /// Random: one request, one answer.
    pub nonce: [u8; 16],
    /// When it was signed; a party refuses one that is older than a few minutes.
    pub time: UnixTime,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RequestContent {
    /// The bank: connect this account to the holder's won account.
    OpenBankAccount {
        /// How the bank knows its customer. Never a resident registration number.
        customer: Text,
    },
    /// The bank: how much is there?
    BankBalance,
    /// The treasury: grant what I have earned.
    Claim {
        /// The programme.
        programme: ProgrammeId,
        /// What it rests on: a bill's number, a poll's name, a period.
        evidence: Text,
        /// How the treasury knows its citizen. Never a resident registration number.
        citizen: Text,
    },
    /// The centre: a code to show at a till.
    ConsumerCode,
    /// The centre: has my code been charged, and by whom?
    Charged {
        /// The payment of the code's mandate.
        payment: PaymentId,
        /// The X25519 key to which the answer is sealed.
        reply: [u8; 32],
    },
    /// The centre: ask the merchant to give back.
    AskRefund {
        /// The payment.
        payment: PaymentId,
        /// How much, points and won together.
        amount: Won,
        /// Why.
        reason: Text,
    },
    /// The treasury: the certificate for a redemption that stands on the ledger.
    Certificate {
        /// The redemption.
        redemption: RedemptionId,
        /// The X25519 key to which the answer is sealed.
        reply: [u8; 32],
    },
    /// The centre: from here on a code may be charged. The request goes sealed to the centre.
    Mandate {
        /// What may be charged.
        mandate: SignedMandate,
        /// The payment of the code before it on the screen, which is revoked at the centre.
        replaces: Option<PaymentId>,
    },
    /// A registrar: sign my voting key blindly. The request goes sealed to the registrar.
    Register {
        /// The poll.
        poll: PollId,
        /// As a member of which electorate.
        electorate: ElectorateIndex,
        /// What is signed: it says nothing of the voting key.
        blinded: Box<BlindedMessage>,
        /// The X25519 key to which the answer is sealed.
        reply: [u8; 32],
    },
    /// The treasury: grant what taking part in a poll is rewarded with. Nobody can say for which ballot.
    Reward {
        /// The poll; the grant does not name it.
        poll: PollId,
        /// What the treasury signed blindly, unblinded.
        token: Box<RewardToken>,
    },
    /// A recovery officer: this is who may ask for this account when its phone and its recovery code are lost.
    EnrolRecovery {
        /// Her number in the register of residents. Never a resident registration number.
        number: Text,
        /// Her name, as she writes it.
        name: Text,
        /// Her day of birth: `1999-03-02`.
        birth_date: Text,
    },
}

citizen_primitives::canonical!(DeviceRequest = 1);

impl Document for DeviceRequest {
    const LABEL: Label = Label::DeviceRequest;
}
