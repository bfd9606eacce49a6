import CitizenWalletFFI

// What the citizen has, and how it is watched.
extension CitizenWallet {
    public func balance() async throws(WalletError) -> BalanceView {
        try await cancellable { try await self.library.balance(cancel: $0) }
    }

    public func won() async throws(WalletError) -> WonView {
        try await cancellable { try await self.library.won(cancel: $0) }
    }

    public func home() async throws(WalletError) -> HomeView {
        try await cancellable { try await self.library.home(cancel: $0) }
    }

    public func history() async throws(WalletError) -> HistoryView {
        try await cancellable { try await self.library.history(cancel: $0) }
    }

    public func activity() async throws(WalletError) -> [ActivityView] {
        try await cancellable { try await self.library.activity(cancel: $0) }
    }

    public func earn(programme: String, evidence: String) async throws(WalletError) -> EarnView {
        let earned = try await cancellable { token in
            try await self.library.earn(programme: programme, evidence: evidence, cancel: token)
        }
        // The library tells of synchronisations and payments alone; who watches the balance hears of this as well.
        try? hub.onEvent(event: .balanceSynced)
        return earned
    }

    @discardableResult
    public func sync() async throws(WalletError) -> SyncReport {
        try await cancellable { try await self.library.sync(cancel: $0) }
    }

    public func preferPoints(_ pointsFirst: Bool) async throws(WalletError) {
        try await cancellable { try await self.library.preferPoints(pointsFirst: pointsFirst, cancel: $0) }
    }

    public var events: AsyncStream<WalletEvent> {
        hub.events()
    }

    public var balances: Steps<BalanceView> {
        watched { event in
            // Not after a vote: a question by name that follows each ballot at once would tell the gateway whose it is.
            if case .vote = event { false } else { event != .accountSynced }
        } view: { wallet throws(WalletError) in
            try await wallet.balance()
        }
    }

    public var activities: Steps<[ActivityView]> {
        watched { _ in
            true
        } view: { wallet throws(WalletError) in
            try await wallet.activity()
        }
    }

    /// A view now, and again after each event that may have changed it. Watching does not keep the wallet alive.
    private func watched<View: Sendable & Equatable>(
        _ changes: @escaping @Sendable (WalletEvent) -> Bool,
        view: @escaping @Sendable (CitizenWallet) async throws(WalletError) -> View
    ) -> Steps<View> {
        let hub = hub
        return Steps { [weak self] tell in
            // Heard from before the first look, so that nothing falls between.
            let events = hub.events()
            let look: @Sendable () async throws -> Bool = { [weak self] in
                guard let wallet = self else { return false }
                tell(try await view(wallet))
                return true
            }
            guard try await look() else { return }
            for await event in events where changes(event) {
                guard try await look() else { return }
            }
        }
    }
}
