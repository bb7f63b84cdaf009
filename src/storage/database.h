#pragma once

// SQLite as values: a connection, a prepared statement, failures that say whether the file is to be
// trusted any longer. Everything here belongs to one thread at a time. A statement must not outlive
// its database.

#include "base/result.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace tocsin::storage {

struct [[nodiscard]] Failure {
  std::string message;
  bool corrupt = false;  // The content is wrong; trying again cannot help.
};
template <class T>
using Outcome = tl::expected<T, Failure>;

class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  // Parameters count from 1. Texts and blobs must stay until Run or the last Step.
  void BindInt(int index, std::int64_t value);
  void BindNull(int index);
  void BindText(int index, std::string_view value);
  void BindBlob(int index, std::string_view value);

  // For statements without rows.
  Outcome<void> Run();
  // True: there is a row to read. After false or a failure the statement can be bound anew.
  Outcome<bool> Step();
  // For who does not step to the end: it can be bound anew.
  void Reset();

  // Columns count from 0; the views are valid until the next Step.
  std::int64_t Int(int column) const;
  bool IsNull(int column) const;
  std::string_view Bytes(int column) const;  // Of a text or a blob.

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  enum class Mode {
    kReadWrite,  // Created if it is missing.
    kReadOnly,   // As it is, with what is in its log.
    kImmutable,  // On a file system that cannot be written at all. Sees no log.
    kAlone,      // For reading where there is no room to share its log with others; locks them out.
  };

  Database() = default;  // Not open.
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  ~Database();  // Its statements must be gone.

  // `vfs`: empty for SQLite's own.
  static Outcome<Database> Open(const std::string& path, Mode mode, const std::string& vfs);
  bool open() const { return db_ != nullptr; }

  Outcome<Statement> Prepare(std::string_view sql);
  // One or more statements without parameters; rows are dropped.
  Outcome<void> Execute(const std::string& sql);
  // The first column of the only row.
  Outcome<std::int64_t> QueryInt(std::string_view sql);
  Outcome<std::string> QueryText(std::string_view sql);

  // A database in memory with all that is in this one.
  Outcome<Database> CopyToMemory() const;

  // Does nothing if there is no transaction.
  void Rollback();
  // The file was renamed or removed under us: what is written now is lost at the next start.
  bool Moved() const;
  // The write-ahead log was there after an earlier commit and is no more: so too, unless the
  // database is closed in order, which writes it into the file. To be asked after each commit.
  bool LogIsGone();

 private:
  explicit Database(sqlite3* db) : db_(db) {}

  sqlite3* db_ = nullptr;
  bool log_seen_ = false;
};

}  // namespace tocsin::storage
