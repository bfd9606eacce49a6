package kr.citizenwallet.sample

import kr.citizenwallet.City
import kr.citizenwallet.ffi.TrustSource

/** The sandbox city on the developer's machine, as an emulator reaches it. A real app brings the city's trust file among its assets. */
internal object Sandbox {
    val city: City = City("http://10.0.2.2:8080/", TrustSource.FirstUse)
}
