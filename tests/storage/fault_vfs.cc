#include "tests/storage/fault_vfs.h"

#include <sqlite3.h>

#include <fstream>
#include <new>
#include <signal.h>
#include <sstream>
#include <unistd.h>

namespace tocsin::storage {
namespace {

sqlite3_vfs* g_real = nullptr;

struct FaultFile {
  sqlite3_file base;  // First: SQLite sees only this.
  sqlite3_file* real;
  const char* path;  // SQLite keeps it as long as the file is open. Null for temporary files.
};

FaultFile* Own(sqlite3_file* file) {
  return reinterpret_cast<FaultFile*>(file);
}
sqlite3_file* Real(sqlite3_file* file) {
  return Own(file)->real;
}
// Where a fault replaces an operation.
bool Fails(const std::atomic<int>& error, int* code) {
  FaultVfs::Get().Count();
  *code = error;
  return *code != SQLITE_OK;
}

int Close(sqlite3_file* file) {
  return Real(file)->pMethods->xClose(Real(file));
}
int Read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  return Real(file)->pMethods->xRead(Real(file), data, size, offset);
}
int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  if (int code = 0; Fails(FaultVfs::Get().write_error, &code)) return code;
  return Real(file)->pMethods->xWrite(Real(file), data, size, offset);
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (int code = 0; Fails(FaultVfs::Get().write_error, &code)) return code;
  return Real(file)->pMethods->xTruncate(Real(file), size);
}
int Sync(sqlite3_file* file, int flags) {
  if (int code = 0; Fails(FaultVfs::Get().sync_error, &code)) return code;
  const int code = Real(file)->pMethods->xSync(Real(file), flags);
  if (Own(file)->path != nullptr) FaultVfs::Get().OnSync(Own(file)->path);
  return code;
}
int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return Real(file)->pMethods->xFileSize(Real(file), size);
}
int Lock(sqlite3_file* file, int level) {
  return Real(file)->pMethods->xLock(Real(file), level);
}
int Unlock(sqlite3_file* file, int level) {
  return Real(file)->pMethods->xUnlock(Real(file), level);
}
int CheckReservedLock(sqlite3_file* file, int* held) {
  return Real(file)->pMethods->xCheckReservedLock(Real(file), held);
}
int FileControl(sqlite3_file* file, int op, void* argument) {
  return Real(file)->pMethods->xFileControl(Real(file), op, argument);
}
int SectorSize(sqlite3_file* file) {
  return Real(file)->pMethods->xSectorSize(Real(file));
}
int DeviceCharacteristics(sqlite3_file* file) {
  return Real(file)->pMethods->xDeviceCharacteristics(Real(file));
}
int ShmMap(sqlite3_file* file, int region, int size, int extend, void volatile** memory) {
  if (int code = 0; Fails(FaultVfs::Get().shm_error, &code)) return code;
  return Real(file)->pMethods->xShmMap(Real(file), region, size, extend, memory);
}
int ShmLock(sqlite3_file* file, int offset, int n, int flags) {
  return Real(file)->pMethods->xShmLock(Real(file), offset, n, flags);
}
void ShmBarrier(sqlite3_file* file) {
  Real(file)->pMethods->xShmBarrier(Real(file));
}
int ShmUnmap(sqlite3_file* file, int remove) {
  return Real(file)->pMethods->xShmUnmap(Real(file), remove);
}

const sqlite3_io_methods kMethods = {2,
                                     Close,
                                     Read,
                                     Write,
                                     Truncate,
                                     Sync,
                                     FileSize,
                                     Lock,
                                     Unlock,
                                     CheckReservedLock,
                                     FileControl,
                                     SectorSize,
                                     DeviceCharacteristics,
                                     ShmMap,
                                     ShmLock,
                                     ShmBarrier,
                                     ShmUnmap,
                                     nullptr,
                                     nullptr};

int Open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  if (int code = 0;
      (flags & SQLITE_OPEN_READWRITE) != 0 && Fails(FaultVfs::Get().open_error, &code)) {
    // A log that is there is then opened for reading, as the real one does.
    if ((flags & SQLITE_OPEN_WAL) == 0) return code;
    flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_WAL;
  }
  auto* own = new (file) FaultFile{};
  own->real = reinterpret_cast<sqlite3_file*>(own + 1);
  own->path = path;
  const int code = g_real->xOpen(g_real, path, own->real, flags, out_flags);
  if (own->real->pMethods != nullptr) own->base.pMethods = &kMethods;
  return code;
}

int Delete(sqlite3_vfs*, const char* path, int sync_directory) {
  if (int code = 0; Fails(FaultVfs::Get().write_error, &code)) return code;
  const int code = g_real->xDelete(g_real, path, sync_directory);
  FaultVfs::Get().OnDelete(path);
  return code;
}

sqlite3_vfs MakeVfs() {
  g_real = sqlite3_vfs_find(nullptr);
  sqlite3_vfs vfs = *g_real;
  vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + g_real->szOsFile;
  vfs.zName = FaultVfs::kName;
  vfs.pNext = nullptr;
  vfs.xOpen = Open;
  vfs.xDelete = Delete;
  // The others take the VFS only for its own data, which the real one finds in the copy.
  return vfs;
}

}  // namespace

FaultVfs& FaultVfs::Get() {
  static FaultVfs vfs;
  return vfs;
}

FaultVfs::FaultVfs() {
  static sqlite3_vfs vfs = MakeVfs();
  sqlite3_vfs_register(&vfs, 0);
}

void FaultVfs::Reset() {
  write_error = sync_error = open_error = shm_error = 0;
  kill_at = 0;
  operations = 0;
  record_syncs_ = false;
  HoldSyncs(false);
  const std::lock_guard lock(mutex_);
  synced_.clear();
}

void FaultVfs::HoldSyncs(bool hold) {
  const std::lock_guard lock(mutex_);
  hold_syncs_ = hold;
  released_.notify_all();
}

void FaultVfs::Count() {
  if (++operations == kill_at) kill(getpid(), SIGKILL);
}

void FaultVfs::OnSync(const std::string& path) {
  std::unique_lock lock(mutex_);
  released_.wait(lock, [this] { return !hold_syncs_; });
  if (!record_syncs_) return;
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  synced_[path] = content.str();
}

void FaultVfs::OnDelete(const std::string& path) {
  const std::lock_guard lock(mutex_);
  synced_.erase(path);
}

std::map<std::string, std::string> FaultVfs::SyncedFiles() {
  const std::lock_guard lock(mutex_);
  return synced_;
}

}  // namespace tocsin::storage
