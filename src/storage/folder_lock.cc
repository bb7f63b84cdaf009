#include "storage/folder_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tocsin::storage {
namespace {

std::string ErrorText(int code) {
  return std::generic_category().message(code);
}

// " (process 1234)", as whoever holds the lock wrote it down.
std::string Holder(int fd) {
  char text[32];
  const ssize_t size = pread(fd, text, sizeof text, 0);
  std::string digits;
  for (ssize_t i = 0; i < size && text[i] >= '0' && text[i] <= '9'; ++i) digits += text[i];
  return digits.empty() ? "" : " (process " + digits + ")";
}

void WriteHolder(int fd) {
  const std::string text = std::to_string(getpid()) + "\n";
  // For people only: on a full disk the lock is as good without.
  if (ftruncate(fd, 0) == 0) [[maybe_unused]]
    const ssize_t size = pwrite(fd, text.data(), text.size(), 0);
}

}  // namespace

FolderLock::~FolderLock() {
  if (fd_ >= 0) close(fd_);
}

tl::expected<void, FolderLock::Failure> FolderLock::Take() {
  if (Holds()) return {};
  const int fd = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return tl::unexpected(Failure{false, path_ + ": " + ErrorText(errno)});
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int code = errno;
    const bool in_use = code == EWOULDBLOCK;
    const std::string reason = in_use ? "in use by another process" + Holder(fd) : ErrorText(code);
    close(fd);
    return tl::unexpected(Failure{in_use, path_ + ": " + reason});
  }
  WriteHolder(fd);
  if (const int old = std::exchange(fd_, fd); old >= 0) close(old);
  return {};
}

bool FolderLock::Holds() const {
  struct stat held = {};
  struct stat there = {};
  return fd_ >= 0 && fstat(fd_, &held) == 0 && stat(path_.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

}  // namespace tocsin::storage
