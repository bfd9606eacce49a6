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
