#include "base/log.h"

#include "base/text.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <thread>
#include <unistd.h>

namespace tocsin::log {

namespace {

constexpr std::string_view kTime = "2026-11-21T01:15:23.902Z";

TEST(LogEncode, Logfmt) {
  EXPECT_EQ(Encode(Format::kLogfmt, kTime, Level::kInfo, "Listening on",
                   {{"address", "127.0.0.1:9093"}, {"tls", 0}}),
            "time=2026-11-21T01:15:23.902Z level=INFO msg=\"Listening on\" "
            "address=127.0.0.1:9093 tls=0");
}

TEST(LogEncode, LogfmtQuotesAsSlogDoes) {
  struct Case {
    std::string_view value;
    std::string_view text;
  };
  const Case cases[] = {
      {"", R"("")"},
      {"plain", "plain"},
      {"a b", R"("a b")"},
      {"a=b", R"("a=b")"},
      {"a\"b", R"("a\"b")"},
      {"a\\b", "a\\b"},
      {"line1\nlevel=ERROR msg=forged", R"("line1\nlevel=ERROR msg=forged")"},
      {"caf\u00e9", "caf\u00e9"},
      {"a\u00a0b", R"("a\u00a0b")"},
      {"a\xFF", R"("a\xff")"},
      {"\u200b", R"("\u200b")"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Encode(Format::kLogfmt, "t", Level::kWarn, "m", {{"k", c.value}}),
              "time=t level=WARN msg=m k=" + std::string(c.text));
  }
}

TEST(LogEncode, Json) {
  EXPECT_EQ(Encode(Format::kJson, kTime, Level::kError, "Notify \"failed\"",
                   {{"receiver", "team"}, {"attempts", 3}, {"err", "x\ny"}}),
            R"({"time":"2026-11-21T01:15:23.902Z","level":"ERROR","msg":"Notify \"failed\"",)"
            R"("receiver":"team","attempts":3,"err":"x\ny"})");
}

TEST(LogEncode, LevelNames) {
  EXPECT_EQ(Encode(Format::kLogfmt, "t", Level::kDebug, "m", {}), "time=t level=DEBUG msg=m");
}

// Puts a pipe in the place of standard error.
class StderrPipe {
 public:
  StderrPipe() : saved_(dup(STDERR_FILENO)) {
    if (pipe(ends_.data()) != 0) std::abort();
    dup2(ends_[1], STDERR_FILENO);
    close(ends_[1]);
  }
  StderrPipe(const StderrPipe&) = delete;
  StderrPipe& operator=(const StderrPipe&) = delete;
  ~StderrPipe() {
    Restore();
    close(ends_[0]);
  }

  // Closes the writing end: the reader sees the end of what was written.
  void Restore() {
    if (saved_ < 0) return;
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    saved_ = -1;
  }

  std::string ReadAll() {
    std::string text;
    std::array<char, 4096> buffer;
    ssize_t size = 0;
    while ((size = read(ends_[0], buffer.data(), buffer.size())) > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

 private:
  std::array<int, 2> ends_{};
  int saved_;
};

TEST(Log, ShutdownWritesOutTheQueueInOrder) {
  StderrPipe pipe;
  Configure(Level::kInfo, Format::kLogfmt);
  EXPECT_TRUE(Enabled(Level::kWarn));
  EXPECT_FALSE(Enabled(Level::kDebug));
  Debug("hidden");
  for (int i = 0; i < 100; ++i) Info("line", {{"n", i}});
  Shutdown();
  Warn("after");
  pipe.Restore();
  const std::string text = pipe.ReadAll();
  const auto lines = Split(text, '\n');
  ASSERT_EQ(lines.size(), 102u);  // The last is what follows the last newline.
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_TRUE(lines[i].ends_with(" level=INFO msg=line n=" + std::to_string(i))) << lines[i];
  }
  EXPECT_TRUE(lines[100].ends_with(" level=WARN msg=after"));
  EXPECT_EQ(lines[101], "");
}

TEST(Log, LinesFromManyThreadsStayWhole) {
  StderrPipe pipe;
  Configure(Level::kInfo, Format::kLogfmt);
  std::array<std::thread, 4> threads;
  for (std::thread& thread : threads) {
    thread = std::thread([] {
      for (int i = 0; i < 100; ++i) Info("a line of some length", {{"n", i}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  Shutdown();
  pipe.Restore();
  const std::string text = pipe.ReadAll();
  const auto lines = Split(text, '\n');
  ASSERT_EQ(lines.size(), 401u);
  for (std::size_t i = 0; i < 400; ++i) {
    EXPECT_TRUE(lines[i].starts_with("time=2")) << lines[i];
    EXPECT_NE(lines[i].find(" msg=\"a line of some length\" n="), std::string_view::npos);
  }
}

// Nobody reads: the callers go on all the same, and what is lost is counted.
TEST(Log, BlockedStderrDropsLinesAndCounts) {
  const std::string long_text(200, 'x');
  constexpr int kLines = 20000;  // More than the pipe and the queue hold.
  const std::uint64_t dropped_before = DroppedLines();
  StderrPipe pipe;
  Configure(Level::kInfo, Format::kLogfmt);
  for (int i = 0; i < kLines; ++i) Info(long_text, {{"n", i}});
  EXPECT_GT(DroppedLines(), dropped_before);
  std::string text;
  std::thread reader([&] { text = pipe.ReadAll(); });
  Shutdown();
  pipe.Restore();
  reader.join();
  const auto lines = Split(text, '\n');
  EXPECT_EQ(lines.size() - 1 + (DroppedLines() - dropped_before), std::uint64_t{kLines});
  // The oldest are dropped, not the newest.
  EXPECT_TRUE(lines[lines.size() - 2].ends_with(" n=" + std::to_string(kLines - 1)));
}

TEST(Log, ShutdownGivesUpOnAReaderThatDoesNotRead) {
  const std::string long_text(200, 'x');
  const std::uint64_t dropped_before = DroppedLines();
  StderrPipe pipe;
  Configure(Level::kInfo, Format::kLogfmt);
  for (int i = 0; i < 5000; ++i) Info(long_text);
  Shutdown();
  EXPECT_GT(DroppedLines(), dropped_before);
}

}  // namespace

}  // namespace tocsin::log
