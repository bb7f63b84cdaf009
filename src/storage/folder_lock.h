#pragma once

// Keeps a second process away from a folder: an advisory lock on a file in it, which the kernel
// gives back when the process ends, however it ends. One thread at a time.

#include <tl/expected.hpp>

#include <string>

namespace tocsin::storage {

class FolderLock {
 public:
  struct Failure {
    bool in_use = false;  // By another process; else the disk did not play along.
    std::string message;
  };

  explicit FolderLock(std::string path) : path_(std::move(path)) {}
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  // Also if it is held already: somebody may have removed the file meanwhile.
  tl::expected<void, Failure> Take();

 private:
  bool Holds() const;

  const std::string path_;
  int fd_ = -1;
};

}  // namespace tocsin::storage
