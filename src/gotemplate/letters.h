#pragma once

namespace tocsin::gotemplate {

// What names in templates are made of: Unicode letters and decimal digits, and `_`.
bool IsAlphaNumeric(char32_t rune);

}  // namespace tocsin::gotemplate
