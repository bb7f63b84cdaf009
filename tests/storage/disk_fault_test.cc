// What the store does when the disk does not play along: nothing is acknowledged that is not there
// after a restart, and once the disk works again everything is.

#include "storage/sqlite_store.h"
#include "tests/storage/fault_vfs.h"
#include "tests/storage/store_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace tocsin::storage {
namespace {

using router::LogEntryStored;
using router::SilenceRemoved;
using router::SilenceStored;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;
using Health = SqliteStore::Health;

// Keeps silences as the core does: in memory whatever the disk says, rewritten when asked.
class DiskFaultTest : public StoreFixture {
 protected:
  DiskFaultTest() {
    on_rewrite = [this] {
      std::vector<router::StateChange> changes;
      for (const std::string& id : state) changes.push_back(SilenceStored{MakeSilence(id, "")});
      store->Write({std::move(changes), true}, [](const Status&) {});
    };
  }

  Status Add(const std::string& id) {
    state.insert(id);
    return Write({SilenceStored{MakeSilence(id, "")}});
  }
  void WaitUntil(Health wanted) {
    RunUntil([&] { return health() == wanted; });
  }
  // The ids after a restart.
  std::set<std::string> Stored() {
    std::set<std::string> ids;
    for (const auto& [id, text] : Reopened()) ids.insert(id);
    return ids;
  }
  // As kill -9 leaves the folder, with its log.
  void LeaveAsKilled() {
    const auto copy = std::filesystem::path(options.folder + "-copy");
    std::filesystem::copy(options.folder, copy, std::filesystem::copy_options::recursive);
    Close();
    std::filesystem::remove_all(options.folder);
    std::filesystem::rename(copy, options.folder);
    ASSERT_THAT(Files("tocsin.db-wal"), SizeIs(1));
  }
  // Renames the folder and gives its new name.
  std::string Park() {
    const std::string parked = options.folder + "-parked";
    std::filesystem::rename(options.folder, parked);
    return parked;
  }
  // In one step, whatever the store does meanwhile.
  void ExchangeFolderWith(const std::string& other) {
    ASSERT_EQ(renameat2(AT_FDCWD, other.c_str(), AT_FDCWD, options.folder.c_str(), RENAME_EXCHANGE),
              0);
  }
  void Overwrite(std::size_t offset, const std::string& bytes) {
    std::fstream stream(path(), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream << bytes;
    ASSERT_TRUE(stream.good());
  }

  std::set<std::string> state;
  FaultVfs& disk = FaultVfs::Get();
};

struct WriteFault {
  const char* name;
  std::atomic<int> FaultVfs::* where;
  int code;
  const char* error;
};

class WriteFaultTest : public DiskFaultTest, public testing::WithParamInterface<WriteFault> {};

TEST_P(WriteFaultTest, FailsWhileItLastsAndIsMadeGood) {
  Open();
  ASSERT_TRUE(Add("before"));
  disk.*GetParam().where = GetParam().code;
  for (const char* id : {"during", "during too"}) {
    const Status status = Add(id);
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().message, HasSubstr(GetParam().error));
  }
  EXPECT_EQ(health(), Health::kFailed);
  EXPECT_THAT(store->stats().last_error, HasSubstr(GetParam().error));
  EXPECT_EQ(store->stats().failures, 2u);
  EXPECT_EQ(rewrites_asked, 0) << "asked for what cannot work";
  disk.*GetParam().where = 0;
  WaitUntil(Health::kGood);
  EXPECT_GE(rewrites_asked, 1);
  RunUntil([&] { return Events(StoreEvent::Kind::kRecovered) == 1; });
  EXPECT_EQ(Events(StoreEvent::Kind::kFailed), 1u) << "said once";
  EXPECT_THAT(LastEvent(StoreEvent::Kind::kFailed), HasSubstr(GetParam().error));
  ASSERT_TRUE(Add("after"));
  EXPECT_EQ(Stored(), state);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, WriteFaultTest,
    testing::Values(WriteFault{"full", &FaultVfs::write_error, SQLITE_FULL, "disk is full"},
                    WriteFault{"eio", &FaultVfs::write_error, SQLITE_IOERR_WRITE, "disk I/O error"},
                    WriteFault{"sync", &FaultVfs::sync_error, SQLITE_IOERR_FSYNC, "disk I/O error"},
                    WriteFault{"readonly", &FaultVfs::write_error, SQLITE_READONLY, "readonly"}),
    [](const auto& test) { return test.param.name; });

TEST_F(DiskFaultTest, ARestartDuringAFaultHasWhatWasAcknowledged) {
  Open();
  ASSERT_TRUE(Add("before"));
  disk.sync_error = SQLITE_IOERR_FSYNC;
  ASSERT_FALSE(Add("during"));
  Close();
  disk.sync_error = 0;
  EXPECT_THAT(Stored(), testing::Contains("before"));
}

// What was missed meanwhile is not there: that is no good order.
TEST_F(DiskFaultTest, AStopThatIsBehindIsNotInGoodOrder) {
  on_rewrite = [] {};
  Open();
  disk.write_error = SQLITE_FULL;
  ASSERT_FALSE(Add("during"));
  disk.write_error = 0;
  RunUntil([&] { return rewrites_asked > 0; });
  core::StoreBatch last;
  last.last = true;
  store->Write(last, nullptr);
  Close();
  Open();
  EXPECT_TRUE(loaded.alive_at);
  EXPECT_FALSE(loaded.in_good_order);
}

// The disk is back, but nobody has found out yet when the process ends.
TEST_F(DiskFaultTest, AStopMakesGoodWhatWasMissed) {
  std::ofstream(options.folder) << "not a folder";
  options.retry_shortest = options.retry_longest = std::chrono::hours(1);
  Open();
  ASSERT_FALSE(Add("during"));
  std::filesystem::remove(options.folder);
  ASSERT_TRUE(store->behind());
  core::StoreBatch last = {{SilenceStored{MakeSilence("during", "")}}, true};
  last.last = true;
  store->Write(last, nullptr);
  Close();
  Open();
  EXPECT_EQ(Stored(), state);
  EXPECT_TRUE(loaded.in_good_order);
}

TEST_F(DiskFaultTest, ARewriteThatFailsIsAskedForAgain) {
  Open();
  ASSERT_TRUE(Add("s1"));
  disk.write_error = SQLITE_FULL;
  ASSERT_FALSE(Add("s2"));
  const auto rewrite = std::exchange(on_rewrite, [&] {
    disk.write_error = SQLITE_FULL;
    store->Write({{}, true}, [&](const Status& status) {
      EXPECT_FALSE(status);
      disk.write_error = 0;
    });
  });
  disk.write_error = 0;
  RunUntil([&] { return rewrites_asked >= 2; });
  on_rewrite = rewrite;
  WaitUntil(Health::kGood);
  EXPECT_EQ(Stored(), state);
}

// The disk hangs in the middle of a commit, and comes back.
TEST_F(DiskFaultTest, AHangIsATimeout) {
  options.queue.timeout = std::chrono::milliseconds(16);
  Open();
  disk.HoldSyncs(true);
  const Status status = Add("during");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "the disk does not answer");
  RunUntil([&] { return Events(StoreEvent::Kind::kFailed) == 1; });
  EXPECT_THAT(LastEvent(StoreEvent::Kind::kFailed), HasSubstr("the disk does not answer"));
  EXPECT_EQ(health(), Health::kBehind);
  disk.HoldSyncs(false);
  WaitUntil(Health::kGood);
  EXPECT_GE(rewrites_asked, 1);
  EXPECT_EQ(Stored(), state);
}

TEST_F(DiskFaultTest, ARefusedBatchIsMadeGood) {
  options.queue.batches_max = 1;
  Open();
  disk.HoldSyncs(true);
  std::vector<Status> answers;
  for (const char* id : {"s1", "s2"}) {
    state.insert(id);
    store->Write(Batch({SilenceStored{MakeSilence(id, "")}}),
                 [&](Status status) { answers.push_back(std::move(status)); });
  }
  RunUntil([&] { return answers.size() == 1; });
  EXPECT_FALSE(answers[0]);
  disk.HoldSyncs(false);
  WaitUntil(Health::kGood);
  EXPECT_EQ(answers.size(), 2u);
  EXPECT_EQ(Stored(), state);
}

TEST_F(DiskFaultTest, StartsWithoutADiskAndRecovers) {
  // A file where the folder should be: root is refused as well.
  std::ofstream(options.folder) << "not a folder";
  Open();
  EXPECT_EQ(Events(StoreEvent::Kind::kFailed), 1u);
  EXPECT_TRUE(Describe(loaded).empty());
  EXPECT_EQ(health(), Health::kFailed);
  const Status status = Add("s1");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, StartsWith(options.folder));
  std::filesystem::remove(options.folder);
  WaitUntil(Health::kGood);
  EXPECT_EQ(Events(StoreEvent::Kind::kSetAside), 0u);
  EXPECT_EQ(Stored(), state);
}

TEST_F(DiskFaultTest, AFullDiskIsKnownAtTheStart) {
  Open();
  ASSERT_TRUE(Add("s1"));
  Close();
  disk.write_error = SQLITE_FULL;
  Open();
  EXPECT_EQ(Describe(loaded).size(), 1u);
  EXPECT_EQ(health(), Health::kFailed);
  EXPECT_THAT(LastEvent(StoreEvent::Kind::kFailed), HasSubstr("full"));
  disk.write_error = 0;
  WaitUntil(Health::kGood);
  EXPECT_EQ(rewrites_asked, 0) << "nothing was lost";
  EXPECT_EQ(Stored(), state);
}

// For writing it fails, but what is there can be read: the silences hold, and stay.
TEST_F(DiskFaultTest, ReadsWhatItCannotWrite) {
  for (const bool killed : {false, true}) {
    Open();
    state.insert("s1");
    ASSERT_TRUE(Add("s1"));
    if (killed) LeaveAsKilled();
    disk.open_error = SQLITE_CANTOPEN;
    EXPECT_EQ(Stored(), state) << killed;
    EXPECT_EQ(health(), Health::kFailed);
    EXPECT_FALSE(Add("s2"));
    disk.open_error = 0;
    WaitUntil(Health::kGood);
    EXPECT_EQ(Events(StoreEvent::Kind::kSetAside), 0u);
    EXPECT_EQ(Stored(), state);
    Close();
  }
}

void Change(const std::string& path, const std::string& sql) {
  Outcome<Database> db = Database::Open(path, Database::Mode::kReadWrite, "");
  const Outcome<void> done = db->Execute(sql);
  ASSERT_TRUE(done) << done.error().message;
}

// Bringing it to this version takes room.
TEST_F(DiskFaultTest, ReadsAFileOfAnOlderVersionThatItCannotWrite) {
  Open();
  state.insert("s1");
  ASSERT_TRUE(Add("s1"));
  Close();
  Change(path(),
         "DROP TABLE alert_pack; DROP TABLE alert_pack_gone;"
         "CREATE TABLE alert (id INTEGER NOT NULL PRIMARY KEY, ends_after INTEGER NOT NULL,"
         " state BLOB NOT NULL) STRICT;"
         "ALTER TABLE process DROP COLUMN in_good_order; PRAGMA user_version = 3");
  disk.write_error = SQLITE_FULL;
  EXPECT_EQ(Stored(), state);
  EXPECT_EQ(health(), Health::kFailed);
  disk.write_error = 0;
  WaitUntil(Health::kGood);
  EXPECT_EQ(Events(StoreEvent::Kind::kSetAside), 0u);
  EXPECT_EQ(Stored(), state);
}

// What is acknowledged may be in the log alone, and the index of the log takes room.
TEST_F(DiskFaultTest, ReadsTheLogWhereThereIsNoRoomForItsIndex) {
  Open();
  ASSERT_TRUE(Add("s1"));
  LeaveAsKilled();
  disk.write_error = SQLITE_FULL;
  disk.shm_error = SQLITE_IOERR_SHMSIZE;
  EXPECT_EQ(Stored(), state);
  EXPECT_EQ(health(), Health::kFailed);
  EXPECT_FALSE(Add("s2"));
  disk.write_error = disk.shm_error = 0;
  WaitUntil(Health::kGood);
  EXPECT_EQ(Events(StoreEvent::Kind::kSetAside), 0u);
  EXPECT_EQ(Stored(), state);
}

// What is there could not even be read, and the process began with nothing: that is not written
// over it.
TEST_F(DiskFaultTest, WhatWasNotReadIsSetAsideAndNotOverwritten) {
  Open();
  ASSERT_TRUE(Add("of before"));
  Close();
  const std::string parked = Park();
  std::ofstream(options.folder) << "not a folder";
  Open();
  state = {"new"};
  ASSERT_FALSE(Add("new"));
  ExchangeFolderWith(parked);
  WaitUntil(Health::kGood);
  const std::vector<std::string> unread = Files("tocsin.db.unread-");
  ASSERT_THAT(unread, SizeIs(1));
  EXPECT_THAT(LastEvent(StoreEvent::Kind::kSetAside), HasSubstr(unread[0]));
  EXPECT_EQ(Stored(), state);
  Close();
  std::filesystem::rename(options.folder + "/" + unread[0], path());
  EXPECT_EQ(Stored(), std::set<std::string>{"of before"});
}

// The same while it runs: another disk is mounted over the folder.
TEST_F(DiskFaultTest, AFileThatComesInItsPlaceIsSetAsideAndNotOverwritten) {
  Open();
  ASSERT_TRUE(Add("of before"));
  Close();
  const std::string other = Park();
  Open();
  state = {"s1"};
  ASSERT_TRUE(Add("s1"));
  ExchangeFolderWith(other);
  ASSERT_FALSE(Add("s2"));
  WaitUntil(Health::kGood);
  const std::vector<std::string> unread = Files("tocsin.db.unread-");
  ASSERT_THAT(unread, SizeIs(1));
  EXPECT_EQ(Stored(), state);
  Close();
  std::filesystem::rename(options.folder + "/" + unread[0], path());
  EXPECT_EQ(Stored(), std::set<std::string>{"of before"});
}

struct Damage {
  const char* name;
  std::function<void(const std::string& path)> make;
  const char* reason;
};
void PrintTo(const Damage& damage, std::ostream* out) {
  *out << damage.name;
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}
class DamageTest : public DiskFaultTest, public testing::WithParamInterface<Damage> {};

TEST_P(DamageTest, IsSetAsideAndAFreshFileBegun) {
  Open();
  for (int i = 0; i < 200; ++i) state.insert("s" + std::to_string(i));
  on_rewrite();
  ASSERT_TRUE(Add("last"));
  Close();
  GetParam().make(path());
  Open();
  EXPECT_TRUE(Describe(loaded).empty());
  const std::vector<std::string> files = Files("tocsin.db.corrupt-");
  ASSERT_THAT(files, SizeIs(1));
  const std::string event = LastEvent(StoreEvent::Kind::kSetAside);
  EXPECT_THAT(event, HasSubstr(GetParam().reason));
  EXPECT_THAT(event, HasSubstr(files[0]));
  EXPECT_EQ(health(), Health::kGood);
  EXPECT_EQ(Events(StoreEvent::Kind::kFailed), 0u);
  state = {"new"};
  ASSERT_TRUE(Add("new"));
  EXPECT_EQ(Stored(), state);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, DamageTest,
    testing::Values(
        Damage{"text", [](const std::string& p) { WriteFile(p, std::string(5000, 'x')); },
               "file is not a database"},
        Damage{"truncated", [](const std::string& p) { std::filesystem::resize_file(p, 10'000); },
               "malformed"},
        Damage{"page",
               [](const std::string& p) {
                 std::fstream stream(p, std::ios::in | std::ios::out | std::ios::binary);
                 stream.seekp(2 * 16384);
                 stream << std::string(16384, '\xa5');
               },
               "integrity check"},
        Damage{"index",
               [](const std::string& p) {
                 Change(p,
                        "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE type = "
                        "'index' AND tbl_name = 'log_entry'");
               },
               "integrity check"},
        Damage{"newer", [](const std::string& p) { Change(p, "PRAGMA user_version = 99"); },
               "schema version 99"},
        Damage{"foreign", [](const std::string& p) { Change(p, "PRAGMA application_id = 7"); },
               "another program's"},
        Damage{"table", [](const std::string& p) { Change(p, "DROP TABLE log_entry"); },
               "no such table: log_entry"}),
    [](const auto& test) { return test.param.name; });

TEST_F(DiskFaultTest, EmptyFileIsAFreshOne) {
  std::filesystem::create_directories(options.folder);
  WriteFile(path(), "");
  Open();
  ASSERT_TRUE(Add("s1"));
  EXPECT_EQ(Events(StoreEvent::Kind::kSetAside), 0u);
  EXPECT_EQ(Stored(), state);
}

// SQLite would drop it without a word.
TEST_F(DiskFaultTest, ALogWhoseFileIsLostIsSetAside) {
  std::filesystem::create_directories(options.folder);
  for (const bool removed : {true, false}) {
    if (!removed) WriteFile(path(), "");
    WriteFile(path() + "-wal", "what was not copied yet");
    const std::size_t before = Events(StoreEvent::Kind::kSetAside);
    Open();
    EXPECT_EQ(Events(StoreEvent::Kind::kSetAside), before + 1);
    EXPECT_THAT(LastEvent(StoreEvent::Kind::kSetAside), HasSubstr("lost, but for its log"));
    EXPECT_EQ(health(), Health::kGood);
    EXPECT_THAT(Files("tocsin.db.corrupt-"), SizeIs(removed ? 1 : 3));
    Close();
  }
}

TEST_F(DiskFaultTest, ADatabaseThatBreaksWhileItRunsIsReplacedAndRewritten) {
  Open();
  for (int i = 0; i < 500; ++i) state.insert("s" + std::to_string(i));
  on_rewrite();
  ASSERT_TRUE(Add("before"));
  // A checkpoint first, so that the pages are read from the file.
  Change(path(), "PRAGMA wal_checkpoint(TRUNCATE)");
  Change(path(), "CREATE TABLE bump (x)");  // Drops the store's cache.
  Change(path(), "PRAGMA wal_checkpoint(TRUNCATE)");
  const auto size = std::filesystem::file_size(path());
  Overwrite(4096, std::string(size - 4096, '\xa5'));
  std::vector<std::string> ids(state.begin(), state.end());
  ASSERT_FALSE(Add("during"));
  WaitUntil(Health::kGood);
  EXPECT_THAT(Files("tocsin.db.corrupt-"), Not(testing::IsEmpty()));
  EXPECT_EQ(Stored(), state);
}

TEST_F(DiskFaultTest, AFileRemovedWhileItRunsIsWrittenAnew) {
  Open();
  ASSERT_TRUE(Add("s1"));
  std::filesystem::remove_all(options.folder);
  const Status status = Add("s2");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("was moved or removed"));
  WaitUntil(Health::kGood);
  EXPECT_FALSE(SqliteStore::Open(options)) << "the lock is there again as well";
  EXPECT_EQ(Stored(), state);
}

TEST_F(DiskFaultTest, ALogRemovedWhileItRunsIsMissed) {
  Open();
  ASSERT_TRUE(Add("s1"));
  ASSERT_TRUE(std::filesystem::remove(path() + "-wal"));
  const Status status = Add("s2");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("tocsin.db-wal was moved or removed"));
  WaitUntil(Health::kGood);
  ASSERT_TRUE(Add("s3"));
  EXPECT_EQ(Stored(), state);
  EXPECT_THAT(Files("tocsin.db.unread-"), testing::IsEmpty());
}

TEST_F(DiskFaultTest, TenFilesAreSetAsideAndNoMore) {
  for (int i = 0; i < 12; ++i) {
    std::filesystem::create_directories(options.folder);
    WriteFile(path(), "broken " + std::to_string(i) + std::string(2000, ' '));
    Open();
    EXPECT_EQ(health(), Health::kGood);
    Close();
  }
  EXPECT_THAT(Files("tocsin.db.corrupt-"), SizeIs(10));
  EXPECT_EQ(Events(StoreEvent::Kind::kSetAside), 12u);
}

}  // namespace
}  // namespace tocsin::storage
