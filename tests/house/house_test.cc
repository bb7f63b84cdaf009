// The rules of docs/design.md that a machine can hold the tree to: which folder may include which,
// where third-party headers are allowed, what is banned, how long files and functions may be.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileLinesMax = 600;
constexpr std::size_t kFunctionLinesMax = 75;

struct SourceFile {
  std::string path;    // Below the root: src/router/router.cc
  std::string folder;  // Below src: router; "" for tests.
  std::vector<std::string> lines;
};

std::vector<SourceFile> ReadTree(const std::string& below) {
  const fs::path root(TOCSIN_SOURCE_DIR);
  std::vector<SourceFile> files;
  for (const auto& entry : fs::recursive_directory_iterator(root / below)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".h" && extension != ".cc") continue;
    SourceFile file;
    file.path = fs::relative(entry.path(), root).string();
    const fs::path inside = fs::relative(entry.path(), root / "src");
    if (below == "src") file.folder = inside.begin()->string();
    std::ifstream stream(entry.path());
    for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
    files.push_back(std::move(file));
  }
  EXPECT_FALSE(files.empty()) << below;
  return files;
}

// The text between the delimiters of an #include line, or "".
std::string_view Included(std::string_view line, char open, char close) {
  if (!line.starts_with("#include ")) return {};
  const std::size_t begin = line.find(open);
  const std::size_t end = line.find(close, begin + 1);
  if (begin == std::string_view::npos || end == std::string_view::npos) return {};
  return line.substr(begin + 1, end - begin - 1);
}

// What each folder may include beside itself. The order is the architecture's.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"base", {}},
    {"model", {"base"}},
    {"config", {"base", "model"}},
    {"gotemplate", {"base"}},
    {"templates", {"base", "model", "config", "gotemplate"}},
    {"promql", {"base", "model"}},
    {"rules", {"base", "model", "config", "templates", "promql"}},
    {"router", {"base", "model", "config"}},
    {"notifiers", {"base", "model", "config", "gotemplate", "templates"}},
    {"lint", {"base", "model", "config", "templates", "promql", "rules"}},
    {"core", {"base", "model", "config", "templates", "rules", "router", "notifiers"}},
    {"net", {"base", "config"}},
    {"datasource", {"base", "model", "config", "rules", "core", "net"}},
    {"storage", {"base", "model", "router", "rules", "core"}},
    {"history", {"base", "model", "rules", "router", "core", "storage"}},
    {"explain", {"base", "model", "rules", "router", "history"}},
    {"api",
     {"base", "model", "config", "templates", "promql", "rules", "router", "core", "net", "history",
      "explain"}},
};

TEST(House, IncludesPointDownward) {
  for (const SourceFile& file : ReadTree("src")) {
    if (file.folder == "app") continue;  // The composition root sees everything.
    const auto allowed = kMayInclude.find(file.folder);
    ASSERT_NE(allowed, kMayInclude.end())
        << "a folder that the design does not know: " << file.path;
    for (const std::string& line : file.lines) {
      const std::string_view header = Included(line, '"', '"');
      if (header.empty()) continue;
      const std::string folder(header.substr(0, header.find('/')));
      EXPECT_TRUE(folder == file.folder || allowed->second.contains(folder))
          << file.path << " includes " << header;
    }
  }
}

// Third-party headers, and the files that may see them (a folder ends with a slash).
const std::map<std::string, std::vector<std::string>> kThirdParty = {
    {"boost/asio", {"src/net/"}},
    {"boost/beast", {"src/net/"}},
    {"boost/json", {"src/", "tests/"}},
    {"boost/unordered", {"src/"}},
    {"openssl/", {"src/net/", "src/base/hash.cc", "tests/net/"}},
    {"curl/", {"src/net/"}},
    {"yaml-cpp/", {"src/config/yaml_reader.cc"}},
    {"spdlog/", {"src/base/log.cc"}},
    {"re2/", {"src/model/regex.cc"}},
    {"xxhash", {"src/base/hash.cc"}},
    {"simdjson",
     {"src/api/alert_decoder.cc", "src/api/silence_decoder.cc",
      "src/datasource/query_response.cc"}},
    {"snappy", {"src/datasource/remote_write_request.cc", "tests/datasource/"}},
    {"prometheus/",
     {"src/app/metrics.cc", "src/app/event_metrics.h", "src/app/event_metrics.cc",
      "src/app/metric_families.h", "src/app/rule_metrics.h", "src/app/rule_metrics.cc",
      "tests/app/event_metrics_test.cc"}},
    {"CLI/", {"src/app/options.cc"}},
    {"sqlite3.h", {"src/storage/", "tests/storage/"}},
    {"tl/", {"src/"}},
    {"gtest/", {"tests/"}},
    {"gmock/", {"tests/"}},
    {"benchmark/", {"bench/"}},
};

TEST(House, ThirdPartyHeadersStayInOnePlace) {
  for (const char* below : {"src", "tests"}) {
    for (const SourceFile& file : ReadTree(below)) {
      for (const std::string& line : file.lines) {
        const std::string_view header = Included(line, '<', '>');
        for (const auto& [prefix, places] : kThirdParty) {
          if (!header.starts_with(prefix)) continue;
          EXPECT_TRUE(
              std::any_of(places.begin(), places.end(),
                          [&](const std::string& place) { return file.path.starts_with(place); }))
              << file.path << " includes <" << header << ">";
        }
      }
    }
  }
}

TEST(House, OneFileAloneSeesCurl) {
  std::set<std::string> files;
  for (const SourceFile& file : ReadTree("src")) {
    for (const std::string& line : file.lines) {
      if (Included(line, '<', '>').starts_with("curl/")) files.insert(file.path);
    }
  }
  EXPECT_LE(files.size(), 1u) << testing::PrintToString(files);
}

struct BannedWord {
  const char* word;
  const char* why;
  std::vector<const char*> allowed_in;
};

TEST(House, BannedWords) {
  const std::vector<BannedWord> banned = {
      {"system_clock::now",
       "time is an argument; base/clock.cc reads the clock",
       {"src/base/clock.cc"}},
      {"steady_clock::now",
       "time is an argument; base/clock.cc reads the clock",
       {"src/base/clock.cc", "src/net/"}},
      {"clock_gettime", "time is an argument", {"src/base/clock.cc"}},
      {"gettimeofday", "time is an argument", {}},
      {"std::regex", "exponential on hostile input; model::Regex", {}},
      {"co_await", "g++ 12 miscompiles ordinary coroutines", {}},
      {"co_return", "g++ 12 miscompiles ordinary coroutines", {}},
      {"using namespace", "names say where they come from", {}},
  };
  for (const SourceFile& file : ReadTree("src")) {
    for (const std::string& line : file.lines) {
      const std::string code = line.substr(0, line.find("//"));
      for (const BannedWord& ban : banned) {
        if (code.find(ban.word) == std::string::npos) continue;
        EXPECT_TRUE(std::any_of(ban.allowed_in.begin(), ban.allowed_in.end(),
                                [&](const char* place) { return file.path.starts_with(place); }))
            << file.path << ": " << ban.word << ": " << ban.why;
      }
    }
  }
}

// The cores and what they are made of neither lock nor start threads nor touch the world.
TEST(House, CoresArePure) {
  const std::set<std::string> pure = {"model", "gotemplate", "templates", "promql",
                                      "rules", "router",     "notifiers"};
  const char* const impure[] = {"<mutex>",  "<thread>",       "<atomic>",   "<condition_variable>",
                                "<future>", "<sys/socket.h>", "<iostream>", "<random>"};
  // Reading the files that a configuration names happens where they are parsed.
  const std::set<std::string> readers = {"src/rules/rule_file.cc",
                                         "src/templates/notification_templates.cc"};
  for (const SourceFile& file : ReadTree("src")) {
    if (!pure.contains(file.folder)) continue;
    for (const std::string& line : file.lines) {
      if (!line.starts_with("#include ")) continue;
      for (const char* header : impure) {
        // Counts of references, and what is compiled once, when it is first needed.
        const bool counts = file.path.starts_with("src/model/label_set") ||
                            file.path == "src/model/regex.cc" ||
                            file.path.starts_with("src/gotemplate/");
        if (counts && std::string_view(header) == "<atomic>") continue;
        EXPECT_EQ(line.find(header), std::string::npos) << file.path << ": " << line;
      }
      if (!readers.contains(file.path)) {
        EXPECT_EQ(line.find("<fstream>"), std::string::npos) << file.path << ": " << line;
      }
    }
  }
}

TEST(House, FilesHaveOneSubject) {
  for (const char* below : {"src", "tests"}) {
    for (const SourceFile& file : ReadTree(below)) {
      EXPECT_LE(file.lines.size(), kFileLinesMax) << file.path << ": look for the second subject";
    }
  }
}

TEST(House, HeadersSayWhatTheyAre) {
  for (const SourceFile& file : ReadTree("src")) {
    if (!file.path.ends_with(".h")) continue;
    ASSERT_FALSE(file.lines.empty()) << file.path;
    EXPECT_EQ(file.lines[0], "#pragma once") << file.path;
    const bool comment_near_top =
        std::any_of(file.lines.begin(),
                    file.lines.begin() + std::min<std::ptrdiff_t>(
                                             14, static_cast<std::ptrdiff_t>(file.lines.size())),
                    [](const std::string& line) { return line.starts_with("//"); });
    EXPECT_TRUE(comment_near_top) << file.path << " does not say what it is";
  }
}

// clang-tidy sees it in the file that it is given alone (scripts/tidy).
TEST(House, WhatIsBroughtInIsUsed) {
  const std::regex brings("\\s*using (?:\\w+::|::)+(\\w+);");
  for (const SourceFile& file : ReadTree("src")) {
    if (!file.path.ends_with(".cc")) continue;
    std::string text;
    for (const std::string& line : file.lines) text += line + "\n";
    for (const std::string& line : file.lines) {
      std::smatch match;
      if (line.find("using ") == std::string::npos || !std::regex_match(line, match, brings)) {
        continue;
      }
      const std::regex word("\\b" + match[1].str() + "\\b");
      const auto times = std::distance(std::sregex_iterator(text.begin(), text.end(), word),
                                       std::sregex_iterator());
      EXPECT_GT(times, 1) << file.path << ": " << line;
    }
  }
}

// A body starts on a line that ends with `{` at column 0 or inside a class, and ends with the brace
// at the same indentation; clang-format makes that reliable.
TEST(House, FunctionsFitAScreen) {
  for (const SourceFile& file : ReadTree("src")) {
    if (!file.path.ends_with(".cc")) continue;
    std::size_t begin = 0;
    std::string_view opened;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      const bool at_margin =
          !line.empty() && std::isspace(static_cast<unsigned char>(line[0])) == 0;
      if (line.ends_with("{") && at_margin) {
        begin = i;
        opened = line;
      }
      if (line != "}" || opened.find('(') == std::string_view::npos) continue;
      EXPECT_LE(i - begin, kFunctionLinesMax) << file.path << ":" << begin + 1 << ": " << opened;
      opened = {};
    }
  }
}

TEST(House, NothingIsLeftOpen) {
  for (const char* below : {"src", "tests"}) {
    for (const SourceFile& file : ReadTree(below)) {
      if (file.path == "tests/house/house_test.cc") continue;
      for (const std::string& line : file.lines) {
        for (const char* mark : {"TODO", "FIXME", "HACK"}) {
          EXPECT_EQ(line.find(mark), std::string::npos) << file.path << ": " << line;
        }
      }
    }
  }
}

TEST(House, NamesAreTerms) {
  for (const SourceFile& file : ReadTree("src")) {
    for (const char* vague : {"util", "helper", "manager", "common", "misc"}) {
      EXPECT_EQ(file.path.find(vague), std::string::npos) << file.path;
    }
  }
}

}  // namespace
}  // namespace tocsin
