// Looking one alert up in a ledger of a million decisions, at random moments: the distribution of
// what `explain` takes, and what the file takes on the disk. By default a million; another number
// is the argument.
//
//   history_bench [DECISIONS]       in a folder under $TMPDIR

#include "base/clock.h"
#include "base/random.h"
#include "explain/search.h"
#include "history/history_file.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace {

using tocsin::Duration;
using tocsin::Time;
using tocsin::history::Entry;
using tocsin::history::Event;
using tocsin::model::LabelSet;

constexpr std::size_t kBlockEvents = 2'000;
constexpr std::size_t kInstances = 2'000;
constexpr std::size_t kNames = 50;
constexpr std::size_t kQuestions = 2'000;
const Time kStart = Time(std::chrono::hours(24 * 20'000));
const tocsin::model::IntegrationId kIntegration{"oncall", "slack", 0};

// Hosts whose alerts come and go, in groups by their names.
class Fleet {
 public:
  explicit Fleet(tocsin::history::HistoryFile* file) : file_(file) {}

  void Decide(std::uint64_t decisions) {
    Add(tocsin::history::RoutesInForce{
        {{"{}", 0, "oncall", {}, false, {}, std::chrono::minutes(5), {}, {}, {}}}, false});
    while (number_ <= decisions) Episode();
    Flush();
  }
  const std::vector<std::pair<LabelSet, Time>>& seen() const { return seen_; }

 private:
  void Add(Event event) {
    entries_.push_back({number_++, now_, std::move(event)});
    if (entries_.size() == kBlockEvents) Flush();
  }
  void Flush() {
    if (entries_.empty()) return;
    if (!file_->Append(entries_, false)) std::abort();
    entries_.clear();
  }

  void Episode() {
    using namespace tocsin;
    now_ += std::chrono::milliseconds(random_.Below(20'000));
    const std::string name = "HostProblem" + std::to_string(random_.Below(kNames));
    const std::string host =
        "host-" + std::to_string(random_.Below(kInstances)) + ".example.org:9100";
    const LabelSet alert{{"alertname", name},
                         {"instance", host},
                         {"job", "node"},
                         {"severity", "page"},
                         {"team", "infrastructure"}};
    const router::GroupIdentityPtr group = GroupOf(name);
    using Change = history::AlertReceived::Change;
    Add(history::AlertReceived{alert, Change::kCreated, false, now_, now_});
    Add(history::AlertGrouped{group, alert});
    now_ += std::chrono::milliseconds(500);
    Add(history::GroupFlushed{group, now_, now_ + std::chrono::minutes(5), 3, 1});
    Add(history::NotificationDue{
        group, kIntegration, model::NotifyReason::kNewAlertsAdded, 3, 1, now_, {{alert, false}}});
    Add(history::AttemptEnded{group, kIntegration, 1, std::chrono::milliseconds(80),
                              history::AttemptEnded::Outcome::kDelivered, 200, "", kZeroTime});
    Add(history::NotificationLogged{group, kIntegration, model::NotifyReason::kNewAlertsAdded,
                                    true});
    seen_.emplace_back(alert, now_);
    now_ += std::chrono::milliseconds(500);
    Add(history::AlertReceived{alert, Change::kEnded, true, now_, now_});
    Add(history::AlertLeftGroup{group, alert});
  }

  tocsin::router::GroupIdentityPtr GroupOf(const std::string& name) {
    auto& group = groups_[name];
    if (group) return group;
    auto identity = std::make_shared<tocsin::router::GroupIdentity>();
    identity->labels = {{"alertname", name}};
    identity->key = "{}:" + identity->labels.ToString();
    identity->route_id = "{}";
    identity->receiver = "oncall";
    return group = std::move(identity);
  }

  tocsin::history::HistoryFile* const file_;
  tocsin::Random random_{1};
  Time now_ = kStart;
  std::uint64_t number_ = 1;
  std::vector<Entry> entries_;
  std::map<std::string, tocsin::router::GroupIdentityPtr> groups_;
  std::vector<std::pair<LabelSet, Time>> seen_;
};

double Ask(const std::string& path, const LabelSet& alert, Time at) {
  const Duration begun = tocsin::MonotonicNow();
  auto reader = tocsin::history::Reader::Open(path, std::chrono::seconds(10));
  tocsin::explain::Question question;
  question.at = at;
  for (const char* label : {"alertname", "instance"}) {
    question.matchers.push_back(*tocsin::model::Matcher::Create(
        label, tocsin::model::MatchOp::kEqual, std::string(alert.Get(label))));
  }
  const auto answer = tocsin::explain::FindAndExplain(&*reader, question);
  if (!answer || answer->alerts.empty()) std::abort();
  return tocsin::Seconds(tocsin::MonotonicNow() - begun) * 1000;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t decisions = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  std::string folder = (std::filesystem::temp_directory_path() / "tocsin-bench-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;
  const std::string path = folder + "/history.db";
  auto file = tocsin::history::HistoryFile::Open(path, "");
  if (!file) return 1;
  Fleet fleet(&*file);
  fleet.Decide(decisions);
  tocsin::Random random(2);
  std::vector<double> millis;
  for (std::size_t i = 0; i < kQuestions; ++i) {
    const auto& [alert, at] = fleet.seen()[random.Below(fleet.seen().size())];
    millis.push_back(Ask(path, alert, at));
  }
  std::sort(millis.begin(), millis.end());
  const auto bytes = file->Bytes();
  std::printf(
      "%llu decisions, %.1f bytes each; explain: median %.1f ms, p99 %.1f ms, max %.1f ms\n",
      static_cast<unsigned long long>(decisions),
      static_cast<double>(bytes.value_or(0)) / static_cast<double>(decisions),
      millis[millis.size() / 2], millis[millis.size() * 99 / 100], millis.back());
  std::filesystem::remove_all(folder);
  return millis[millis.size() * 99 / 100] < 100 ? 0 : 1;
}
