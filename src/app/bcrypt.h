#pragma once

// Passwords against their bcrypt hashes, as crypt(3) compares them. Pure, slow on purpose, and safe
// from any thread.

#include <string>

namespace tocsin::app {

// Is `hash` (`$2b$12$...`) that of `password`? Takes as long as the hash's cost asks for: tens of
// milliseconds to seconds.
bool IsPasswordOf(const std::string& password, const std::string& hash);

}  // namespace tocsin::app
