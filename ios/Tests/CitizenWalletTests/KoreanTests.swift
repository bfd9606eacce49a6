import CitizenContract
import CitizenWallet
import Foundation
import Testing

/// Korean in and out, as Swift and its keyboards write it.
@Suite struct KoreanTests {
    @Test func aNameIsTheSameInWhateverFormItWasTyped() async throws {
        let town = try await Town.shared()
        let wallet = try await CitizenWallet.create(town.config("korean"), pin: Secret(typed: Town.pin))
        _ = try await wallet.openAccount(recoveryCode: try await wallet.generateRecoveryCode())
        let name = "강새벽"
        let apart = name.decomposedStringWithCanonicalMapping
        // Equal in Swift, other bytes: what crosses to Rust are bytes.
        #expect(name == apart && !name.utf8.elementsEqual(apart.utf8))
        #expect(try await wallet.enrol(apart).krw == 100_000)
        #expect(try await wallet.enrol(name).krw == 100_000)
        await wallet.release()
    }

    @Test func emojiAndLongNamesGoInAndOutWhole() async throws {
        let town = try await Town.shared()
        let wallet = try await town.citizen("제갈공명 🥟", town.config("emoji"))
        let payment = try await wallet.approve(try await town.code(of: "till"), 3_000, points: 1_000)
        let paid = try await payment.end()
        #expect(paid.merchant.utf8.elementsEqual("연남만두".utf8))
        #expect(paid.merchant.utf8.elementsEqual(paid.merchant.precomposedStringWithCanonicalMapping.utf8))
        #expect(paid.text.text(.korean) != paid.text.text(.english))
        #expect(try await payment.askRefund(.won(100), reason: "가족 👨‍👩‍👧‍👦 모두").left == 3_000)
        await #expect(throws: WalletError.Invalid(reason: "text")) {
            try await payment.askRefund(.won(100), reason: "한 줄\n두 줄")
        }
        #expect(inspectCode("🥐 망원빵집").refusal?.rule == "no-payment-code")
        await wallet.release()
    }
}
