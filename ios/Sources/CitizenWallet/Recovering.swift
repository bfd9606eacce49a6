import CitizenWalletFFI

/// Who somebody is, as the register of residents has her. It says nothing of itself in a log.
public struct Identity: Hashable, Sendable {
    /// Her number in the register; never a resident registration number.
    public let number: String
    /// Her name, as she writes it.
    public let name: String
    /// Her day of birth: `1999-03-02`.
    public let birthDate: String

    /// Somebody as she says who she is.
    public init(number: String, name: String, birthDate: String) {
        self.number = number
        self.name = name
        self.birthDate = birthDate
    }

    var library: CitizenWalletFFI.Identity {
        CitizenWalletFFI.Identity(number: number, name: name, birthDate: birthDate)
    }
}

extension Identity: CustomStringConvertible, CustomReflectable {
    /// Says nothing of her.
    public var description: String {
        "Identity(hidden)"
    }

    /// Says nothing of her.
    public var customMirror: Mirror {
        Mirror(self, children: [])
    }
}

/// What comes next in a recovery: what the new phone's screen offers.
public enum RecoveryStep: Hashable, Sendable {
    /// She shows more officers who she is: so many have approved, so many must. Then ``Wallet/recovery()`` goes on.
    case showMore(approved: UInt64, needed: UInt64)
    /// The officers have signed, and it is on its way: ``Wallet/followRecovery()``.
    case follow
    /// She waits until then, by the ledger; the old phone may object meanwhile, unless it has already.
    case wait(until: UnixSeconds)
    /// The old phone says that it is not lost: she shows other officers who she is, then ``Wallet/upholdRecovery()``.
    case uphold
    /// The wait is over: she types the new recovery code, and ``Wallet/completeRecovery(recoveryCode:)`` takes the account over.
    case complete
    /// The officers have dropped the case: ``Wallet/recoverByOffice(_:recoveryCode:)`` asks anew.
    case askAnew
}

extension RecoveryView {
    /// What comes next. The sentence to show is `text` in every case.
    public var next: RecoveryStep {
        switch state {
        case "asking": .showMore(approved: approved, needed: needed)
        case "objected": .uphold
        case "ready": .complete
        case "dismissed": .askAnew
        default: effective.map { .wait(until: $0) } ?? .follow
        }
    }
}

extension CustodyView {
    /// Whether officers are about to hand the account to another phone: proved, never said. It stands still until that is over.
    public var isUnderRecovery: Bool {
        state.hasPrefix("recovery-")
    }
}

// Phone and recovery code are lost.
extension CitizenWallet {
    public func reportLoss(_ identity: Identity) async throws(WalletError) -> LossView {
        try await cancellable { try await self.library.reportLoss(identity: identity.library, cancel: $0) }
    }

    public func enrolRecovery(_ identity: Identity) async throws(WalletError) -> EnrolmentView {
        try await cancellable { try await self.library.enrolRecovery(identity: identity.library, cancel: $0) }
    }

    public func recoverByOffice(_ identity: Identity, recoveryCode: Secret) async throws(WalletError) -> RecoveryView {
        try await cancellable { token in
            try await self.library.recoverByOffice(identity: identity.library, recovery: recoveryCode, cancel: token)
        }
    }

    public func recovery() async throws(WalletError) -> RecoveryView {
        try await cancellable { try await self.library.recovery(cancel: $0) }
    }

    public func followRecovery() async throws(WalletError) -> RecoveryView {
        try await cancellable { try await self.library.followRecovery(cancel: $0) }
    }

    public func upholdRecovery() async throws(WalletError) -> RecoveryView {
        try await cancellable { try await self.library.upholdRecovery(cancel: $0) }
    }

    public func completeRecovery(recoveryCode: Secret) async throws(WalletError) -> AccountView {
        try await cancellable { try await self.library.completeRecovery(recovery: recoveryCode, cancel: $0) }
    }

    public func dismissRecovery(_ identity: Identity) async throws(WalletError) -> Submission {
        let view = try await cancellable { token in
            try await self.library.dismissRecovery(identity: identity.library, cancel: token)
        }
        return Submission(view: view, wallet: self)
    }
}
