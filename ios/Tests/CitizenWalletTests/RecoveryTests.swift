import CitizenContract
import CitizenWallet
import Foundation
import Testing

/// Phone and recovery code are lost, through the wrapper, as far as it goes without waiting for days; the contract goes to the end.
@Suite struct RecoveryTests {
    private let sample = Identity(number: "SB-1003", name: "김샘플", birthDate: "1985-12-25")

    @Test func officersFileACaseForANewPhoneAndTheOldOneObjectsAndHasItDropped() async throws {
        let town = try await Town.shared()
        let finger = try town.finger("recovery-held")
        let old = try await CitizenWallet.create(
            town.config("recovery-held", finger: finger, net: Net()), pin: Secret(typed: Town.pin))
        _ = try await old.openAccount(recoveryCode: try await old.generateRecoveryCode())
        let enrolled = try await old.enrolRecovery(sample)
        #expect(enrolled.enrolled >= enrolled.needed)

        let new = try await CitizenWallet.create(town.config("recovery-new"), pin: Secret(typed: Town.pin))
        let code = try await new.generateRecoveryCode()
        await #expect(throws: WalletError.Invalid(reason: "recovery-missing")) { try await new.recovery() }
        _ = try await new.recoverByOffice(sample, recoveryCode: code)
        let waiting = try await new.followRecovery()
        #expect(try await waiting.account == old.account().account)
        let until = try #require(waiting.effective)
        #expect(waiting.next == .wait(until: until))
        await #expect(throws: WalletError.Refused(by: "ledger", reason: "recovery-time")) {
            try await new.completeRecovery(recoveryCode: code)
        }

        // Cancelled at the finger, nothing was objected to.
        finger.mood.with { $0 = .waits }
        let objecting = Task { try await old.objectToRecovery() }
        #expect(await comesTrue(within: .seconds(60)) { finger.waiting.now > 0 })
        objecting.cancel()
        await #expect(throws: WalletError.Cancelled) { try await objecting.value }
        #expect(await comesTrue(within: .seconds(20)) { finger.waiting.now == 0 })
        finger.mood.with { $0 = .answers }
        #expect(try await old.custody().canObject)

        #expect(try await old.objectToRecovery().follow().state == "done")
        #expect(try await new.recovery().next == .uphold)
        #expect(try await !old.custody().canObject)
        #expect(try await old.dismissRecovery(sample).follow().state == "done")
        #expect(try await new.recovery().next == .askAnew)
        #expect(try await old.card().isActive)
        await old.release()
        await new.release()
    }

    @Test func whoeverIsNotAsTheRegisterHasHerIsToldNothingAndIsNotToldOf() async throws {
        let town = try await Town.shared()
        let wallet = try await CitizenWallet.create(town.config("recovery-nobody"), pin: Secret(typed: Town.pin))
        let stranger = Identity(number: "SB-1003", name: "김아무", birthDate: "1985-12-25")
        let code = try await wallet.generateRecoveryCode()
        await #expect(throws: WalletError.Refused(by: "recovery-officer", reason: "not-this-person")) {
            try await wallet.recoverByOffice(stranger, recoveryCode: code)
        }
        var told = "\(stranger) \(String(reflecting: stranger))"
        dump(stranger, to: &told)
        #expect(!told.contains("김아무") && !told.contains("SB-1003"))
        await wallet.release()
    }
}
