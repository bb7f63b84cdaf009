#pragma once

// Errors as values. A Result<T> holds a T or an Error; nothing in tocsin's own code throws.
// Errors that belong to a place in a file are config::Diagnostic, not Error.

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace tocsin {

struct [[nodiscard]] Error {
  std::string message;

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = tl::expected<T, Error>;

// Result<void> for operations that only succeed or fail.
using Status = Result<void>;

inline tl::unexpected<Error> Fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

// Puts what was being done before the reason: "load rules.yml: no such file".
inline tl::unexpected<Error> Fail(std::string_view context, const Error& cause) {
  return Fail(std::string(context) + ": " + cause.message);
}

}  // namespace tocsin
