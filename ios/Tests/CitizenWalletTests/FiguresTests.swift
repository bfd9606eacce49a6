import CitizenContract
import CitizenWallet
import Foundation
import Testing

/// How long a citizen waits, through Swift: the acts of `bindings/ffi/examples/facade_times.rs`. `cargo xtask bench --facade` sets `FIGURES`.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["FIGURES"] != nil))
struct FiguresTests {
    private static let rounds = 15
    private static let calls = 10_001
    private let clock = ContinuousClock()

    @Test func whatActsAndOpeningsCost() async throws {
        let first = clock.measure { _ = inspectCode("nothing") }
        print("figure\tswift-first-call\t\(first / .milliseconds(1))\tms, once: the library's interface is checked")
        let town = try await Town.shared()
        let config = town.config("figures")
        let bakery = try await town.code(of: "bakery")
        let wallet = try await town.citizen("김재는", config)
        try await acts(wallet, bakery)
        await wallet.release()
        try await openings(config)
        calls(bakery)
    }

    private func acts(_ wallet: CitizenWallet, _ text: String) async throws {
        var (balances, reviews, approvals, payments) = ([Duration](), [Duration](), [Duration](), [Duration]())
        for _ in 0..<Self.rounds {
            balances.append(try await timed { _ = try await wallet.balance() })
            var start = clock.now
            let code = try await wallet.scan(text)
            let review = try await wallet.reviewPayment(of: code, amount: .won(300), coins: .points(100))
            reviews.append(clock.now - start)
            start = clock.now
            let payment = try await review.approve()
            approvals.append(clock.now - start)
            #expect(try await payment.end().progress == .captured)
            payments.append(clock.now - start)
        }
        milliseconds("balance", balances)
        milliseconds("scan-and-review", reviews)
        milliseconds("approve", approvals)
        milliseconds("approve-to-captured", payments)
    }

    /// From nothing to a verified balance, as an app that was just started, in a process that has loaded the library.
    private func openings(_ config: WalletConfig) async throws {
        var config = config
        config.city = nil
        var (opened, unlocked, shown) = ([Duration](), [Duration](), [Duration]())
        for _ in 0..<Self.rounds {
            let start = clock.now
            let wallet = try await CitizenWallet.open(config)
            opened.append(clock.now - start)
            try await wallet.unlock(Secret(typed: Town.pin))
            unlocked.append(clock.now - start)
            #expect(try await wallet.balance().points.freshness == .fresh)
            shown.append(clock.now - start)
            await wallet.release()
        }
        milliseconds("cold-open", opened)
        milliseconds("cold-open-and-unlock", unlocked)
        milliseconds("cold-open-to-verified-balance", shown)
    }

    /// What a call costs that asks nobody.
    private func calls(_ text: String) {
        let all = clock.measure {
            for _ in 0..<Self.calls { _ = inspectCode(text) }
        }
        let each = seconds(all) * 1_000_000 / Double(Self.calls)
        print("figure\tswift-inspect-code\t\(each)\tµs, mean of \(Self.calls)")
    }

    private func timed(_ act: () async throws -> Void) async throws -> Duration {
        let start = clock.now
        try await act()
        return clock.now - start
    }

    private func seconds(_ time: Duration) -> Double {
        Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
    }

    private func milliseconds(_ name: String, _ times: [Duration]) {
        let middle = seconds(times.sorted()[times.count / 2]) * 1_000
        print("figure\tswift-\(name)\t\(middle)\tms, median of \(times.count)")
    }
}
