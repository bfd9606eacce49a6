import CitizenContract
import CitizenWallet
import func CitizenWalletFFI.liveObjects
import func CitizenWalletFFI.uniffiForeignFutureHandleCountCitizenWalletFfi
import Foundation
import Testing

/// Run by itself, because it counts what is alive in the process: `cargo xtask swift` sets `ALONE`.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["ALONE"] != nil))
struct LeavingNothingTests {
    /// A thousand calls, most of them cancelled at a moment that chance chooses, or dropped with the loop that it feeds. That some end, some are
    /// stopped and a payment is paid is not left to chance: how fast the machine is now, nobody knows.
    @Test func aThousandCallsCancelledAtRandomLoseNothingAndLeaveNothingAlive() async throws {
        #expect(liveObjects() == 0)
        let town = try await Town.shared()
        var chance = Chance(seed: 20_261_121)
        do {
            // The library's own transport: Foundation's on Linux ends the process (`TaskRegistry`) when a thousand requests are
            // cancelled at random, whoever cancels them. An app's transport that is cancelled has tests of its own.
            let config = town.config("chance")
            let wallet = try await town.citizen("이둘 여섯", config)
            let bakery = try await town.code(of: "bakery")
            let (ended, stopped) = (Shared(0), Shared(0))
            let clock = ContinuousClock()
            let longest = try await Self.longest(wallet, bakery)
            let began = clock.now
            for round in 1...1_000 {
                let kind = Int.random(in: 0..<16, using: &chance)
                let call = Self.call(kind, wallet, bakery)
                if round.isMultiple(of: 100) { print("RESULT \(round) calls after \(clock.now - began)") }
                let moment = (kind == Self.paying ? longest.payment : longest.look) * Double.random(in: 0..<1, using: &chance)
                switch round % 20 {
                case 7:
                    // Let be: it ends.
                    try await call()
                    ended.with { $0 += 1 }
                    continue
                case 13:
                    // Cancelled before it begins: it is stopped.
                    await #expect(throws: WalletError.Cancelled) {
                        try await Task {
                            withUnsafeCurrentTask { $0?.cancel() }
                            _ = try await wallet.balance()
                        }.value
                    }
                    stopped.with { $0 += 1 }
                    continue
                default: break
                }
                let calling = Task { try await call() }
                try await Task.sleep(for: moment)
                calling.cancel()
                switch await calling.result {
                case .success: ended.with { $0 += 1 }
                case .failure(let error):
                    #expect(error as? WalletError == .Cancelled)
                    stopped.with { $0 += 1 }
                }
            }
            print("RESULT of 1000 calls cancelled at random, \(ended.with { $0 }) ended, \(stopped.with { $0 }) were stopped")
            #expect(ended.with { $0 } >= 50 && stopped.with { $0 } >= 50)
            try await Self.nothingIsLost(wallet)
            await wallet.release()
        }
        #expect(await comesTrue(within: .seconds(120)) { liveObjects() == 0 })
        print("RESULT objects of the library alive at the end: \(liveObjects())")
        #expect(uniffiForeignFutureHandleCountCitizenWalletFfi() == 0)
    }

    /// Short calls that answer an object, each cancelled somewhere in it: an answer that comes in that moment is let go of.
    @Test func anAnswerThatComesInTheMomentOfItsCancellingIsLetGoOf() async throws {
        let town = try await Town.shared()
        var chance = Chance(seed: 20_261_122)
        let (ended, stopped) = (Shared(0), Shared(0))
        do {
            let wallet = try await town.citizen("박여덟", town.config("moment"))
            let clock = ContinuousClock()
            let began = clock.now
            for _ in 1...100 { _ = try await wallet.generateRecoveryCode() }
            // Three times what one takes on this machine as it is now.
            let longest = max(.microseconds(600), (clock.now - began) * 3 / 100)
            for round in 1...2_000 {
                let calling = Task { try await wallet.generateRecoveryCode() }
                // Now and then one is let be, and now and then one is cancelled at once: some end and some are stopped, however fast the machine is.
                switch round % 20 {
                case 7: _ = try await calling.value
                case 13: calling.cancel()
                default: try await Task.sleep(for: longest * Double.random(in: 0..<1, using: &chance))
                }
                calling.cancel()
                switch await calling.result {
                case .success: ended.with { $0 += 1 }
                case .failure: stopped.with { $0 += 1 }
                }
            }
            await wallet.release()
        }
        print("RESULT of 2000 short calls, \(ended.with { $0 }) ended, \(stopped.with { $0 }) were stopped")
        #expect(ended.with { $0 } > 0 && stopped.with { $0 } > 0)
        #expect(await comesTrue(within: .seconds(120)) { liveObjects() == 0 })
    }

    /// What is let go of without a release is gone too; watching does not keep a wallet alive.
    @Test func aWalletThatIsLetGoOfIsGone() async throws {
        let town = try await Town.shared()
        let config = town.config("let-go")
        var wallet: CitizenWallet? = try await town.citizen("최넷 일곱", config)
        var balances = wallet?.balances.makeAsyncIterator()
        #expect(try await balances?.next()?.points.points == 10_000)
        wallet = nil
        #expect(try await balances?.next() == nil)
        balances = nil
        #expect(await comesTrue(within: .seconds(120)) { liveObjects() == 0 })
        await (try CitizenWallet.open(config)).release()
        #expect(await comesTrue(within: .seconds(120)) { liveObjects() == 0 })
    }

    private static let paying = 4

    /// How long after its beginning a call is cancelled at the latest: twice what one takes on this machine as it is now. The payment is paid.
    private static func longest(
        _ wallet: CitizenWallet, _ bakery: String
    ) async throws -> (payment: Duration, look: Duration) {
        let clock = ContinuousClock()
        let began = clock.now
        let paid = try await wallet.approve(bakery, 100, points: 10).end()
        #expect(paid.progress == .captured)
        let payment = clock.now - began
        _ = try await wallet.balance()
        let look = clock.now - began - payment
        return (max(.milliseconds(400), payment * 2), max(.milliseconds(25), look * 2))
    }

    private static func call(
        _ kind: Int, _ wallet: CitizenWallet, _ bakery: String
    ) -> @Sendable () async throws -> Void {
        switch kind {
        case 0, 8, 12: { _ = try await wallet.balance() }
        case 1: { try await wallet.sync() }
        case 2, 9, 13: { _ = try await wallet.scan(bakery) }
        case 3: { _ = try await wallet.earn(programme: "eco", evidence: "eco-2026-h1") }
        case paying: { _ = try await wallet.approve(bakery, 100, points: 10).end() }
        case 5, 10, 14: { _ = try await wallet.history() }
        case 6:
            {
                for try await _ in wallet.balances { break }
            }
        default: { _ = try await wallet.reviewCode(total: .won(100), coins: .first) }
        }
    }

    /// Every payment comes to its end, and the funds are what the captured ones left.
    private static func nothingIsLost(_ wallet: CitizenWallet) async throws {
        try await wallet.sync()
        var captured: UInt64 = 0
        for payment in try await wallet.payments() {
            if try await payment.end().progress == .captured { captured += 1 }
        }
        print("RESULT payments captured: \(captured)")
        // The one before all others, at the least.
        #expect(captured > 0)
        #expect(try await wallet.funds() == [10_000 - 10 * captured, 100_000 - 90 * captured])
    }
}

/// The same chance for the same seed (SplitMix64).
struct Chance: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
