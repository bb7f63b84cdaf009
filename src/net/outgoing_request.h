#pragma once

// A request as it goes out: the caller's, with what the client configuration adds, and what becomes
// of it when the server redirects. Values only.

#include "base/http_message.h"
#include "base/redaction.h"
#include "base/result.h"
#include "config/http_client_config.h"
#include "net/http_client.h"
#include "net/url.h"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::net {

inline constexpr int kRedirectsMax = 9;

struct OutgoingHeader {
  std::string name;
  std::string value;
  // Not for a host that the server redirects to and that nobody has configured.
  bool confidential = true;
};

struct OutgoingRequest {
  std::string method;
  Url url;
  std::vector<OutgoingHeader> headers;
  std::string body;
  Redaction secrets;  // That are in it.

  bool HasHeader(std::string_view name) const;
};

// Checks method, names and values (no line break gets through) and reads the files that `client`
// names. Credentials are added unless the request brings its own Authorization; those in the URL
// come before those of `client`. The token of OAuth 2 is the caller's business.
tl::expected<OutgoingRequest, HttpFailure> PrepareRequest(HttpRequest request,
                                                          const config::HttpClientConfig& client,
                                                          const std::string& user_agent);

// The status is one that redirects, and there is a Location.
bool IsRedirect(const HttpResponse& response);

// Turns `request` into the next hop: 301, 302 and 303 make a GET without body of everything but GET
// and HEAD; 307 and 308 repeat it. Confidential headers are dropped for good on the way to a host
// that is neither `first_host` nor below it, and on the way from https to http.
Status ApplyRedirect(const HttpResponse& response, const std::string& first_host,
                     OutgoingRequest* request);

}  // namespace tocsin::net
