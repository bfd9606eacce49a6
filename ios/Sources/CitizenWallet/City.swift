import CitizenWalletFFI
import Foundation

/// A city: where it is reached, and from what its ledger is trusted.
public struct City: Hashable, Sendable {
    /// Where trust in a ledger begins.
    public enum Trust: Hashable, Sendable {
        /// The text of the city's `city.json`, which came with the app and not from the server.
        case file(String)
        /// The first header that the gateway shows. Every view says so.
        case firstUse
    }

    /// The gateway's address.
    public let url: URL
    /// Where trust begins.
    public let trust: Trust

    /// A city at an address.
    public init(_ url: URL, trust: Trust) {
        self.url = url
        self.trust = trust
    }

    /// A city whose trust file lies in the app's bundle.
    public init(_ url: URL, trustFile: URL) throws {
        self.init(url, trust: .file(try String(contentsOf: trustFile, encoding: .utf8)))
    }

    var address: CityAddress {
        switch trust {
        case .file(let json): CityAddress(url: url.absoluteString, trust: .file(json: json))
        case .firstUse: CityAddress(url: url.absoluteString, trust: .firstUse)
        }
    }
}
