#pragma once

// An owned file descriptor of a TCP socket on this machine.

#include "base/result.h"

#include <cstdint>
#include <string>
#include <utility>

namespace tocsin::load {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket() { Close(); }

  // `address` is IPV4:PORT.
  static Result<Socket> Connect(const std::string& address);
  // On the loopback address; not blocking.
  static Result<Socket> Listen(std::uint16_t port);

  void Close();
  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

// Sends each segment at once (TCP_NODELAY).
void SendWithoutDelay(int descriptor);

}  // namespace tocsin::load
