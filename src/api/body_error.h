#pragma once

// Why the body of a request is refused as a whole.

#include <string>

namespace tocsin::api {

struct BodyError {
  // 400, or one of Alertmanager's 601 (format), 602 (required) and 612 (too few items), which go
  // out as 422.
  int code = 400;
  std::string message;
};

}  // namespace tocsin::api
