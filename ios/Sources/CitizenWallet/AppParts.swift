import CitizenWalletFFI

// What an app may bring: protocols of the Rust library. Whatever an implementation throws is an answer to the wallet, never a crash.

/// The platform's key store. An answer may take as long as a finger takes.
public typealias Keystore = CitizenWalletFFI.Keystore
/// Why the key store did not do it. Anything else that an implementation throws counts as `Failed`.
public typealias KeystoreError = CitizenWalletFFI.KeystoreError
/// What a key is for, and with it how often the citizen is asked before it signs.
public typealias KeyPurpose = CitizenWalletFFI.KeyPurpose
/// What a signature in the key store is for: the prompt's sentence, made of what is signed, and a word of a closed list.
public typealias SigningReason = CitizenWalletFFI.SigningReason
/// What a signature in the key store is for.
public typealias SigningKind = CitizenWalletFFI.SigningKind
/// Carries requests to the city, and with their headers to issuers and verifiers, where the app has an HTTP stack of its own.
public typealias Transport = CitizenWalletFFI.Transport
/// Opens transports that share nothing, for ballots: what an app brings that brings a ``Transport``, or it cannot vote.
public typealias Connections = CitizenWalletFFI.Connections
/// Why there is no answer. Anything else that an implementation throws counts as `Broken`.
public typealias TransportError = CitizenWalletFFI.TransportError
/// One request.
public typealias HttpRequest = CitizenWalletFFI.HttpRequest
/// One answer.
public typealias HttpResponse = CitizenWalletFFI.HttpResponse
/// A header of a request or of an answer.
public typealias HttpHeader = CitizenWalletFFI.HttpHeader
/// What is done to the resource.
public typealias HttpMethod = CitizenWalletFFI.HttpMethod
/// Says what time it is. Not `Clock`: that is Swift's own.
public typealias WalletClock = CitizenWalletFFI.Clock
