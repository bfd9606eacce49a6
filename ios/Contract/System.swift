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

/// Sends a signal to a process that was started here.
func send(_ signal: Int32, to process: pid_t) {
    kill(process, signal)
}

/// Starts a program with the environment of this one. Not by Foundation's `Process`, which hands on the signals that a thread holds back.
func start(_ program: String, _ arguments: [String], input: Int32, output: Int32) throws -> pid_t {
    #if canImport(Darwin)
    var (actions, attributes): (posix_spawn_file_actions_t?, posix_spawnattr_t?)
    #else
    var (actions, attributes) = (posix_spawn_file_actions_t(), posix_spawnattr_t())
    #endif
    // Threads that run tasks hold signals back, and a process begins with what its thread holds back: it would never hear SIGTERM.
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    var process = pid_t()
    let trouble = posix_spawn(&process, program, &actions, &attributes, words, environ)
    guard trouble == 0 else { throw Broken("\(program) cannot be started: \(trouble)") }
    return process
}

/// Waits on this thread for a process: its status, or the signal that killed it.
func awaitEnd(of process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) == -1, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : signal
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
