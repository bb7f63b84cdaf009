// What explain tells of an alert at a moment, held against the reference model's own chain of
// decisions: of random alerts, at random moments of seeded traces.

#include "base/clock.h"
#include "explain/chain.h"
#include "history/ledger.h"
#include "tests/simulation/happening.h"
#include "tests/simulation/router_world.h"
#include "tests/simulation/seeds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tocsin::simulation {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Kept = std::vector<std::pair<Time, std::string>>;

constexpr std::size_t kPairsOfASeed = 100;

std::string NameOf(const router::GroupIdentity& group) {
  return group.key + "@" + group.receiver;
}

std::string SuppressedText(const std::string& group, const std::string& why,
                           const std::string& alert_and_causes) {
  return "suppressed " + group + " " + why + " " + alert_and_causes;
}

// The chain as the model tells it: its lines from the alert's last beginning to the moment, those
// about the alert, and those about a group while the alert is in it.
class ModelChain {
 public:
  explicit ModelChain(const model::LabelSet& alert) : alert_(alert.ToString()) {}

  void Take(Time time, const std::string& line) {
    line_ = &line;
    if (std::exchange(now_, time) != time) just_left_.clear();
    const bool news = !IsRepeated();
    if (Starts("received " + alert_ + " ")) return Received();
    if (line == "refused " + alert_) {
      // Said once, until it is taken.
      if (!std::exchange(refused_, true)) Add(line);
      return;
    }
    if (const auto group = Between("joined ", " " + alert_)) {
      groups_.insert(*group);
      Add(line);
    } else if (const auto left = Between("left ", " " + alert_)) {
      Leave(*left);
      Add(line);
    } else if (Between("through ", " " + alert_)) {
      Add(line);
    } else if (news) {
      for (const std::string& name : std::set<std::string>(groups_)) OfGroup(name);
      // A reload takes alerts out of a group, and gives up what it had under way, in either order.
      for (const std::string& name : just_left_) {
        if (Starts("failed ")) OfGroup(name);
      }
    }
  }
  std::vector<std::string> lines() const { return lines_; }

 private:
  bool Starts(const std::string& start) const { return line_->starts_with(start); }
  bool Ends(const std::string& end) const { return line_->ends_with(end); }
  std::optional<std::string> Between(const std::string& start, const std::string& end) const {
    if (!Starts(start) || !Ends(end)) return std::nullopt;
    return line_->substr(start.size(), line_->size() - start.size() - end.size());
  }
  void Add(const std::string& line) { lines_.push_back(line); }
  void Leave(const std::string& group) {
    groups_.erase(group);
    just_left_.insert(group);
  }

  void Received() {
    // One that only comes again says nothing after its times.
    const bool merged = Ends(" merged");
    const std::string line = merged ? line_->substr(0, line_->size() - 7) : *line_;
    if (line.ends_with('Z')) return;
    refused_ = false;
    const bool begins = line.ends_with(" created") || line.ends_with(" started");
    if (begins && groups_.empty()) {
      // That it was refused before is part of the story.
      const auto last = std::find_if(lines_.rbegin(), lines_.rend(), [](const std::string& before) {
        return !before.starts_with("refused ");
      });
      lines_.erase(lines_.begin(), last.base());
    }
    Add(*line_);
  }

  // A flush that has nothing new for an integration, for the same reason as the one before.
  bool IsRepeated() {
    if (Starts("notify ")) {
      const std::string who = line_->substr(7, line_->find(' ', 7) - 7);
      std::erase_if(nothing_new_, [&](const auto& known) {
        const std::string key = known.first.substr(0, known.first.rfind('@'));
        return known.first.starts_with(who + " ") &&
               line_->find(" " + key.substr(who.size() + 1) + " ") != std::string::npos;
      });
    } else if (Starts("ended ")) {
      std::string group = line_->substr(6);
      if (const std::size_t by = group.rfind(" by configuration"); by != std::string::npos) {
        group.resize(by);
      }
      std::erase_if(nothing_new_,
                    [&](const auto& known) { return known.first.ends_with(" " + group); });
    } else if (Starts("joined ")) {
      // It is news of whoever joins.
      std::erase_if(nothing_new_, [&](const auto& known) {
        return Starts("joined " + known.first.substr(known.first.find(' ') + 1) + " ");
      });
    } else if (Starts("nothing new ")) {
      const std::size_t colon = line_->rfind(": ");
      const std::string whom = line_->substr(12, colon - 12);
      return std::exchange(nothing_new_[whom], line_->substr(colon)) == line_->substr(colon);
    }
    return false;
  }

  void OfGroup(const std::string& group) {
    const std::string key = group.substr(0, group.rfind('@'));
    const std::string receiver = group.substr(group.rfind('@') + 1);
    if (Starts("notify " + receiver + "/")) {
      if (line_->find(" " + key + " ") == std::string::npos) return;
      Add(line_->substr(0, std::min(line_->find(": +"), line_->find(": -"))));
    } else if (Starts("suppressed " + group + " ")) {
      const std::size_t comma = line_->find(", new:");
      const std::size_t count = line_->find(' ', 12 + group.size());
      const std::string why = line_->substr(count + 1, comma - count - 1);
      const std::size_t mine = line_->find(" " + alert_ + " by", comma);
      if (mine == std::string::npos) return;
      Add(SuppressedText(group, why, line_->substr(mine + 1, line_->find(';', mine) - mine - 1)));
    } else if (Starts("ended " + group)) {
      if (*line_ != "ended " + group + " by configuration") return;
      Leave(group);
      Add(*line_);
    } else if (Starts("nothing new ") || Starts("logged ") || Starts("failed ")) {
      const std::size_t at = line_->find(" " + group);
      if (at == std::string::npos) return;
      const std::string rest = line_->substr(at + 1 + group.size());
      if (rest.empty() || rest[0] == ':' || rest[0] == ' ') Add(*line_);
    }
  }

  const std::string alert_;
  const std::string* line_ = nullptr;
  Time now_{};
  bool refused_ = false;
  std::set<std::string> groups_, just_left_;
  std::map<std::string, std::string> nothing_new_;  // By `INTEGRATION GROUP`.
  std::vector<std::string> lines_;
};

// The same of an event; empty for what the model does not tell.
std::string LineOf(const history::Event& event) {
  using history::AlertReceived;
  if (const auto* e = std::get_if<AlertReceived>(&event)) {
    constexpr std::string_view kChanges[] = {"", "created", "started", "ended", "ended again"};
    model::Alert alert;
    alert.labels = e->alert;
    alert.starts_at = e->starts_at;
    alert.ends_at = e->ends_at;
    return AlertReceivedLine(alert, kChanges[static_cast<std::size_t>(e->change)], e->merged);
  }
  if (const auto* e = std::get_if<history::AlertRefused>(&event)) {
    return "refused " + e->alert.ToString();
  }
  const router::GroupIdentity* group = history::GroupOf(event);
  if (group == nullptr) return "";
  const std::string name = NameOf(*group);
  if (std::holds_alternative<history::GroupCreated>(event)) return GroupCreatedLine(name);
  if (const auto* e = std::get_if<history::AlertGrouped>(&event)) return JoinedLine(name, e->alert);
  if (const auto* e = std::get_if<history::AlertLeftGroup>(&event)) return LeftLine(name, e->alert);
  if (const auto* e = std::get_if<history::AlertUnsuppressed>(&event)) {
    return LetThroughLine(name, e->alert);
  }
  if (const auto* e = std::get_if<history::AlertSuppressed>(&event)) {
    constexpr const char* kWhy[] = {"inhibited", "outside active times", "mute time", "silenced"};
    std::vector<std::string> causes = e->intervals;
    if (!e->inhibited_by.empty()) causes = {e->inhibited_by.ToString()};
    for (const history::SilenceName& silence : e->silences) causes.push_back(silence.id);
    if (!e->silences.empty()) std::sort(causes.begin(), causes.end());
    return SuppressedText(name, kWhy[static_cast<std::size_t>(e->why)],
                          SuppressedAlertText(e->alert, causes));
  }
  if (const auto* e = std::get_if<history::NotificationDue>(&event)) {
    return "notify " + e->integration.ToString() + " " + group->key + " " +
           group->labels.ToString() + " " + std::string(ToString(e->reason));
  }
  if (const auto* e = std::get_if<history::NotificationNotNeeded>(&event)) {
    constexpr std::string_view kWhy[] = {"never fired", "still resolved", "unchanged"};
    return NotNeededLine(name, e->integration, kWhy[static_cast<std::size_t>(e->why)]);
  }
  if (const auto* e = std::get_if<history::NotificationLogged>(&event)) {
    return LoggedLine(name, e->integration, ToString(e->reason), e->sent);
  }
  if (const auto* e = std::get_if<history::NotificationFailed>(&event)) {
    return FailedLine(name, e->integration);
  }
  if (const auto* e = std::get_if<history::GroupEnded>(&event)) {
    return GroupEndedLine(name, e->why == router::GroupEnded::Why::kConfiguration);
  }
  return "";
}

// Of one instant the order is left open, and which of several alerts creates a group that a reload
// makes.
std::string Comparable(std::vector<std::string> lines) {
  std::erase_if(lines, [](const std::string& line) { return line.starts_with("created "); });
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// A ledger that has seen a world, and what the model said of it.
class Trace {
 public:
  explicit Trace(std::uint64_t seed) : random_(seed) {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-explain-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    history::Ledger::Options options;
    options.path = File();
    options.clock = &clock_;
    options.limits = {hours(24 * 365 * 200), std::uint64_t{1} << 40};
    options.observe = [](bool, const std::string& what) { ADD_FAILURE() << what; };
    options.queue_max = 10'000'000;
    options.block_events = 50;  // Chains go across blocks.
    history::Ledger ledger(options);
    ledger.Start();
    RouterWorld world(seed, &ledger);
    world.KeepHappenings();
    world.Run(hours(6));
    ledger.Stop();
    EXPECT_EQ(world.checker().difference(), "") << "seed " << seed;
    kept_ = world.checker().kept();
  }
  ~Trace() { std::filesystem::remove_all(folder_); }
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  bool usable() const { return !kept_.empty() && !Alerts().empty(); }
  bool clock_was_set_back() const { return !std::is_sorted(kept_.begin(), kept_.end(), Earlier); }

  // The model's chain of a random alert at a random time, and explain's.
  void Compare() {
    const std::vector<model::LabelSet>& alerts = Alerts();
    const model::LabelSet alert = alerts[random_.Below(alerts.size())];
    const std::optional<Time> moment = RandomMoment();
    if (!moment) return;
    const Time at = *moment;
    ModelChain model(alert);
    for (const auto& [time, line] : kept_) {
      if (time <= at) model.Take(time, line);
    }
    Result<history::Reader> reader = history::Reader::Open(File(), seconds(60));
    ASSERT_TRUE(reader) << reader.error().message;
    const Result<explain::Chain> chain = explain::CollectChain(&*reader, alert, at);
    ASSERT_TRUE(chain) << chain.error().message;
    std::vector<std::string> lines;
    for (const history::Entry& entry : chain->events) {
      if (std::string line = LineOf(entry.event); !line.empty()) lines.push_back(std::move(line));
    }
    lines_ += lines.size();
    ASSERT_EQ(Comparable(lines), Comparable(model.lines()))
        << alert.ToString() << " at " << FormatRfc3339Nano(at);
  }
  std::size_t lines() const { return lines_; }

 private:
  static bool Earlier(const Kept::value_type& a, const Kept::value_type& b) {
    return a.first < b.first;
  }
  std::string File() const { return (folder_ / "history.db").string(); }

  // Where the clock is set back, an instant may be two moments: one that is one. None: not found.
  std::optional<Time> RandomMoment() {
    const Time begin = kept_.front().first;
    Time last = begin;
    for (const auto& [time, line] : kept_) last = std::max(last, time);
    const auto span = static_cast<std::uint64_t>((last - begin).count()) + 1;
    for (int tries = 0; tries < 100; ++tries) {
      const Time at = begin + Duration(static_cast<Duration::rep>(random_.Below(span)));
      const auto is_later = [at](const Kept::value_type& line) { return line.first > at; };
      const auto later = std::find_if(kept_.begin(), kept_.end(), is_later);
      if (std::all_of(later, kept_.end(), is_later)) return at;
    }
    return std::nullopt;
  }

  const std::vector<model::LabelSet>& Alerts() const {
    if (!alerts_.empty()) return alerts_;
    Result<history::Reader> reader = history::Reader::Open(File(), seconds(60));
    EXPECT_TRUE(reader);
    std::set<std::string> seen;
    const auto end = reader->WalkBack({}, [&](const std::vector<history::Entry>& entries) {
      for (const history::Entry& entry : entries) {
        const model::LabelSet* alert = history::AlertOf(entry.event);
        if (alert != nullptr && seen.insert(alert->ToString()).second) alerts_.push_back(*alert);
      }
      return true;
    });
    EXPECT_TRUE(end);
    return alerts_;
  }

  Random random_;
  const SystemClock clock_;
  std::filesystem::path folder_;
  Kept kept_;
  mutable std::vector<model::LabelSet> alerts_;  // Read when they are first asked for.
  std::size_t lines_ = 0;
};

TEST(Explain, TellsTheModelsChainOfDecisions) {
  // Of about 100 seeds; with fewer there are fewer pairs.
  const Seeds seeds = SeedsFromEnvironment(250);
  const std::size_t wanted = std::min<std::size_t>(10'000, seeds.count * kPairsOfASeed);
  std::size_t pairs = 0;
  std::size_t lines = 0;
  std::size_t set_back = 0;
  for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count && pairs < wanted;
       ++seed) {
    Trace trace(seed);
    if (!trace.usable()) continue;
    set_back += trace.clock_was_set_back() ? 1 : 0;
    for (std::size_t i = 0; i < kPairsOfASeed; ++i, ++pairs) {
      ASSERT_NO_FATAL_FAILURE(trace.Compare()) << "seed " << seed;
    }
    lines += trace.lines();
  }
  std::printf("%zu pairs, %zu decisions, %zu traces in which the clock was set back\n", pairs,
              lines, set_back);
  if (seeds.count < 100) return;
  EXPECT_GT(pairs, wanted / 2);
  EXPECT_GT(lines, 5 * pairs);
  EXPECT_GT(set_back, 10U);
}

}  // namespace
}  // namespace tocsin::simulation
