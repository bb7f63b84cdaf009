#pragma once

// What outlives a process: tables of tocsin.db in memory, written and read by the code that the
// server does it with.

#include "core/store.h"
#include "storage/state_file.h"

#include <functional>
#include <vector>

namespace tocsin::simulation {

class Disk {
 public:
  Disk();

  // A batch has become durable. They come in the order in which they were given to the store.
  void Commit(core::StoreBatch batch);
  // What the next process finds.
  storage::LoadedState Load();

 private:
  void WriteAll();

  storage::StateFile file_;
  std::vector<core::StoreBatch> committed_;  // Not in the tables yet: nobody has looked.
};

}  // namespace tocsin::simulation
