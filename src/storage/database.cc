#include "storage/database.h"

#include <sqlite3.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tocsin::storage {
namespace {

// A shell or a backup that has the file for a moment is waited for.
constexpr int kBusyMillis = 3000;

// What SQLite says is about itself ("disk I/O error"); the operating system's errno tells more.
Failure FailureOf(sqlite3* db, int code, int last_error = 0) {
  Failure failure;
  failure.message = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  const std::string_view kind = sqlite3_errstr(code);
  if (failure.message.find(kind) == std::string::npos) failure.message += ": " + std::string(kind);
  const int primary = code & 0xff;
  // Of a commit it does not note it; nothing of it resets errno on the way out.
  const int noted = db != nullptr ? sqlite3_system_errno(db) : 0;
  const int system_error = noted != 0 ? noted : last_error;
  const bool of_disk = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN ||
                       primary == SQLITE_FULL || primary == SQLITE_READONLY;
  if (of_disk && system_error != 0) {
    failure.message += " (" + std::generic_category().message(system_error) + ")";
  }
  // SQLITE_ERROR: our own statements do not fit what is there.
  failure.corrupt =
      primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_ERROR;
  return failure;
}

// For a URI: what would end the path or begin an escape.
std::string EscapePath(std::string_view path) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  return *this;
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

void Statement::BindInt(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_, index, value);
}

void Statement::BindNull(int index) {
  sqlite3_bind_null(statement_, index);
}

void Statement::BindText(int index, std::string_view value) {
  // An empty view may have no data, which SQLite would take for NULL.
  sqlite3_bind_text64(statement_, index, value.empty() ? "" : value.data(), value.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::BindBlob(int index, std::string_view value) {
  sqlite3_bind_blob64(statement_, index, value.empty() ? "" : value.data(), value.size(),
                      SQLITE_STATIC);
}

Outcome<void> Statement::Run() {
  for (;;) {
    const Outcome<bool> row = Step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
  }
}

Outcome<bool> Statement::Step() {
  errno = 0;
  const int code = sqlite3_step(statement_);
  const int last_error = errno;
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_);
    return false;
  }
  Failure failure = FailureOf(sqlite3_db_handle(statement_), code, last_error);
  sqlite3_reset(statement_);
  return tl::unexpected(std::move(failure));
}

void Statement::Reset() {
  sqlite3_reset(statement_);
}

std::int64_t Statement::Int(int column) const {
  return sqlite3_column_int64(statement_, column);
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string_view Statement::Bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (data == nullptr || size <= 0) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

Database::Database(Database&& other) noexcept
    : db_(std::exchange(other.db_, nullptr)), log_seen_(other.log_seen_) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(db_, other.db_);
  std::swap(log_seen_, other.log_seen_);
  return *this;
}

Database::~Database() {
  sqlite3_close_v2(db_);
}

Outcome<Database> Database::Open(const std::string& path, Mode mode, const std::string& vfs) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI;
  switch (mode) {
    case Mode::kReadWrite:
      flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
      break;
    case Mode::kAlone:
      flags |= SQLITE_OPEN_READWRITE;
      break;
    case Mode::kReadOnly:
    case Mode::kImmutable:
      flags |= SQLITE_OPEN_READONLY;
      break;
  }
  std::string uri = "file:" + EscapePath(path);
  if (mode == Mode::kImmutable) uri += "?immutable=1";
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(uri.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
  Database db(handle);  // There is one after a failure as well.
  if (code != SQLITE_OK) return tl::unexpected(FailureOf(handle, code));
  if (mode == Mode::kAlone) {
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    if (Outcome<void> alone = db.Execute("PRAGMA locking_mode = EXCLUSIVE"); !alone) {
      return tl::unexpected(alone.error());
    }
  }
  if (mode == Mode::kReadWrite && sqlite3_db_readonly(handle, "main") == 1) {
    return tl::unexpected(Failure{path + " cannot be written"});
  }
  sqlite3_busy_timeout(handle, kBusyMillis);
  return db;
}

Outcome<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(FailureOf(db_, code));
  return Statement(statement);
}

Outcome<void> Database::Execute(const std::string& sql) {
  errno = 0;
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  const int last_error = errno;
  if (code != SQLITE_OK) return tl::unexpected(FailureOf(db_, code, last_error));
  return {};
}

Outcome<std::int64_t> Database::QueryInt(std::string_view sql) {
  Outcome<Statement> statement = Prepare(sql);
  if (!statement) return tl::unexpected(statement.error());
  const Outcome<bool> row = statement->Step();
  if (!row) return tl::unexpected(row.error());
  return *row ? statement->Int(0) : 0;
}

Outcome<std::string> Database::QueryText(std::string_view sql) {
  Outcome<Statement> statement = Prepare(sql);
  if (!statement) return tl::unexpected(statement.error());
  const Outcome<bool> row = statement->Step();
  if (!row) return tl::unexpected(row.error());
  return std::string(*row ? statement->Bytes(0) : std::string_view());
}

Outcome<Database> Database::CopyToMemory() const {
  Outcome<Database> copy = Open(":memory:", Mode::kReadWrite, {});
  if (!copy) return copy;
  sqlite3_backup* const backup = sqlite3_backup_init(copy->db_, "main", db_, "main");
  if (backup != nullptr) sqlite3_backup_step(backup, -1);
  if (const int code = sqlite3_backup_finish(backup); code != SQLITE_OK || backup == nullptr) {
    return tl::unexpected(FailureOf(copy->db_, code));
  }
  return copy;
}

void Database::Rollback() {
  if (db_ != nullptr && sqlite3_get_autocommit(db_) == 0) {
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

bool Database::Moved() const {
  int moved = 0;
  sqlite3_file_control(db_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

bool Database::LogIsGone() {
  const char* const log = sqlite3_filename_wal(sqlite3_db_filename(db_, "main"));
  const bool there = log != nullptr && ::access(log, F_OK) == 0;
  log_seen_ = log_seen_ || there;
  return log_seen_ && !there;
}

}  // namespace tocsin::storage
