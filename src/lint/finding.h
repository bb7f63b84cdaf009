#pragma once

// What a check has found, and where. Values.

#include "config/diagnostic.h"
#include "lint/catalogue.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::lint {

struct Finding {
  std::string_view id;  // Of the catalogue.
  Severity severity = Severity::kWarning;
  config::Position position;
  std::string message;  // What goes wrong, and what to do.
  std::string excerpt = {};
  bool operator==(const Finding&) const = default;
};

class Findings {
 public:
  // Precondition: the catalogue has `id`. An excerpt shows the place (base/excerpt.h).
  void Add(std::string_view id, config::Position position, std::string message,
           std::string excerpt = {});
  // What a load has reported.
  void Add(const config::Diagnostics& diagnostics);
  void Add(Findings others);

  const std::vector<Finding>& all() const { return all_; }
  std::size_t Count(Severity severity) const;
  // By file, line and column, as somebody goes through them.
  void Sort();
  template <class Predicate>
  void RemoveIf(Predicate predicate) {
    std::erase_if(all_, predicate);
  }

 private:
  std::vector<Finding> all_;
};

// `file:line:column: warning: message [family/name]`
std::string ToString(const Finding& finding);

}  // namespace tocsin::lint
