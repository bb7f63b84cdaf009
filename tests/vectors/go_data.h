#pragma once

// Builds template values from the typed form in which the golden vectors keep their data.

#include "gotemplate/arena.h"
#include "gotemplate/value.h"

#include <boost/json.hpp>

#include <deque>
#include <string>
#include <string_view>

namespace tocsin::vectors {

// Owns what its values point to.
class GoData {
 public:
  gotemplate::Value Build(const boost::json::value& typed);

 private:
  gotemplate::Value BuildNumber(std::string_view text, const gotemplate::Type& type);
  gotemplate::Value BuildList(const boost::json::object& typed, const gotemplate::Type& type);
  gotemplate::Value BuildMap(const boost::json::object& typed, const gotemplate::Type& type);
  gotemplate::Value BuildStruct(const boost::json::array& fields, std::string_view type_name);
  const gotemplate::Type& TypeNamed(std::string_view name);
  std::string_view Keep(std::string_view text) { return arena_.Copy(text); }

  gotemplate::Arena arena_;
  std::deque<gotemplate::Type> types_;
};

}  // namespace tocsin::vectors
