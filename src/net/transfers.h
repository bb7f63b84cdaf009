#pragma once

// One HTTP exchange at a time, without queues, redirects or policy: what HttpCalls needs of
// libcurl. Belongs to the net thread.

#include "base/secret.h"
#include "base/time.h"
#include "net/client_files.h"
#include "net/http_client.h"
#include "net/outgoing_request.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::net {

struct Transfer {
  std::shared_ptr<const OutgoingRequest> request;
  std::shared_ptr<const TlsMaterial> tls;
  std::optional<Secret> proxy;
  std::map<std::string, std::vector<Secret>> proxy_connect_headers;
  bool http2 = true;
  bool accept_encoding = false;
  Duration connect_timeout{};
  std::size_t response_bytes_max = 0;
};

// Of an answer; beyond, it fails.
inline constexpr std::uint32_t kResponseHeadBytesMax = 256 * 1024;

// Of an announced body that much is made room for at once, and a little more, for those who read it
// in wide steps and would have to copy it. What was only announced costs no memory.
inline std::size_t RoomFor(std::uint64_t announced, std::size_t response_bytes_max) {
  constexpr std::uint64_t kAtOnceMax = 64 * 1024 * 1024;
  constexpr std::size_t kAtTheEnd = 64;
  return std::min({announced, std::uint64_t{response_bytes_max}, kAtOnceMax}) + kAtTheEnd;
}

inline HttpFailure TooLarge(std::size_t response_bytes_max, int status) {
  return {HttpFailure::Kind::kTooLarge,
          "the answer is larger than " + std::to_string(response_bytes_max) + " bytes", status};
}

class Transfers {
 public:
  using Id = std::uint64_t;
  using Done = std::function<void(HttpResult)>;

  virtual ~Transfers() = default;
  // `done` comes once, never inside Start, and not after Abort. Its failures name only the reason.
  virtual Id Start(Transfer transfer, Done done) = 0;
  // Of one whose `done` has not come.
  virtual void Abort(Id id) = 0;
  // Of the answer that it is reading; 0 before there is one.
  virtual int Status(Id id) const = 0;
};

}  // namespace tocsin::net
