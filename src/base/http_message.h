#pragma once

// HTTP messages as plain values, for everything that speaks HTTP without being the wire: notifiers
// build requests and judge responses, the API answers requests, the datasource does both.

#include "base/secret.h"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

struct HttpHeader {
  std::string name;
  std::string value;
  bool operator==(const HttpHeader&) const = default;
};

// What a client sends. The URL is a Secret because many receivers put a token into it.
struct HttpRequest {
  std::string method = "GET";
  Secret url;
  std::vector<HttpHeader> headers;
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::vector<HttpHeader> headers;
  std::string body;
};

// The first value under that name (ASCII case-insensitive), or "".
std::string_view FindHeader(const std::vector<HttpHeader>& headers, std::string_view name);

}  // namespace tocsin
