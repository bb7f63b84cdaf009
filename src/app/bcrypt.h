#pragma once

#include <string>

namespace tocsin::app {

// Is `hash` (bcrypt: `$2b$12$...`) that of `password`? Takes as long as the hash's cost asks for:
// tens of milliseconds to minutes. Safe from any thread.
bool IsPasswordOf(const std::string& password, const std::string& hash);

}  // namespace tocsin::app
