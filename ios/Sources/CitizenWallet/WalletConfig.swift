import CitizenWalletFFI
import Foundation

/// Where the wallet's keys are.
public enum Keys: Sendable {
    /// In the platform's key store, or in one of the app's own.
    case platform(any Keystore)
    #if DESKTOP
    /// In a file, and whoever can read it has them: for desktops, servers and tests.
    case file(URL)
    #endif
}

/// What differs between a phone, a desktop and a test.
public struct WalletConfig: Sendable {
    /// The store's file. Its folder is made if it is not there, and kept out of backups.
    public var store: URL
    /// Where the keys are.
    public var keys: Keys
    /// The city: needed to create a wallet, later only if it has changed.
    public var city: City?
    /// The app's own HTTP stack; the library's if there is none.
    public var transport: (any Transport)?
    /// Where the app brings its own transport: a fresh one for each ballot, and for what names an issuer or a
    /// verifier, that shares nothing with it. Without them it cannot vote, and its gateway can tell which account shows its card to whom.
    public var connections: (any Connections)?
    /// The app's own clock; the system's if there is none.
    public var clock: (any WalletClock)?
    /// How long the wallet stays unlocked without an act of the citizen; five minutes if nothing is said.
    public var autoLock: Duration?
    /// Whether the app's policy lets her insist on showing something to whom the registry does not have.
    public var mayInsist = false
    /// Where a browser comes back to from an issuer's page: the app's own `https` link, or a scheme of its own with a dot in it.
    /// Without one an offer that needs the browser is refused: `invalid`, `return-address-missing`.
    public var returnAddress: String?
    /// How the app is called as a client of OAuth, as its issuers have registered it; `seoul-citizen-wallet` if nothing is said.
    public var clientId: String?
    /// Hears of events before the wallet's own streams do: for the package's tests.
    package var listener: (any EventListener)?

    /// A wallet in a file.
    public init(
        store: URL, keys: Keys, city: City? = nil, transport: (any Transport)? = nil, clock: (any WalletClock)? = nil,
        autoLock: Duration? = nil, connections: (any Connections)? = nil
    ) {
        self.store = store
        self.keys = keys
        self.city = city
        self.transport = transport
        self.clock = clock
        self.autoLock = autoLock
        self.connections = connections
    }

    #if canImport(Security)
    /// A wallet in a folder, its keys in the Secure Enclave.
    public init(in folder: URL, city: City? = nil) {
        self.init(
            store: folder.appendingPathComponent("wallet.sqlite"), keys: .platform(SecureEnclaveKeystore()), city: city)
    }
    #elseif DESKTOP
    /// A wallet in a folder, its keys in a file beside it: this platform has no key store.
    public init(in folder: URL, city: City? = nil) {
        self.init(
            store: folder.appendingPathComponent("wallet.sqlite"), keys: .file(folder.appendingPathComponent("keys")),
            city: city)
    }
    #endif

    var place: WalletPlace {
        let seconds = autoLock.map { UInt64(clamping: $0.components.seconds) }
        return WalletPlace(
            store: store.path, city: city?.address, autoLockSeconds: seconds, mayInsist: mayInsist,
            returnAddress: returnAddress, clientId: clientId)
    }

    func platform(telling listener: EventListener) async throws -> Platform {
        switch keys {
        case .platform(let keystore):
            return Platform(
                keystore: keystore, transport: transport, clock: clock, listener: listener, connections: connections)
        #if DESKTOP
        case .file(let file):
            return try await Platform.desktop(
                keys: file.path, transport: transport, clock: clock, listener: listener, connections: connections)
        #endif
        }
    }

    /// Makes the store's folder. What is in it is of no use on another phone: the key store's half stays behind. It is kept out of
    /// backups, and readable only after the phone was unlocked once.
    func prepareFolder() throws {
        var folder = store.deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        #if canImport(Darwin)
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try folder.setResourceValues(values)
        #endif
        #if os(iOS)
        try FileManager.default.setAttributes(
            [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication], ofItemAtPath: folder.path)
        #else
        folder.standardize()
        #endif
    }
}
