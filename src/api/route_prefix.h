#pragma once

// The path below which everything is served, for those behind a proxy that passes paths on as they
// are.

#include "base/http_message.h"

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::api {

class RoutePrefix {
 public:
  // As it stands in a URL: `/alerts`, or "" for none.
  explicit RoutePrefix(std::string_view encoded);

  // Leaves what is below the prefix. False, and nothing happens, if the path is not.
  bool Strip(std::string* path) const;

  // For a path that Strip refused: the root leads to the prefix, the prefix to the page below it.
  std::optional<HttpResponse> Redirect(std::string_view path) const;

 private:
  const std::string encoded_;
  const std::string decoded_;
};

}  // namespace tocsin::api
