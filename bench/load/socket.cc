#include "bench/load/socket.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::load {
namespace {

// More than the connections of any scenario.
constexpr int kBacklog = 4096;

const sockaddr* Generic(const sockaddr_in* address) {
  return reinterpret_cast<const sockaddr*>(address);
}

}  // namespace

Result<Socket> Socket::Connect(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  if (colon == std::string::npos ||
      inet_pton(AF_INET, address.substr(0, colon).c_str(), &peer.sin_addr) != 1) {
    return Fail("not an IPv4 address with a port: " + address);
  }
  peer.sin_port = htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1)));
  Socket made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(made.descriptor_, Generic(&peer), sizeof peer) != 0) {
    return Fail("connect to " + address + ": " + std::strerror(errno));
  }
  SendWithoutDelay(made.descriptor_);
  return made;
}

Result<Socket> Socket::Listen(std::uint16_t port) {
  Socket made(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(made.descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in self{};
  self.sin_family = AF_INET;
  self.sin_port = htons(port);
  self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(made.descriptor_, Generic(&self), sizeof self) != 0 ||
      listen(made.descriptor_, kBacklog) != 0) {
    return Fail("listen on port " + std::to_string(port) + ": " + std::strerror(errno));
  }
  return made;
}

void Socket::Close() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

void SendWithoutDelay(int descriptor) {
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace tocsin::load
