package kr.citizenwallet.android

/** What a citizen may confirm a signature with. A key is made for one of them and keeps to it for as long as it lives. */
public enum class Confirmation {
    /**
     * A finger or a face, of the strong class. The system throws the keys away when a new one is enrolled: whoever knows the screen lock
     * of a stolen phone and enrols a finger cannot sign. The phone needs one before an account is opened.
     */
    BIOMETRIC,

    /**
     * Any of those, or the screen lock, from Android 11; before it [BIOMETRIC]. For phones without a reader, and for who cannot use one.
     * The consequence: such keys hang on the screen lock. A new finger does **not** throw them away, and whoever knows the screen lock
     * can sign, with the wallet's PIN alone between. They end when the screen lock is taken off.
     */
    BIOMETRIC_OR_SCREEN_LOCK,
}
