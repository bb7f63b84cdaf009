#pragma once

// Named places at which a test ends the process, as `kill -9` would. TOCSIN_FAILPOINT=after_send:3
// in the environment arms one: it kills when it is reached for the third time. Only a build with
// the CMake option TOCSIN_FAILPOINTS has them; in the one that is shipped they are nothing.

namespace tocsin {

#ifdef TOCSIN_FAILPOINTS
// Any thread.
void Failpoint(const char* name);
#else
inline void Failpoint(const char*) {}
#endif

}  // namespace tocsin
