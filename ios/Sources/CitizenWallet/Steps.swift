import CitizenWalletFFI

/// What is seen one after the other: the states of a payment, balances, activity. Each loop over it begins anew; leaving the loop, or
/// cancelling its task, stops the work behind it. The same value is not told twice in a row.
public struct Steps<Element: Sendable & Equatable>: AsyncSequence, Sendable {
    /// What a loop fails with.
    public typealias Failure = WalletError

    typealias Tell = @Sendable (Element) -> Void

    let follow: @Sendable (_ tell: @escaping Tell) async throws -> Void

    /// Begins to look.
    public func makeAsyncIterator() -> Iterator {
        let follow = follow
        let (stream, told) = AsyncThrowingStream.makeStream(of: Element.self)
        let following = Task {
            do {
                try await follow { _ = told.yield($0) }
                told.finish()
            } catch {
                told.finish(throwing: error)
            }
        }
        told.onTermination = { _ in following.cancel() }
        return Iterator(stream: stream.makeAsyncIterator())
    }

    /// One loop.
    public struct Iterator: AsyncIteratorProtocol {
        var stream: AsyncThrowingStream<Element, any Error>.AsyncIterator
        var last: Element?

        /// The next value that differs from the last; nothing at the end.
        public mutating func next() async throws(WalletError) -> Element? {
            while let next = try await told() {
                if next != last {
                    last = next
                    return next
                }
            }
            // A stream that is cancelled ends without a word.
            if Task.isCancelled { throw .Cancelled }
            return nil
        }

        private mutating func told() async throws(WalletError) -> Element? {
            do {
                return try await stream.next()
            } catch {
                throw WalletError(caught: error)
            }
        }
    }
}
