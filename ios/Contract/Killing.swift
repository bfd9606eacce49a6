import CitizenWallet
import Foundation

/// What the process of `app.killed` is told, on one line of its standard input.
struct Errand: Codable {
    let folder: String
    let url: URL
    let trust: String
    let phone: String
    let kept: [String: String]
    /// The recovery code that lies on paper beside the phone.
    let code: String?
    let steps: [Step]
    let death: Net.Death
}

extension Runner {
    /// Runs steps in a process of their own, which ends in the middle of a request.
    func killed(_ step: Step, with: Fields, phone: Phone) async throws -> Fields {
        guard case .file(let trust) = city.trust, let steps = step.steps else { throw Broken("no steps") }
        let arguments = Arguments(with)
        let death = Net.Death(at: try arguments.text("at"), when: try arguments.text("when"))
        guard ["before", "after"].contains(death.when) else { throw Broken("no such moment: \(death.when)") }
        // The wallet is not open here otherwise: the process has the files to itself.
        await phone.wallet?.release()
        let errand = Errand(
            folder: folder.path, url: city.url, trust: trust, phone: phone.name, kept: kept,
            code: phone.recoveryCode.map { code in String((0..<code.count).compactMap { code[$0] }) },
            steps: steps.map { inside in
                var inside = inside
                inside.phone = inside.phone ?? phone.name
                return inside
            }, death: death)
        let child = try Conversation(Self.childProgram(), [])
        try child.say(try JSONEncoder().encode(errand))
        let told = await child.line()
        let status = await child.status()
        guard status == CitizenContract.killed else {
            throw Broken("the process ended with status \(status): \(told ?? "no word")")
        }
        phone.finger.reopen()
        return [:]
    }

    /// The program beside this one.
    private static func childProgram() throws -> String {
        guard let program = ProcessInfo.processInfo.environment["CONTRACT_PHONE"] else {
            throw Broken("CONTRACT_PHONE does not say where the program contract-phone is")
        }
        return program
    }
}

/// What the program `contract-phone` does: the steps of an errand, until the process ends in their middle. Answers only if it does not.
public func runErrand() async -> Int32 {
    guard let line = readLine(strippingNewline: true) else { return 64 }
    do {
        let errand = try JSONDecoder().decode(Errand.self, from: Data(line.utf8))
        let city = City(errand.url, trust: .file(errand.trust))
        let runner = Runner(
            city, folder: URL(fileURLWithPath: errand.folder), stage: nil, death: errand.death)
        runner.kept = errand.kept
        if let code = errand.code { try runner.phone(errand.phone).recoveryCode = Secret(typed: code) }
        try await runner.run(errand.steps)
        print("all steps were done")
    } catch {
        print("\(error)".replacing("\n", with: " "))
    }
    return 1
}
