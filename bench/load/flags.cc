#include "bench/load/flags.h"

#include <cstdlib>
#include <string_view>

namespace tocsin::load {

Result<Flags> Flags::Parse(int count, const char* const* words) {
  Flags flags;
  for (int i = 0; i < count; i += 2) {
    const std::string_view name = words[i];
    if (!name.starts_with("--")) return Fail("not a flag: " + std::string(name));
    if (i + 1 == count) return Fail("no value: " + std::string(name));
    flags.values_[std::string(name.substr(2))] = words[i + 1];
  }
  return flags;
}

std::string Flags::Text(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second;
}

std::int64_t Flags::Integer(const std::string& name, std::int64_t otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : std::strtoll(found->second.c_str(), nullptr, 10);
}

double Flags::Number(const std::string& name, double otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : std::strtod(found->second.c_str(), nullptr);
}

}  // namespace tocsin::load
