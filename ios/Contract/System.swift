#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// How a process ends that was killed in the middle of a request.
public let killed: Int32 = 86

/// Ends this process without any farewell.
func endWithoutFarewell() -> Never {
    _exit(killed)
}

/// Ends another process without any farewell.
func sendKill(_ process: Int32) {
    kill(process, SIGKILL)
}
