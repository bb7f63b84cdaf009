#include "app/bcrypt.h"

#include <crypt.h>
#include <cstring>
#include <memory>

namespace tocsin::app {

bool IsPasswordOf(const std::string& password, const std::string& hash) {
  // The library would take the part before a zero byte for the whole.
  if (password.find('\0') != std::string::npos) return false;
  const auto scratch = std::make_unique<crypt_data>();
  std::memset(scratch.get(), 0, sizeof *scratch);
  const char* const made = crypt_r(password.c_str(), hash.c_str(), scratch.get());
  if (made == nullptr || std::strlen(made) != hash.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    difference |= static_cast<unsigned char>(made[i]) ^ static_cast<unsigned char>(hash[i]);
  }
  return difference == 0;
}

}  // namespace tocsin::app
