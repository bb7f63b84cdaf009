#pragma once

#include <csignal>

namespace tocsin::net {

// For the start of an I/O thread. Signals are for the main thread. SIGPIPE is the one that matters:
// OpenSSL inside libcurl writes to sockets with write(), and a peer that has gone away must be an
// error there, not the end of the process.
inline void BlockAsynchronousSignals() {
  sigset_t set;
  sigfillset(&set);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) sigdelset(&set, fault);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace tocsin::net
