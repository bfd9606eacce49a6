import Foundation

/// A program that speaks one line at a time.
public final class Conversation: @unchecked Sendable {
    private let process = Process()
    private let (toIt, fromIt): (Pipe, Pipe)
    // Reading blocks: it is done on a queue of its own, never on a thread that tasks share.
    private let queue = DispatchQueue(label: "conversation")
    private var heard = Data()
    private let end = End()

    /// Starts the program.
    public init(_ program: String, _ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        // One at a time, its ends of the pipes for itself: a neighbour that held them as well would keep a pipe open that was closed here.
        Self.starting.lock()
        defer { Self.starting.unlock() }
        (toIt, fromIt) = (Pipe(), Pipe())
        for end in [toIt.fileHandleForWriting, fromIt.fileHandleForReading, toIt.fileHandleForReading, fromIt.fileHandleForWriting] {
            keepFromChildren(end.fileDescriptor)
        }
        process.standardInput = toIt
        process.standardOutput = fromIt
        process.terminationHandler = { [end] process in end.come(process.terminationStatus) }
        try process.run()
    }

    private static let starting = NSLock()

    deinit {
        if process.isRunning { process.terminate() }
    }

    /// Its next line; nothing at its end.
    public func line() async -> String? {
        await withCheckedContinuation { answered in
            queue.async { answered.resume(returning: self.nextLine()) }
        }
    }

    /// Says a line to it.
    public func say(_ line: Data) throws {
        try toIt.fileHandleForWriting.write(contentsOf: line + Data("\n".utf8))
    }

    /// Says nothing more to it.
    public func fallSilent() throws {
        try toIt.fileHandleForWriting.close()
    }

    /// Tells it to stop, as whoever runs the machine does.
    public func terminate() {
        process.terminate()
    }

    /// Ends it without a word.
    public func kill() {
        sendKill(process.processIdentifier)
    }

    /// How it ended.
    public func status() async -> Int32 {
        await end.status()
    }

    private func nextLine() -> String? {
        while true {
            if let end = heard.firstIndex(of: UInt8(ascii: "\n")) {
                defer { heard = Data(heard[heard.index(after: end)...]) }
                return String(decoding: heard[..<end], as: UTF8.self)
            }
            let more = fromIt.fileHandleForReading.availableData
            if more.isEmpty { return nil }
            heard.append(more)
        }
    }
}

/// How a program ended, as soon as it has.
private final class End: Sendable {
    private struct Wait {
        var status: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    private let wait = Shared(Wait())

    func come(_ status: Int32) {
        let waiting = wait.with { wait in
            wait.status = status
            defer { wait.waiting = [] }
            return wait.waiting
        }
        for waits in waiting { waits.resume(returning: status) }
    }

    func status() async -> Int32 {
        await withCheckedContinuation { waits in
            let status = wait.with { wait in
                if wait.status == nil { wait.waiting.append(waits) }
                return wait.status
            }
            if let status { waits.resume(returning: status) }
        }
    }
}

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
