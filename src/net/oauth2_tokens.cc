#include "net/oauth2_tokens.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/field_value.h"
#include "base/text.h"
#include "net/client_files.h"
#include "net/jwt.h"
#include "net/outgoing_request.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace tocsin::net {
namespace {

// Configurations that are gone leave their entries behind; beyond this many the oldest goes.
constexpr std::size_t kEntriesMax = 64;
constexpr Duration kExpiryMargin = std::chrono::seconds(10);
constexpr Duration kTokenTimeout = std::chrono::seconds(30);
constexpr std::size_t kTokenBytesMax = 1024 * 1024;
constexpr std::size_t kShownBodyBytes = 512;

struct Token {
  std::string authorization;
  std::optional<Duration> lifetime;
};

std::string StringMember(const boost::json::object& object, std::string_view name) {
  const boost::json::value* member = object.if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->get_string())
                                                  : std::string();
}

// Some servers send the number as a string.
std::optional<Duration> Lifetime(const boost::json::object& object) {
  const boost::json::value* member = object.if_contains("expires_in");
  if (member == nullptr) return std::nullopt;
  double seconds = 0;
  if (member->is_string()) {
    const auto& text = member->get_string();
    std::from_chars(text.data(), text.data() + text.size(), seconds);
  } else if (member->is_number()) {
    seconds = member->to_number<double>();
  }
  constexpr double kYear = 366.0 * 86400;
  if (!(seconds > 0)) return std::nullopt;
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::min(seconds, kYear)));
}

std::string TokenType(const std::string& type) {
  const std::string lower = AsciiLower(type);
  if (lower.empty() || lower == "bearer") return "Bearer";
  if (lower == "mac") return "MAC";
  if (lower == "basic") return "Basic";
  return type;
}

Result<Token> ReadToken(const HttpResponse& response) {
  if (response.status < 200 || response.status > 299) {
    return Fail("cannot fetch token: status " + std::to_string(response.status) +
                ", response: " + TruncateBytes(ToValidUtf8(response.body), kShownBodyBytes));
  }
  boost::system::error_code error;
  const boost::json::value document = boost::json::parse(response.body, error);
  const boost::json::object* object = error ? nullptr : document.if_object();
  if (object == nullptr) return Fail("cannot parse the token response: not a JSON object");
  const std::string access_token = StringMember(*object, "access_token");
  if (access_token.empty()) {
    const std::string code = StringMember(*object, "error");
    return Fail("server response missing access_token" + (code.empty() ? "" : ": " + code));
  }
  Token token{TokenType(StringMember(*object, "token_type")) + " " + access_token,
              Lifetime(*object)};
  // Not quoted: it may be a token all the same.
  if (!IsFieldValue(token.authorization)) return Fail("invalid access token");
  return token;
}

std::string FormBody(const config::OAuth2& config, const Secret* secret) {
  std::string form = "grant_type=client_credentials";
  const auto add = [&form](std::string_view name, std::string_view value) {
    form.append("&").append(QueryEscape(name)).append("=").append(QueryEscape(value));
  };
  if (secret != nullptr) {
    add("client_id", config.client_id);
    add("client_secret", secret->Reveal());
  }
  if (!config.scopes.empty()) {
    std::string scope;
    for (const std::string& part : config.scopes)
      scope.append(scope.empty() ? "" : " ").append(part);
    add("scope", scope);
  }
  for (const auto& [name, value] : config.endpoint_params) add(name, value);
  return form;
}

// The assertion says who the client is, and has the scopes.
Result<std::string> AssertionBody(const config::OAuth2& config, const Secret& key) {
  const Result<std::string> assertion = MakeAssertion(config, key, SystemClock().Now());
  if (!assertion) return assertion;
  std::string form = "grant_type=" + QueryEscape(config::kJwtBearer) + "&assertion=" + *assertion;
  for (const auto& [name, value] : config.endpoint_params) {
    form.append("&").append(QueryEscape(name)).append("=").append(QueryEscape(value));
  }
  return form;
}

Result<HttpCall> TokenCall(const config::OAuth2& config, const Secret& secret, bool basic) {
  HttpCall call;
  call.request.method = "POST";
  call.request.url = Secret(config.token_url);
  call.request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  if (config.jwt_bearer) {
    Result<std::string> body = AssertionBody(config, secret);
    if (!body) return tl::unexpected(body.error());
    call.request.body = *std::move(body);
  } else if (basic) {
    call.request.headers.push_back(
        {"Authorization", "Basic " + Base64Encode(QueryEscape(config.client_id) + ":" +
                                                  QueryEscape(secret.Reveal()))});
    call.request.body = FormBody(config, nullptr);
  } else {
    call.request.body = FormBody(config, &secret);
  }
  auto client = std::make_shared<config::HttpClientConfig>();
  client->tls = config.tls;
  client->proxy = config.proxy;
  // 307 and 308 would carry the secret to wherever the answer says.
  client->follow_redirects = false;
  call.client = std::move(client);
  call.timeout = kTokenTimeout;
  call.response_bytes_max = kTokenBytesMax;
  return call;
}

}  // namespace

OAuth2Tokens::Entry* OAuth2Tokens::Find(const config::OAuth2& config, const Secret& secret) {
  const auto it = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.config == config && entry.secret == secret;
  });
  if (it != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, it);
    return &entries_.front();
  }
  if (entries_.size() >= kEntriesMax) {
    const auto idle = std::find_if(entries_.rbegin(), entries_.rend(),
                                   [](const Entry& entry) { return !entry.fetching; });
    if (idle != entries_.rend()) entries_.erase(std::next(idle).base());
  }
  Entry entry;
  entry.config = config;
  entry.secret = secret;
  if (config.jwt_bearer) entry.client_auth = ClientAuth::kForm;  // There is no other way to try.
  entries_.push_front(std::move(entry));
  return &entries_.front();
}

void OAuth2Tokens::Get(const config::OAuth2& config, const std::string& user_agent, Done done) {
  Result<Secret> secret =
      config.jwt_bearer
          ? InlineOrFile(config.client_certificate_key, config.client_certificate_key_file)
          : InlineOrFile(config.client_secret, config.client_secret_file);
  if (!secret) {
    done(tl::unexpected(
        HttpFailure{HttpFailure::Kind::kCredentials, "oauth2: " + secret.error().message, 0}));
    return;
  }
  Entry* entry = Find(config, *secret);
  const bool expired = entry->expires && *entry->expires - kExpiryMargin <= MonotonicNow();
  if (!entry->authorization.empty() && !expired) {
    done(entry->authorization);
    return;
  }
  entry->waiting.push_back(std::move(done));
  if (entry->fetching) return;
  entry->fetching = true;
  const bool form = entry->client_auth == ClientAuth::kForm;
  Request(entry, form ? ClientAuth::kForm : ClientAuth::kBasic, user_agent);
}

void OAuth2Tokens::Forget(const std::string& authorization) {
  for (Entry& entry : entries_) {
    if (entry.authorization == authorization) entry.authorization.clear();
  }
}

void OAuth2Tokens::Request(Entry* entry, ClientAuth client_auth, const std::string& user_agent) {
  Result<HttpCall> call =
      TokenCall(entry->config, entry->secret, client_auth == ClientAuth::kBasic);
  if (!call) {
    Answer(entry, tl::unexpected(HttpFailure{HttpFailure::Kind::kCredentials,
                                             "oauth2: " + call.error().message, 0}));
    return;
  }
  call->user_agent = user_agent;
  fetch_(*std::move(call), [this, entry, client_auth, user_agent](HttpResult result) {
    OnAnswer(entry, client_auth, user_agent, std::move(result));
  });
}

void OAuth2Tokens::OnAnswer(Entry* entry, ClientAuth tried, const std::string& user_agent,
                            HttpResult result) {
  if (!result) {
    HttpFailure failure = std::move(result.error());
    failure.message.insert(0, "oauth2: ");
    Answer(entry, tl::unexpected(std::move(failure)));
    return;
  }
  Result<Token> token = ReadToken(*result);
  if (!token && tried == ClientAuth::kBasic && entry->client_auth == ClientAuth::kUnknown) {
    // Servers are free to take the client's password in one way only, and do not say which.
    Request(entry, ClientAuth::kForm, user_agent);
    return;
  }
  if (!token) {
    Redaction secrets;
    secrets.Add(entry->secret.Reveal());
    Answer(entry,
           tl::unexpected(HttpFailure{HttpFailure::Kind::kCredentials,
                                      "oauth2: " + secrets.Apply(token.error().message), 0}));
    return;
  }
  entry->client_auth = tried;
  entry->authorization = token->authorization;
  entry->expires.reset();
  if (token->lifetime) entry->expires = MonotonicNow() + *token->lifetime;
  Answer(entry, entry->authorization);
}

void OAuth2Tokens::Answer(Entry* entry, const tl::expected<std::string, HttpFailure>& answer) {
  // A callback may ask again, so the entry is put in order first.
  std::vector<Done> waiting = std::move(entry->waiting);
  entry->waiting.clear();
  entry->fetching = false;
  for (const Done& done : waiting) done(answer);
}

}  // namespace tocsin::net
