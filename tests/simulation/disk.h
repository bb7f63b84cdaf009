#pragma once

// What outlives a process: tables of tocsin.db in memory, written and read by the code that the
// server does it with.

#include "core/store.h"
#include "storage/state_file.h"

#include <optional>
#include <vector>

namespace tocsin::simulation {

class Disk {
 public:
  // A batch has become durable. They come in the order in which they were given to the store.
  void Commit(core::StoreBatch batch);
  // What the next process finds.
  storage::LoadedState Load();

 private:
  void WriteAll();

  std::optional<storage::StateFile> file_;   // Of most worlds nobody ever looks.
  std::vector<core::StoreBatch> committed_;  // Not in the tables yet: nobody has looked.
};

}  // namespace tocsin::simulation
