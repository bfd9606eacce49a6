import CitizenContract
import CitizenWallet
import Foundation
import Testing

/// The app dies by SIGKILL while it pays, at a moment that nobody chose.
@Suite struct KilledTests {
    @Test func anAppThatIsKilledWhilePayingPaysOnceOrNotAtAll() async throws {
        let town = try await Town.shared()
        let config = town.config("killed")
        let wallet = try await town.citizen("강여덟", config)
        await wallet.release()
        let bakery = try await town.code(of: "bakery")
        for round in 0..<6 {
            let child = try Conversation(Given.phone, ["pay-on", config.store.deletingLastPathComponent().path, bakery])
            #expect(await child.line() == "unlocked")
            // At another moment of another payment each time.
            for _ in 0...round % 3 { #expect(await child.line() == "approving") }
            try await Task.sleep(for: .milliseconds(12 * round))
            child.kill()
            #expect(await child.status() == 9)
            let wallet = try await CitizenWallet.open(config, pin: Secret(typed: Town.pin))
            try await wallet.sync()
            var captured: UInt64 = 0
            for payment in try await wallet.payments() {
                let end = try await payment.end().progress
                #expect(end.isFinal)
                if end == .captured { captured += 1 }
            }
            #expect(try await wallet.funds() == [10_000 - 10 * captured, 100_000 - 90 * captured])
            print("RESULT killed in round \(round): \(captured) payments captured so far, none lost, none twice")
            await wallet.release()
        }
    }
}
