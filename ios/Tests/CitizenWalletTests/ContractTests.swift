import CitizenContract
import Foundation
import Testing

/// Every promise in `bindings/contract/cases`, kept in Swift. A case that Swift lacks fails.
@Suite struct ContractTests {
    static let cases: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: Given.cases.path)) ?? []
        return files.filter { $0.hasSuffix(".json") }.sorted()
    }()

    @Test func thereAreCases() {
        #expect(Self.cases.count >= 35)
    }

    @Test(arguments: cases) func isKept(_ file: String) async throws {
        let data = try Data(contentsOf: Given.cases.appendingPathComponent(file))
        let promise = try JSONDecoder().decode(Case.self, from: data)
        #expect(file == "\(promise.name).json")
        // A city needs a core while it starts; a few at a time.
        try await Turns.shared.take {
            let folder = try TemporaryFolder()
            try await Runner.run(promise, stage: Given.stage, in: folder.url)
        }
    }

    /// A runner that believes everything would keep every promise.
    @Test(arguments: [
        #"{"do": "dance"}"#,
        #"{"do": "heard", "expect": {"payment": "captured"}}"#,
        #"{"do": "sent", "expect": {"requests": "1"}}"#,
        #"{"do": "open", "refused": "locked"}"#,
        #"{"do": "sent", "refused": "offline"}"#,
        #"{"do": "sent", "save": {"x": "nothing"}}"#,
        #"{"do": "inspect", "with": {"text": "$never"}}"#,
        #"{"do": "sent", "unless": "monday"}"#,
        #"{"do": "app.killed", "with": {"at": "/never", "when": "after"}, "steps": [{"do": "sent"}]}"#,
    ])
    func aPromiseThatIsNotKeptIsNoticed(_ step: String) async throws {
        let folder = try TemporaryFolder()
        let broken = Data(#"{"name": "x", "promise": "x", "steps": [\#(step)]}"#.utf8)
        await Turns.shared.take {
            await #expect(throws: (any Error).self) {
                let promise = try JSONDecoder().decode(Case.self, from: broken)
                try await Runner.run(promise, stage: Given.stage, in: folder.url)
            }
        }
    }
}

/// Lets a few in at a time.
actor Turns {
    static let shared = Turns(3)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ free: Int) {
        self.free = free
    }

    func take<Answer: Sendable>(_ work: @Sendable () async throws -> Answer) async rethrows -> Answer {
        await enter()
        defer { leave() }
        return try await work()
    }

    private func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func leave() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
