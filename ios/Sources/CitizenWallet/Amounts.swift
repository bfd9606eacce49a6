import CitizenWalletFFI

/// Whole won, as they are handed in: won and points cannot be mistaken for each other.
public struct Won: Hashable, Comparable, Sendable {
    /// How many.
    public let amount: UInt64

    /// So many won.
    public init(_ amount: UInt64) {
        self.amount = amount
    }

    /// So many won, where the type is known: `.won(12_000)`.
    public static func won(_ amount: UInt64) -> Won {
        Won(amount)
    }

    /// For people: `12,000원`, `12,000 won`.
    public func text(_ language: Language) -> String {
        switch language {
        case .korean: "\(grouped(amount))원"
        case .english: "\(grouped(amount)) won"
        }
    }

    /// Fewer won.
    public static func < (left: Won, right: Won) -> Bool {
        left.amount < right.amount
    }
}

/// Whole points, as they are handed in.
public struct Points: Hashable, Comparable, Sendable {
    /// How many.
    public let amount: UInt64

    /// So many points.
    public init(_ amount: UInt64) {
        self.amount = amount
    }

    /// So many points, where the type is known: `.points(5_000)`.
    public static func points(_ amount: UInt64) -> Points {
        Points(amount)
    }

    /// For people: `5,000포인트`, `5,000 points`.
    public func text(_ language: Language) -> String {
        switch language {
        case .korean: "\(grouped(amount))포인트"
        case .english: "\(grouped(amount)) points"
        }
    }

    /// Fewer points.
    public static func < (left: Points, right: Points) -> Bool {
        left.amount < right.amount
    }
}

/// How much of a payment is paid in points: `.preferred`, `.first`, `.points(5_000)`.
public typealias Coins = CitizenWalletFFI.Coins

extension Coins {
    /// So many points, no more and no less.
    public static func points(_ points: UInt64) -> Coins {
        .exactly(points: points)
    }
}

/// Digits in groups of three. By hand: a locale's formatter would write other digits for some citizens.
func grouped(_ amount: UInt64) -> String {
    var text = ""
    for (place, digit) in String(amount).reversed().enumerated() {
        if place > 0, place.isMultiple(of: 3) { text.append(",") }
        text.append(digit)
    }
    return String(text.reversed())
}
