#include "bench/load/webhook_sink.h"

#include "base/clock.h"
#include "bench/load/measures.h"
#include "bench/load/text_search.h"

#include <algorithm>
#include <chrono>

namespace tocsin::load {
namespace {

// Spreads the bits, so that the sum over a set tells it from others in any order.
std::uint64_t Spread(std::uint64_t number) {
  std::uint64_t x = (number + 1) * 0x9E3779B97F4A7C15;
  x ^= x >> 29;
  return x * 0xBF58476D1CE4E5B9;
}

// The status of the group is near the beginning, before any alert's.
bool SaysResolved(std::string_view body) {
  return body.substr(0, 200).find(R"("status":"resolved")") != std::string_view::npos;
}

}  // namespace

Result<std::unique_ptr<WebhookSink>> WebhookSink::Start(std::uint16_t port, std::size_t alerts) {
  std::unique_ptr<WebhookSink> sink(new WebhookSink(alerts));
  auto server = HttpServer::Listen(
      port, [raw = sink.get()](const HttpServer::Request& request) { return raw->Take(request); });
  if (!server) return tl::unexpected(server.error());
  sink->server_ = std::move(*server);
  sink->thread_ = std::thread([raw = sink->server_.get()] { raw->Run(); });
  return sink;
}

HttpServer::Response WebhookSink::Take(const HttpServer::Request& request) {
  const std::uint64_t post = ++posts_;
  bytes_ += request.body.size();
  largest_body_ = std::max<std::uint64_t>(largest_body_, request.body.size());
  if (post == 1) first_post_ = request.end;
  std::uint64_t set = SaysResolved(request.body) ? 1 : 0;
  bool any = false;
  ForEachSequenceNumber(request.body, [&](std::uint64_t number) {
    // A label may stand in an alert and among the common labels.
    if (number >= arrivals_.size() || posts_with_[number] == post) return;
    posts_with_[number] = post;
    set += Spread(number);
    any = true;
    if (arrivals_[number] == Duration::zero()) {
      arrivals_[number] = request.end;
      ++seen_;
    }
  });
  if (any && !sets_.insert(set).second) ++duplicate_posts_;
  return {200, "", "text/plain", {}};
}

void WebhookSink::AwaitAll(Duration limit) const {
  const Duration deadline = MonotonicNow() + limit;
  while (seen_ < arrivals_.size() && MonotonicNow() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

void WebhookSink::Stop() {
  server_->Stop();
  if (thread_.joinable()) thread_.join();
}

void WebhookSink::Write(const std::vector<Duration>& due, Duration begin, JsonWriter* json) const {
  std::vector<Duration> latencies;
  Duration last_arrival = begin;
  for (std::size_t i = 0; i < arrivals_.size(); ++i) {
    if (arrivals_[i] == Duration::zero()) continue;
    latencies.push_back(arrivals_[i] - due[i]);
    last_arrival = std::max(last_arrival, arrivals_[i]);
  }
  json->BeginObject();
  json->Key("posts").Int(static_cast<std::int64_t>(posts_));
  json->Key("bytes").Int(static_cast<std::int64_t>(bytes_));
  json->Key("largest_body").Int(static_cast<std::int64_t>(largest_body_));
  json->Key("missed").Int(static_cast<std::int64_t>(arrivals_.size() - latencies.size()));
  json->Key("duplicate_posts").Int(static_cast<std::int64_t>(duplicate_posts_));
  json->Key("first_post_s").Double(posts_ == 0 ? -1 : Seconds(first_post_ - begin));
  json->Key("all_delivered_s").Double(Seconds(last_arrival - begin));
  json->Key("latency_ms");
  WriteLatencies(std::move(latencies), json);
  json->EndObject();
}

}  // namespace tocsin::load
