#pragma once

// Absolute http and https URLs, as a client needs them. Strict where a lenient reading would let
// two parsers disagree on the host: what this accepts is rebuilt from its parts before it goes out.

#include "base/result.h"
#include "base/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::net {

struct Url {
  std::string scheme;  // Lower case.
  std::optional<std::string> user;
  Secret password;
  std::string host;            // Lower case; IPv6 without brackets.
  std::uint16_t port = 0;      // The scheme's own if none is given.
  std::string path_and_query;  // At least `/`; blanks, controls and non-ASCII are percent-encoded.

  bool IsHttps() const { return scheme == "https"; }
  std::string BracketedHost() const;  // For URLs and the Host header.
  // `https://example.org:8443`, always with the port: what a connection and a queue belong to.
  std::string Destination() const;
  // `example.org`, or `example.org:8443` if the port is not the scheme's own.
  std::string HostHeader() const;
  // Without user information, which is sent as a header.
  std::string ToString() const;
};

// Error texts never repeat the input, which may hold a token.
Result<Url> ParseUrl(std::string_view text);

// A Location against the URL that answered with it (RFC 3986, 5.2). The fragment is dropped.
Result<Url> ResolveReference(const Url& base, std::string_view reference);

}  // namespace tocsin::net
