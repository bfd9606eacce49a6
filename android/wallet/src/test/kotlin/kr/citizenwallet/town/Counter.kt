package kr.citizenwallet.town

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse

/** The issuer's counter and the services' pages, asked as a browser asks. */
internal class Counter(
    private val town: Town,
) {
    private val client = HttpClient.newHttpClient()

    /** The link of an offer of the citizen's card, and the code that she is sent. */
    fun offer(): Pair<String, String> {
        while (get("/v1/issuer/status-lists/0").statusCode() != FOUND) Thread.sleep(PAUSE)
        val offered = post("/v1/issuer/offers", APPLICATION).json()
        return offered.text("offer") to offered.text("transaction_code")
    }

    /** The link that a service's page shows after one of its buttons was pressed, and the page. */
    fun visit(
        service: String = "mapo-library",
        button: String = "visits",
    ): Pair<String, String> {
        val page = post("/v1/verifiers/$service/$button", "").headers().firstValue("location").get()
        return get("$page/standing").json().text("link") to page
    }

    /** What the page says of the visit. */
    fun standing(page: String): String = get("$page/standing").json().text("standing")

    /** Whether the service takes who signed in for `new` or `known`. */
    fun visitor(page: String): String = get("$page/standing").json().text("visitor")

    private fun get(path: String) = ask(HttpRequest.newBuilder(address(path)).GET())

    private fun post(
        path: String,
        json: String,
    ) = ask(
        HttpRequest
            .newBuilder(address(path))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json)),
    )

    private fun ask(request: HttpRequest.Builder) = client.send(request.build(), HttpResponse.BodyHandlers.ofString())

    private fun address(path: String) = URI(town.url).resolve(path)

    private fun HttpResponse<String>.json() = Json.parseToJsonElement(body()).jsonObject

    private fun JsonObject.text(name: String) = checkNotNull(get(name)) { "no $name in $this" }.jsonPrimitive.content

    private companion object {
        const val FOUND = 200
        const val PAUSE = 50L
        const val APPLICATION =
            """{"number": "SB-1001", "name": "홍길동", "birth_date": "1999-03-02", "credentials": ["citizen-card"]}"""
    }
}
