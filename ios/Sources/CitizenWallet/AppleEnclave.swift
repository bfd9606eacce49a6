#if canImport(Security)
import Foundation
import LocalAuthentication
import Security

extension SecureEnclaveKeystore {
    /// The keys of this app in this phone's enclave. `prompt` says a reason beside the finger: by its own sentence, in Korean where the phone is
    /// in Korean, else in English. What an app says in its place has to name what is signed: she may have read nothing else.
    public convenience init(
        use: KeyUse = .enrolledBiometry, prompt: @escaping @Sendable (SigningReason) -> String = { $0.said() },
        accessGroup: String? = nil
    ) {
        self.init(enclave: AppleEnclave(prompt: prompt, accessGroup: accessGroup), use: use)
    }
}

/// The Secure Enclave through Security and LocalAuthentication.
struct AppleEnclave: Enclave {
    let prompt: @Sendable (SigningReason) -> String
    let accessGroup: String?
    private let prompts = Prompts()

    init(prompt: @escaping @Sendable (SigningReason) -> String, accessGroup: String?) {
        self.prompt = prompt
        self.accessGroup = accessGroup
    }

    func make(_ key: EnclaveKey, use: KeyUse) async throws -> Data {
        var trouble: Unmanaged<CFError>?
        guard
            let access = SecAccessControlCreateWithFlags(
                nil, kSecAttrAccessibleWhenUnlockedThisDeviceOnly, flags(of: use), &trouble)
        else { throw failure(trouble) }
        var kept = query(key)
        kept[kSecAttrIsPermanent] = true
        kept[kSecAttrAccessControl] = access
        let attributes: [CFString: Any] = [
            kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom, kSecAttrKeySizeInBits: 256,
            kSecAttrTokenID: kSecAttrTokenIDSecureEnclave, kSecPrivateKeyAttrs: kept,
        ]
        guard let made = SecKeyCreateRandomKey(attributes as CFDictionary, &trouble) else { throw failure(trouble) }
        if use == .enrolledBiometry { try rememberBiometry(for: key) }
        return try point(of: made)
    }

    func publicKey(_ key: EnclaveKey) async throws -> Data {
        try point(of: try find(key, context: LAContext()))
    }

    func sign(_ key: EnclaveKey, _ message: Data, _ reason: SigningReason) async throws -> Data {
        let asking = prompts.asking(for: key, reason: prompt(reason))
        let found = try find(key, context: asking.context)
        do {
            return try await withTaskCancellationHandler {
                try Task.checkCancellation()
                return try await offMain { trouble in
                    SecKeyCreateSignature(found, .ecdsaSignatureMessageX962SHA256, message as CFData, &trouble) as Data?
                }
            } onCancel: {
                asking.context.invalidate()
            }
        } catch {
            // Whoever was not recognised, or went, is asked anew.
            prompts.forget(asking)
            throw error is CancellationError ? EnclaveFailure.cancelled : error
        }
    }

    func encrypt(_ key: EnclaveKey, _ plain: Data) async throws -> Data {
        guard let point = SecKeyCopyPublicKey(try find(key, context: LAContext())) else {
            throw EnclaveFailure.itemNotFound
        }
        return try await offMain { trouble in
            SecKeyCreateEncryptedData(point, Self.encryption, plain as CFData, &trouble) as Data?
        }
    }

    func decrypt(_ key: EnclaveKey, _ wrapped: Data) async throws -> Data {
        let found = try find(key, context: LAContext())
        return try await offMain { trouble in
            SecKeyCreateDecryptedData(found, Self.encryption, wrapped as CFData, &trouble) as Data?
        }
    }

    func remove(_ key: EnclaveKey) async throws {
        for query in [query(key), biometryItem(of: key)] {
            let status = SecItemDelete(query as CFDictionary)
            guard [errSecSuccess, errSecItemNotFound].contains(status) else {
                throw EnclaveFailure(status: Int(status))
            }
        }
    }

    // MARK: Keys

    private static let encryption = SecKeyAlgorithm.eciesEncryptionCofactorVariableIVX963SHA256AESGCM

    private func flags(of use: KeyUse) -> SecAccessControlCreateFlags {
        switch use {
        case .enrolledBiometry: [.privateKeyUsage, .biometryCurrentSet]
        case .anyPresence: [.privateKeyUsage, .userPresence]
        case .nobody: [.privateKeyUsage]
        }
    }

    private func query(_ key: EnclaveKey) -> [CFString: Any] {
        var query: [CFString: Any] = [kSecClass: kSecClassKey, kSecAttrApplicationTag: Data(key.tag.utf8)]
        query[kSecAttrAccessGroup] = accessGroup
        return query
    }

    private func find(_ key: EnclaveKey, context: LAContext) throws -> SecKey {
        var query = query(key)
        query[kSecReturnRef] = true
        query[kSecUseAuthenticationContext] = context
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        guard status == errSecSuccess, let found else { throw EnclaveFailure(status: Int(status)) }
        // The query asks for a key's reference: nothing else is answered.
        // swift-format-ignore: NeverForceUnwrap
        return found as! SecKey
    }

    private func point(of key: SecKey) throws -> Data {
        var trouble: Unmanaged<CFError>?
        guard let point = SecKeyCopyPublicKey(key),
            let bytes = SecKeyCopyExternalRepresentation(point, &trouble) as Data?
        else { throw failure(trouble) }
        return bytes
    }

    // MARK: The biometry that a key was made for

    func enrolment() async -> Enrolment {
        enrolled()
    }

    private func enrolled() -> Enrolment {
        let context = LAContext()
        var why: NSError?
        if context.canEvaluatePolicy(.deviceOwnerAuthenticationWithBiometrics, error: &why) {
            return context.evaluatedPolicyDomainState.map(Enrolment.known) ?? .untold
        }
        switch why?.code {
        case LAError.biometryNotEnrolled.rawValue?, LAError.passcodeNotSet.rawValue?: return .nobody
        default: return .untold
        }
    }

    private func biometryItem(of key: EnclaveKey) -> [CFString: Any] {
        var item: [CFString: Any] = [
            kSecClass: kSecClassGenericPassword, kSecAttrService: "kr.citizenwallet.biometry", kSecAttrAccount: key.tag,
        ]
        item[kSecAttrAccessGroup] = accessGroup
        return item
    }

    private func rememberBiometry(for key: EnclaveKey) throws {
        var item = biometryItem(of: key)
        SecItemDelete(item as CFDictionary)
        // What the system does not tell cannot be compared later. The key itself goes with the biometry all the same.
        guard case .known(let now) = enrolled() else { return }
        item[kSecValueData] = now
        item[kSecAttrAccessible] = kSecAttrAccessibleWhenUnlockedThisDeviceOnly
        let status = SecItemAdd(item as CFDictionary, nil)
        guard status == errSecSuccess else { throw EnclaveFailure(status: Int(status)) }
    }

    func remembered(_ key: EnclaveKey) async throws -> Data? {
        var item = biometryItem(of: key)
        item[kSecReturnData] = true
        var found: CFTypeRef?
        let status = SecItemCopyMatching(item as CFDictionary, &found)
        if status == errSecItemNotFound { return nil }
        guard status == errSecSuccess else { throw EnclaveFailure(status: Int(status)) }
        return found as? Data
    }

    // MARK: Waiting for a finger

    /// Security waits for the finger on the thread that asks: never one of those that tasks share.
    private func offMain(
        _ ask: @escaping @Sendable (inout Unmanaged<CFError>?) -> Data?
    ) async throws -> Data {
        try await withCheckedThrowingContinuation { answered in
            DispatchQueue.global(qos: .userInitiated).async {
                var trouble: Unmanaged<CFError>?
                if let answer = ask(&trouble) {
                    answered.resume(returning: answer)
                } else {
                    answered.resume(throwing: failure(trouble))
                }
            }
        }
    }

    private func failure(_ trouble: Unmanaged<CFError>?) -> EnclaveFailure {
        guard let error = trouble?.takeRetainedValue() as (any Error)? as NSError? else { return .other(0) }
        return error.domain == LAErrorDomain
            ? EnclaveFailure(authentication: error.code) : EnclaveFailure(status: error.code)
    }
}

/// The prompts of this phone's keys. One that was answered for a token's key serves the others for a while: ten copies are received with one.
private final class Prompts: @unchecked Sendable {
    /// A prompt, and when it began. An `LAContext` may be invalidated from any thread.
    struct Asking: @unchecked Sendable {
        let context: LAContext
        let began: Date
    }

    /// For so many seconds.
    private static let shared: TimeInterval = 30
    private let lock = NSLock()
    private var last: Asking?

    func asking(for key: EnclaveKey, reason: String) -> Asking {
        guard case .token = key else { return begin(reason) }
        return lock.withLock {
            if let last, case 0..<Self.shared = Date().timeIntervalSince(last.began) { return last }
            let asking = begin(reason)
            last = asking
            return asking
        }
    }

    func forget(_ asking: Asking) {
        lock.withLock {
            if last?.context === asking.context { last = nil }
        }
    }

    private func begin(_ reason: String) -> Asking {
        let context = LAContext()
        context.localizedReason = reason
        return Asking(context: context, began: Date())
    }
}
#endif
