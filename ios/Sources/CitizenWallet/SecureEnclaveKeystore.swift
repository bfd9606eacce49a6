import CitizenWalletFFI
import Foundation

/// Who may use a signing key. It is chosen when the key is made, and kept with it.
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
/// opens the store. A key that approves asks at every signature; keys of copies of a credential (`KeyPurpose.token`) share a prompt for 30 seconds. Keys stay on this phone: neither backups nor another device have them. Apple attests no such keys, so ``attest(alias:challenge:)``
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
    public func createKey(alias: String, purpose: KeyPurpose) async throws -> Data {
        do {
            return try await asked {
                try await enclave.remove(.signing(alias))
                try await enclave.remove(.token(alias))
                switch purpose {
                case .approval: return try await enclave.make(.signing(alias), use: use)
                case .token: return try await enclave.make(.token(alias), use: use)
                }
            }
        } catch KeystoreError.Invalidated {
            // Nothing was there that could have been thrown away: no passcode is set, or nothing is enrolled.
            throw KeystoreError.NotSetUp
        }
    }

    /// The public key, SEC 1, uncompressed.
    public func publicKey(alias: String) async throws -> Data {
        try await asked { try await signing(alias).point }
    }

    /// Asks for face or finger, where the key wants one, with the reason beside it, and signs.
    public func sign(alias: String, message: Data, reason: SigningReason) async throws -> Data {
        try await asked {
            let key = try await signing(alias).key
            if try await isForgotten(key) { throw KeystoreError.Invalidated }
            return try rawSignature(der: try await enclave.sign(key, message, reason))
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

    /// Removes the alias's keys.
    public func delete(alias: String) async throws {
        try await asked {
            for key in [EnclaveKey.signing(alias), .token(alias), .wrapping(alias)] { try await enclave.remove(key) }
        }
    }

    /// Nothing: Apple attests no key that signs what the wallet signs.
    public func attest(alias: String, challenge: Data) async throws -> Data? {
        nil
    }

    /// The alias's signing key, whichever it was made for.
    private func signing(_ alias: String) async throws -> (key: EnclaveKey, point: Data) {
        do {
            return (.signing(alias), try await enclave.publicKey(.signing(alias)))
        } catch EnclaveFailure.itemNotFound {
            return (.token(alias), try await enclave.publicKey(.token(alias)))
        }
    }

    /// Whether the key was made for the enrolled biometry, and another is enrolled now. Where the system does not tell, too many wrong fingers or a
    /// permission that was taken away, the key is asked: it knows.
    private func isForgotten(_ key: EnclaveKey) async throws -> Bool {
        guard let remembered = try await enclave.remembered(key) else { return false }
        switch await enclave.enrolment() {
        case .known(let now): return now != remembered
        case .nobody: return true
        case .untold: return false
        }
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

extension SigningReason {
    /// Its own sentence: in Korean where the phone is in Korean, else in English.
    public func said(in language: String = Locale.preferredLanguages.first ?? "en") -> String {
        text.text(language == "ko" || language.hasPrefix("ko-") ? .korean : .english)
    }
}

/// A key's name in the enclave.
package enum EnclaveKey: Hashable, Sendable {
    /// Signs what costs or binds; every signature asks.
    case signing(String)
    /// Signs tokens; a prompt of the last moments is enough.
    case token(String)
    /// Wraps.
    case wrapping(String)

    /// The tag under which the keychain keeps it.
    package var tag: String {
        switch self {
        case .signing(let alias): "kr.citizenwallet.\(alias).sign"
        case .token(let alias): "kr.citizenwallet.\(alias).token"
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
    /// The biometry that it was made for, if it was made for one that the system told.
    func remembered(_ key: EnclaveKey) async throws -> Data?
    /// The biometry that is enrolled now.
    func enrolment() async -> Enrolment
    /// ECDSA over SHA-256, as DER, with the reason in the prompt. A prompt that nobody waits for any more goes.
    func sign(_ key: EnclaveKey, _ message: Data, _ reason: SigningReason) async throws -> Data
    /// Encrypts to it, authenticated.
    func encrypt(_ key: EnclaveKey, _ plain: Data) async throws -> Data
    /// Decrypts.
    func decrypt(_ key: EnclaveKey, _ wrapped: Data) async throws -> Data
    /// Removes it; removing what is not there is fine.
    func remove(_ key: EnclaveKey) async throws
}

/// The fingers or the face that are enrolled, as far as the system tells.
package enum Enrolment: Hashable, Sendable {
    /// These; opaque, and another after another one is enrolled.
    case known(Data)
    /// None: taken off, or the passcode with it.
    case nobody
    /// The system does not say: too many wrong fingers, no permission.
    case untold
}

/// Why the enclave did not do it: the codes of Security and LocalAuthentication that mean something else to an app.
package enum EnclaveFailure: Error, Hashable {
    /// No such key.
    case itemNotFound
    /// The citizen, the app or the system stopped the prompt.
    case cancelled
    /// The phone is locked, or too many wrong fingers.
    case locked
    /// Whoever laid the finger on it was not recognised.
    case refused
    /// The passcode was taken off, or no biometry is enrolled any more.
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
        case -25293: self = .refused  // errSecAuthFailed
        case -34: self = .full  // errSecDiskFull
        default: self = .other(status)
        }
    }

    /// By `LAError` of LocalAuthentication.
    package init(authentication code: Int) {
        switch code {
        case -1: self = .refused  // authenticationFailed
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
        case .cancelled, .refused: self = .Cancelled
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
