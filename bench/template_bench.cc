// Templates as they are executed for messages and annotations, compiled beforehand. bench/templates
// runs this beside template_bench.go, which does the same with Go's own packages and the same texts
// and data.
//
//   template_bench [--benchmark_...]       measures
//   template_bench --write DIR             writes the template texts and this program's outputs,
//   for the peer
//
// Every row also counts the allocations of one execution, its output included.

#include "templates/default_text.h"
#include "templates/notification_templates.h"
#include "templates/rule_templates.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::uint64_t allocation_count = 0;  // This program has one thread.

void* CountedAllocation(std::size_t size) {
  ++allocation_count;
  if (void* place = std::malloc(size)) return place;
  std::abort();
}

}  // namespace

void* operator new(std::size_t size) {
  return CountedAllocation(size);
}
void* operator new[](std::size_t size) {
  return CountedAllocation(size);
}
void operator delete(void* place) noexcept {
  std::free(place);
}
void operator delete[](void* place) noexcept {
  std::free(place);
}
void operator delete(void* place, std::size_t) noexcept {
  std::free(place);
}
void operator delete[](void* place, std::size_t) noexcept {
  std::free(place);
}

namespace {

using tocsin::templates::CompiledTemplate;
using tocsin::templates::NotificationData;
using tocsin::templates::NotificationTemplates;
using tocsin::templates::RuleTemplate;
using tocsin::templates::RuleTemplateData;

constexpr tocsin::Time kNow{std::chrono::seconds(1'767'323'045)};

constexpr std::string_view kAnnotation =
    "{{ $labels.instance }} of {{ $labels.job }} answers after {{ $value | humanize }}s";
constexpr std::string_view kSlackTitle = R"({{ template "slack.default.title" . }})";
constexpr std::string_view kSlackText = R"({{ template "slack.default.text" . }})";
// The default text of Slack is empty; this is the one of the integrations that list their alerts.
constexpr std::string_view kAlertList = R"({{ template "opsgenie.default.description" . }})";
constexpr std::string_view kMail = R"({{ template "email.default.html" . }})";

// Every tenth is resolved, so that both halves of a message are there.
tocsin::model::NotifiedAlert Alert(std::int64_t number) {
  const std::string instance = "host-" + std::to_string(number) + ":9100";
  const std::string summary = instance + " answers slowly";
  const std::string description =
      "The 99th percentile of \"GET /\" to " + instance + " is above 500ms for 10 minutes.";
  auto alert = std::make_shared<tocsin::model::Alert>();
  alert->labels = {{"alertname", "HighLatency"},
                   {"cluster", "eu-1"},
                   {"instance", instance},
                   {"job", "api"},
                   {"severity", "page"}};
  alert->annotations = {{"description", description}, {"summary", summary}};
  alert->starts_at = kNow - std::chrono::minutes(10);
  alert->ends_at = kNow;
  alert->generator_url =
      "http://prometheus.example.org:9090/graph?g0.expr=latency%3Ap99+%3E+0.5&g0.tab=1";
  return {alert, number % 10 == 9};
}

NotificationData Data(std::int64_t alerts) {
  tocsin::model::Notification notification;
  notification.integration = {"team-api", "slack", 0};
  notification.group_labels = {{"alertname", "HighLatency"}, {"cluster", "eu-1"}};
  notification.reason = tocsin::model::NotifyReason::kFirstNotification;
  for (std::int64_t i = 0; i < alerts; ++i) notification.alerts.push_back(Alert(i));
  return tocsin::templates::MakeNotificationData(notification, "http://tocsin.example.org:9093");
}

class Annotation {
 public:
  Annotation() : compiled_(*RuleTemplate::Compile("HighLatency", kAnnotation)) {}

  std::string Expand() const {
    bool failed = false;
    return compiled_.Expand({labels_, 1234.5678, external_labels_, "http://localhost:9093", kNow},
                            &failed);
  }

 private:
  RuleTemplate compiled_;
  tocsin::model::LabelSet labels_ = {
      {"__name__", "latency:p99"}, {"instance", "host-1:9100"}, {"job", "api"}};
  tocsin::model::LabelSet external_labels_ = {{"region", "eu"}};
};

class Message {
 public:
  Message(std::vector<std::string_view> fields, std::int64_t alerts,
          NotificationTemplates::Mode mode = NotificationTemplates::Mode::kText)
      : templates_(NotificationTemplates::Defaults()), data_(Data(alerts)) {
    for (const std::string_view field : fields) {
      fields_.push_back(*templates_->Compile(field, mode));
    }
  }

  std::string Expand(std::size_t field) const {
    return *templates_->Expand(fields_[field], data_, kNow);
  }
  std::size_t field_count() const { return fields_.size(); }

 private:
  std::shared_ptr<const NotificationTemplates> templates_;
  NotificationData data_;
  std::vector<CompiledTemplate> fields_;
};

void ReportAllocations(benchmark::State& state, std::uint64_t before) {
  state.counters["allocs"] = benchmark::Counter(static_cast<double>(allocation_count - before),
                                                benchmark::Counter::kAvgIterations);
}

void Measure(benchmark::State& state, const Message& message) {
  const std::uint64_t before = allocation_count;
  for (auto _ : state) {
    for (std::size_t i = 0; i < message.field_count(); ++i) {
      std::string text = message.Expand(i);
      benchmark::DoNotOptimize(text);
    }
  }
  ReportAllocations(state, before);
}

void BM_Annotation(benchmark::State& state) {
  const Annotation annotation;
  const std::uint64_t before = allocation_count;
  for (auto _ : state) {
    std::string text = annotation.Expand();
    benchmark::DoNotOptimize(text);
  }
  ReportAllocations(state, before);
}
BENCHMARK(BM_Annotation)->Name("annotation");

void BM_Slack(benchmark::State& state) {
  Measure(state, Message({kSlackTitle, kSlackText}, state.range(0)));
}
BENCHMARK(BM_Slack)->Name("slack")->Arg(1)->Arg(10)->Arg(1000);

void BM_AlertList(benchmark::State& state) {
  Measure(state, Message({kAlertList}, state.range(0)));
}
BENCHMARK(BM_AlertList)->Name("list")->Arg(1)->Arg(10)->Arg(1000);

void BM_Mail(benchmark::State& state) {
  Measure(state, Message({kMail}, state.range(0), NotificationTemplates::Mode::kHtml));
}
BENCHMARK(BM_Mail)->Name("mail")->Arg(100);

void Write(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

// What the peer executes, and what it must print for each row to be comparable.
void WriteAll(const std::string& folder) {
  Write(folder + "/annotation.tmpl", kAnnotation);
  Write(folder + "/slack_title.tmpl", kSlackTitle);
  Write(folder + "/slack_text.tmpl", kSlackText);
  Write(folder + "/list.tmpl", kAlertList);
  Write(folder + "/mail.tmpl", kMail);
  Write(folder + "/default.tmpl", tocsin::templates::kDefaultTexts);
  Write(folder + "/email.tmpl", tocsin::templates::kDefaultEmail);
  Write(folder + "/annotation.out", Annotation().Expand());
  for (const std::int64_t alerts : {1, 10, 1000}) {
    const std::string suffix = "_" + std::to_string(alerts) + ".out";
    const Message slack({kSlackTitle, kSlackText}, alerts);
    Write(folder + "/slack" + suffix, slack.Expand(0) + slack.Expand(1));
    Write(folder + "/list" + suffix, Message({kAlertList}, alerts).Expand(0));
  }
  Write(folder + "/mail_100.out",
        Message({kMail}, 100, NotificationTemplates::Mode::kHtml).Expand(0));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--write") {
    WriteAll(argv[2]);
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
