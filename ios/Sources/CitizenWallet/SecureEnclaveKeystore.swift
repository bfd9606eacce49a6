import CitizenWalletFFI
import Foundation

/// Who may use the signing key. It is chosen when the key is made, and kept with it.
public enum KeyUse: String, Sendable {
    /// The face or the finger that is enrolled now. Another one enrolled later makes the key unusable, and the wallet says
    /// `KeyInvalidated`: restore from the backup.
    case enrolledBiometry
    /// A face, a finger, or the phone's passcode.
    case anyPresence
    /// Nobody is asked. For devices without a passcode, and only if that is wanted.
    case nobody
}

/// The wallet's keys in the Secure Enclave: P-256 keys that never leave it.
///
/// An alias has a signing key, behind ``KeyUse``, and apart from it a wrapping key, which the unlocked phone may use: together with the PIN it
/// opens the store. Keys stay on this phone: neither backups nor another device have them. Apple attests no such keys, so ``attest(alias:challenge:)``
/// answers nothing.
public final class SecureEnclaveKeystore: Keystore {
    private let enclave: any Enclave
    private let use: KeyUse

    /// The keys in an enclave, or in what stands for one in a test.
    package init(enclave: any Enclave, use: KeyUse) {
        self.enclave = enclave
        self.use = use
    }

    /// Makes a signing key in the place of the one before.
    public func createKey(alias: String) async throws -> Data {
        try await asked {
            try await enclave.remove(.signing(alias))
            return try await enclave.make(.signing(alias), use: use)
        }
    }

    /// The public key, SEC 1, uncompressed.
    public func publicKey(alias: String) async throws -> Data {
        try await asked { try await enclave.publicKey(.signing(alias)) }
    }

    /// Asks for face or finger, where the key wants one, and signs.
    public func sign(alias: String, message: Data) async throws -> Data {
        try await asked {
            let key = EnclaveKey.signing(alias)
            if try await enclave.isForgotten(key) { throw KeystoreError.Invalidated }
            return try rawSignature(der: try await enclave.sign(key, message))
        }
    }

    /// Encrypts, under a key that the first call makes.
    public func wrap(alias: String, plain: Data) async throws -> Data {
        try await asked {
            let key = EnclaveKey.wrapping(alias)
            do {
                return try await enclave.encrypt(key, plain)
            } catch EnclaveFailure.itemNotFound {
                _ = try await enclave.make(key, use: .nobody)
                return try await enclave.encrypt(key, plain)
            }
        }
    }

    /// Decrypts.
    public func unwrap(alias: String, wrapped: Data) async throws -> Data {
        try await asked { try await enclave.decrypt(.wrapping(alias), wrapped) }
    }

    /// Removes both keys.
    public func delete(alias: String) async throws {
        try await asked {
            try await enclave.remove(.signing(alias))
            try await enclave.remove(.wrapping(alias))
        }
    }

    /// Nothing: Apple attests no key that signs what the wallet signs.
    public func attest(alias: String, challenge: Data) async throws -> Data? {
        nil
    }

    private func asked<Answer>(_ question: () async throws -> Answer) async throws -> Answer {
        do {
            return try await question()
        } catch let error as KeystoreError {
            throw error
        } catch let failure as EnclaveFailure {
            throw KeystoreError(failure)
        }
    }
}

/// A key's name in the enclave.
package enum EnclaveKey: Hashable, Sendable {
    /// Signs.
    case signing(String)
    /// Wraps.
    case wrapping(String)

    /// The tag under which the keychain keeps it.
    package var tag: String {
        switch self {
        case .signing(let alias): "kr.citizenwallet.\(alias).sign"
        case .wrapping(let alias): "kr.citizenwallet.\(alias).wrap"
        }
    }
}

/// What the Secure Enclave and the keychain do, so that what this library makes of it can be tested where there is none.
package protocol Enclave: Sendable {
    /// Makes a P-256 key; answers its public key, SEC 1, uncompressed.
    func make(_ key: EnclaveKey, use: KeyUse) async throws -> Data
    /// Its public key.
    func publicKey(_ key: EnclaveKey) async throws -> Data
    /// Whether it was made for the enrolled biometry, and another is enrolled now.
    func isForgotten(_ key: EnclaveKey) async throws -> Bool
    /// ECDSA over SHA-256, as DER.
    func sign(_ key: EnclaveKey, _ message: Data) async throws -> Data
    /// Encrypts to it, authenticated.
    func encrypt(_ key: EnclaveKey, _ plain: Data) async throws -> Data
    /// Decrypts.
    func decrypt(_ key: EnclaveKey, _ wrapped: Data) async throws -> Data
    /// Removes it; removing what is not there is fine.
    func remove(_ key: EnclaveKey) async throws
}

/// Why the enclave did not do it: the codes of Security and LocalAuthentication that mean something else to an app.
package enum EnclaveFailure: Error, Hashable {
    /// No such key.
    case itemNotFound
    /// The citizen, the app or the system stopped the prompt.
    case cancelled
    /// The phone is locked, or too many wrong fingers.
    case locked
    /// The passcode was taken off, no biometry is enrolled any more, or the key refuses whoever is there.
    case invalidated
    /// No room is left for the key.
    case full
    /// Anything else.
    case other(Int)

    /// By `errSec…` of Security.
    package init(status: Int) {
        switch status {
        case -25300: self = .itemNotFound  // errSecItemNotFound
        case -128: self = .cancelled  // errSecUserCanceled
        case -25308: self = .locked  // errSecInteractionNotAllowed
        case -25293: self = .invalidated  // errSecAuthFailed
        case -34: self = .full  // errSecDiskFull
        default: self = .other(status)
        }
    }

    /// By `LAError` of LocalAuthentication.
    package init(authentication code: Int) {
        switch code {
        case -2, -4, -9, -3: self = .cancelled  // userCancel, systemCancel, appCancel, userFallback
        case -8, -1004: self = .locked  // biometryLockout, notInteractive
        case -5, -7: self = .invalidated  // passcodeNotSet, biometryNotEnrolled
        default: self = .other(code)
        }
    }
}

extension KeystoreError {
    /// What the wallet makes of it.
    init(_ failure: EnclaveFailure) {
        switch failure {
        case .itemNotFound: self = .Missing
        case .cancelled: self = .Cancelled
        case .locked: self = .Locked
        case .invalidated: self = .Invalidated
        case .full: self = .Full
        case .other: self = .Failed
        }
    }
}

/// A signature as the wallet wants it, 64 bytes `r ‖ s`, of DER as platforms like to answer. Strict: what is not DER is a failure.
package func rawSignature(der: Data) throws -> Data {
    var rest = Array(der)[...]
    guard rest.popFirst() == 0x30, let length = rest.popFirst(), length < 0x80, Int(length) == rest.count else {
        throw KeystoreError.Failed
    }
    let numbers = try number(&rest) + number(&rest)
    guard rest.isEmpty else { throw KeystoreError.Failed }
    return Data(numbers)
}

/// A positive DER integer of at most 256 bits, as 32 bytes.
private func number(_ rest: inout ArraySlice<UInt8>) throws -> [UInt8] {
    guard rest.popFirst() == 0x02, let length = rest.popFirst(), length > 0, Int(length) <= rest.count else {
        throw KeystoreError.Failed
    }
    var bytes = rest.prefix(Int(length))
    rest = rest.dropFirst(Int(length))
    guard let first = bytes.first, first < 0x80 else { throw KeystoreError.Failed }
    if first == 0, bytes.count > 1 {
        bytes = bytes.dropFirst()
        // A zero in front only where the number would read as negative.
        guard let second = bytes.first, second >= 0x80 else { throw KeystoreError.Failed }
    }
    guard bytes.count <= 32 else { throw KeystoreError.Failed }
    return Array(repeating: 0, count: 32 - bytes.count) + bytes
}
