import CitizenContract
import Foundation
import Testing

/// The command-line sample, run as a newcomer runs it: against the program `city`.
@Suite struct SampleTests {
    @Test func theSamplePaysTheSandboxCitysPrintedCode() async throws {
        let folder = try TemporaryFolder()
        let data = folder.url.appendingPathComponent("city")
        let city = try Conversation(Given.city, ["--data", data.path, "up"])
        let told = try #require(await city.line())
        let address = try #require(told.firstMatch(of: /http:\/\/127\.0\.0\.1:\d+/)).output
        let common = [
            "--city", String(address), "--trust", data.appendingPathComponent("city.json").path, "--home",
            folder.url.appendingPathComponent("phone").path, "--name", "김하나",
        ]
        let picture = Given.codes.appendingPathComponent("static-rotated.png").path
        let paid = try await lines(common + ["--code", picture, "--amount", "12000", "--coins", "5000"])
        for line in paid { print("RESULT \(line)") }
        #expect(paid.first?.hasPrefix("balance: 10,000 points, checked at block") == true)
        #expect(paid.last?.hasPrefix("balance: 5,000 points") == true && paid.last?.contains("93,000 won") == true)
        // The second time the wallet is there.
        let again = try await lines(common + ["--code", picture, "--amount", "1000", "--coins", "0", "--lang", "ko"])
        #expect(again.last?.contains("92,000 won") == true)
        // A refusal is said in both languages.
        let other = Given.codes.appendingPathComponent("not-a-payment.png").path
        let refused = try await lines(common + ["--code", other, "--amount", "1000"], status: 1)
        #expect(refused.contains { $0.hasPrefix("bad-code: ") })
        city.terminate()
        #expect(await city.status() == 0)
    }

    @Test func theSampleSaysWhoAsksForWhatAndRegistersWhenSheHasApprovedIt() async throws {
        let folder = try TemporaryFolder()
        let stage = try await Stage(Given.stage, folder: folder.url.appendingPathComponent("city"))
        let trust = folder.url.appendingPathComponent("city.json")
        try await stage.trust.write(to: trust, atomically: true, encoding: .utf8)
        let offer = try await stage.perform("city.offer", ["credential": "citizen-card"])
        let poll = try await stage.perform("city.poll", ["resident": "SB-1001", "seconds": "60"])
        let common = [
            "--city", await stage.url.absoluteString, "--trust", trust.path, "--home",
            folder.url.appendingPathComponent("phone").path, "--poll", try #require(poll["poll"]),
        ]
        let card = ["--offer", try #require(offer["link"]), "--letter", try #require(offer["code"])]
        let declined = try await lines(common + card, saying: "n")
        #expect(declined.contains("shown: voter") && declined.filter { $0.hasPrefix("  ") }.count == 3)
        #expect(declined.last == "nothing was shown")
        let registered = try await lines(common, saying: "y")
        #expect(registered.contains("shown: voter") && registered.filter { $0.hasSuffix(": Has signed") }.count == 3)
        try await stage.stop()
    }

    private func lines(
        _ arguments: [String], saying: String? = nil, status: Int32 = 0
    ) async throws -> [String] {
        let sample = try Conversation(Given.sample, arguments)
        if let saying { try sample.say(Data(saying.utf8)) }
        var lines: [String] = []
        while let line = await sample.line() { lines.append(line) }
        #expect(await sample.status() == status, "\(lines)")
        return lines
    }
}
