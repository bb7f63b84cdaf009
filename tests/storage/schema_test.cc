#include "storage/schema.h"

#include "tests/storage/store_fixture.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::storage {
namespace {

class SchemaTest : public StoreFixture {
 protected:
  SchemaTest() {
    std::filesystem::create_directories(options.folder);
    Outcome<Database> opened = Database::Open(path(), Database::Mode::kReadWrite, "");
    db = *std::move(opened);
  }
  std::int64_t Int(const char* sql) {
    const Outcome<std::int64_t> value = db.QueryInt(sql);
    EXPECT_TRUE(value) << sql << ": " << value.error().message;
    return value.value_or(-1);
  }

  Database db;
};

TEST_F(SchemaTest, StepsRunOnceEachInOrder) {
  const std::vector<const char*> one = {"CREATE TABLE a (x); INSERT INTO a VALUES (1);"};
  ASSERT_TRUE(Migrate(&db, one));
  EXPECT_EQ(Int("PRAGMA user_version"), 1);
  EXPECT_EQ(Int("PRAGMA application_id"), kApplicationId);
  const std::vector<const char*> three = {one[0], "UPDATE a SET x = x + 10;",
                                          "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x * 2;"};
  ASSERT_TRUE(Migrate(&db, three));
  ASSERT_TRUE(Migrate(&db, three));
  EXPECT_EQ(Int("PRAGMA user_version"), 3);
  EXPECT_EQ(Int("SELECT y FROM a"), 22);
}

TEST_F(SchemaTest, AStepThatFailsLeavesTheVersionBefore) {
  const std::vector<const char*> broken = {
      "CREATE TABLE a (x);", "INSERT INTO a VALUES (1); INSERT INTO nowhere VALUES (1);"};
  EXPECT_FALSE(Migrate(&db, broken));
  EXPECT_EQ(Int("PRAGMA user_version"), 1);
  EXPECT_EQ(Int("SELECT count(*) FROM a"), 0);
}

TEST_F(SchemaTest, LaterVersionsAndOtherProgramsAreLeftAlone) {
  const std::vector<const char*> one = {"CREATE TABLE a (x);"};
  ASSERT_TRUE(db.Execute("CREATE TABLE notes (text)"));
  const Outcome<void> foreign = Migrate(&db, one);
  ASSERT_FALSE(foreign);
  EXPECT_TRUE(foreign.error().corrupt);
  EXPECT_EQ(foreign.error().message, "it is another program's database");
  ASSERT_TRUE(db.Execute("PRAGMA application_id = " + std::to_string(kApplicationId) +
                         "; PRAGMA user_version = 2"));
  const Outcome<void> newer = Migrate(&db, one);
  ASSERT_FALSE(newer);
  EXPECT_TRUE(newer.error().corrupt);
  EXPECT_EQ(newer.error().message,
            "its schema version 2 is not one that this program knows (up to 1)");
}

// A file as version 1 wrote it. It stays as it is here, whatever becomes of the schema.
TEST_F(SchemaTest, ReadsVersion1) {
  ASSERT_TRUE(db.Execute(R"(
CREATE TABLE silence (id TEXT NOT NULL PRIMARY KEY, matcher_sets BLOB NOT NULL,
  starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  created_by TEXT NOT NULL, comment TEXT NOT NULL, annotations BLOB NOT NULL) STRICT;
CREATE TABLE log_entry (key TEXT NOT NULL PRIMARY KEY, timestamp INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, firing BLOB NOT NULL, resolved BLOB NOT NULL,
  receiver_data BLOB NOT NULL) STRICT;
INSERT INTO silence VALUES ('s1', x'01020201610262630301620178', 1, 2, 3, 'me', 'why', x'01016b0176');
INSERT INTO log_entry VALUES ('k1', 4, 5, x'0100000000000000', x'', x'0101740003616263');
PRAGMA application_id = 1953457011; PRAGMA user_version = 1)"));
  db = Database();
  Open();
  EXPECT_EQ(Events(StoreEvent::Kind::kSetAside), 0u) << LastEvent(StoreEvent::Kind::kSetAside);
  ASSERT_EQ(loaded.silences.size(), 1u) << testing::PrintToString(loaded.skipped);
  EXPECT_EQ(Describe(*loaded.silences[0]), "s1{a=~\"bc\",b!~\"x\"}1 2 3 me why {k=\"v\"}");
  ASSERT_EQ(loaded.log_entries.size(), 1u);
  EXPECT_EQ(loaded.log_entries[0].first, "k1");
  EXPECT_EQ(loaded.log_entries[0].second->firing, router::AlertHashes{1});
  EXPECT_EQ(std::get<std::string>(loaded.log_entries[0].second->data.at("t")), "abc");
}

// A file as version 2 wrote it.
TEST_F(SchemaTest, ReadsVersion2) {
  ASSERT_TRUE(db.Execute(R"(
CREATE TABLE silence (id TEXT NOT NULL PRIMARY KEY, matcher_sets BLOB NOT NULL,
  starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  created_by TEXT NOT NULL, comment TEXT NOT NULL, annotations BLOB NOT NULL) STRICT;
CREATE TABLE log_entry (key TEXT NOT NULL PRIMARY KEY, timestamp INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, firing BLOB NOT NULL, resolved BLOB NOT NULL,
  receiver_data BLOB NOT NULL) STRICT;
CREATE TABLE alert (id INTEGER NOT NULL PRIMARY KEY, ends_after INTEGER NOT NULL,
  state BLOB NOT NULL) STRICT;
CREATE TABLE alert_ends (number INTEGER NOT NULL PRIMARY KEY, ends BLOB NOT NULL) STRICT;
CREATE TABLE alert_group (id INTEGER NOT NULL PRIMARY KEY, identity BLOB NOT NULL) STRICT;
CREATE TABLE group_timer (id INTEGER NOT NULL PRIMARY KEY, next_flush INTEGER NOT NULL,
  flushed INTEGER NOT NULL, in_progress INTEGER) STRICT;
CREATE TABLE process (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  alive_at INTEGER NOT NULL) STRICT;
INSERT INTO alert VALUES (3, 1, x'0101000000000000000200000000000000030000000000000001016101620001750102');
INSERT INTO alert_ends VALUES (2, x'01030a');
INSERT INTO alert_group VALUES (2, x'027b7d027b7d047465616d01016c0176');
INSERT INTO group_timer VALUES (2, 7, 1, 6);
INSERT INTO process VALUES (1, 9);
PRAGMA application_id = 1953457011; PRAGMA user_version = 2)"));
  db = Database();
  Open();
  EXPECT_EQ(Events(StoreEvent::Kind::kSetAside), 0u) << LastEvent(StoreEvent::Kind::kSetAside);
  EXPECT_TRUE(loaded.skipped.empty()) << testing::PrintToString(loaded.skipped);
  EXPECT_EQ(Describe(loaded), (std::map<std::string, std::string>{
                                  {"alert 3", R"({a="b"}{} 1 5 3 timeout u in 2)"},
                                  {"group 2", R"({} {} team {l="v"} 7 flushed in progress 6)"}}));
  EXPECT_EQ(loaded.alive_at, Time(Duration(9)));
  EXPECT_FALSE(loaded.in_good_order);
}

}  // namespace
}  // namespace tocsin::storage
