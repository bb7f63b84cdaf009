#include "bench/load/alert_generator.h"

#include "base/clock.h"

#include <chrono>

namespace tocsin::load {
namespace {

constexpr std::uint64_t kClusters = 4;
constexpr std::uint64_t kSpaces = 97;
// Longer than any run.
constexpr std::chrono::hours kFiresFor{4};

}  // namespace

AlertGenerator::Options AlertGenerator::FromFlags(const Flags& flags) {
  const auto number = [&](const std::string& name, std::int64_t otherwise) {
    return static_cast<std::uint64_t>(flags.Integer(name, otherwise));
  };
  Options options;
  options.prefix = flags.Text("prefix", "Alert");
  options.severity = flags.Text("severity", "");
  options.names = number("names", 50);
  options.groups = number("groups", 0);
  options.per_group = number("per-group", 1);
  options.offset = number("offset", 0);
  options.tick = number("tick", 0);
  options.sequence = flags.Integer("sequence", 0) != 0;
  return options;
}

AlertGenerator::AlertGenerator(const Options& options) : options_(options) {
  const Time now = SystemClock().Now();
  const std::string starts_at = FormatRfc3339Milli(now);
  const std::string ends_at = FormatRfc3339Milli(now + kFiresFor);
  constexpr std::array<std::string_view, 3> kSeverities = {"warning", "critical", "info"};
  for (std::size_t i = 0; i < kSeverities.size(); ++i) {
    templates_[i] =
        Build(options.severity.empty() ? kSeverities[i] : options.severity, starts_at, ends_at);
  }
}

void AlertGenerator::Template::Add(Field field, std::size_t count) {
  digits.push_back({text.size(), count, field});
  text.append(count, '0');
}

void AlertGenerator::Template::AddInstance() {
  Add("host-");
  Add(kHost, 7);
  Add(".dc1.example.net:9100");
}

AlertGenerator::Template AlertGenerator::Build(std::string_view severity,
                                               std::string_view starts_at,
                                               std::string_view ends_at) const {
  Template alert;
  alert.Add(R"({"annotations":{"description":"Instance )");
  alert.AddInstance();
  alert.Add(" of job node in cluster c");
  alert.Add(kCluster, 2);
  alert.Add(" has CPU usage above 90% for more than 5 minutes, current value is ");
  alert.Add(kValue, 2);
  alert.Add(".");
  alert.Add(kFraction, 2);
  alert.Add(R"(%.","summary":"High CPU usage on )");
  alert.AddInstance();
  alert.Add(R"("},"endsAt":")");
  alert.Add(ends_at);
  alert.Add(R"(","startsAt":")");
  alert.Add(starts_at);
  alert.Add(R"(","generatorURL":"http://prometheus-0.monitoring.example.net:9090/graph)"
            R"(?g0.expr=node_cpu_busy_percent+%3E+90\u0026g0.tab=1","labels":{"alertname":")");
  alert.Add(options_.prefix);
  alert.Add(kName, 4);
  alert.Add(R"(","cluster":"c)");
  alert.Add(kCluster, 2);
  if (options_.groups > 0) {
    alert.Add(R"(","grp":"g)");
    alert.Add(kGroup, 6);
  }
  alert.Add(R"(","instance":")");
  alert.AddInstance();
  alert.Add(R"(","job":"node","namespace":"ns-)");
  alert.Add(kSpace, 3);
  if (options_.sequence) {
    alert.Add(R"(","seq":")");
    alert.Add(kSequence, 8);
  }
  alert.Add(R"(","severity":")");
  alert.Add(severity);
  alert.Add(R"("}})");
  return alert;
}

void AlertGenerator::Append(std::uint64_t number, std::string* out) const {
  const std::uint64_t host = number + options_.offset;
  std::array<std::uint64_t, kFields> values{};
  values[kHost] = host;
  values[kCluster] = (host / options_.names) % kClusters;
  values[kValue] = 90 + (host + options_.tick) % 10;
  values[kFraction] = (host * 7 + options_.tick * 13) % 100;
  values[kName] = host % options_.names;
  if (options_.groups > 0) values[kGroup] = (number / options_.per_group) % options_.groups;
  values[kSpace] = (host / (options_.names * kClusters)) % kSpaces;
  values[kSequence] = number;

  const Template& alert = templates_[host % templates_.size()];
  const std::size_t begin = out->size();
  out->append(alert.text);
  for (const Digits& digits : alert.digits) {
    std::uint64_t value = values[digits.field];
    for (std::size_t i = digits.count; i > 0; --i) {
      (*out)[begin + digits.begin + i - 1] = static_cast<char>('0' + value % 10);
      value /= 10;
    }
  }
}

}  // namespace tocsin::load
