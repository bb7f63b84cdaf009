#include "tests/history/ledger_fixture.h"

#include "tests/history/examples.h"

#include <cstdlib>

namespace tocsin::history {

LedgerFixture::LedgerFixture() : now(kNoon) {
  std::string name = (std::filesystem::temp_directory_path() / "tocsin-history-XXXXXX").string();
  folder = mkdtemp(name.data());
  options.path = (folder / "history.db").string();
  options.clock = this;
  options.version = "1";
  options.limits = {std::chrono::hours(24), 1 << 30};
  options.observe = [this](bool good, const std::string& what) {
    const std::lock_guard lock(mutex_);
    observed_.push_back((good ? "good " : "bad ") + what);
  };
  options.retry_shortest = std::chrono::milliseconds(1);
}

LedgerFixture::~LedgerFixture() {
  ledger.reset();
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  std::filesystem::remove_all(folder);
}

Time LedgerFixture::Now() const {
  return now;
}

void LedgerFixture::Open() {
  ledger.reset();
  ledger = std::make_unique<Ledger>(options);
  ledger->Start();
}

void LedgerFixture::Receive(int first, int last) {
  for (int i = first; i <= last; ++i) {
    auto alert = std::make_shared<model::Alert>();
    alert->labels = {{"alertname", "name-" + std::to_string(i)}};
    ledger->OnDecision(kNoon + std::chrono::seconds(i),
                       router::AlertReceived{std::move(alert), true, false,
                                             router::AlertReceived::Change::kCreated});
  }
}

std::string LedgerFixture::Read(const Reader::Query& query) {
  Result<Reader> reader = Reader::Open(options.path, std::chrono::seconds(30));
  if (!reader) return reader.error().message;
  std::string text;
  const auto end = reader->WalkBack(query, [&](const std::vector<Entry>& entries) {
    std::string block;
    for (const Entry& entry : entries) {
      const model::LabelSet* alert = AlertOf(entry.event);
      block += std::string(alert ? alert->Get("alertname") : KindOf(entry.event)) + " ";
    }
    text = block + text;
    return true;
  });
  if (!end) return end.error().message;
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::size_t LedgerFixture::Blocks() {
  Result<Reader> reader = Reader::Open(options.path, std::chrono::seconds(30));
  std::size_t blocks = 0;
  if (reader) {
    const auto end = reader->WalkBack({}, [&](const std::vector<Entry>&) { return ++blocks > 0; });
    EXPECT_TRUE(end);
  }
  return blocks;
}

std::vector<std::string> LedgerFixture::Observed() {
  const std::lock_guard lock(mutex_);
  return observed_;
}

}  // namespace tocsin::history
