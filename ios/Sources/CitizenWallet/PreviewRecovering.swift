#if PREVIEW
import CitizenWalletFFI

// A recovery of a wallet for designing: what the new phone sees in its state.
extension PreviewWallet {
    public func reportLoss(_ identity: Identity) async throws(WalletError) -> LossView { try await answer(views.loss) }

    public func enrolRecovery(_ identity: Identity) async throws(WalletError) -> EnrolmentView {
        try await unlessRefused(in: Self.account, views.enrolment)
    }

    public func recoverByOffice(_ identity: Identity, recoveryCode: Secret) async throws(WalletError) -> RecoveryView {
        try await found(views.recovery, or: "account-exists")
    }

    public func recovery() async throws(WalletError) -> RecoveryView {
        try await found(views.recovery, or: "recovery-missing")
    }

    public func followRecovery() async throws(WalletError) -> RecoveryView { try await recovery() }

    /// What other officers say.
    public func upholdRecovery() async throws(WalletError) -> RecoveryView {
        guard try await recovery().state == "objected" else { throw .Refused(by: "ledger", reason: "recovery-time") }
        return try await found(CitizenWalletFFI.preview(state: .recoveryUpheld).views.recovery, or: "recovery-missing")
    }

    public func completeRecovery(recoveryCode: Secret) async throws(WalletError) -> AccountView {
        guard try await recovery().canComplete else { throw .Refused(by: "ledger", reason: "recovery-time") }
        return views.account
    }

    public func dismissRecovery(_ identity: Identity) async throws(WalletError) -> Submission {
        guard views.cards.card.custody.isUnderRecovery else { throw .Refused(by: "ledger", reason: "no-recovery") }
        return try await refused()
    }
}
#endif
