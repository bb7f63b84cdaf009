#pragma once

// The flags of one command: `--name value` pairs. Each value is asked for by name, with what holds
// where it is not given.

#include "base/result.h"

#include <cstdint>
#include <map>
#include <string>

namespace tocsin::load {

class Flags {
 public:
  // `words` without the names of the program and the command.
  static Result<Flags> Parse(int count, const char* const* words);

  std::string Text(const std::string& name, const std::string& otherwise) const;
  std::int64_t Integer(const std::string& name, std::int64_t otherwise) const;
  double Number(const std::string& name, double otherwise) const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace tocsin::load
