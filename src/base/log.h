#pragma once

// Structured log lines on standard error: logfmt or JSON, keys as the field's programs have them
// (time, level, msg, then the caller's). Values are escaped here, so that a newline in a
// receiver's answer cannot forge a line. Safe from any thread; a blocked stderr drops the oldest
// lines and counts them rather than stop the caller.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tocsin::log {

enum class Level { kDebug, kInfo, kWarn, kError };
enum class Format { kLogfmt, kJson };

struct Field {
  std::string_view key;
  std::string value;
  bool number = false;  // In JSON without quotes.

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, std::int64_t v) : key(k), value(std::to_string(v)), number(true) {}
  Field(std::string_view k, int v) : key(k), value(std::to_string(v)), number(true) {}
  Field(std::string_view k, std::uint64_t v) : key(k), value(std::to_string(v)), number(true) {}
};

// Call once at start, before other threads log. Without it: info, logfmt.
void Configure(Level level, Format format);
// Writes out what is queued (or gives up after a second on a reader that does not read) and
// stops the logging thread. After it lines go straight to stderr.
void Shutdown();

bool Enabled(Level level);
void Write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void Debug(std::string_view m, std::initializer_list<Field> f = {}) {
  Write(Level::kDebug, m, f);
}
inline void Info(std::string_view m, std::initializer_list<Field> f = {}) {
  Write(Level::kInfo, m, f);
}
inline void Warn(std::string_view m, std::initializer_list<Field> f = {}) {
  Write(Level::kWarn, m, f);
}
inline void Err(std::string_view m, std::initializer_list<Field> f = {}) {
  Write(Level::kError, m, f);
}

// Lines lost since start because stderr did not keep up: tocsin_log_lines_dropped_total.
std::uint64_t DroppedLines();

// One line as it would be written, without the newline; for tests.
std::string Encode(Format format, std::string_view time, Level level, std::string_view message,
                   std::initializer_list<Field> fields);

}  // namespace tocsin::log
