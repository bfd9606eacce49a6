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

/// A descriptor that a process started later does not have.
func keepFromChildren(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
}

/// Says a line that is heard at once, also by a pipe.
public func tell(_ line: String) {
    print(line)
    fflush(nil)
}
