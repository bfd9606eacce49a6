import CitizenWalletFFI

/// Hears the wallet's events on its threads and hands them to whoever watches; and what this app itself does with credentials, of which
/// the library tells nothing.
final class EventHub: EventListener {
    private let library = Told<WalletEvent>(keeping: 1_024)
    private let credentials = Told<Void>(keeping: 1)
    private let first: (any EventListener)?

    init(before first: (any EventListener)? = nil) {
        self.first = first
    }

    func onEvent(event: WalletEvent) throws {
        library.tell(event)
        try first?.onEvent(event: event)
    }

    /// The events from now on. Whoever does not look for long misses the oldest ones.
    func events() -> AsyncStream<WalletEvent> {
        library.stream()
    }

    /// Credentials may be other ones now. Nobody is asked by name after it: that would tell the gateway whose they are.
    func tellOfCredentials() {
        credentials.tell(())
    }

    /// Once for each time, from now on.
    func credentialChanges() -> AsyncStream<Void> {
        credentials.stream()
    }

    /// Ends every stream: the wallet is released.
    func finish() {
        library.finish()
        credentials.finish()
    }
}

/// What is told to all that watch.
private final class Told<Value: Sendable>: Sendable {
    private struct Watchers {
        var all: [Int: AsyncStream<Value>.Continuation] = [:]
        var next = 0
        var isFinished = false
    }

    private let watchers = Guarded(Watchers())
    private let kept: Int

    init(keeping kept: Int) {
        self.kept = kept
    }

    deinit {
        finish()
    }

    func tell(_ value: Value) {
        for watcher in watchers.with({ Array($0.all.values) }) {
            watcher.yield(value)
        }
    }

    func stream() -> AsyncStream<Value> {
        AsyncStream(bufferingPolicy: .bufferingNewest(kept)) { watcher in
            let number = watchers.with { watchers -> Int? in
                guard !watchers.isFinished else { return nil }
                watchers.next += 1
                watchers.all[watchers.next] = watcher
                return watchers.next
            }
            guard let number else { return watcher.finish() }
            watcher.onTermination = { [weak self] _ in
                // What is taken out is let go of after the lock is open again.
                _ = self?.watchers.with { $0.all.removeValue(forKey: number) }
            }
        }
    }

    func finish() {
        let ended = watchers.with { watchers in
            watchers.isFinished = true
            defer { watchers.all = [:] }
            return Array(watchers.all.values)
        }
        for watcher in ended {
            watcher.finish()
        }
    }
}
