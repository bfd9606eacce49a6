import CitizenWalletFFI
import Foundation

/// A PIN or a recovery code on its way. It is wiped when it is cleared or let go.
///
/// A PIN pad appends one character at a time, so that the whole never stands in the app's memory.
public typealias Secret = CitizenWalletFFI.Secret

extension Secret {
    /// Of characters that are wiped here, whether or not they are a secret: more than 128 bytes are none. For a code that was pasted: copies that the
    /// pasteboard or a text field made stay.
    public convenience init?(consuming characters: inout [Character]) {
        self.init()
        var isTaken = true
        for index in characters.indices {
            isTaken = append(characters[index]) && isTaken
            characters[index] = "0"
        }
        characters.removeAll()
        if !isTaken { return nil }
    }

    /// Puts a character at the end. Whether it was taken: a secret has at most 128 bytes.
    @discardableResult
    public func append(_ character: Character) -> Bool {
        character.unicodeScalars.allSatisfy { push(codePoint: $0.value) }
    }

    /// How many characters there are.
    public var count: Int {
        Int(length())
    }

    /// The character at a place, from 0: to show a recovery code piece by piece, without a string of it.
    public subscript(place: Int) -> Character? {
        guard let place = UInt32(exactly: place), let point = character(index: place) else { return nil }
        return Unicode.Scalar(point).map(Character.init)
    }
}
