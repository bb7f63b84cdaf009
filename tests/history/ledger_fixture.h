#pragma once

// A ledger in a folder of its own, decisions to give it, and what is read back.

#include "base/clock.h"
#include "history/ledger.h"
#include "history/reader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tocsin::history {

class LedgerFixture : public testing::Test, private Clock {
 protected:
  LedgerFixture();
  ~LedgerFixture() override;

  // A test alters these before Open.
  Ledger::Options options;
  Time now;  // Of the ledger's clock.

  void Open();
  // Alerts `name-FIRST` to `name-LAST` are received, one each second.
  void Receive(int first, int last);
  // Until all is on the disk.
  void Flush() { ledger->Flush(std::chrono::seconds(30)); }

  // Their names and other kinds of events, the oldest first: `started name-1 name-2`.
  std::string Read(const Reader::Query& query = {});
  std::size_t Blocks();
  std::vector<std::string> Observed();

  std::filesystem::path folder;
  std::unique_ptr<Ledger> ledger;

 private:
  Time Now() const override;

  std::mutex mutex_;
  std::vector<std::string> observed_;  // Guarded by mutex_.
};

}  // namespace tocsin::history
