import CitizenContract
import CitizenWallet
import Foundation
import Testing

/// Opened, locked, released; in many hands.
@Suite struct LifeTests {
    @Test func aWalletIsOpenedWithItsPinAndAWrongOneClosesItAgain() async throws {
        let town = try await Town.shared()
        let config = town.config("pin")
        let made = try await CitizenWallet.create(config, pin: Secret(typed: Town.pin))
        await #expect(throws: WalletError.StoreBusy) { try await CitizenWallet.open(config) }
        await made.release()
        await #expect(throws: WalletError.WrongPin(triesLeft: 4, waitSeconds: 0)) {
            try await CitizenWallet.open(config, pin: Secret(typed: "111112"))
        }
        let wallet = try await CitizenWallet.open(config, pin: Secret(typed: Town.pin))
        try await wallet.lock()
        await #expect(throws: WalletError.Locked) { try await wallet.balance() }
        try await wallet.unlock(Secret(typed: Town.pin))
        try await wallet.changePin(from: Secret(typed: Town.pin), to: Secret(typed: "730164"))
        try await wallet.lock()
        try await wallet.unlock(Secret(typed: "730164"))
        await wallet.release()
    }

    @Test func releasedTwiceAndUsedAfterwardsNothingBreaks() async throws {
        let town = try await Town.shared()
        let config = town.config("twice")
        let wallet = try await town.citizen("김하나 둘", config)
        let payment = try await wallet.approve(try await town.code(of: "bakery"), 1_000, points: 0)
        async let first: Void = wallet.release()
        async let second: Void = wallet.release()
        _ = await (first, second)
        await wallet.release()
        await #expect(throws: WalletError.Cancelled) { try await wallet.balance() }
        await #expect(throws: WalletError.Cancelled) { try await wallet.unlock(Secret(typed: Town.pin)) }
        await #expect(throws: WalletError.Cancelled) { try await payment.end() }
        await #expect(throws: WalletError.self) {
            for try await _ in wallet.balances {}
        }
        for await _ in wallet.events {
            Issue.record("a released wallet tells of nothing")
        }
        // The files are free again.
        let again = try await CitizenWallet.open(config, pin: Secret(typed: Town.pin))
        #expect(try await again.payment(payment.id).end().progress == .captured)
        await again.release()
    }

    @Test func thirtyTwoTasksShareAWalletAndAReleaseEndsThemAll() async throws {
        let town = try await Town.shared()
        let config = town.config("many")
        let wallet = try await town.citizen("박셋 넷", config)
        let answered = Shared(0)
        let hands = (0..<32).map { hand in
            Task {
                while true {
                    switch hand % 4 {
                    case 0: _ = try await wallet.balance()
                    case 1: _ = try await wallet.history()
                    case 2: _ = try await wallet.payments()
                    default: try await wallet.sync()
                    }
                    answered.with { $0 += 1 }
                }
            }
        }
        #expect(await comesTrue(within: .seconds(120)) { answered.with { $0 > 100 } })
        await wallet.release()
        for hand in hands {
            guard case .failure(let error) = await hand.result else { continue }
            #expect(error as? WalletError == .Cancelled)
        }
        let again = try await CitizenWallet.open(config, pin: Secret(typed: Town.pin))
        #expect(try await again.funds() == [10_000, 100_000])
        await again.release()
    }

    @Test func aWalletComesBackFromItsBackupOnAnotherPhone() async throws {
        let town = try await Town.shared()
        let old = try await CitizenWallet.create(town.config("lost"), pin: Secret(typed: Town.pin))
        let code = try await old.generateRecoveryCode()
        #expect(code.count > 20 && code[0] != nil && code[code.count] == nil)
        _ = try await old.openAccount(recoveryCode: code)
        let backup = try await old.backup(recoveryCode: code)
        let new = try await CitizenWallet.restore(
            town.config("found"), backup: backup, recoveryCode: code, pin: Secret(typed: Town.pin))
        #expect(try await new.account().epoch == 1)
        try await old.sync()
        #expect(try await old.account().fencedSince != nil)
        await old.release()
        await new.release()
    }

    @Test func aSecretIsTypedShownAndWiped() {
        let secret = Secret()
        for digit in "29485" { #expect(secret.append(digit)) }
        secret.pop()
        #expect(secret.count == 4 && secret[3] == "8" && secret[4] == nil && secret[-1] == nil)
        var typed: [Character] = ["1", "2"]
        #expect(Secret(consuming: &typed)?.count == 2 && typed.isEmpty)
        var long = [Character](repeating: "가", count: 43)
        #expect(Secret(consuming: &long) == nil && long.isEmpty, "more than 128 bytes are cut nowhere")
        secret.clear()
        #expect(secret.count == 0)
        #expect(!"\(secret)".contains("294"))
    }
}
