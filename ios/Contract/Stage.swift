import Foundation

/// The city of a case: the program that `bindings/contract/README.md` calls the stage.
public actor Stage {
    /// The gateway's address, for all phones.
    public let url: URL
    /// The text of the trust file.
    public let trust: String

    private let city: Conversation

    private struct Answer: Decodable {
        let ok: [String: String]?
        let error: String?
    }

    /// Starts a city in a folder.
    public init(_ program: String, folder: URL) async throws {
        let city = try Conversation(program, [folder.path])
        let told = try await Self.answer(of: city)
        guard let address = told["url"], let url = URL(string: address), let trust = told["trust"] else {
            throw Broken("the stage says where it is in no known way")
        }
        self.city = city
        self.url = url
        self.trust = trust
    }

    /// Hands a step to it.
    public func perform(_ step: Step) async throws -> [String: String] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        try city.say(try encoder.encode(step))
        return try await Self.answer(of: city)
    }

    /// A step by its word.
    public func perform(_ word: String, _ arguments: [String: String]) async throws -> [String: String] {
        try await perform(Step(word, with: arguments))
    }

    /// Stops the city.
    public func stop() async throws {
        try city.fallSilent()
        let status = await city.status()
        guard status == 0 else { throw Broken("the stage ended with status \(status)") }
    }

    private static func answer(of city: Conversation) async throws -> [String: String] {
        guard let line = await city.line() else { throw Broken("the stage is gone") }
        let answer = try JSONDecoder().decode(Answer.self, from: Data(line.utf8))
        if let error = answer.error { throw Broken("the stage: \(error)") }
        return answer.ok ?? [:]
    }
}
