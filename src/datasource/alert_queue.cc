#include "datasource/alert_queue.h"

#include "datasource/alert_request.h"

#include <algorithm>

namespace tocsin::datasource {
namespace {

constexpr Duration kBackoffMin = std::chrono::milliseconds(100);
constexpr Duration kBackoffMax = std::chrono::seconds(10);
// From the beginning of a batch to that of the next one, unless that is full: long enough for a
// group of quick queries, and nothing to someone who is asleep.
constexpr Duration kGathers = std::chrono::milliseconds(10);

const std::vector<model::AlertPtr>& Nothing() {
  static const std::vector<model::AlertPtr> none;
  return none;
}

}  // namespace

void AlertQueue::Push(const model::AlertPtr& alert) {
  const auto [it, inserted] = newest_.insert_or_assign(alert->labels, alert);
  if (inserted) order_.push_back(alert->labels);
  MakeRoom();
}

void AlertQueue::MakeRoom() {
  while (newest_.size() > alerts_max_) {
    newest_.erase(order_.front());
    order_.pop_front();
    ++counts_.dropped;
  }
}

const std::vector<model::AlertPtr>& AlertQueue::Begin(Time now) {
  if (!on_wire_.empty() || order_.empty() || now < NotBefore()) return Nothing();
  gathers_until_ = SaturatingAdd(now, kGathers);
  on_wire_bytes_ = 0;
  while (!order_.empty() && on_wire_.size() < batch_.max) {
    const auto it = newest_.find(order_.front());
    const std::size_t bytes = on_wire_bytes_ + EncodedBytes(*it->second);
    if (!on_wire_.empty() && bytes > bytes_most_) break;
    if (on_wire_.size() >= batch_.full && bytes > batch_.bytes_max) break;
    on_wire_bytes_ = bytes;
    on_wire_.push_back(std::move(it->second));
    newest_.erase(it);
    order_.pop_front();
  }
  return on_wire_;
}

void AlertQueue::Accepted() {
  counts_.sent += on_wire_.size();
  on_wire_.clear();
  backoff_ = Duration::zero();
}

void AlertQueue::Refused() {
  counts_.failed += on_wire_.size();
  counts_.dropped += on_wire_.size();
  on_wire_.clear();
  backoff_ = Duration::zero();
}

void AlertQueue::TooLarge() {
  if (on_wire_.size() < 2) return Refused();
  counts_.failed += on_wire_.size();
  bytes_most_ = on_wire_bytes_ / 2;
  PutBack();
  gathers_until_ = Time::min();
}

void AlertQueue::PutBack() {
  for (auto it = on_wire_.rbegin(); it != on_wire_.rend(); ++it) {
    if (newest_.try_emplace((*it)->labels, *it).second) order_.push_front((*it)->labels);
  }
  on_wire_.clear();
  MakeRoom();
}

void AlertQueue::Failed(Time now, std::optional<Duration> retry_after) {
  counts_.failed += on_wire_.size();
  PutBack();
  backoff_ = std::clamp(backoff_ * 2, kBackoffMin, kBackoffMax);
  // Whoever asks for an hour is asked again all the same: a page may wait for it.
  not_before_ = SaturatingAdd(now, std::min(retry_after.value_or(backoff_), kBackoffMax));
}

Time AlertQueue::NotBefore() const {
  if (hurries_ || order_.size() >= batch_.full) return not_before_;
  return std::max(not_before_, gathers_until_);
}

std::optional<Time> AlertQueue::NextDeadline() const {
  if (!on_wire_.empty() || order_.empty()) return std::nullopt;
  return NotBefore();
}

}  // namespace tocsin::datasource
