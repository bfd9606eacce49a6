import CitizenWallet
import Foundation

/// The sample's command line.
struct Options {
    let city: City
    let picture: Data
    let amount: Won
    let coins: Coins
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
            let code = values["code"], let amount = values["amount"].flatMap(UInt64.init),
            let home = values["home"],
            let city = try? City(url, trustFile: URL(fileURLWithPath: trust)),
            let picture = try? Data(contentsOf: URL(fileURLWithPath: code))
        else { Self.usage() }
        self.city = city
        self.picture = picture
        self.amount = .won(amount)
        self.coins = values["coins"].flatMap(UInt64.init).map { .points($0) } ?? .preferred
        self.home = URL(fileURLWithPath: home)
        self.name = values["name"] ?? "김하나"
        self.language = values["lang"] == "ko" ? .korean : .english
        // An app has a PIN pad, which appends one digit at a time.
        self.pin = Secret()
        for digit in values["pin"] ?? "294857" { pin.append(digit) }
    }

    private static func usage() -> Never {
        print(
            "usage: pay-from-swift --city URL --trust FILE --code PICTURE --amount WON --home FOLDER [--coins POINTS] [--name NAME] [--pin PIN] [--lang ko|en]"
        )
        exit(64)
    }
}
