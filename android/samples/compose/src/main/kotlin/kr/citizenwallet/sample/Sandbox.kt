package kr.citizenwallet.sample

import kr.citizenwallet.City
import kr.citizenwallet.ffi.TrustSource

/** The sandbox city on the developer's machine, after `adb reverse`. A real app brings the city's trust file among its assets. */
internal object Sandbox {
    val city: City = City("http://127.0.0.1:8080/", TrustSource.FirstUse)
}
