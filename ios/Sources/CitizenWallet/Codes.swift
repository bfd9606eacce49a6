import CitizenWalletFFI
import Foundation

/// Reads a text as a payment code, without asking anybody and without a wallet. Lenient: what live schemes do against the letter of
/// the standard is a warning.
public func inspectCode(_ text: String, lenient: Bool = false) -> CodeReading {
    CitizenWalletFFI.inspectCode(text: text, lenient: lenient)
}

#if SCAN
/// Reads the payment codes in a PNG or JPEG picture, without asking anybody and without a wallet. Those that can be paid come first.
public func readImage(_ bytes: Data, lenient: Bool = false) async throws(WalletError) -> [CodeReading] {
    try await cancellable { try await CitizenWalletFFI.readImage(bytes: bytes, lenient: lenient, cancel: $0) }
}
#endif

/// What a link is, and what follows: a payment code, a gift code, a request for credentials, an offer of one, the browser's way back from a sign-in, a page of the app, or nothing
/// known. Not `Link`: that is SwiftUI's.
public typealias WalletLink = CitizenWalletFFI.Link

/// Says what a link or a scanned text is (`zeropay:`, `openid4vp:`, `openid-credential-offer:`, the app's own), without asking anybody and without a wallet. Nothing
/// is done: what follows is the app's call.
public func openLink(_ text: String) -> WalletLink {
    CitizenWalletFFI.openLink(text: text)
}
