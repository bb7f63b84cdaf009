#pragma once

// One callback for several calls that each end in one.

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace tocsin {

// Returns what is to be called `count` times; the last of them calls `done`. With none to wait for
// `done` is called at once. One thread at a time.
inline std::function<void()> CallWhenAll(std::size_t count, std::function<void()> done) {
  if (count == 0) done();
  const auto left = std::make_shared<std::size_t>(count);
  return [left, done = std::move(done)] {
    if (--*left == 0) done();
  };
}

}  // namespace tocsin
