#include "net/outgoing_request.h"

#include "base/base64.h"
#include "base/field_value.h"
#include "base/text.h"
#include "net/client_files.h"

#include <algorithm>

namespace tocsin::net {
namespace {

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && AsciiLower(a) == AsciiLower(b);
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
    return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// What says nothing about who asks may go anywhere.
bool IsConfidential(std::string_view name) {
  return !EqualsIgnoringCase(name, "Accept") && !EqualsIgnoringCase(name, "Content-Type") &&
         !EqualsIgnoringCase(name, "User-Agent");
}

std::string BasicCredentials(std::string_view user, std::string_view password) {
  return "Basic " + Base64Encode(std::string(user) + ":" + std::string(password));
}

// The value of Authorization, or "" if the configuration has none.
Result<std::string> ConfiguredAuthorization(const config::HttpClientConfig& client) {
  if (client.basic_auth) {
    const config::BasicAuth& basic = *client.basic_auth;
    Result<Secret> user = InlineOrFile(Secret(basic.username), basic.username_file);
    if (!user) return Fail("basic_auth", user.error());
    Result<Secret> password = InlineOrFile(basic.password, basic.password_file);
    if (!password) return Fail("basic_auth", password.error());
    return BasicCredentials(user->Reveal(), password->Reveal());
  }
  if (client.authorization) {
    const config::Authorization& authorization = *client.authorization;
    Result<Secret> credentials =
        InlineOrFile(authorization.credentials, authorization.credentials_file);
    if (!credentials) return Fail("authorization", credentials.error());
    return authorization.type + " " + credentials->Reveal();
  }
  return "";
}

Status AddConfiguredHeaders(const config::HttpClientConfig& client, OutgoingRequest* out) {
  for (const auto& [name, extra] : client.http_headers) {
    for (const std::string& value : extra.values) out->headers.push_back({name, value, false});
    for (const Secret& secret : extra.secrets) {
      out->headers.push_back({name, secret.Reveal(), true});
      out->secrets.Add(secret.Reveal());
    }
    for (const std::string& file : extra.files) {
      Result<Secret> secret = ReadSecretFile(file);
      if (!secret) return Fail("http_headers", secret.error());
      out->headers.push_back({name, secret->Reveal(), true});
      out->secrets.Add(secret->Reveal());
    }
  }
  return {};
}

Status CheckHeaders(const std::vector<OutgoingHeader>& headers) {
  for (const OutgoingHeader& header : headers) {
    if (!IsToken(header.name)) return Fail("invalid header name " + GoQuote(header.name));
    if (!IsFieldValue(header.value)) return Fail("invalid value of the header " + header.name);
  }
  return {};
}

tl::unexpected<HttpFailure> FailWith(HttpFailure::Kind kind, const Error& error) {
  return tl::unexpected(HttpFailure{kind, error.message, 0});
}

bool IsAtOrBelow(const std::string& host, const std::string& domain) {
  return host == domain || (host.size() > domain.size() && host.ends_with(domain) &&
                            host[host.size() - domain.size() - 1] == '.');
}

}  // namespace

bool OutgoingRequest::HasHeader(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(), [name](const OutgoingHeader& header) {
    return EqualsIgnoringCase(header.name, name);
  });
}

tl::expected<OutgoingRequest, HttpFailure> PrepareRequest(HttpRequest request,
                                                          const config::HttpClientConfig& client,
                                                          const std::string& user_agent) {
  using Kind = HttpFailure::Kind;
  Result<Url> url = ParseUrl(request.url.Reveal());
  if (!url) return FailWith(Kind::kOther, url.error());
  if (!IsToken(request.method)) {
    return FailWith(Kind::kOther, Error{"invalid method " + GoQuote(request.method)});
  }
  OutgoingRequest out;
  out.secrets.AddUrl(request.url.Reveal());
  out.method = std::move(request.method);
  out.url = std::move(*url);
  out.body = std::move(request.body);
  for (HttpHeader& header : request.headers) {
    const bool confidential = IsConfidential(header.name);
    out.headers.push_back({std::move(header.name), std::move(header.value), confidential});
  }
  if (!out.HasHeader("Authorization")) {
    Result<std::string> authorization =
        out.url.user ? BasicCredentials(*out.url.user, out.url.password.Reveal())
                     : ConfiguredAuthorization(client);
    if (!authorization) return FailWith(Kind::kCredentials, authorization.error());
    if (!authorization->empty()) out.headers.push_back({"Authorization", *authorization, true});
  }
  if (Status status = AddConfiguredHeaders(client, &out); !status) {
    return FailWith(Kind::kCredentials, status.error());
  }
  if (!out.HasHeader("User-Agent") && !user_agent.empty()) {
    out.headers.push_back({"User-Agent", user_agent, false});
  }
  for (const OutgoingHeader& header : out.headers) {
    out.secrets.AddHeader(header.name, header.value);
  }
  if (Status status = CheckHeaders(out.headers); !status) {
    return FailWith(Kind::kOther, status.error());
  }
  return out;
}

bool IsRedirect(const HttpResponse& response) {
  switch (response.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return !FindHeader(response.headers, "Location").empty();
    default:
      return false;
  }
}

Status ApplyRedirect(const HttpResponse& response, const std::string& first_host,
                     OutgoingRequest* request) {
  Result<Url> next = ResolveReference(request->url, FindHeader(response.headers, "Location"));
  if (!next) return Fail("redirect", next.error());

  const auto drop = [request](auto condition) { std::erase_if(request->headers, condition); };
  const bool downgrade = request->url.IsHttps() && !next->IsHttps();
  if (downgrade || !IsAtOrBelow(next->host, first_host)) {
    drop([](const OutgoingHeader& header) { return header.confidential; });
  }
  if (next->host != request->url.host) {
    drop([](const OutgoingHeader& header) { return EqualsIgnoringCase(header.name, "Host"); });
  }
  const bool repeat = response.status == 307 || response.status == 308;
  if (!repeat && request->method != "GET" && request->method != "HEAD") {
    request->method = "GET";
    request->body.clear();
    drop([](const OutgoingHeader& header) {
      return AsciiLower(header.name).starts_with("content-");
    });
  }
  request->url = std::move(*next);
  return {};
}

}  // namespace tocsin::net
