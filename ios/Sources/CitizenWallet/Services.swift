import CitizenWalletFFI

/// A service that knows her by a key of this phone, which no other service sees.
@dynamicMemberLookup
public struct Service: Sendable, Identifiable {
    /// What was known of it when it was asked for.
    public let view: ServiceView

    let wallet: any Wallet

    /// What the wallet calls it: told to nobody.
    public var id: ServiceId {
        view.id
    }

    /// What is known of it, piece by piece: `service.last`.
    public subscript<Value>(dynamicMember piece: KeyPath<ServiceView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// Removes the key. The service hears nothing of it; next time it sees a new person.
    public func forget() async throws(WalletError) {
        try await wallet.forget(service: id)
    }
}

extension Service: Hashable {
    /// The same service of the same wallet, visited as often.
    public static func == (left: Service, right: Service) -> Bool {
        left.view == right.view && left.wallet === right.wallet
    }

    /// By what it shows.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(view)
    }
}

extension PresentationReviewView {
    /// Whether she is asked to sign in and to show nothing: `signIn` says whether the service knows her.
    public var isSignInAlone: Bool {
        signIn != nil && asked.isEmpty
    }
}

// Services that know her again.
extension CitizenWallet {
    public func services() async throws(WalletError) -> [Service] {
        let views = try await cancellable { try await self.library.services(cancel: $0) }
        return views.map { Service(view: $0, wallet: self) }
    }

    public func forget(service: ServiceId) async throws(WalletError) {
        try await cancellable { try await self.library.forgetService(id: service, cancel: $0) }
        hub.tellOfCredentials()
    }

    public var knownServices: Steps<[ServiceView]> {
        watchedCredentials { wallet throws(WalletError) in
            try await wallet.services().map(\.view)
        }
    }
}
