import CitizenWallet
import class CitizenWalletFFI.KeyFile
import protocol CitizenWalletFFI.EventListener
import Foundation

/// What no trait of the library declares.
struct Strange: Error {}

/// A value that one thread at a time reaches.
public final class Shared<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    public init(_ value: Value) {
        self.value = value
    }

    @discardableResult
    public func with<Answer>(_ act: (inout Value) throws -> Answer) rethrows -> Answer {
        lock.lock()
        defer { lock.unlock() }
        return try act(&value)
    }
}

/// How many wait for something that does not come.
public final class Waiting: Sendable {
    private let count = Shared(0)

    public var now: Int {
        count.with { $0 }
    }

    /// Waits until the task is cancelled: nobody asks any more.
    func forNothing() async throws {
        count.with { $0 += 1 }
        defer { count.with { $0 -= 1 } }
        while true {
            try await Task.sleep(for: .seconds(3_600))
        }
    }
}

/// A key store of the app's own, over keys in a file, in a mood.
public final class Finger: Keystore {
    /// What it does at a question.
    public enum Mood: Sendable {
        case answers
        case throwing(KeystoreError)
        case strange
        case waits
    }

    public let mood = Shared(Mood.answers)
    public let waiting = Waiting()
    /// What it was told last that a signature is for.
    public let reason = Shared<SigningReason?>(nil)
    private let file: String
    private let keys = Shared<KeyFile?>(nil)

    public init(_ file: URL) {
        self.file = file.path
    }

    /// As an app has it that starts again: what another process has put into the file is in it.
    func reopen() {
        keys.with { $0 = nil }
    }

    public func createKey(alias: String, purpose: KeyPurpose) async throws -> Data {
        try await ask { try await $0.createKey(alias: alias, purpose: purpose) }
    }

    public func publicKey(alias: String) async throws -> Data {
        try await ask { try await $0.publicKey(alias: alias) }
    }

    public func sign(alias: String, message: Data, reason: SigningReason) async throws -> Data {
        self.reason.with { $0 = reason }
        return try await ask { try await $0.sign(alias: alias, message: message) }
    }

    public func wrap(alias: String, plain: Data) async throws -> Data {
        try await ask { try await $0.wrap(alias: alias, plain: plain) }
    }

    public func unwrap(alias: String, wrapped: Data) async throws -> Data {
        try await ask { try await $0.unwrap(alias: alias, wrapped: wrapped) }
    }

    public func delete(alias: String) async throws {
        try await ask { try await $0.delete(alias: alias) }
    }

    public func attest(alias: String, challenge: Data) async throws -> Data? {
        try await ask { try await $0.attest(alias: alias, challenge: challenge) }
    }

    private func ask<Answer: Sendable>(_ question: (KeyFile) async throws -> Answer) async throws -> Answer {
        switch mood.with({ $0 }) {
        case .answers: break
        case .throwing(let error): throw error
        case .strange: throw Strange()
        case .waits: try await waiting.forNothing()
        }
        return try await question(try await opened())
    }

    private func opened() async throws -> KeyFile {
        if let keys = keys.with({ $0 }) { return keys }
        let opened = try await KeyFile.open(path: file)
        keys.with { $0 = opened }
        return opened
    }
}

/// An HTTP stack of the app's own, in a weather.
public final class Net: Transport {
    /// What happens to a request.
    public enum Weather: Sendable {
        case fair
        case offline
        case strange
        case hangs
        case loses(String)
        /// Answers come without their headers.
        case bare
    }

    /// Where the process ends.
    public struct Death: Codable, Sendable {
        let at: String
        let when: String
    }

    public let weather: Shared<Weather>
    public let waiting: Waiting
    public let sent = Shared(0)
    private let death: Death?
    private let real = URLSessionTransport()
    private let lie: (@Sendable (String, HttpResponse) -> HttpResponse)?

    public init(
        death: Death? = nil, lie: (@Sendable (String, HttpResponse) -> HttpResponse)? = nil
    ) {
        self.death = death
        self.lie = lie
        weather = Shared(.fair)
        waiting = Waiting()
    }

    /// Another HTTP stack in the same weather.
    init(beside net: Net) {
        death = net.death
        lie = net.lie
        weather = net.weather
        waiting = net.waiting
    }

    public func send(request: HttpRequest) async throws -> HttpResponse {
        sent.with { $0 += 1 }
        let weather = weather.with { $0 }
        switch weather {
        case .offline: throw TransportError.Offline
        case .strange: throw Strange()
        case .hangs: try await waiting.forNothing()
        case .fair, .loses, .bare: break
        }
        let dies = death.map { Self.isAt(request.url, $0.at) } ?? false
        if dies, death?.when == "before" { endWithoutFarewell() }
        let answer = try await real.send(request: request)
        if dies { endWithoutFarewell() }
        if case .loses(let path) = weather, Self.isAt(request.url, path) { throw TransportError.Broken }
        if case .bare = weather { return HttpResponse(status: answer.status, body: answer.body) }
        return lie?(request.url, answer) ?? answer
    }

    /// Whether an address ends so; where a name that nobody knows comes last, whether it has this before.
    private static func isAt(_ url: String, _ place: String) -> Bool {
        url.hasSuffix(place) || (place.hasSuffix("/") && url.contains(place))
    }
}

/// Connections that share nothing: an HTTP stack each, in the same weather.
final class Lines: Connections {
    let opened = Shared(0)
    private let net: Net

    init(beside net: Net) {
        self.net = net
    }

    func fresh() throws -> any Transport {
        opened.with { $0 += 1 }
        return Net(beside: net)
    }
}

/// A clock that is right, ahead, or broken.
public final class Watch: WalletClock {
    public let ahead = Shared<UInt64>(0)
    public let isStrange = Shared(false)

    public init() {}

    public func now() throws -> UInt64 {
        if isStrange.with({ $0 }) { throw Strange() }
        return UInt64(Date().timeIntervalSince1970) + ahead.with { $0 }
    }
}

/// A listener that remembers, and throws afterwards if it is told to.
public final class Ear: EventListener {
    public let heard = Shared<[WalletEvent]>([])
    public let isStrange = Shared(false)

    public init() {}

    public func onEvent(event: WalletEvent) throws {
        heard.with { $0.append(event) }
        if isStrange.with({ $0 }) { throw Strange() }
    }
}
