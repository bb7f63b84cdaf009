#include "tests/simulation/disk.h"

#include "storage/load_state.h"

#include <gtest/gtest.h>

#include <utility>

namespace tocsin::simulation {
namespace {

template <class T>
T Must(storage::Outcome<T> outcome) {
  if (!outcome) ADD_FAILURE() << outcome.error().message;
  return *std::move(outcome);
}

void MustDo(const storage::Outcome<void>& outcome) {
  if (!outcome) ADD_FAILURE() << outcome.error().message;
}

}  // namespace

void Disk::Commit(core::StoreBatch batch) {
  committed_.push_back(std::move(batch));
}

storage::LoadedState Disk::Load() {
  if (!file_) file_ = Must(storage::OpenStateFile(":memory:", ""));
  WriteAll();
  // As a new process begins.
  file_->tables = Must(storage::StateTables::Prepare(&file_->db));
  storage::LoadedState loaded = Must(storage::LoadState(&file_->db));
  for (const std::string& skipped : loaded.skipped) ADD_FAILURE() << skipped;
  return loaded;
}

void Disk::WriteAll() {
  if (committed_.empty()) return;
  MustDo(file_->db.Execute("BEGIN IMMEDIATE"));
  for (const core::StoreBatch& batch : committed_) {
    if (batch.replaces_everything) MustDo(file_->tables.RemoveEverything(&file_->db));
    for (const router::StateChange& change : batch.changes) MustDo(file_->tables.Apply(change));
    for (const rules::StateChange& change : batch.rule_changes) MustDo(file_->tables.Apply(change));
  }
  MustDo(file_->tables.Finish());
  MustDo(file_->tables.RecordLife(committed_.back().now, committed_.back().last));
  MustDo(file_->db.Execute("COMMIT"));
  committed_.clear();
}

}  // namespace tocsin::simulation
