import CitizenWalletFFI

/// Hears the wallet's events on its threads and hands them to whoever watches.
final class EventHub: EventListener {
    typealias Watcher = AsyncStream<WalletEvent>.Continuation

    private struct Watchers {
        var all: [Int: Watcher] = [:]
        var next = 0
        var isFinished = false
    }

    private let watchers = Guarded(Watchers())
    private let first: (any EventListener)?

    init(before first: (any EventListener)? = nil) {
        self.first = first
    }

    deinit {
        finish()
    }

    func onEvent(event: WalletEvent) throws {
        for watcher in watchers.with({ Array($0.all.values) }) {
            watcher.yield(event)
        }
        try first?.onEvent(event: event)
    }

    /// The events from now on. Whoever does not look for long misses the oldest ones.
    func events() -> AsyncStream<WalletEvent> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1_024)) { watcher in
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

    /// Ends every stream: the wallet is released.
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
