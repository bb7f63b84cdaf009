#pragma once

// Asks the datasources of a configuration what `tocsin check --online` wants to know, with their
// own authentication: a few questions at a time, each for a few seconds, all of them for two
// minutes. Used by one thread, which waits.

#include "config/config.h"
#include "core/inbox.h"
#include "datasource/prometheus_client.h"
#include "lint/online.h"
#include "net/curl_client.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tocsin::app {

class QuestionAsker {
 public:
  explicit QuestionAsker(const config::Config& config);
  ~QuestionAsker();
  QuestionAsker(const QuestionAsker&) = delete;
  QuestionAsker& operator=(const QuestionAsker&) = delete;

  // Returns when each of them has an answer, or an error in its place.
  void Ask(const std::set<lint::Question>& questions, lint::Answers* answers);

 private:
  void Begin(const lint::Question& question, lint::Answers* answers);
  void WaitForAnswer();

  const Duration deadline_;  // Monotonic.
  core::Inbox inbox_;
  net::NetThread net_thread_;
  net::CurlClient http_;
  WorkerPool workers_;
  std::map<std::string, std::unique_ptr<datasource::PrometheusClient>> sources_;
  std::size_t in_flight_ = 0;
};

}  // namespace tocsin::app
