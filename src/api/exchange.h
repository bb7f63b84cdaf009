#pragma once

// One request and the answer to it, which may be given later and from any thread. Handlers pass it
// on in a shared_ptr; if the last one goes away unanswered, the server says so to the client.

#include "api/options.h"
#include "base/http_message.h"
#include "net/http_server.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tocsin::api {

// Takes the answer; net::Responder is one.
using Respond = std::function<void(HttpResponse, net::ResponseClass)>;

// Whose conventions an endpoint follows, in errors above all.
enum class Surface { kAlertmanager, kPrometheus, kPlain };

// A place in a limited number of requests; given back once.
class Permit {
 public:
  Permit() = default;
  // `in_use` was incremented by the caller.
  explicit Permit(std::shared_ptr<std::atomic<int>> in_use) : in_use_(std::move(in_use)) {}
  Permit(Permit&&) noexcept = default;
  Permit& operator=(Permit&& other) noexcept {
    Release();
    in_use_ = std::move(other.in_use_);
    return *this;
  }
  ~Permit() { Release(); }
  void Release();

 private:
  std::shared_ptr<std::atomic<int>> in_use_;
};

class Exchange {
 public:
  // `handler` lives as long as the program: what the request is counted under.
  Exchange(std::shared_ptr<const Options> options, Surface surface, std::string_view handler,
           net::ServerRequest request, Respond respond, Permit permit);

  const Options& options() const { return *options_; }
  const net::ServerRequest& request() const { return request_; }
  // It comes from a page of Options::trusted_origins.
  bool trusted() const { return trusted_; }
  // The body is large and read once.
  std::string TakeBody() { return std::move(request_.body); }

  // Each of these answers; the first counts. Headers that all answers have are added.
  void Answer(HttpResponse response,
              net::ResponseClass response_class = net::ResponseClass::kOrdinary);
  // 503 with Retry-After.
  void AnswerLater(std::string_view why);
  // In the endpoint's convention.
  void AnswerError(int status, std::string_view message);

 private:
  const std::shared_ptr<const Options> options_;
  const Surface surface_;
  const std::string_view handler_;
  const Duration began_;  // MonotonicNow.
  net::ServerRequest request_;
  const bool trusted_;
  const Respond respond_;
  Permit permit_;
};

using ExchangePtr = std::shared_ptr<Exchange>;

HttpResponse TextResponse(int status, std::string text);
HttpResponse JsonResponse(int status, std::string json);
// `"message"` and a newline: Alertmanager's errors of its own.
HttpResponse JsonStringResponse(int status, std::string_view message);
// `{"code":N,"message":"..."}`: those of the framework that it is built on. A code from 600 goes
// out as 422.
HttpResponse CodeResponse(int code, std::string_view message);
// `{"status":"error","errorType":...,"error":...}`: Prometheus's.
HttpResponse EnvelopeErrorResponse(int status, std::string_view message);

}  // namespace tocsin::api
