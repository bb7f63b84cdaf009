#include "app/question_asker.h"

#include "app/version.h"
#include "base/clock.h"

#include <algorithm>
#include <utility>

namespace tocsin::app {
namespace {

constexpr std::size_t kInFlight = 4;
constexpr Duration kPerQuestion = std::chrono::seconds(10);
constexpr Duration kAltogether = std::chrono::minutes(2);
constexpr std::size_t kInboxBytes = 64 * 1024 * 1024;

std::string UserAgent() {
  return "tocsin/" + std::string(kVersion);
}

net::CurlClient::Options HttpOptions() {
  net::CurlClient::Options options;
  options.user_agent = UserAgent();
  options.proxy_environment = net::ReadProxyEnvironment();
  return options;
}

}  // namespace

QuestionAsker::QuestionAsker(const config::Config& config)
    : deadline_(MonotonicNow() + kAltogether),
      inbox_(kInboxBytes),
      http_(&net_thread_, HttpOptions()),
      workers_(1, kInFlight) {
  for (const config::DatasourceConfig& datasource : config.datasources) {
    datasource::PrometheusClient::Dependencies dependencies;
    dependencies.http = &http_;
    dependencies.workers = &workers_;
    dependencies.inbox = &inbox_;
    dependencies.run_after = [this](Duration delay, std::function<void()> function) {
      net_thread_.PostAfter(delay, std::move(function));
    };
    dependencies.user_agent = UserAgent();
    sources_.emplace(datasource.name, std::make_unique<datasource::PrometheusClient>(
                                          datasource, std::move(dependencies)));
  }
}

// Nothing is left to be asked, but what has gone out may still come back: not into what is gone.
QuestionAsker::~QuestionAsker() {
  inbox_.Close();
  http_.Stop();
  workers_.Stop();
}

void QuestionAsker::Ask(const std::set<lint::Question>& questions, lint::Answers* answers) {
  for (const lint::Question& question : questions) {
    while (in_flight_ >= kInFlight) WaitForAnswer();
    Begin(question, answers);
  }
  while (in_flight_ > 0) WaitForAnswer();
}

void QuestionAsker::Begin(const lint::Question& question, lint::Answers* answers) {
  const auto source = sources_.find(question.datasource);
  const Duration begun = MonotonicNow();
  if (source == sources_.end() || begun >= deadline_) {
    answers->insert_or_assign(question, Fail("there was no time left to ask it"));
    return;
  }
  rules::Query query;
  query.datasource = question.datasource;
  query.expr = question.query;
  query.time = SystemClock().Now();
  query.timeout = std::min(kPerQuestion, deadline_ - begun);
  ++in_flight_;
  source->second->Query(query, [=, this](Result<rules::QueryResult> result) {
    --in_flight_;
    if (!result) {
      answers->insert_or_assign(question, tl::unexpected(result.error()));
      return;
    }
    const rules::Vector& vector = result->vector;
    answers->insert_or_assign(question,
                              lint::Answer{vector.size(), vector.empty() ? 0 : vector.front().value,
                                           MonotonicNow() - begun});
  });
}

// Each question is answered at the latest when its time is over.
void QuestionAsker::WaitForAnswer() {
  std::vector<core::Inbox::Task> tasks;
  inbox_.Wait(kPerQuestion, &tasks);
  for (const core::Inbox::Task& task : tasks) task();
}

}  // namespace tocsin::app
