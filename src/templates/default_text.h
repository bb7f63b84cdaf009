#pragma once

// The templates that messages use unless the user's files replace them. The names are
// Alertmanager's, and so is what the plain texts look like.

#include <string_view>

namespace tocsin::templates {

extern const std::string_view kDefaultTexts;
extern const std::string_view kDefaultEmail;

}  // namespace tocsin::templates
