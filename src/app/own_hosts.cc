#include "app/own_hosts.h"

#include "base/text.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <unistd.h>

namespace tocsin::app {
namespace {

std::string ReadFile(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The words of each line, without comments, in lower case.
std::vector<std::vector<std::string>> WordsOfLines(std::string_view text) {
  std::vector<std::vector<std::string>> lines;
  for (const std::string_view line : Split(text, '\n')) {
    std::istringstream words(AsciiLower(line.substr(0, line.find('#'))));
    lines.emplace_back(std::istream_iterator<std::string>(words),
                       std::istream_iterator<std::string>());
  }
  return lines;
}

}  // namespace

std::string Hostname() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

std::vector<std::string> OwnHosts(std::string_view hostname, std::string_view hosts,
                                  std::string_view resolv) {
  const std::string name = AsciiLower(hostname);
  const std::string first_part = name.substr(0, name.find('.'));
  std::vector<std::string> own = {name, first_part};
  for (const std::vector<std::string>& words : WordsOfLines(hosts)) {
    const bool ours = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
      return word == name || word == first_part;
    });
    if (ours) own.insert(own.end(), words.begin() + 1, words.end());
  }
  for (const std::vector<std::string>& words : WordsOfLines(resolv)) {
    if (words.empty() || (words[0] != "search" && words[0] != "domain")) continue;
    for (std::size_t i = 1; i < words.size(); ++i) own.push_back(first_part + "." + words[i]);
  }
  std::sort(own.begin(), own.end());
  own.erase(std::unique(own.begin(), own.end()), own.end());
  return own;
}

std::vector<std::string> OwnHosts() {
  return OwnHosts(Hostname(), ReadFile("/etc/hosts"), ReadFile("/etc/resolv.conf"));
}

}  // namespace tocsin::app
