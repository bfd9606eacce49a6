package kr.citizenwallet.sample

import android.content.Context
import kr.citizenwallet.City

/** The sandbox city on the developer's machine, after `adb reverse`. Trust begins in the app's own file, as a real app's does. */
internal object Sandbox {
    fun city(context: Context): City = City("http://127.0.0.1:8080/", context.assets.open("city.json").use { it.reader().readText() })
}
