#include "base/log.h"

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/time.h"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <limits.h>
#include <memory>
#include <mutex>
#include <poll.h>
#include <unistd.h>

namespace tocsin::log {

namespace {

constexpr std::size_t kQueuedLines = 8192;
// A pipe that polls writable takes this much without blocking.
constexpr std::size_t kAtomicWrite = PIPE_BUF;
constexpr int kPollMilliseconds = 100;
// How long Shutdown waits for a reader that does not read.
constexpr int kShutdownPolls = 10;

std::atomic<Level> g_level{Level::kInfo};
std::atomic<Format> g_format{Format::kLogfmt};
std::atomic<bool> g_stopping{false};
std::atomic<bool> g_reader_stuck{false};
std::atomic<std::uint64_t> g_unwritten{0};

// Waits until stderr takes bytes. While the program runs it waits for ever: the queue behind it
// drops lines. At shutdown it gives up, or a stuck reader would keep the process alive; the lines
// behind the first one that it gave up are then tried once each.
bool WaitWritable() {
  pollfd descriptor{STDERR_FILENO, POLLOUT, 0};
  for (int polls = 0; !g_stopping.load() || polls < kShutdownPolls; ++polls) {
    const bool stuck = g_stopping.load() && g_reader_stuck.load();
    if (poll(&descriptor, 1, stuck ? 0 : kPollMilliseconds) > 0) {
      g_reader_stuck.store(false);
      return true;
    }
    if (stuck) return false;
  }
  g_reader_stuck.store(true);
  return false;
}

void WriteToStderr(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!WaitWritable()) break;
    const ssize_t written =
        write(STDERR_FILENO, bytes.data(), std::min(bytes.size(), kAtomicWrite));
    if (written < 0 && errno != EINTR && errno != EAGAIN) break;
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (!bytes.empty()) g_unwritten.fetch_add(1);
}

// The line comes encoded; spdlog's own formatting would only add to it.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    WriteToStderr({message.payload.data(), message.payload.size()});
  }
  void flush_() override {}
};

// The queue and its thread. Reached through g_async while it runs; kept afterwards, because another
// thread may still be inside a call.
struct Async {
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
  std::atomic<std::uint64_t> overrun{0};
};
std::atomic<Async*> g_async{nullptr};
Async& AsyncStorage() {
  static Async* const storage = new Async;
  return *storage;
}

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kDebug:
      return "DEBUG";
    case Level::kInfo:
      return "INFO";
    case Level::kWarn:
      return "WARN";
    case Level::kError:
      return "ERROR";
  }
  return "ERROR";
}

// The rule of Go's slog text handler.
bool NeedsQuotes(std::string_view text) {
  if (text.empty()) return true;
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    if (rune.value < 0x80) {
      if (rune.value <= ' ' || rune.value == '=' || rune.value == '"') return true;
    } else if (rune.value == kReplacementRune || IsSpace(rune.value) || !IsPrintable(rune.value)) {
      return true;
    }
    text.remove_prefix(rune.size);
  }
  return false;
}

void AppendLogfmtText(std::string_view text, std::string* out) {
  if (NeedsQuotes(text)) {
    AppendGoQuoted(text, out);
  } else {
    *out += text;
  }
}

void AppendLogfmtPair(std::string_view key, std::string_view value, std::string* out) {
  if (!out->empty()) *out += ' ';
  AppendLogfmtText(key, out);
  *out += '=';
  AppendLogfmtText(value, out);
}

std::string EncodeLogfmt(std::string_view time, Level level, std::string_view message,
                         std::initializer_list<Field> fields) {
  std::string line;
  AppendLogfmtPair("time", time, &line);
  AppendLogfmtPair("level", LevelName(level), &line);
  AppendLogfmtPair("msg", message, &line);
  for (const Field& field : fields) AppendLogfmtPair(field.key, field.value, &line);
  return line;
}

std::string EncodeJson(std::string_view time, Level level, std::string_view message,
                       std::initializer_list<Field> fields) {
  std::string line;
  JsonWriter json(&line);
  json.BeginObject().Key("time").String(time).Key("level").String(LevelName(level));
  json.Key("msg").String(message);
  for (const Field& field : fields) {
    json.Key(field.key);
    if (field.number) {
      json.Raw(field.value);
    } else {
      json.String(field.value);
    }
  }
  json.EndObject();
  return line;
}

}  // namespace

void Configure(Level level, Format format) {
  g_level.store(level);
  g_format.store(format);
  if (g_async.load() != nullptr) return;
  g_stopping.store(false);
  Async& async = AsyncStorage();
  async.pool = std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1);
  async.logger =
      std::make_shared<spdlog::async_logger>("tocsin", std::make_shared<StderrSink>(), async.pool,
                                             spdlog::async_overflow_policy::overrun_oldest);
  async.logger->set_level(spdlog::level::trace);
  // It fails only if the pool is going away under it; spdlog would print its own complaint.
  async.logger->set_error_handler([](const std::string&) { g_unwritten.fetch_add(1); });
  g_async.store(&async);
}

void Shutdown() {
  Async* const async = g_async.exchange(nullptr);
  if (async == nullptr) return;
  g_stopping.store(true);
  async->overrun.fetch_add(async->pool->overrun_counter());
  // Writes out the queue and joins the thread.
  async->pool.reset();
}

bool Enabled(Level level) {
  return level >= g_level.load(std::memory_order_relaxed);
}

void Write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!Enabled(level)) return;
  std::string line = Encode(g_format.load(std::memory_order_relaxed),
                            FormatRfc3339Milli(SystemClock().Now()), level, message, fields);
  line += '\n';
  if (Async* const async = g_async.load()) {
    async->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  } else {
    WriteToStderr(line);
  }
}

std::uint64_t DroppedLines() {
  std::uint64_t dropped = g_unwritten.load() + AsyncStorage().overrun.load();
  if (Async* const async = g_async.load()) dropped += async->pool->overrun_counter();
  return dropped;
}

std::string Encode(Format format, std::string_view time, Level level, std::string_view message,
                   std::initializer_list<Field> fields) {
  return format == Format::kJson ? EncodeJson(time, level, message, fields)
                                 : EncodeLogfmt(time, level, message, fields);
}

}  // namespace tocsin::log
