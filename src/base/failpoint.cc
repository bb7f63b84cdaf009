#include "base/failpoint.h"

#ifdef TOCSIN_FAILPOINTS

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace tocsin {
namespace {

struct Armed {
  std::string_view name;
  std::atomic<int> left = 1;  // Times, until it kills.

  Armed() {
    const char* const text = std::getenv("TOCSIN_FAILPOINT");
    if (text == nullptr) return;
    name = text;
    const std::size_t colon = name.find(':');
    if (colon == std::string_view::npos) return;
    int times = 1;
    std::from_chars(name.data() + colon + 1, name.data() + name.size(), times);
    left = times;
    name = name.substr(0, colon);
  }
};

}  // namespace

void Failpoint(const char* name) {
  static Armed armed;
  if (armed.name != name || --armed.left != 0) return;
  std::raise(SIGKILL);
}

}  // namespace tocsin

#endif
