import CitizenWallet
import Foundation

/// Runs a case's steps, each to its end before the next begins.
public final class Runner {
    let city: City
    let folder: URL
    let stage: Stage?
    let death: Net.Death?
    var phones: [String: Phone] = [:]
    var kept: [String: String] = [:]

    /// A runner over a city, its phones in a folder. Without a stage it is the process of `app.killed`.
    init(_ city: City, folder: URL, stage: Stage?, death: Net.Death? = nil) {
        self.city = city
        self.folder = folder
        self.stage = stage
        self.death = death
    }

    /// Runs a case in a city of its own.
    public static func run(_ promise: Case, stage program: String, in folder: URL) async throws {
        let stage = try await Stage(program, folder: folder.appendingPathComponent("city"))
        let city = City(stage.url, trust: .file(stage.trust))
        let runner = Runner(city, folder: folder, stage: stage)
        do {
            try await runner.run(promise.steps)
        } catch {
            await runner.close()
            throw error
        }
        await runner.close()
        try await stage.stop()
    }

    func run(_ steps: [Step]) async throws {
        for (number, step) in steps.enumerated() {
            do {
                try await run(step)
            } catch {
                throw Broken("step \(number + 1), \(step.word): \(error)")
            }
        }
    }

    /// Lets go of every wallet.
    func close() async {
        for phone in phones.values {
            await phone.wallet?.release()
        }
        phones = [:]
    }

    private func run(_ step: Step) async throws {
        let with = try step.with.map(filled) ?? [:]
        let phone = try phone(step.phone ?? "hana")
        let result = try await result(of: step, with: with, by: phone)
        for (field, value) in try filled(step.expect ?? [:]) {
            guard let found = result[field] else { throw Broken("no field \(field) in \(result)") }
            guard found.utf8.elementsEqual(value.utf8) else { throw Broken("\(field) is \(found), not \(value)") }
        }
        for (name, field) in step.save ?? [:] {
            guard let value = result[field] else { throw Broken("no field \(field) to keep in \(result)") }
            kept[name] = value
        }
    }

    private func result(of step: Step, with: Fields, by phone: Phone) async throws -> Fields {
        let result: Fields
        do {
            result = try await acted(step, with: with, by: phone)
        } catch let error as WalletError {
            guard let refused = step.refused else { throw error }
            guard error.stableCode == refused else {
                throw Broken("refused with \(error.stableCode) instead of \(refused): \(error)")
            }
            return Self.fields(of: error)
        }
        if let refused = step.refused { throw Broken("not refused with \(refused): \(result)") }
        return result
    }

    private func acted(_ step: Step, with: Fields, by phone: Phone) async throws -> Fields {
        if step.word.hasPrefix("city.") {
            guard let stage else { throw Broken("no stage in a process that is killed") }
            var step = step
            step.with = with
            return try await stage.perform(step)
        }
        if step.word == "app.killed" { return try await killed(step, with: with, phone: phone) }
        guard let stop = step.cancel else { return try await perform(step.word, Arguments(with), by: phone) }
        return try await stopped(step, Arguments(with), by: phone, by: stop)
    }

    func phone(_ name: String) throws -> Phone {
        if let phone = phones[name] { return phone }
        let phone = try Phone(name, in: folder, death: death)
        phones[name] = phone
        return phone
    }

    private func filled(_ values: [String: String]) throws -> [String: String] {
        try values.mapValues { value in
            guard value.hasPrefix("$") else { return value }
            guard let kept = kept[String(value.dropFirst())] else { throw Broken("nothing is kept as \(value)") }
            return kept
        }
    }
}

/// A step's arguments.
struct Arguments {
    private let values: [String: String]

    init(_ values: [String: String]) {
        self.values = values
    }

    func optional(_ name: String) -> String? {
        values[name]
    }

    func text(_ name: String) throws -> String {
        guard let value = values[name] else { throw Broken("no argument \(name)") }
        return value
    }

    func number(_ name: String) throws -> UInt64 {
        guard let number = UInt64(try text(name)) else { throw Broken("\(name) is no number") }
        return number
    }

    func optionalNumber(_ name: String) throws -> UInt64? {
        try optional(name).map { _ in try number(name) }
    }

    /// `points`: a number, `first`, or preferred if nothing is said.
    func coins() throws -> Coins {
        switch optional("points") {
        case nil: .preferred
        case "first": .first
        default: .points(try number("points"))
        }
    }

    func secret(_ name: String = "pin") -> Secret {
        Secret(typed: optional(name) ?? "294857")
    }
}
