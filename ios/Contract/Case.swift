import Foundation

/// A promise of the wallet as data: `bindings/contract/cases`.
public struct Case: Decodable, Sendable {
    public let name: String
    public let promise: String
    public let steps: [Step]
}

/// A step of a case; what each field means stands in `bindings/contract/README.md`.
public struct Step: Codable, Sendable {
    public let word: String
    public var phone: String?
    public var with: [String: String]?
    public var refused: String?
    public var expect: [String: String]?
    public var save: [String: String]?
    public var cancel: String?
    public var steps: [Step]?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case word = "do"
        case phone, with, refused, expect, save, cancel, steps
    }

    /// A step with a word alone.
    init(_ word: String, with: [String: String]? = nil) {
        self.word = word
        self.with = with
    }

    public init(from decoder: any Decoder) throws {
        // A field that nobody knows is a promise that nobody keeps.
        let all = try decoder.container(keyedBy: AnyKey.self)
        let known = Set(CodingKeys.allCases.map(\.rawValue))
        for key in all.allKeys where !known.contains(key.stringValue) {
            throw Broken("no such field of a step: \(key.stringValue)")
        }
        let values = try decoder.container(keyedBy: CodingKeys.self)
        word = try values.decode(String.self, forKey: .word)
        phone = try values.decodeIfPresent(String.self, forKey: .phone)
        with = try values.decodeIfPresent([String: String].self, forKey: .with)
        refused = try values.decodeIfPresent(String.self, forKey: .refused)
        expect = try values.decodeIfPresent([String: String].self, forKey: .expect)
        save = try values.decodeIfPresent([String: String].self, forKey: .save)
        cancel = try values.decodeIfPresent(String.self, forKey: .cancel)
        steps = try values.decodeIfPresent([Step].self, forKey: .steps)
    }
}

/// Why a case is not kept, or cannot be run.
public struct Broken: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) {
        nil
    }
}
