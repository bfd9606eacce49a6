import CitizenContract
import CitizenWallet
import Foundation
import Testing

/// What an error means for the screen.
@Suite struct ErrorTests {
    static let all: [(WalletError, NextStep)] = [
        (.Locked, .askPin(triesLeft: nil, wait: .zero)),
        (.WrongPin(triesLeft: 3, waitSeconds: 30), .askPin(triesLeft: 3, wait: .seconds(30))),
        (.Offline(canQueue: true), .willBeSent),
        (.Offline(canQueue: false), .tryAgain),
        (.Pending(payment: String(repeating: "0", count: 64)), .beingChecked(String(repeating: "0", count: 64))),
        (.Stale(asOf: 1_763_683_500), .showStale(asOf: Date(seconds: 1_763_683_500))),
        (.ClockWrong(bySeconds: 90), .setClock(by: .seconds(90))),
        (.Unverified(what: "record", origin: "ledger"), .showNothing),
        (.NotEnough(asked: .won(amount: 5), available: .won(amount: 1)), .changeAmount),
        (.Limit(limit: .won(amount: 5), left: .won(amount: 1), resets: nil), .changeAmount),
        (.Refused(by: "centre", reason: "merchant-suspended"), .showReason),
        (.Expired(what: "review"), .renew("review")),
        (.BadCode(rule: "no-payment-code", position: 0), .notACode),
        (.KeyInvalidated, .restore),
        (.NeedsRestore, .restore),
        (.Fenced(since: 1_763_683_500), .onlyShow(since: Date(seconds: 1_763_683_500))),
        (.UnknownParty(claimsToBe: "bank"), .showNothing),
        (.NeedsUpdate, .updateApp),
        (.StoreBusy, .closeOther),
        (.StoreDamaged, .restore),
        (.StorageFull, .freeSpace),
        (.Cancelled, .nothing),
        (.NeedsRefresh(height: 7), .refreshReceipt),
        (.Invalid(reason: "pin-form"), .correctInput("pin-form")),
        (.Internal(incident: "panic"), .report("panic")),
    ]

    @Test(arguments: all) func everyErrorSaysWhatTheScreenDoesNextInBothLanguages(
        _ error: WalletError, _ next: NextStep
    ) throws {
        #expect(error.next == next)
        #expect(error.text(.korean) != error.text(.english))
        #expect(error.text(.korean).unicodeScalars.contains { (0xAC00...0xD7A3).contains($0.value) })
        // None of these was made up: an error that an app makes up reads as a fault.
        if case .Internal = error {} else { #expect(error.stableCode != "internal") }
        // The integration guide tells of each.
        #expect(try guide().contains("| `\(error.stableCode)` |"))
    }

    private func guide() throws -> String {
        let here = URL(fileURLWithPath: #filePath)
        let readme = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: readme.appendingPathComponent("README.md"), encoding: .utf8)
    }

    @Test func amountsReadAsPeopleWriteThem() {
        #expect(Won(12_000).text(.korean) == "12,000원" && Won(999).text(.english) == "999 won")
        #expect(Points(1_234_567).text(.korean) == "1,234,567포인트" && Points(0).text(.english) == "0 points")
        #expect(Won.won(5) > .won(4) && Points.points(5) > .points(4))
    }

    @Test func whatAnAppThrowsIsAnAnswer() async throws {
        let town = try await Town.shared()
        let finger = try town.finger("throws")
        let net = Net()
        let wallet = try await town.citizen("정다섯 하나", town.config("throws", finger: finger, net: net))
        try await wallet.lock()
        for (mood, answer) in [
            (Finger.Mood.throwing(.Cancelled), WalletError.Cancelled), (.throwing(.Invalidated), .KeyInvalidated),
            (.throwing(.Locked), .Locked), (.strange, .Internal(incident: "keystore")),
        ] {
            finger.mood.with { $0 = mood }
            await #expect(throws: answer) { try await wallet.unlock(Secret(typed: Town.pin)) }
        }
        finger.mood.with { $0 = .answers }
        try await wallet.unlock(Secret(typed: Town.pin))
        // The answer to the order is lost: paid once.
        net.weather.with { $0 = .loses("/v1/centre/orders") }
        let payment = try await wallet.approve(try await town.code(of: "bakery"), 2_000, points: 1_000)
        #expect(payment.progress == .requested)
        net.weather.with { $0 = .fair }
        #expect(try await payment.end().progress == .captured)
        net.weather.with { $0 = .offline }
        let balance = try await wallet.balance()
        #expect(balance.points.freshness == .stale && balance.points.points == 9_000)
        await #expect(throws: WalletError.Offline(canQueue: false)) {
            try await wallet.scan(try await town.code(of: "bakery"))
        }
        await wallet.release()
    }

    @Test func aTransportThatLiesIsFoundOut() async throws {
        let town = try await Town.shared()
        let lies = Shared(false)
        let net = Net { url, answer in
            guard lies.with({ $0 }), url.hasSuffix("/v1/ledger/state") else { return answer }
            return HttpResponse(status: answer.status, body: Self.changed(answer.body))
        }
        let wallet = try await town.citizen(
            "한여섯 둘", town.config("lied-to", finger: try town.finger("lied-to"), net: net))
        lies.with { $0 = true }
        await #expect(throws: WalletError.Unverified(what: "record", origin: "ledger")) { try await wallet.balance() }
        lies.with { $0 = false }
        #expect(try await wallet.funds() == [10_000, 100_000])
        await wallet.release()
    }

    /// One bit of the state's bytes, which stand in the answer as base64url, is another one.
    private static func changed(_ body: Data) -> Data {
        var text = Array(String(decoding: body, as: UTF8.self))
        guard let start = text.indices.first(where: { String(text[$0...].prefix(9)) == "\"state\":\"" }) else {
            return body
        }
        let place = start + 9 + 200
        text[place] = text[place] == "A" ? "B" : "A"
        return Data(String(text).utf8)
    }
}
