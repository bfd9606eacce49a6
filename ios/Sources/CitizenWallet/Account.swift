import CitizenWalletFFI
import Foundation

// The account: opening it, connecting the bank, recovery code and backup.
extension CitizenWallet {
    public func generateRecoveryCode() async throws(WalletError) -> Secret {
        try await cancellable { try await self.library.generateRecoveryCode(cancel: $0) }
    }

    public func openAccount(recoveryCode: Secret) async throws(WalletError) -> AccountView {
        try await cancellable { try await self.library.openAccount(code: recoveryCode, cancel: $0) }
    }

    public func enrol(_ citizen: String) async throws(WalletError) -> WonView {
        try await cancellable { try await self.library.enrol(citizen: citizen, cancel: $0) }
    }

    public func account() async throws(WalletError) -> AccountView {
        try await cancellable { try await self.library.account(cancel: $0) }
    }

    public func backup(recoveryCode: Secret) async throws(WalletError) -> Data {
        try await cancellable { try await self.library.backup(code: recoveryCode, cancel: $0) }
    }

    public func trustFile() async throws(WalletError) -> String {
        try await cancellable { try await self.library.trustFile(cancel: $0) }
    }
}
