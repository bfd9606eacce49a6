package kr.citizenwallet.android

import android.app.ActivityThread
import android.app.Application
import android.hardware.biometrics.BiometricManager
import android.security.keystore.KeyGenParameterSpec
import java.lang.reflect.InvocationHandler
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Proxy

/** What the platform binds a key to. */
internal sealed interface Binding {
    /** The fingers and faces that are enrolled now: another one, and the key is gone. */
    data class Fingers(
        val ids: List<Long>,
    ) : Binding

    /** The screen lock: what is enrolled besides does not matter. */
    data object ScreenLock : Binding
}

/**
 * Android's own reading of a key's specification: `KeyStore2ParameterUtils.addUserAuthArgs`, which the platform calls when it makes a key,
 * out of the classes of API 34. What it asks the system for, fingers and the user, is answered here; the screen lock it asks the system's
 * gate keeper for, which is not here.
 */
internal object Platform {
    private const val SECURE_ID = 0xa00001f6.toInt()

    fun binding(
        spec: KeyGenParameterSpec,
        fingers: LongArray,
    ): Binding {
        putInPlace(fingers)
        val tags = mutableListOf<android.hardware.security.keymint.KeyParameter>()
        val add =
            Class.forName("android.security.keystore2.KeyStore2ParameterUtils").declaredMethods.first { it.name == "addUserAuthArgs" }
        add.isAccessible = true
        try {
            add.invoke(null, tags, spec)
        } catch (thrown: InvocationTargetException) {
            // No class of the gate keeper works without a phone, and nothing but the screen lock's id is asked of it.
            if (thrown.targetException.stackTrace.any { it.methodName == "getRootSid" }) return Binding.ScreenLock
            throw thrown.targetException
        }
        return Binding.Fingers(tags.filter { it.tag == SECURE_ID }.map { it.value.longInteger })
    }

    private fun putInPlace(fingers: LongArray) {
        val phone = made<Phone>()
        val manager = made<BiometricManager>()
        set<BiometricManager>("mService", manager, answering("android.hardware.biometrics.IAuthService", "getAuthenticatorIds" to fingers))
        phone.fingers = manager
        val thread = made<ActivityThread>()
        set<ActivityThread>("mInitialApplication", thread, phone)
        set<ActivityThread>("sCurrentActivityThread", null, thread)
        val system = Class.forName("libcore.io.Libcore").getDeclaredField("os").apply { isAccessible = true }
        system.set(null, answering("libcore.io.Os", "getuid" to 10_001))
    }

    /** One of the system's interfaces that knows one answer. */
    private fun answering(
        name: String,
        answer: Pair<String, Any>,
    ): Any {
        val handler =
            InvocationHandler { _, method, _ -> if (method.name == answer.first) answer.second else error("not asked: ${method.name}") }
        return Proxy.newProxyInstance(javaClass.classLoader, arrayOf(Class.forName(name)), handler)
    }

    private inline fun <reified T> set(
        field: String,
        of: Any?,
        value: Any?,
    ) = T::class.java
        .getDeclaredField(field)
        .apply { isAccessible = true }
        .set(of, value)

    /** One of the platform's objects, without what its constructor asks of a phone. */
    private inline fun <reified T> made(): T {
        val unsafe = Class.forName("sun.misc.Unsafe")
        val own = unsafe.getDeclaredField("theUnsafe").apply { isAccessible = true }.get(null)
        return unsafe.getMethod("allocateInstance", Class::class.java).invoke(own, T::class.java) as T
    }

    private class Phone : Application() {
        lateinit var fingers: BiometricManager

        override fun getSystemServiceName(serviceClass: Class<*>): String = serviceClass.name

        override fun getSystemService(name: String): Any = fingers.takeIf { name == it.javaClass.name } ?: error("not asked: $name")
    }
}
