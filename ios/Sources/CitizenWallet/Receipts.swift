import CitizenWalletFFI
import Foundation

// Receipts and refunds: the citizen asks, the shop gives, the history proves.
extension CitizenWallet {
    public func receipt(of payment: PaymentId) async throws(WalletError) -> ReceiptFile {
        try await cancellable { try await self.library.receipt(payment: payment, cancel: $0) }
    }

    public func receipts() async throws(WalletError) -> [PaymentId] {
        try await cancellable { try await self.library.receipts(cancel: $0) }
    }

    public func receiptCode(of payment: PaymentId) async throws(WalletError) -> String {
        try await cancellable { try await self.library.receiptCode(payment: payment, cancel: $0) }
    }

    public func refunds(of payment: PaymentId) async throws(WalletError) -> RefundsView {
        try await cancellable { try await self.library.refunds(payment: payment, cancel: $0) }
    }

    public func askRefund(
        of payment: PaymentId, amount: Won, reason: String
    ) async throws(WalletError) -> RefundsView {
        try await cancellable { token in
            try await self.library.askRefund(
                payment: payment, amount: amount.amount, reason: reason, cancel: token)
        }
    }
}

/// Verifies a receipt's file against a trust file's text: no wallet, no network. `NeedsRefresh` if the trust file begins above it.
public func verifyReceipt(_ file: Data, trustFile: String) async throws(WalletError) -> ReceiptView {
    try await cancellable { token in
        try await CitizenWalletFFI.verifyReceipt(
            file: file, trust: trustFile, platform: .withoutKeys(transport: nil), cancel: token)
    }
}

/// Fetches a newer proof for a receipt from a city. Answers the renewed file.
public func refreshReceipt(
    _ file: Data, from city: City, transport: (any Transport)? = nil
) async throws(WalletError) -> Data {
    try await cancellable { token in
        try await CitizenWalletFFI.refreshReceipt(
            file: file, city: city.address, platform: .withoutKeys(transport: transport), cancel: token)
    }
}

extension Platform {
    /// For what needs no wallet.
    static func withoutKeys(transport: (any Transport)?) -> Platform {
        Platform(keystore: NoKeys(), transport: transport)
    }
}

/// A key store without a key.
private final class NoKeys: Keystore {
    func createKey(alias: String, purpose: KeyPurpose) async throws -> Data { throw KeystoreError.Failed }
    func publicKey(alias: String) async throws -> Data { throw KeystoreError.Missing }
    func sign(alias: String, message: Data, reason: SigningReason) async throws -> Data { throw KeystoreError.Missing }
    func wrap(alias: String, plain: Data) async throws -> Data { throw KeystoreError.Failed }
    func unwrap(alias: String, wrapped: Data) async throws -> Data { throw KeystoreError.Missing }
    func delete(alias: String) async throws {}
    func attest(alias: String, challenge: Data) async throws -> Data? { nil }
}
