#pragma once

// Access tokens of the client credentials grant (RFC 6749, 4.4), kept until shortly before they
// expire and shared by all calls with the same configuration and secret. Belongs to the net thread.

#include "base/time.h"
#include "net/http_client.h"

#include <tl/expected.hpp>

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::net {

class OAuth2Tokens {
 public:
  using Fetch = std::function<void(HttpCall, HttpCallback)>;
  // A value for the Authorization header.
  using Done = std::function<void(tl::expected<std::string, HttpFailure>)>;

  // `fetch` must not call back after this object is gone.
  explicit OAuth2Tokens(Fetch fetch) : fetch_(std::move(fetch)) {}

  // `done` may come inside Get.
  void Get(const config::OAuth2& config, const std::string& user_agent, Done done);
  // The server did not take it: the next Get asks for a new one.
  void Forget(const std::string& authorization);

 private:
  enum class ClientAuth { kUnknown, kBasic, kForm };

  struct Entry {
    config::OAuth2 config;
    Secret secret;
    std::string authorization;        // Empty: there is no token.
    std::optional<Duration> expires;  // Monotonic; nothing: never.
    ClientAuth client_auth = ClientAuth::kUnknown;
    bool fetching = false;
    std::vector<Done> waiting;
  };

  Entry* Find(const config::OAuth2& config, const Secret& secret);
  void Request(Entry* entry, ClientAuth client_auth, const std::string& user_agent);
  void OnAnswer(Entry* entry, ClientAuth tried, const std::string& user_agent, HttpResult result);
  static void Answer(Entry* entry, const tl::expected<std::string, HttpFailure>& answer);

  Fetch fetch_;
  std::list<Entry> entries_;  // The most recently used first; addresses are stable.
};

}  // namespace tocsin::net
