#include "app/systemd_sockets.h"

#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace tocsin::app {
namespace {

constexpr int kFirst = 3;
constexpr int kSocketsMax = 1024;

int ReadNumber(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? 0 : std::atoi(text);
}

}  // namespace

Result<std::vector<int>> TakeSystemdSockets() {
  const bool ours = ReadNumber("LISTEN_PID") == getpid();
  const int count = ReadNumber("LISTEN_FDS");
  if (!ours || count < 1 || count > kSocketsMax) {
    return Fail("no socket activation file descriptors found");
  }
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(variable);
  std::vector<int> sockets;
  for (int socket = kFirst; socket < kFirst + count; ++socket) {
    if (fcntl(socket, F_SETFD, FD_CLOEXEC) != 0) {
      return Fail("file descriptor " + std::to_string(socket) + " from systemd is not open");
    }
    sockets.push_back(socket);
  }
  return sockets;
}

}  // namespace tocsin::app
