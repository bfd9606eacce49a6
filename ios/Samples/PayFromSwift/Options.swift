import CitizenWallet
import Foundation

/// The sample's command line.
struct Options {
    /// What it is run for.
    enum Errand {
        case pay(picture: Data, amount: Won, coins: Coins)
        /// With an offer of the citizen card, and the code that came by letter, the card is received first.
        case register(poll: PollId, card: (offer: String, code: String)?)
    }

    let city: City
    let errand: Errand
    let home: URL
    let name: String
    let language: Language
    let pin: Secret

    init(_ arguments: [String]) {
        var values: [String: String] = [:]
        var rest = arguments.dropFirst()
        while let option = rest.popFirst() {
            guard option.hasPrefix("--"), let value = rest.popFirst() else { Self.usage() }
            values[String(option.dropFirst(2))] = value
        }
        guard let address = values["city"], let url = URL(string: address), let trust = values["trust"],
            let home = values["home"], let errand = Self.errand(values),
            let city = try? City(url, trustFile: URL(fileURLWithPath: trust))
        else { Self.usage() }
        self.city = city
        self.errand = errand
        self.home = URL(fileURLWithPath: home)
        self.name = values["name"] ?? "김하나"
        self.language = values["lang"] == "ko" ? .korean : .english
        // An app has a PIN pad, which appends one digit at a time.
        self.pin = Secret()
        for digit in values["pin"] ?? "294857" { pin.append(digit) }
    }

    private static func errand(_ values: [String: String]) -> Errand? {
        if let poll = values["poll"] {
            let card = values["offer"].flatMap { offer in values["letter"].map { (offer, $0) } }
            return .register(poll: poll, card: card)
        }
        guard let code = values["code"], let amount = values["amount"].flatMap(UInt64.init),
            let picture = try? Data(contentsOf: URL(fileURLWithPath: code))
        else { return nil }
        let coins = values["coins"].flatMap(UInt64.init).map { Coins.points($0) } ?? .preferred
        return .pay(picture: picture, amount: .won(amount), coins: coins)
    }

    private static func usage() -> Never {
        print(
            """
            usage: pay-from-swift --city URL --trust FILE --home FOLDER [--name NAME] [--pin PIN] [--lang ko|en]
                --code PICTURE --amount WON [--coins POINTS]    pays
                --poll POLL [--offer LINK --letter CODE]        registers for a poll
            """)
        exit(64)
    }
}
