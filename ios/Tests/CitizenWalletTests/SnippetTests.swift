import CitizenContract
import CitizenWallet
import Foundation
import Testing

@testable import Snippets

/// The quick start, run as it is written: its main road in a city, the rest over the preview wallet.
@Suite struct SnippetTests {
    @Test func theMainRoadRunsAsItIsWritten() async throws {
        // Its citizen has the name that other tests have: a city of her own.
        let town = try await Town()
        let app = town.folder.url.appendingPathComponent("app")
        try FileManager.default.createDirectory(at: app, withIntermediateDirectories: true)
        let trust = app.appendingPathComponent("city.json")
        try await town.stage.trust.write(to: trust, atomically: true, encoding: .utf8)
        let sandbox = try sandbox(try #require(Bundle(path: app.path)))
        #expect(sandbox.url.absoluteString == "http://127.0.0.1:8080" && sandbox.trust == town.city.trust)

        let folder = town.folder.url.appendingPathComponent("quick")
        let wallet = try await openWallet(in: folder, city: town.city, pin: Secret(typed: Town.pin))
        try await openAccount(wallet) { shown in
            var characters = (0..<shown.count).compactMap { shown[$0] }
            return Secret(consuming: &characters) ?? Secret()
        }
        #expect(try await wallet.funds() == [10_000, 100_000])

        let picture = try Data(contentsOf: Given.codes.appendingPathComponent("static-rotated.png"))
        #expect(try await readImage(picture).map(\.text) == [bakery])
        #expect(try await pay(wallet, text: bakery, show: { _ in false }) == nil)
        let reviewed = Shared<ReviewView?>(nil)
        let receipt = try await pay(wallet, text: bakery) { review in
            reviewed.with { $0 = review }
            return true
        }
        #expect(reviewed.with { $0?.amount } == 12_000)
        let shown = try await verifyReceipt(try #require(receipt).file, trustFile: try await wallet.trustFile())
        #expect(shown.verified.signers == 4)
        #expect(try await wallet.funds() == [5_000, 93_000])

        let drawn = Shared<UInt64?>(nil)
        let watching = Task { try await watch(wallet) { balance in drawn.with { $0 = balance.points.points } } }
        #expect(await comesTrue(within: .seconds(120)) { drawn.with { $0 == 5_000 } })
        try await follow(wallet, link: bakery) { _ in Issue.record("a payment code is no page") }

        // The second time it is there. Locked, it asks for the PIN.
        await wallet.release()
        _ = await watching.result
        let again = try await openWallet(in: folder, city: town.city, pin: Secret(typed: Town.pin))
        try await again.lock()
        let asked = Shared(0)
        await tried(again, askPin: { _, _ in asked.with { $0 += 1 } }, say: { _ in })
        let pad = PinPad()
        for digit in Town.pin { pad.press(digit) }
        try await pad.unlock(again)
        #expect(try await again.funds() == [5_000, 93_000])
        #expect(asked.with { $0 } == 1)
        await again.release()
        try await town.stage.stop()
    }

    @Test func votesCardsAndRecoveriesGoAsTheyAreWritten() async throws {
        let said = Shared<[String]>([])
        let say: @Sendable (String) -> Void = { line in said.with { $0.append(line) } }
        let counted = try await vote(
            PreviewWallet(.voted), showRegistration: { _ in true }, show: { _ in true })
        #expect(counted?.counted == true)

        try await present(PreviewWallet(.requestUnknown), link: "openid4vp://?client_id=x", agrees: { _ in true }, say: say)
        #expect(said.with { $0.first?.isEmpty == false })
        let who = Identity(number: "SB-1001", name: "홍길동", birthDate: "1999-03-02")
        try await enrol(PreviewWallet(.ordinary), who, say: say)
        #expect(said.with { $0.last?.contains("5명") == true })
        for state in [PreviewState.recovering, .recoveryObjected, .recoveryReady] {
            try await recover(PreviewWallet(state), who, code: Secret(typed: Town.pin), say: say)
            let told = try await PreviewWallet(state).recovery().text.text(.korean)
            #expect(said.with { $0.last } == told)
        }
        // Objecting itself is tested in a city: a preview has no submission to follow.
        try await answer(PreviewWallet(.ordinary), isHers: false, who, say: say)
        let custody = try await PreviewWallet(.ordinary).custody().text.text(.korean)
        #expect(said.with { $0.last } == custody)
        try await everyState()
    }
}
