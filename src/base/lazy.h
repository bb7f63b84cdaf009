#pragma once

// A value that is made when it is first asked for, and then never changes: what is costly to make
// and often not needed. Safe from any thread; others wait while one makes it.

#include <memory>
#include <mutex>

namespace tocsin {

template <class T>
class Lazy {
 public:
  // `make` returns a std::unique_ptr that is not null. It is called once at most.
  template <class Make>
  const T& Get(Make make) const {
    std::call_once(made_, [&] { value_ = make(); });
    return *value_;
  }

 private:
  mutable std::once_flag made_;
  mutable std::unique_ptr<const T> value_;
};

}  // namespace tocsin
