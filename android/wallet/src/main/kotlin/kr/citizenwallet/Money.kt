package kr.citizenwallet

import kr.citizenwallet.ffi.Coins
import kr.citizenwallet.ffi.Language
import kr.citizenwallet.ffi.OwnLimits
import java.util.Locale

/**
 * Whole won.
 *
 * @property amount how many.
 */
@JvmInline
public value class Won(
    public val amount: ULong,
) : Comparable<Won> {
    /** As money is written: `12,000원`. */
    public fun text(language: Language): String =
        when (language) {
            Language.KOREAN -> "${grouped(amount)}원"
            Language.ENGLISH -> "${grouped(amount)} won"
        }

    /** By how many there are. */
    override fun compareTo(other: Won): Int = amount.compareTo(other.amount)

    /** For logs; [text] is for people. */
    override fun toString(): String = "$amount won"
}

/**
 * Whole points.
 *
 * @property amount how many.
 */
@JvmInline
public value class Points(
    public val amount: ULong,
) : Comparable<Points> {
    /** As points are written: `5,000포인트`. */
    public fun text(language: Language): String =
        when (language) {
            Language.KOREAN -> "${grouped(amount)}포인트"
            Language.ENGLISH -> if (amount == 1UL) "1 point" else "${grouped(amount)} points"
        }

    /** By how many there are. */
    override fun compareTo(other: Points): Int = amount.compareTo(other.amount)

    /** For logs; [text] is for people. */
    override fun toString(): String = "$amount points"
}

/** So many won; never negative. */
public val Int.won: Won get() = toLong().won

/** So many won; never negative. */
public val Long.won: Won get() = Won(whole(this))

/** So many points; never negative. */
public val Int.points: Points get() = toLong().points

/** So many points; never negative. */
public val Long.points: Points get() = Points(whole(this))

/** Exactly so many of a payment in points. */
public val Points.exactly: Coins get() = Coins.Exactly(amount)

/** The citizen's own limits, each of points and won together. */
public fun OwnLimits(
    perPayment: Won,
    perDay: Won,
    perMonth: Won,
): OwnLimits = OwnLimits(perPayment.amount, perDay.amount, perMonth.amount)

private fun whole(amount: Long): ULong {
    require(amount >= 0) { "an amount is never negative" }
    return amount.toULong()
}

// Amounts stay far below the largest `Long`: the core refuses what is above its own bound.
private fun grouped(amount: ULong) = String.format(Locale.ROOT, "%,d", amount.toLong())
