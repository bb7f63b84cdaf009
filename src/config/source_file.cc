#include "config/source_file.h"

#include "config/yaml_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace tocsin::config {
namespace {

std::string ErrnoText(int error) {
  return std::generic_category().message(error);
}

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

Result<std::string> ReadSourceFile(const std::string& path) {
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return Fail("cannot open: " + ErrnoText(errno));
  const std::size_t most = YamlLimits().bytes + 1;
  std::string text;
  std::array<char, 64 * 1024> buffer;
  while (text.size() < most) {
    const std::size_t want = std::min(buffer.size(), most - text.size());
    errno = 0;
    const std::size_t got = std::fread(buffer.data(), 1, want, file.get());
    text.append(buffer.data(), got);
    if (got == want) continue;
    if (std::ferror(file.get()) != 0) return Fail("cannot read: " + ErrnoText(errno));
    break;
  }
  return text;
}

}  // namespace tocsin::config
