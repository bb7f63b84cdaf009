#pragma once

// HTTP messages as plain values, for everything that speaks HTTP without being the wire: notifiers
// build requests and judge responses, the API answers requests, the datasource does both.

#include "base/redaction.h"
#include "base/secret.h"

#include <memory>
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

// A body that several responses have in common: it is in memory once.
struct SharedBody {
  std::string text;
  // The server's count of that memory. Of all that share the body, one thread at a time answers.
  std::shared_ptr<const void> counted;
};

struct HttpResponse {
  int status = 200;
  std::vector<HttpHeader> headers;
  std::string body;
  std::shared_ptr<SharedBody> shared_body{};  // If set, instead of `body`.
  // Of an answer to us: what the request had of credentials. A body whose status is an error does
  // not repeat them any more. Null if there were none.
  std::shared_ptr<const Redaction> sent_secrets{};

  std::string_view Body() const { return shared_body ? shared_body->text : body; }
};

// The first value under that name (ASCII case-insensitive), or "".
std::string_view FindHeader(const std::vector<HttpHeader>& headers, std::string_view name);

}  // namespace tocsin
