#include "tests/storage/store_fixture.h"

#include "model/matcher.h"
#include "tests/storage/fault_vfs.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tocsin::storage {
namespace {

Time At(std::int64_t nanos) {
  return Time(Duration(nanos));
}

model::Matcher MakeMatcher(const char* name, model::MatchOp op, const char* value) {
  return *model::Matcher::Create(name, op, value);
}

std::string Nanos(Time time) {
  return std::to_string(time.time_since_epoch().count());
}

}  // namespace

model::SilencePtr MakeSilence(const std::string& id, const std::string& comment) {
  auto silence = std::make_shared<model::Silence>();
  silence->id = id;
  silence->matcher_sets = {{MakeMatcher("job", model::MatchOp::kRegex, "api|web"),
                            MakeMatcher("zone", model::MatchOp::kNotEqual, "b")},
                           {MakeMatcher("naïve name", model::MatchOp::kEqual, ""),
                            MakeMatcher("x", model::MatchOp::kNotRegex, ".*\n")}};
  silence->starts_at = At(1'700'000'000'123'456'789);
  silence->ends_at = At(1'700'003'600'000'000'001);
  silence->updated_at = kZeroTime;
  silence->created_by = "ops";
  silence->comment = comment;
  silence->annotations = {{"ticket", "A-1"}, {"empty", ""}};
  return silence;
}

router::LogEntryPtr MakeLogEntry(std::uint64_t hash) {
  auto entry = std::make_shared<router::LogEntry>();
  entry->timestamp = At(1'700'000'000'000'000'000 + static_cast<std::int64_t>(hash % 1000));
  entry->firing = {1, hash, 0xffff'ffff'ffff'ffff};
  entry->resolved = {0x0102'0304'0506'0708};
  entry->data = {{"threadTs", "1700000000.001"},
                 {"count", std::int64_t{-5}},
                 {"ratio", 0.1},
                 {"", std::string("\0x", 2)}};
  entry->expires_at = At(1'700'432'000'000'000'000);
  return entry;
}

std::string Describe(const model::Silence& silence) {
  std::string text = silence.id;
  for (const model::Matchers& matchers : silence.matcher_sets) text += ToString(matchers);
  return text + Nanos(silence.starts_at) + " " + Nanos(silence.ends_at) + " " +
         Nanos(silence.updated_at) + " " + silence.created_by + " " + silence.comment + " " +
         silence.annotations.ToString();
}

std::string Describe(const router::LogEntry& entry) {
  std::string text = Nanos(entry.timestamp) + " " + Nanos(entry.expires_at) + " firing";
  for (const std::uint64_t hash : entry.firing) text += " " + std::to_string(hash);
  text += " resolved";
  for (const std::uint64_t hash : entry.resolved) text += " " + std::to_string(hash);
  for (const auto& [key, value] : entry.data) {
    text += " " + key + "=" + testing::PrintToString(value);
  }
  return text;
}

std::string Describe(const model::Alert& alert) {
  return alert.labels.ToString() + alert.annotations.ToString() + " " + Nanos(alert.starts_at) +
         " " + Nanos(alert.ends_at) + " " + Nanos(alert.updated_at) +
         (alert.timeout ? " timeout " : " ") + std::string(alert.generator_url.view());
}

std::string Describe(const router::GroupState& group) {
  return group.route_id + " " + group.route_key + " " + group.receiver + " " +
         group.labels.ToString() + " " + Nanos(group.next_flush) +
         (group.flushed ? " flushed" : "") +
         (group.broken_off ? " in progress " + Nanos(*group.broken_off) : "");
}

std::map<std::string, std::string> Describe(const LoadedState& state) {
  std::map<std::string, std::string> all;
  for (const model::SilencePtr& silence : state.silences) all[silence->id] = Describe(*silence);
  for (const auto& [key, entry] : state.log_entries) all[key] = Describe(*entry);
  for (const router::AlertState& alert : state.alerts) {
    std::string text = Describe(*alert.alert) + " in";
    for (const router::GroupState& group : state.groups) {
      const auto& members = group.members;
      const bool member = std::find(members.begin(), members.end(), alert.alert) != members.end();
      if (member) text += " " + std::to_string(static_cast<std::uint64_t>(group.id));
    }
    all["alert " + std::to_string(static_cast<std::uint64_t>(alert.id))] = text;
  }
  for (const rules::AlertStored& stored : state.rules.alerts) {
    const rules::StoredAlert& alert = stored.alert;
    std::string text(ToString(alert.state));
    text += alert.sample_labels.ToString() + testing::PrintToString(alert.value);
    if (alert.annotations) text += alert.annotations->ToString();
    for (const Time time : {alert.seen_at, alert.active_at, alert.fired_at, alert.resolved_at,
                            alert.valid_until, alert.keep_firing_since}) {
      text += " " + Nanos(time);
    }
    all[stored.rule->group + " " + stored.rule->rule + alert.labels.ToString()] = text;
  }
  for (const router::GroupState& group : state.groups) {
    all["group " + std::to_string(static_cast<std::uint64_t>(group.id))] = Describe(group);
  }
  return all;
}

router::AlertStored MakeAlert(std::uint64_t id, const std::string& instance, std::int64_t end,
                              std::vector<std::uint64_t> groups) {
  auto alert = std::make_shared<model::Alert>();
  alert->labels = {{"alertname", "Down"}, {"instance", instance}};
  alert->annotations = {{"summary", "it's \"down\""}, {"empty", ""}};
  alert->starts_at = At(1'700'000'000'000'000'001);
  alert->ends_at = At(end);
  alert->updated_at = At(1'700'000'000'500'000'000);
  alert->timeout = end % 2 == 1;
  alert->generator_url = std::string_view("http://prometheus/graph?g0.expr=up");
  router::AlertStored stored{static_cast<router::AlertId>(id), std::move(alert), {}};
  for (const std::uint64_t group : groups) {
    stored.groups.push_back(static_cast<router::GroupId>(group));
  }
  return stored;
}

router::GroupStored MakeGroup(std::uint64_t id, router::GroupTimer timer) {
  auto group = std::make_shared<router::GroupIdentity>();
  group->id = static_cast<router::GroupId>(id);
  group->route_id = "{}/{team=\"a\"}/0";
  group->receiver = "team";
  group->labels = {{"alertname", "Down" + std::to_string(id)}};
  return {std::move(group), "{}/{team=\"a\"}", timer};
}

core::StoreBatch Batch(std::vector<router::StateChange> changes) {
  return {std::move(changes), false};
}

StoreFixture::StoreFixture() {
  std::string name = (std::filesystem::temp_directory_path() / "tocsin-store-XXXXXX").string();
  folder = mkdtemp(name.data());
  FaultVfs::Get().Reset();
  options.inbox = &inbox;
  options.folder = folder / "data";
  options.clock = &clock;
  options.observe = [this](const StoreEvent& event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
  };
  options.soon_interval = options.commit_interval = Duration(0);
  options.retry_shortest = std::chrono::milliseconds(1);
  options.retry_longest = std::chrono::milliseconds(20);
  options.vfs = FaultVfs::kName;
}

StoreFixture::~StoreFixture() {
  FaultVfs::Get().Reset();  // So that nothing hangs on the way out.
  store.reset();
  std::filesystem::remove_all(folder);
}

void StoreFixture::Open() {
  Result<std::unique_ptr<SqliteStore>> opened = SqliteStore::Open(options);
  ASSERT_TRUE(opened) << opened.error().message;
  store = *std::move(opened);
  loaded = store->TakeLoaded();
  store->SetRewriteRequest([this] {
    ++rewrites_asked;
    if (on_rewrite) on_rewrite();
  });
  store->Start();
}

std::map<std::string, std::string> StoreFixture::Reopened() {
  Close();
  Open();
  return Describe(loaded);
}

void StoreFixture::RunUntil(const std::function<bool()>& done) {
  const Duration give_up = MonotonicNow() + std::chrono::seconds(30);
  while (!done()) {
    ASSERT_LT(MonotonicNow(), give_up) << "nothing happens";
    std::vector<core::Inbox::Task> tasks;
    // Some of what is waited for is seen in the stats alone.
    inbox.Wait(std::chrono::milliseconds(2), &tasks);
    for (const core::Inbox::Task& task : tasks) task();
  }
}

Status StoreFixture::Write(std::vector<router::StateChange> changes, bool replaces_everything) {
  std::optional<Status> answer;
  store->Write({std::move(changes), replaces_everything}, [&](Status status) { answer = status; });
  EXPECT_FALSE(answer) << "answered inside the call";
  RunUntil([&] { return answer.has_value(); });
  return answer.value_or(Fail("no answer"));
}

std::size_t StoreFixture::Events(StoreEvent::Kind kind) {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const StoreEvent& event : events_) count += event.kind == kind ? 1 : 0;
  return count;
}

std::string StoreFixture::LastEvent(StoreEvent::Kind kind) {
  const std::lock_guard lock(mutex_);
  std::string message;
  for (const StoreEvent& event : events_) {
    if (event.kind == kind) message = event.message;
  }
  return message;
}

std::vector<std::string> StoreFixture::Files(const std::string& prefix) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(options.folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix)) names.push_back(name);
  }
  return names;
}

}  // namespace tocsin::storage
