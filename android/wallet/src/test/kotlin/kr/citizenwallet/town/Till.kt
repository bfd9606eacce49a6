package kr.citizenwallet.town

import java.io.File

/** A merchant's till: the program `till`, which believes neither the gateway nor a customer's screen. */
internal class Till(
    private val town: Town,
    name: String,
    latin: String,
) {
    private val home = File(town.folder, "till-$latin")

    init {
        run("init", "--city", town.url, "--trust", town.trustPath(), "--name", name, "--name-latin", latin)
    }

    /** The text of the printed code. */
    fun printedCode(): String = field(run("static-code"), "code")

    fun charge(
        code: String,
        amount: Int,
    ): String = run("charge", code, "--amount", "$amount", "--wait", "600")

    fun refund(
        payment: String,
        amount: Int,
    ): String = run("refund", payment, "--amount", "$amount", "--wait", "600")

    fun check(
        receiptCode: String,
        amount: Int,
    ): String = run("check", receiptCode, "--amount", "$amount")

    private fun run(
        verb: String,
        vararg words: String,
    ) = Programs.start("till", verb, *words, "--home", home.path, "--json").answer()

    private fun field(
        json: String,
        name: String,
    ) = checkNotNull(Regex("\"$name\":\"((?:[^\"\\\\]|\\\\.)*)\"").find(json)) { json }.groupValues[1]
}
