import CitizenContract
import Foundation
import Testing

@testable import CitizenWallet

/// What this library makes of the Secure Enclave, over a double that answers as the enclave does.
@Suite struct EnclaveTests {
    @Test func aWalletLivesOnItsKeysAndAsksForTheFingerAboveTheLimit() async throws {
        let town = try await Town.shared()
        let enclave = try EnclaveDouble(town, "enclave")
        let store = town.folder.url.appendingPathComponent("enclave/wallet.sqlite")
        let keys = Keys.platform(SecureEnclaveKeystore(enclave: enclave, use: .enrolledBiometry))
        let config = WalletConfig(store: store, keys: keys, city: town.city)
        let wallet = try await town.citizen("유일곱 셋", config)
        #expect(try await wallet.approve(try await town.code(of: "bakery"), 2_000, points: 1_000).end().progress == .captured)
        await wallet.release()
        let again = try await CitizenWallet.open(config, pin: Secret(typed: Town.pin))
        #expect(try await again.funds() == [9_000, 99_000])
        #expect(enclave.uses.with { $0[.enrolledBiometry] ?? 0 } > 0)
        #expect(enclave.tags.with { $0.allSatisfy { $0.hasPrefix("kr.citizenwallet.") } })
        // Another finger is enrolled: the signing key is of no use any more, and the wallet says what to do.
        enclave.enrolled.with { $0 = .known(Data("another".utf8)) }
        let loose = OwnLimits(perPayment: 1_000_000, perDay: 1_000_000, perMonth: 1_000_000)
        let tight = OwnLimits(perPayment: 1_000, perDay: 1_000, perMonth: 1_000)
        #expect(enclave.reasons.with { $0.map(\.kind) } == [.account])
        #expect(try await again.setLimits(tight).follow().state == "done")
        await #expect(throws: WalletError.KeyInvalidated) { try await again.setLimits(loose) }
        await again.release()
    }

    @Test func theFirstWrapMakesTheWrappingKeyAndADeleteRemovesBoth() async throws {
        let town = try await Town.shared()
        let keystore = SecureEnclaveKeystore(enclave: try EnclaveDouble(town, "wrap"), use: .anyPresence)
        await #expect(throws: KeystoreError.Missing) { try await keystore.unwrap(alias: "a", wrapped: Data([1])) }
        let wrapped = try await keystore.wrap(alias: "a", plain: Data([1, 2, 3]))
        #expect(try await keystore.unwrap(alias: "a", wrapped: wrapped) == Data([1, 2, 3]))
        var changed = wrapped
        changed[changed.count - 1] ^= 1
        await #expect(throws: KeystoreError.Failed) { try await keystore.unwrap(alias: "a", wrapped: changed) }
        let point = try await keystore.createKey(alias: "a", purpose: .approval)
        #expect(try await keystore.publicKey(alias: "a") == point)
        #expect(try await keystore.createKey(alias: "a", purpose: .token) != point)
        #expect(try await keystore.publicKey(alias: "a") != point)
        #expect(try await keystore.sign(alias: "a", message: Data("x".utf8), reason: toShow).count == 64)
        try await keystore.delete(alias: "a")
        try await keystore.delete(alias: "a")
        await #expect(throws: KeystoreError.Missing) { try await keystore.sign(alias: "a", message: Data(), reason: toShow) }
        await #expect(throws: KeystoreError.Missing) { try await keystore.unwrap(alias: "a", wrapped: wrapped) }
        #expect(try await keystore.attest(alias: "a", challenge: Data()) == nil)
    }

    @Test func thePromptSaysWhatTheSignatureIsForInALanguageOfThePhone() async throws {
        let enclave = try EnclaveDouble(try await Town.shared(), "reasons")
        let keystore = SecureEnclaveKeystore(enclave: enclave, use: .anyPresence)
        for purpose in [KeyPurpose.approval, .token] {
            _ = try await keystore.createKey(alias: "e", purpose: purpose)
            _ = try await keystore.sign(alias: "e", message: Data("x".utf8), reason: toShow)
        }
        #expect(enclave.reasons.with { $0 } == [toShow, toShow])
        #expect(toShow.said(in: "ko-KR") == "도서관에 보여 줍니다.")
        #expect(toShow.said(in: "ko") == toShow.said(in: "ko-KR"))
        #expect(["en-US", "kok-IN", "fr"].allSatisfy { toShow.said(in: $0) == "Show it to the library." })
    }

    @Test(arguments: [
        (EnclaveFailure(status: -25300), KeystoreError.Missing), (EnclaveFailure(status: -128), .Cancelled),
        (EnclaveFailure(status: -25308), .Locked), (EnclaveFailure(status: -25293), .Cancelled),
        (EnclaveFailure(status: -34), .Full), (EnclaveFailure(status: -50), .Failed),
        (EnclaveFailure(authentication: -2), .Cancelled),
        (EnclaveFailure(authentication: -4), .Cancelled), (EnclaveFailure(authentication: -9), .Cancelled),
        (EnclaveFailure(authentication: -8), .Locked), (EnclaveFailure(authentication: -7), .Invalidated),
        (EnclaveFailure(authentication: -5), .Invalidated), (EnclaveFailure(authentication: -1), .Cancelled),
    ])
    func whatThePlatformAnswersSaysWhatTheAppDoesNext(_ failure: EnclaveFailure, _ error: KeystoreError) {
        #expect(KeystoreError(failure) == error)
    }

    @Test func onlyAnotherFingerEndsAKeyNotOneThatTheSystemDoesNotTell() async throws {
        let enclave = try EnclaveDouble(try await Town.shared(), "told")
        let keystore = SecureEnclaveKeystore(enclave: enclave, use: .enrolledBiometry)
        for purpose in [KeyPurpose.approval, .token] {
            enclave.enrolled.with { $0 = .known(Data("hers".utf8)) }
            _ = try await keystore.createKey(alias: "b", purpose: purpose)
            // Too many wrong fingers, or the permission for the face was taken away: nothing was enrolled.
            enclave.enrolled.with { $0 = .untold }
            #expect(try await keystore.sign(alias: "b", message: Data("x".utf8), reason: toShow).count == 64)
            for gone in [Enrolment.nobody, .known(Data("another".utf8))] {
                enclave.enrolled.with { $0 = gone }
                await #expect(throws: KeystoreError.Invalidated) { try await keystore.sign(alias: "b", message: Data(), reason: toShow) }
            }
        }
        // Without a passcode, or without a finger, no key is made, and the citizen is told to set the phone up.
        enclave.enrolled.with { $0 = .nobody }
        await #expect(throws: KeystoreError.NotSetUp) { try await keystore.createKey(alias: "d", purpose: .approval) }
        // A key for anybody with the passcode outlives a new finger.
        let open = SecureEnclaveKeystore(enclave: enclave, use: .anyPresence)
        _ = try await open.createKey(alias: "c", purpose: .approval)
        #expect(try await open.sign(alias: "c", message: Data("x".utf8), reason: toShow).count == 64)
    }

    @Test func aSignatureIsReadStrictly() throws {
        let one: [UInt8] = [0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x7F]
        #expect(try rawSignature(der: Data(one)) == Data(zeros(31) + [1] + zeros(31) + [0x7F]))
        let large = [UInt8](repeating: 0xFF, count: 32)
        let both = [0x02, 0x21, 0x00] + large
        #expect(try rawSignature(der: Data([0x30, 70] + both + both)) == Data(large + large))
        for bad: [UInt8] in [
            [], [0x30], Array(one.dropLast()), one + [0], [0x31] + one.dropFirst(),
            [0x30, 0x06, 0x02, 0x01, 0x81, 0x02, 0x01, 0x7F],  // negative
            [0x30, 0x07, 0x02, 0x02, 0x00, 0x01, 0x02, 0x01, 0x7F],  // a zero too many
            [0x30, 0x05, 0x02, 0x00, 0x02, 0x01, 0x7F],  // no digits
            [0x30, 0x06, 0x02, 0x05, 0x01, 0x02, 0x01, 0x7F],  // longer than what is there
            [0x30, 0x27, 0x02, 0x22, 0x01] + zeros(33) + [0x02, 0x01, 0x7F],  // more than 256 bits
        ] {
            #expect(throws: KeystoreError.Failed) { try rawSignature(der: Data(bad)) }
        }
    }

    private func zeros(_ count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: count)
    }
}

private let toShow = SigningReason(
    kind: .presentation, text: Message(ko: "도서관에 보여 줍니다.", en: "Show it to the library."))

/// An enclave over keys in a file, which answers DER as the real one does.
final class EnclaveDouble: Enclave {
    let enrolled = Shared(Enrolment.known(Data("hers".utf8)))
    let uses = Shared<[KeyUse: Int]>([:])
    let tags = Shared<Set<String>>([])
    /// What the prompts said.
    let reasons = Shared<[SigningReason]>([])
    private let file: Finger
    private let made = Shared<Set<EnclaveKey>>([])
    private let remembered = Shared<[EnclaveKey: Data]>([:])

    init(_ town: Town, _ name: String) throws {
        file = try town.finger(name)
    }

    func make(_ key: EnclaveKey, use: KeyUse) async throws -> Data {
        if use == .enrolledBiometry, enrolled.with({ $0 }) == .nobody { throw EnclaveFailure(authentication: -7) }
        made.with { _ = $0.insert(key) }
        uses.with { $0[use, default: 0] += 1 }
        tags.with { _ = $0.insert(key.tag) }
        if case .wrapping(let alias) = key { return try await file.wrap(alias: alias, plain: Data()) }
        if use == .enrolledBiometry, case .known(let now) = enrolled.with({ $0 }) { remembered.with { $0[key] = now } }
        return try await file.createKey(alias: name(key), purpose: .approval)
    }

    func publicKey(_ key: EnclaveKey) async throws -> Data {
        try await file.publicKey(alias: try find(key))
    }

    func remembered(_ key: EnclaveKey) async throws -> Data? {
        remembered.with { $0[key] }
    }

    func enrolment() async -> Enrolment {
        enrolled.with { $0 }
    }

    func sign(_ key: EnclaveKey, _ message: Data, _ reason: SigningReason) async throws -> Data {
        reasons.with { $0.append(reason) }
        let raw = Array(try await file.sign(alias: try find(key), message: message, reason: reason))
        let (r, s) = (number(raw[..<32]), number(raw[32...]))
        return Data([0x30, UInt8(r.count + s.count)] + r + s)
    }

    func encrypt(_ key: EnclaveKey, _ plain: Data) async throws -> Data {
        try await file.wrap(alias: try find(key), plain: plain)
    }

    func decrypt(_ key: EnclaveKey, _ wrapped: Data) async throws -> Data {
        let name = try find(key)
        do {
            return try await file.unwrap(alias: name, wrapped: wrapped)
        } catch {
            throw EnclaveFailure(status: -26275)
        }
    }

    func remove(_ key: EnclaveKey) async throws {
        made.with { _ = $0.remove(key) }
        remembered.with { $0[key] = nil }
    }

    private func name(_ key: EnclaveKey) -> String {
        switch key {
        case .signing(let alias), .token(let alias), .wrapping(let alias): alias
        }
    }

    private func find(_ key: EnclaveKey) throws -> String {
        guard made.with({ $0.contains(key) }) else { throw EnclaveFailure(status: -25300) }
        return name(key)
    }

    /// DER's shortest positive integer.
    private func number(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var digits = Array(bytes.drop { $0 == 0 })
        if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
        return [0x02, UInt8(digits.count)] + digits
    }
}
