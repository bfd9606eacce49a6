import CitizenWalletFFI
import Foundation

/// A citizen's wallet on this phone. One instance for the whole app, shared between screens: a second one on the same file is refused
/// with `StoreBusy` until the first is released.
public final class CitizenWallet: Wallet {
    package let library: CitizenWalletFFI.Wallet
    let hub: EventHub

    /// What a call of the library needs of the app.
    struct Parts {
        let place: WalletPlace
        let platform: Platform
    }

    private init(_ library: CitizenWalletFFI.Wallet, hub: EventHub) {
        self.library = library
        self.hub = hub
    }

    deinit {
        hub.finish()
    }

    /// Makes a wallet and leaves it unlocked. The configuration names the city; nothing is sent. Next come
    /// ``generateRecoveryCode()``, which the citizen writes down, and ``openAccount(recoveryCode:)``.
    public static func create(_ config: WalletConfig, pin: Secret) async throws(WalletError) -> CitizenWallet {
        try await make(config) { parts, token in
            try config.prepareFolder()
            return try await .create(place: parts.place, platform: parts.platform, pin: pin, cancel: token)
        }
    }

    /// Opens a wallet that was made before. It is locked. No network is used.
    public static func open(_ config: WalletConfig) async throws(WalletError) -> CitizenWallet {
        try await make(config) { parts, token in
            try await .open(place: parts.place, platform: parts.platform, cancel: token)
        }
    }

    /// Opens a wallet and unlocks it. With a wrong PIN it is closed again: an app that asks again opens it without.
    public static func open(_ config: WalletConfig, pin: Secret) async throws(WalletError) -> CitizenWallet {
        let wallet = try await open(config)
        do throws(WalletError) {
            try await wallet.unlock(pin)
        } catch {
            await wallet.release()
            throw error
        }
        return wallet
    }

    /// Makes a wallet out of a backup: new keys, which the recovery key puts in the place of the old phone's, which can only show from
    /// then on. Interrupted, it can be called again.
    public static func restore(
        _ config: WalletConfig, backup: Data, recoveryCode: Secret, pin: Secret
    ) async throws(WalletError) -> CitizenWallet {
        try await make(config) { parts, token in
            try config.prepareFolder()
            return try await .restore(
                place: parts.place, platform: parts.platform, backup: backup, code: recoveryCode, pin: pin,
                cancel: token)
        }
    }

    public func unlock(_ pin: Secret) async throws(WalletError) {
        try await cancellable { try await self.library.unlock(pin: pin, cancel: $0) }
    }

    public func lock() async throws(WalletError) {
        try await cancellable { try await self.library.lock(cancel: $0) }
    }

    public func lockIfIdle() async throws(WalletError) -> Bool {
        try await cancellable { try await self.library.lockIfIdle(cancel: $0) }
    }

    public func changePin(from old: Secret, to new: Secret) async throws(WalletError) {
        try await cancellable { try await self.library.changePin(old: old, new: new, cancel: $0) }
    }

    public func release() async {
        hub.finish()
        // It answers nothing else than that it is done.
        try? await library.release()
    }

    private static func make(
        _ config: WalletConfig,
        _ made: @Sendable (Parts, CancelToken) async throws -> CitizenWalletFFI.Wallet
    ) async throws(WalletError) -> CitizenWallet {
        let hub = EventHub(before: config.listener)
        let library = try await cancellable { token in
            let platform = try await config.platform(telling: hub)
            return try await made(Parts(place: config.place, platform: platform), token)
        }
        return CitizenWallet(library, hub: hub)
    }
}
