#include "app/web_guard.h"

#include "app/bcrypt.h"
#include "base/base64.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"

#include <algorithm>
#include <optional>
#include <sys/stat.h>
#include <utility>

namespace tocsin::app {
namespace {

constexpr std::size_t kComparisonsWaiting = 64;
constexpr std::size_t kRemembered = 100;
// Certificates that do not fit may be exchanged any moment; reading them is not for each request.
constexpr Duration kRetryInterval = std::chrono::seconds(1);

HttpResponse Text(int status, std::string text) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

HttpResponse Unauthorized() {
  HttpResponse response = Text(401, "Unauthorized\n");
  response.headers.push_back({"WWW-Authenticate", "Basic"});
  return response;
}

HttpResponse TryLater(int status, std::string text) {
  HttpResponse response = Text(status, std::move(text));
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

// RFC 7617. Nothing if there are none.
std::optional<std::pair<std::string, std::string>> ReadCredentials(
    const net::ServerRequest& request) {
  const std::string_view header = FindHeader(request.headers, "Authorization");
  const std::size_t space = header.find(' ');
  if (space == std::string_view::npos || AsciiLower(header.substr(0, space)) != "basic") {
    return std::nullopt;
  }
  const std::optional<std::string> decoded = Base64Decode(TrimSpace(header.substr(space + 1)));
  if (!decoded) return std::nullopt;
  const std::size_t colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return std::pair(decoded->substr(0, colon), decoded->substr(colon + 1));
}

// The hash that takes longest to compare with: whoever asks for an unknown user waits for that, and
// does not learn from a quick answer that there is none. Precondition: there are users.
const std::string& CostliestHash(const std::map<std::string, std::string>& users) {
  const auto cost = [](const auto& user) { return std::string_view(user.second).substr(4, 2); };
  return std::max_element(users.begin(), users.end(),
                          [&](const auto& a, const auto& b) { return cost(a) < cost(b); })
      ->second;
}

api::Respond WithHeaders(std::shared_ptr<const config::WebConfig> config, api::Respond respond) {
  if (config->headers.empty()) return respond;
  return [config = std::move(config), respond = std::move(respond)](
             HttpResponse response, net::ResponseClass response_class) {
    for (const auto& [name, value] : config->headers) {
      std::erase_if(response.headers, [&](const HttpHeader& header) {
        return AsciiLower(header.name) == AsciiLower(name);
      });
      response.headers.push_back({name, value});
    }
    respond(std::move(response), response_class);
  };
}

}  // namespace

WebGuard::WebGuard(std::string path, config::WebConfig config, std::shared_ptr<net::ServerTls> tls)
    : path_(std::move(path)),
      tls_(std::move(tls)),
      version_(Look(path_)),
      comparisons_(1, kComparisonsWaiting) {
  config_.Set(std::make_shared<const config::WebConfig>(std::move(config)));
  if (tls_) tls_->SetRefresh([this] { Current(); });
}

void WebGuard::Stop() {
  stopping_ = true;
  comparisons_.Stop();
}

void WebGuard::Handle(net::ServerRequest request, api::Respond respond, const Next& next) {
  const std::shared_ptr<const config::WebConfig> config = Current();
  respond = WithHeaders(config, std::move(respond));
  const auto ordinary = net::ResponseClass::kOrdinary;
  if (!WithinRate(*config)) return respond(TryLater(429, "Too Many Requests\n"), ordinary);
  if (config->users.empty()) return next(std::move(request), std::move(respond));
  const auto credentials = ReadCredentials(request);
  if (!credentials) return respond(Unauthorized(), ordinary);
  const auto& [user, secret] = *credentials;
  const auto known = config->users.find(user);
  const bool exists = known != config->users.end();
  const std::string hash = exists ? known->second : CostliestHash(config->users);
  const std::string key = Sha256Hex(hash + '\n' + user + '\n' + secret);
  if (exists && IsKnown(key)) return next(std::move(request), std::move(respond));
  const bool taken =
      comparisons_.TryRun([this, next, key, hash, exists, respond, password = secret,
                           request = std::make_shared<net::ServerRequest>(std::move(request))] {
        if (stopping_) return respond(TryLater(503, "the server is stopping\n"), ordinary);
        // It may have become known while this waited.
        const bool good = (exists && IsKnown(key)) || (IsPasswordOf(password, hash) && exists);
        if (!good) return respond(Unauthorized(), net::ResponseClass::kOrdinary);
        Remember(key);
        next(std::move(*request), respond);
      });
  if (!taken) respond(TryLater(503, "too many logins, try again later\n"), ordinary);
}

WebGuard::Version WebGuard::Look(const std::string& path) {
  struct stat file{};
  if (stat(path.c_str(), &file) != 0) return {};
  return {file.st_mtim.tv_sec * 1'000'000'000 + file.st_mtim.tv_nsec, file.st_ino, file.st_size};
}

std::shared_ptr<const config::WebConfig> WebGuard::Current() {
  {
    const std::lock_guard lock(file_mutex_);
    const Version version = Look(path_);
    const bool changed = !(version == version_);
    const Duration now = MonotonicNow();
    if (changed || (failing_ && now - tried_at_ >= kRetryInterval)) {
      tried_at_ = now;
      version_ = version;
      const Status status = Reload();
      failing_ = !status;
      if (status) {
        log::Info("The web configuration was read again", {{"component", "web"}, {"file", path_}});
      } else if (changed) {
        log::Err("The web configuration cannot be used, the one before stays",
                 {{"component", "web"}, {"file", path_}, {"err", status.error().message}});
      }
    }
  }
  return config_.Get();
}

// With file_mutex_ held.
Status WebGuard::Reload() {
  config::WebConfigResult loaded = config::LoadWebConfig(path_);
  if (!loaded.config) return Fail(loaded.diagnostics.ToString());
  if (loaded.config->tls.has_value() != (tls_ != nullptr)) {
    return Fail("TLS cannot be turned on or off without a restart");
  }
  if (tls_) {
    if (Status status = tls_->SetConfig(*loaded.config->tls); !status) return status;
  }
  config_.Set(std::make_shared<const config::WebConfig>(*std::move(loaded.config)));
  return {};
}

bool WebGuard::WithinRate(const config::WebConfig& config) {
  if (config.rate_interval == Duration::zero()) return true;
  const std::lock_guard lock(rate_mutex_);
  const Duration now = MonotonicNow();
  const auto burst = static_cast<double>(config.rate_burst);
  tokens_ = filled_ == Duration::zero()
                ? burst
                : std::min(burst, tokens_ + Seconds(now - filled_) / Seconds(config.rate_interval));
  filled_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

bool WebGuard::IsKnown(const std::string& key) {
  const std::lock_guard lock(known_mutex_);
  return known_.contains(key);
}

void WebGuard::Remember(const std::string& key) {
  const std::lock_guard lock(known_mutex_);
  if (known_.size() >= kRemembered) known_.clear();
  known_.insert(key);
}

}  // namespace tocsin::app
