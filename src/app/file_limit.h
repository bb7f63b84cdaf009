#pragma once

// How many files the process may have open, sockets included, and how many of them connections to
// the HTTP server may take: whoever connects must not take away what is needed for delivering.

#include <cstddef>
#include <cstdint>

namespace tocsin::app {

// Raises the soft limit to the hard one, and returns the limit that is in force then. Before
// threads start.
std::uint64_t RaiseFileLimit();

// Below this there is not enough for both.
inline constexpr std::uint64_t kFileLimitMin = 1024;

// What is left of `file_limit` after 512 for what goes out, files and the rest; half of it where it
// is below kFileLimitMin. At most `wanted`.
std::size_t ConnectionsMax(std::uint64_t file_limit, std::size_t wanted);

}  // namespace tocsin::app
