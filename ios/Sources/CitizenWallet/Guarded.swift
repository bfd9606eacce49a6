import Foundation

/// A value that one thread at a time reaches. Held for a moment only: never while something is awaited.
final class Guarded<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    func with<Answer>(_ act: (inout Value) throws -> Answer) rethrows -> Answer {
        lock.lock()
        defer { lock.unlock() }
        return try act(&value)
    }
}
