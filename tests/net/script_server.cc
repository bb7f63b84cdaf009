#include "tests/net/script_server.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

namespace tocsin::net {
namespace {

void LimitReads(int fd) {
  const timeval limit{20, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int BoundPort(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

std::size_t ContentLength(const std::string& head) {
  for (const char* name : {"Content-Length: ", "content-length: "}) {
    const std::size_t at = head.find(name);
    if (at != std::string::npos) {
      return std::strtoul(head.c_str() + at + std::string(name).size(), nullptr, 10);
    }
  }
  return 0;
}

}  // namespace

struct Peer::Tls {
  SSL_CTX* context = nullptr;
  SSL* ssl = nullptr;
  ~Tls() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
};

Peer::Peer(int fd) : fd_(fd) {
  LimitReads(fd);
}

Peer::~Peer() {
  tls_.reset();
  shutdown(fd_, SHUT_WR);
}

bool Peer::Fill() {
  char block[16384];
  const auto count = tls_ ? static_cast<ssize_t>(SSL_read(tls_->ssl, block, sizeof(block)))
                          : recv(fd_, block, sizeof(block), 0);
  if (count <= 0) {
    ended_ = true;
    return false;
  }
  buffer_.append(block, static_cast<std::size_t>(count));
  return true;
}

std::string Peer::ReadLine() {
  std::size_t newline = 0;
  while ((newline = buffer_.find('\n')) == std::string::npos) {
    if (!Fill()) return "";
  }
  std::string line = buffer_.substr(0, newline);
  buffer_.erase(0, newline + 1);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::string Peer::Read(std::size_t size) {
  while (buffer_.size() < size && Fill()) {
  }
  std::string bytes = buffer_.substr(0, size);
  buffer_.erase(0, bytes.size());
  return bytes;
}

std::string Peer::ReadHttpRequest() {
  std::string request;
  while (true) {
    const std::string line = ReadLine();
    if (ended_) return "";
    request += line + "\r\n";
    if (line.empty()) break;
  }
  return request + Read(ContentLength(request));
}

void Peer::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = tls_ ? static_cast<ssize_t>(SSL_write(tls_->ssl, bytes.data(),
                                                             static_cast<int>(bytes.size())))
                            : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      ended_ = true;
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Peer::WaitForEnd() {
  while (Fill()) {
  }
}

bool Peer::StartTls(const Identity& identity, const std::string& client_authority) {
  auto tls = std::make_unique<Tls>();
  tls->context = SSL_CTX_new(TLS_server_method());
  const auto reader = [](const std::string& pem) {
    return BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  };
  BIO* certificate_in = reader(identity.certificate);
  X509* certificate = PEM_read_bio_X509(certificate_in, nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(tls->context, certificate);
  X509_free(certificate);
  BIO_free(certificate_in);
  BIO* key_in = reader(identity.key);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_in, nullptr, nullptr, nullptr);
  SSL_CTX_use_PrivateKey(tls->context, key);
  EVP_PKEY_free(key);
  BIO_free(key_in);
  if (!client_authority.empty()) {
    BIO* authority_in = reader(client_authority);
    X509* authority = PEM_read_bio_X509(authority_in, nullptr, nullptr, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(tls->context), authority);
    X509_free(authority);
    BIO_free(authority_in);
    SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  tls->ssl = SSL_new(tls->context);
  SSL_set_fd(tls->ssl, fd_);
  if (SSL_accept(tls->ssl) != 1) return false;
  tls_ = std::move(tls);
  return true;
}

std::string Peer::server_name() const {
  const char* name = SSL_get_servername(tls_->ssl, TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

ScriptServer::ScriptServer(std::function<void(Peer&)> script) : script_(std::move(script)) {
  // OpenSSL writes without MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Loopback(0);
  bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  listen(listener_, 64);
  port_ = BoundPort(listener_);
  thread_ = std::thread([this] { Run(); });
}

ScriptServer::~ScriptServer() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  if (const int client = client_; client >= 0) shutdown(client, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

void ScriptServer::Run() {
  while (!stopping_) {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    client_ = client;
    if (!stopping_) {
      ++clients_;
      Peer peer(client);
      script_(peer);
    }
    client_ = -1;
    close(client);
  }
}

DeadServer::DeadServer(int port) {
  sockaddr_in address = Loopback(port);
  address.sin_addr.s_addr = inet_addr(kAddress);
  fds_.push_back(socket(AF_INET, SOCK_STREAM, 0));
  bind(fds_.back(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  listen(fds_.back(), 0);
  // With its queue full it does not answer at all.
  for (int i = 0; i < 4; ++i) {
    fds_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    connect(fds_.back(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }
}

DeadServer::~DeadServer() {
  for (const int fd : fds_) close(fd);
}

RawClient::RawClient(const std::string& address) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
  LimitReads(fd_);
  const sockaddr_in target = Loopback(std::atoi(PortOf(address).c_str()));
  connect(fd_, reinterpret_cast<const sockaddr*>(&target), sizeof(target));
}

RawClient::~RawClient() {
  close(fd_);
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool RawClient::Fill() {
  char block[65536];
  const ssize_t count = recv(fd_, block, sizeof(block), 0);
  if (count <= 0) return false;
  buffer_.append(block, static_cast<std::size_t>(count));
  return true;
}

std::string RawClient::ReadResponse(bool head_only) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return "";
  }
  end += 4;
  const std::size_t total = end + (head_only ? 0 : ContentLength(buffer_.substr(0, end)));
  while (buffer_.size() < total) {
    if (!Fill()) return "";
  }
  std::string response = buffer_.substr(0, total);
  buffer_.erase(0, total);
  return response;
}

std::string RawClient::Read(std::size_t size) {
  while (buffer_.size() < size && Fill()) {
  }
  std::string bytes = buffer_.substr(0, size);
  buffer_.erase(0, bytes.size());
  return bytes;
}

std::string RawClient::ReadAll() {
  while (Fill()) {
  }
  return std::exchange(buffer_, std::string());
}

void RawClient::ShutdownSend() {
  shutdown(fd_, SHUT_WR);
}

std::string PortOf(const std::string& address) {
  return address.substr(address.rfind(':') + 1);
}

int UnusedPort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Loopback(0);
  bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int port = BoundPort(fd);
  close(fd);
  return port;
}

}  // namespace tocsin::net
