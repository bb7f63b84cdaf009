#include "app/early_requests.h"

#include <string_view>

namespace tocsin::app {
namespace {

// With a route prefix, too.
bool AsksHowItIs(std::string_view path) {
  return path.ends_with("/-/healthy") || path.ends_with("/-/ready") || path.ends_with("/metrics");
}

}  // namespace

void EarlyRequests::Handle(net::ServerRequest request, api::Respond respond) {
  Handler handler;
  {
    const std::lock_guard lock(mutex_);
    if (!handler_ && !AsksHowItIs(request.path) && waiting_.size() < waiting_max_) {
      waiting_.emplace_back(std::move(request), std::move(respond));
      return;
    }
    handler = handler_;
  }
  if (handler) return handler(std::move(request), std::move(respond));
  respond({503, {{"Content-Type", "text/plain; charset=utf-8"}}, "starting\n"},
          net::ResponseClass::kOrdinary);
}

void EarlyRequests::Open(Handler handler) {
  std::vector<Request> waited;
  {
    const std::lock_guard lock(mutex_);
    handler_ = handler;
    waited.swap(waiting_);
  }
  for (auto& [request, respond] : waited) handler(std::move(request), std::move(respond));
}

}  // namespace tocsin::app
