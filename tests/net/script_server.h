#pragma once

// A server for tests that does exactly what a script says, byte by byte, over TCP or TLS. The
// script runs for one client after the other on the server's own thread, with blocking reads and
// writes.

#include "tests/net/certificates.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tocsin::net {

class Peer {
 public:
  explicit Peer(int fd);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Without the line end; "" at the end of the connection, see ended().
  std::string ReadLine();
  std::string Read(std::size_t size);
  // Up to and with the empty line; consumes a body if there is a Content-Length.
  std::string ReadHttpRequest();
  void Write(std::string_view bytes);
  // Until the client closes.
  void WaitForEnd();
  // False if the handshake fails. With `client_authority` the client must show a certificate of it.
  bool StartTls(const Identity& identity, const std::string& client_authority = "");
  // What the client asked for by SNI.
  std::string server_name() const;
  bool ended() const { return ended_; }

 private:
  struct Tls;
  bool Fill();

  int fd_;
  std::unique_ptr<Tls> tls_;
  std::string buffer_;
  bool ended_ = false;
};

class ScriptServer {
 public:
  explicit ScriptServer(std::function<void(Peer&)> script);
  ~ScriptServer();
  ScriptServer(const ScriptServer&) = delete;
  ScriptServer& operator=(const ScriptServer&) = delete;

  int port() const { return port_; }
  std::string port_text() const { return std::to_string(port_); }
  int clients() const { return clients_; }

 private:
  void Run();

  std::function<void(Peer&)> script_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> client_{-1};
  std::atomic<int> clients_{0};
  std::thread thread_;
};

// An address where connections are neither taken nor refused: 127.0.0.2, which is another host than
// the other servers'.
class DeadServer {
 public:
  explicit DeadServer(int port);
  ~DeadServer();
  DeadServer(const DeadServer&) = delete;
  DeadServer& operator=(const DeadServer&) = delete;

  static constexpr const char* kAddress = "127.0.0.2";

 private:
  std::vector<int> fds_;
};

// A blocking client. Connects on construction.
class RawClient {
 public:
  explicit RawClient(const std::string& address);  // `127.0.0.1:80`.
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False once the server has closed.
  bool Send(std::string_view bytes);
  // One response with its body (by Content-Length; `head_only` for HEAD), "" at the end.
  std::string ReadResponse(bool head_only = false);
  // So many bytes, less at the end.
  std::string Read(std::size_t size);
  // Everything until the server closes.
  std::string ReadAll();
  void ShutdownSend();

 private:
  bool Fill();

  int fd_;
  std::string buffer_;
};

// The port of `127.0.0.1:80`.
std::string PortOf(const std::string& address);
// A port on which nobody listens.
int UnusedPort();

}  // namespace tocsin::net
