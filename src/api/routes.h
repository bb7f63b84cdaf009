#pragma once

// The one list of what is served: path, method, handler.

#include "api/exchange.h"

#include <array>
#include <string>
#include <string_view>

namespace tocsin::api {

using Handler = void (*)(const ExchangePtr&);

struct Route {
  struct Method {
    std::string_view name;  // Empty: unused.
    Handler handler = nullptr;
  };

  std::string_view path;  // May have a parameter, `{id}`: one segment.
  Surface surface;
  std::array<Method, 2> methods;

  // Null if the method is not allowed.
  Handler Find(std::string_view method) const;
  // `GET,POST`; `GET, OPTIONS, POST` outside of Alertmanager's API, where any path has OPTIONS.
  std::string Allowed() const;
};

// Null if there is no such path. API paths may end in a slash.
const Route* FindRoute(std::string_view path);

// What stands in the place of the parameter. Precondition: the path is one of a route that ends in
// one.
std::string_view PathParameter(std::string_view path);

// Whose convention the answer to a path follows that is none.
Surface SurfaceOfUnknown(std::string_view path);

}  // namespace tocsin::api
