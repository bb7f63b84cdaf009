#pragma once

#include <pthread.h>

namespace tocsin {

// What `top -H`, `ps -L`, a debugger and a profiler call the calling thread. At most 15 bytes.
inline void NameThisThread(const char* name) {
  pthread_setname_np(pthread_self(), name);
}

}  // namespace tocsin
