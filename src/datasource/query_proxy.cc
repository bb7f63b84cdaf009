#include "datasource/query_proxy.h"

#include "base/text.h"
#include "datasource/query_request.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tocsin::datasource {
namespace {

constexpr std::string_view kDatasource = "datasource";
constexpr std::string_view kForm = "application/x-www-form-urlencoded";

// Each segment escaped: a label name may hold anything.
std::string EscapedPath(std::string_view path) {
  std::string escaped;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("/-._~").find(c) != std::string_view::npos;
    if (plain) {
      escaped += c;
    } else {
      constexpr const char* kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      escaped += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return escaped;
}

bool IsForm(const net::ServerRequest& request) {
  return request.method == "POST" &&
         AsciiLower(FindHeader(request.headers, "Content-Type")).starts_with(kForm);
}

ProxyError ToError(const net::HttpFailure& failure, const std::string& datasource) {
  using Kind = net::HttpFailure::Kind;
  const std::string before = "datasource " + GoQuote(datasource) + ": ";
  switch (failure.kind) {
    case Kind::kTimeout:
      return {504, before + "no answer in time"};
    case Kind::kTooLarge:
      return {502, before + "the answer has more than " +
                       std::to_string(QueryProxy::kResponseBytesMax >> 20) + " MiB"};
    case Kind::kQueueFull:
      return {503, before + "too many queries wait"};
    default:
      return {502, before + failure.message};
  }
}

}  // namespace

HttpRequest BuildProxyRequest(const config::DatasourceConfig& config,
                              const net::ServerRequest& request) {
  // Of repeated ones Prometheus takes the first, and it looks into the body first.
  std::vector<net::QueryParam> params;
  if (IsForm(request)) params = net::ParseQuery(request.body);
  params.insert(params.end(), request.query.begin(), request.query.end());
  const std::vector<net::QueryParam> of_url = net::ParseQuery(QueryOf(config.url));
  const auto own = [&](const net::QueryParam& param) {
    return param.name == kDatasource || net::FindParam(of_url, param.name) != nullptr ||
           std::any_of(config.params.begin(), config.params.end(),
                       [&param](const auto& pair) { return pair.first == param.name; });
  };
  std::string form, fixed;
  for (const net::QueryParam& param : params) {
    if (!own(param)) AppendParam(param.name, param.value, &form);
  }
  for (const auto& [name, value] : config.params) AppendParam(name, value, &fixed);

  HttpRequest proxied;
  proxied.headers.push_back({"Accept", "application/json"});
  const std::string path = EscapedPath(request.path);
  if (config.use_get || request.method != "POST") {
    if (!fixed.empty() && !form.empty()) fixed += '&';
    proxied.url = Secret(ApiUrl(config.url, path, fixed + form));
  } else {
    proxied.method = "POST";
    proxied.url = Secret(ApiUrl(config.url, path, fixed));
    proxied.headers.push_back({"Content-Type", std::string(kForm)});
    proxied.body = std::move(form);
  }
  for (const auto& [name, value] : config.headers) proxied.headers.push_back({name, value});
  return proxied;
}

void QueryProxy::Handle(const net::ServerRequest& request, Done done) const {
  const std::shared_ptr<const config::Config> config = config_->Get();
  if (!config || config->datasources.empty()) {
    return done(tl::unexpected(ProxyError{404, "no datasource is configured"}));
  }
  const std::string* const name = net::FindParam(request.query, kDatasource);
  const auto found = std::find_if(
      config->datasources.begin(), config->datasources.end(),
      [name](const config::DatasourceConfig& known) { return !name || known.name == *name; });
  if (found == config->datasources.end()) {
    return done(tl::unexpected(ProxyError{404, "undefined datasource " + GoQuote(*name)}));
  }
  net::HttpCall call;
  call.request = BuildProxyRequest(*found, request);
  call.client = found->http_config;
  call.timeout = call.deadline = found->timeout;
  call.response_bytes_max = kResponseBytesMax;
  call.user_agent = user_agent_;
  call.accept_encoding = true;
  // Beside the rules' queries, not before them.
  call.turns = {"query proxy " + found->name, kConcurrency, kWaitingMax};
  call.fail_lost_post = true;
  http_->Send(std::move(call),
              [done = std::move(done), datasource = found->name](net::HttpResult result) {
                if (!result) return done(tl::unexpected(ToError(result.error(), datasource)));
                HttpResponse answer;
                answer.status = result->status;
                const std::string_view type = FindHeader(result->headers, "Content-Type");
                if (!type.empty()) answer.headers.push_back({"Content-Type", std::string(type)});
                answer.body = std::move(result->body);
                done(std::move(answer));
              });
}

}  // namespace tocsin::datasource
