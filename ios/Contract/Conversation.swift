import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A program that speaks one line at a time.
public final class Conversation: @unchecked Sendable {
    private let process: pid_t
    private let input: FileHandle
    private let output: FileHandle
    // Reading blocks: it is done on a queue of its own, never on a thread that tasks share.
    private let queue = DispatchQueue(label: "conversation")
    private var heard = Data()
    private let end = End()

    /// Starts the program.
    public init(_ program: String, _ arguments: [String]) throws {
        // One at a time, its ends of the pipes for itself: a neighbour that held them as well would keep open what is closed here.
        Self.starting.lock()
        defer { Self.starting.unlock() }
        let (toIt, fromIt) = (Pipe(), Pipe())
        for pipe in [toIt, fromIt] {
            keepFromChildren(pipe.fileHandleForReading.fileDescriptor)
            keepFromChildren(pipe.fileHandleForWriting.fileDescriptor)
        }
        process = try start(
            program, arguments, input: toIt.fileHandleForReading.fileDescriptor,
            output: fromIt.fileHandleForWriting.fileDescriptor)
        try toIt.fileHandleForReading.close()
        try fromIt.fileHandleForWriting.close()
        (input, output) = (toIt.fileHandleForWriting, fromIt.fileHandleForReading)
        let (process, end) = (process, end)
        Thread.detachNewThread { end.come(awaitEnd(of: process)) }
    }

    deinit {
        if !end.hasCome { kill() }
    }

    private static let starting = NSLock()

    /// Its next line; nothing at its end.
    public func line() async -> String? {
        await withCheckedContinuation { answered in
            queue.async { answered.resume(returning: self.nextLine()) }
        }
    }

    /// Says a line to it.
    public func say(_ line: Data) throws {
        try input.write(contentsOf: line + Data("\n".utf8))
    }

    /// Says nothing more to it.
    public func fallSilent() throws {
        try input.close()
    }

    /// Tells it to stop, as whoever runs the machine does.
    public func terminate() {
        send(SIGTERM, to: process)
    }

    /// Ends it without a word.
    public func kill() {
        send(SIGKILL, to: process)
    }

    /// How it ended: its status, or the signal that killed it.
    public func status() async -> Int32 {
        await end.status()
    }

    private func nextLine() -> String? {
        while true {
            if let end = heard.firstIndex(of: UInt8(ascii: "\n")) {
                defer { heard = Data(heard[heard.index(after: end)...]) }
                return String(decoding: heard[..<end], as: UTF8.self)
            }
            let more = output.availableData
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

    var hasCome: Bool {
        wait.with { $0.status != nil }
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
