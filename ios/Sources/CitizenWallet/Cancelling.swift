import CitizenWalletFFI

/// Does a call of the library. Cancelling the task reaches Rust through the token, and the call answers `Cancelled` at once; without
/// it the task would wait for the call's end.
func cancellable<Answer: Sendable>(
    _ call: @Sendable (CancelToken) async throws -> Answer
) async throws(WalletError) -> Answer {
    let token = CancelToken()
    do {
        return try await withTaskCancellationHandler {
            try await call(token)
        } onCancel: {
            token.cancel()
        }
    } catch {
        throw WalletError(caught: error)
    }
}
