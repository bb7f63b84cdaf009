#include "api/api.h"

#include "api/cross_origin.h"
#include "api/media_type.h"
#include "api/queries.h"
#include "api/routes.h"
#include "base/text.h"

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace tocsin::api {
namespace {

constexpr std::string_view kForeignOrigin =
    "requests from pages of other sites are not allowed; if this is the page of this server, set "
    "--web.external-url to the URL under which people reach it";

constexpr std::string_view kOtherPath = "other";

// Of a body whose type is not said.
constexpr std::string_view kUnknownType = "application/octet-stream";

// What takes no alert must not look as if it did, nor as if none fired.
constexpr std::string_view kOnlyRules =
    "this server was started without a configuration file: it evaluates rules, and sends their "
    "alerts to the Alertmanagers of --notifier.url";

int GetConcurrency(int configured) {
  if (configured > 0) return configured;
  // Most of them wait for a reader, which costs next to nothing.
  return 256;
}

bool ChangesSomething(std::string_view method) {
  return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

// Prometheus's API takes queries by POST, too.
bool ChangesSomething(Surface surface, std::string_view method) {
  return surface != Surface::kPrometheus && ChangesSomething(method);
}

HttpResponse NotFound(Surface surface, const std::string& path) {
  if (surface != Surface::kAlertmanager) return TextResponse(404, "404 page not found\n");
  return CodeResponse(404, "path " + path + " was not found");
}

HttpResponse MethodNotAllowed(const Route& route, const std::string& method) {
  const std::string allowed = route.Allowed();
  HttpResponse response =
      route.surface == Surface::kAlertmanager
          ? CodeResponse(405, "method " + method + " is not allowed, but [" + allowed + "] are")
          : TextResponse(405, "Method Not Allowed\n");
  response.headers.push_back({"Allow", allowed});
  return response;
}

// Outside of Alertmanager's API, whose framework knows OPTIONS as the preflight alone.
HttpResponse OptionsResponse(const Route& route) {
  HttpResponse response;
  response.status = route.surface == Surface::kPrometheus ? 204 : 200;
  if (route.surface == Surface::kPlain) response.headers.push_back({"Allow", route.Allowed()});
  return response;
}

// Is it of the part of Alertmanager's API that needs a router at work?
bool NeedsRouter(const Route& route) {
  return route.surface == Surface::kAlertmanager && route.path != "/api/v2/status";
}

// What cannot be read by us, or our answer by the client. With a body its type alone counts.
std::optional<HttpResponse> MediaTypeProblem(const net::ServerRequest& request) {
  if (request.body.empty()) {
    if (AcceptsJson(request.headers)) return std::nullopt;
    return CodeResponse(406,
                        "unsupported media type requested, only [application/json] are available");
  }
  const std::string_view header = FindHeader(request.headers, "Content-Type");
  const auto malformed = [](std::string_view text, const std::string& why) {
    return CodeResponse(
        400, "parsing Content-Type header from " + GoQuote(text) + " failed, because " + why);
  };
  const Result<std::string> type = ParseMediaType(header.empty() ? kUnknownType : header);
  if (!type) return malformed(header, type.error().message);
  if (*type == "application/json") return std::nullopt;
  if (type->find('/') == std::string::npos) {
    return malformed(*type, "mediatype: malformed: " + GoQuote(*type) + " has no subtype");
  }
  return CodeResponse(
      415, "unsupported media type " + GoQuote(*type) + ", only [application/json] are allowed");
}

// What the surroundings of a request alone decide.
void Dispatch(const Route& route, const ExchangePtr& exchange) {
  const net::ServerRequest& request = exchange->request();
  if (route.surface == Surface::kAlertmanager && IsPreflight(request)) {
    return exchange->Answer(PreflightResponse(request, exchange->trusted()));
  }
  if (route.surface != Surface::kAlertmanager && request.method == "OPTIONS") {
    return exchange->Answer(OptionsResponse(route));
  }
  const std::shared_ptr<const config::Config> config = exchange->options().config->Get();
  if (config && config->only_rules && NeedsRouter(route)) {
    return exchange->Answer(CodeResponse(404, kOnlyRules));
  }
  const Handler handler = route.Find(request.method);
  if (!handler) return exchange->Answer(MethodNotAllowed(route, request.method));
  if (ChangesSomething(route.surface, request.method) && !exchange->trusted() &&
      IsForeignOrigin(request, exchange->options().external_url, exchange->options().own_hosts)) {
    return exchange->AnswerError(403, kForeignOrigin);
  }
  if (route.surface == Surface::kAlertmanager) {
    if (auto refused = MediaTypeProblem(request)) return exchange->Answer(*std::move(refused));
  }
  handler(exchange);
}

}  // namespace

Api::Api(Options options)
    : options_(std::make_shared<const Options>(std::move(options))),
      prefix_(options_->route_prefix),
      gets_max_(GetConcurrency(options_->get_concurrency)) {}

void Api::Handle(net::ServerRequest request, Respond respond) {
  if (!prefix_.Strip(&request.path)) return AnswerOutside(std::move(request), std::move(respond));
  const Route* route = FindRoute(request.path);
  const Surface surface = route ? route->surface : SurfaceOfUnknown(request.path);
  Permit permit;
  bool crowded = false;
  // What a datasource is asked for waits in a line of its own.
  const bool ours = route && surface != Surface::kPlain && route->Find("GET") != HandleQuery;
  if (ours && request.method == "GET") {
    crowded = !TryEnter();
    if (!crowded) permit = Permit(gets_);
  }
  const auto exchange =
      std::make_shared<Exchange>(options_, surface, route ? route->path : kOtherPath,
                                 std::move(request), std::move(respond), std::move(permit));
  if (!route) return exchange->Answer(NotFound(surface, exchange->request().path));
  if (crowded) {
    return exchange->Answer(TextResponse(503, "Limit of concurrent GET requests reached (" +
                                                  std::to_string(gets_max_) +
                                                  "), try again later.\n"));
  }
  Dispatch(*route, exchange);
}

void Api::AnswerOutside(net::ServerRequest request, Respond respond) {
  std::optional<HttpResponse> redirect;
  if (!ChangesSomething(request.method)) redirect = prefix_.Redirect(request.path);
  Exchange exchange(options_, Surface::kPlain, kOtherPath, std::move(request), std::move(respond),
                    Permit());
  exchange.Answer(redirect ? std::move(*redirect)
                           : NotFound(Surface::kPlain, exchange.request().path));
}

bool Api::TryEnter() {
  if (gets_->fetch_add(1, std::memory_order_relaxed) < gets_max_) return true;
  gets_->fetch_sub(1, std::memory_order_relaxed);
  gets_refused_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

Api::Stats Api::stats() const {
  return {gets_->load(std::memory_order_relaxed), gets_refused_.load(std::memory_order_relaxed)};
}

}  // namespace tocsin::api
