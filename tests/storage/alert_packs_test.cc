#include "storage/alert_packs.h"

#include "storage/schema.h"
#include "tests/storage/store_fixture.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>

namespace tocsin::storage {
namespace {

class AlertPacksTest : public testing::Test {
 protected:
  AlertPacksTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-packs-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    db_ = *Database::Open(folder_ + "/tocsin.db", Database::Mode::kReadWrite, {});
    EXPECT_TRUE(db_.Execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY"));
    EXPECT_TRUE(Migrate(&db_, Migrations()));
    Prepare();
  }
  ~AlertPacksTest() override {
    packs_.reset();
    db_ = Database();
    std::filesystem::remove_all(folder_);
  }

  void Prepare() {
    packs_.reset();
    packs_.emplace(*AlertPacks::Prepare(&db_));
  }
  void Begin() { ASSERT_TRUE(db_.Execute("BEGIN")); }
  void Commit() {
    ASSERT_TRUE(packs_->Finish());
    ASSERT_TRUE(db_.Execute("COMMIT"));
  }
  void Rollback() {
    db_.Rollback();
    Prepare();
  }
  void Store(std::uint64_t id, std::int64_t end) {
    ASSERT_TRUE(packs_->Store(MakeAlert(id, "host-" + std::to_string(id), end, {id}), end));
  }
  void Remove(std::uint64_t id) { packs_->Remove(router::AlertId{id}); }

  // The end of each by its id.
  using Ends = std::map<std::uint64_t, std::int64_t>;
  Ends Stored() {
    Ends stored;
    EXPECT_TRUE(AlertPacks::ForEachAlert(
        &db_,
        [&](const AlertPackReader::Entry& entry) {
          const auto id = static_cast<std::uint64_t>(entry.id);
          EXPECT_EQ(entry.ToAlert().labels.Get("instance"), "host-" + std::to_string(id));
          EXPECT_EQ(entry.groups, std::vector{router::GroupId{id}});
          EXPECT_EQ(entry.ends_after, entry.times.ends_at);
          stored[id] = entry.times.ends_at;
        },
        [](std::int64_t pack) { ADD_FAILURE() << pack; }));
    return stored;
  }
  std::int64_t Count(const std::string& what) {
    return *db_.QueryInt("SELECT coalesce(" + what + ", 0) FROM alert_pack");
  }

  std::string folder_;
  Database db_;
  std::optional<AlertPacks> packs_;
};

TEST_F(AlertPacksTest, ATransactionIsOneRow) {
  Begin();
  for (std::uint64_t id = 1; id <= 500; ++id) Store(id, 7);
  Commit();
  EXPECT_EQ(Count("count(*)"), 1);
  EXPECT_EQ(Stored().size(), 500u);
}

TEST_F(AlertPacksTest, OnlyWhatCountsLast) {
  Begin();
  Store(1, 10);
  Store(2, 10);
  Store(1, 11);
  Store(3, 10);
  Remove(3);
  Remove(99);
  Commit();
  EXPECT_EQ(Stored(), (Ends{{1, 11}, {2, 10}}));
  Begin();
  Store(2, 12);
  Remove(1);
  Commit();
  EXPECT_EQ(Stored(), (Ends{{2, 12}}));
  EXPECT_EQ(Count("count(*)"), 1);  // Of the first pack all are gone.
  Begin();
  Store(4, 1);
  Remove(4);
  Remove(2);
  Commit();
  EXPECT_EQ(Count("count(*)"), 0);
  EXPECT_EQ(*db_.QueryInt("SELECT count(*) FROM alert_pack_gone"), 0);
}

TEST_F(AlertPacksTest, TheRestOfASparsePackMoves) {
  Begin();
  for (std::uint64_t id = 1; id <= 1000; ++id) Store(id, 7);
  Commit();
  const std::int64_t full = Count("sum(length(alerts))");
  Begin();
  for (std::uint64_t id = 1; id <= 1000; ++id) {
    if (id % 10 != 0) Remove(id);
  }
  Commit();
  EXPECT_EQ(Stored().size(), 100u);
  EXPECT_LT(Count("sum(length(alerts))"), full / 5);
  Begin();
  Remove(10);
  Commit();
  EXPECT_EQ(Stored().size(), 99u);
}

// Against a map, with reopening and transactions that are undone; the file holds no more than a few
// times what is there.
TEST_F(AlertPacksTest, IsAMap) {
  std::mt19937 random(1);
  Ends want;
  for (int round = 0; round < 400; ++round) {
    Begin();
    const bool large = random() % 20 == 0;
    for (std::uint64_t i = random() % (large ? 3000 : 20); i > 0; --i) {
      const std::uint64_t id = random() % 2000;
      if (random() % 3 != 0) {
        Store(id, round);
        want[id] = round;
      } else {
        Remove(id);
        want.erase(id);
      }
    }
    Commit();
    if (random() % 10 == 0) Prepare();
    if (random() % 10 == 0) {
      ASSERT_EQ(Stored(), want) << round;
    }
  }
  ASSERT_EQ(Stored(), want);
  Begin();
  ASSERT_TRUE(packs_->RemoveEverything());
  for (const auto& [id, end] : want) Store(id, end);
  Commit();
  const std::int64_t least = Count("sum(length(alerts))");
  for (int round = 0; round < 300; ++round) {
    Begin();
    for (int i = 0; i < 50; ++i) Store(random() % 2000, 1);
    Commit();
  }
  EXPECT_LT(Count("sum(length(alerts))"), 8 * least);
}

TEST_F(AlertPacksTest, ATransactionThatWasUndoneLeavesNoTrace) {
  Begin();
  for (std::uint64_t id = 1; id <= 10; ++id) Store(id, 1);
  Commit();
  Begin();
  for (std::uint64_t id = 1; id <= 9; ++id) Store(id, 2);
  Remove(10);
  Rollback();
  EXPECT_EQ(Stored().size(), 10u);
  Begin();
  Store(10, 3);
  Remove(9);
  Commit();
  EXPECT_EQ(Stored().size(), 9u);
  EXPECT_EQ(Stored().at(1), 1);
  EXPECT_EQ(Stored().at(10), 3);
  Begin();
  for (std::uint64_t id = 1; id <= 10; ++id) Remove(id);
  Commit();
  EXPECT_EQ(Count("count(*)"), 0);
}

// A file may have an alert twice, be it not from us: the older one goes for good.
TEST_F(AlertPacksTest, OfAnAlertThatIsThereTwiceTheOlderGoes) {
  Begin();
  Store(1, 1);
  Commit();
  ASSERT_TRUE(db_.Execute("INSERT INTO alert_pack SELECT number + 1, alerts FROM alert_pack"));
  Prepare();
  Begin();
  Remove(1);
  Commit();
  EXPECT_EQ(Count("count(*)"), 0);
}

}  // namespace
}  // namespace tocsin::storage
