#include "app/file_limit.h"

#include <algorithm>
#include <sys/resource.h>

namespace tocsin::app {
namespace {

constexpr std::uint64_t kReserve = 512;

}  // namespace

std::uint64_t RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFileLimitMin;
  const rlim_t soft = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : soft;
}

std::size_t ConnectionsMax(std::uint64_t file_limit, std::size_t wanted) {
  const std::uint64_t left = file_limit < kFileLimitMin ? file_limit / 2 : file_limit - kReserve;
  return static_cast<std::size_t>(std::min<std::uint64_t>(left, wanted));
}

}  // namespace tocsin::app
