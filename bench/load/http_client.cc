#include "bench/load/http_client.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <sys/socket.h>
#include <sys/uio.h>

namespace tocsin::load {
namespace {

struct Head {
  int status = 0;
  std::uint64_t content_length = 0;
  bool chunked = false;
  bool close = false;

  void Take(std::string_view line) {
    const std::string field = AsciiLower(line);
    if (field.starts_with("content-length:")) {
      content_length = std::strtoull(field.c_str() + 15, nullptr, 10);
    }
    if (field == "transfer-encoding: chunked") chunked = true;
    if (field == "connection: close") close = true;
  }
};

}  // namespace

HttpClient::Response HttpClient::Get(std::string_view path) {
  std::string head = "GET ";
  head += path;
  head += " HTTP/1.1\r\nHost: " + address_ + "\r\nAccept: application/json\r\n\r\n";
  return Exchange(head, "");
}

HttpClient::Response HttpClient::PostJson(std::string_view path, std::string_view body) {
  std::string head = "POST ";
  head += path;
  head += " HTTP/1.1\r\nHost: " + address_ +
          "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
          "\r\n\r\n";
  return Exchange(head, body);
}

HttpClient::Response HttpClient::Exchange(std::string_view head, std::string_view body) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!socket_.is_open()) {
      auto connected = Socket::Connect(address_);
      if (!connected) return {};
      socket_ = std::move(*connected);
    }
    Response response;
    if (Send(head, body) && ReadResponse(&response)) return response;
    socket_.Close();
    received_.clear();
    read_ = 0;
  }
  return {};
}

bool HttpClient::Send(std::string_view head, std::string_view body) {
  // One system call for both, so that a request is one segment where it fits.
  std::array<iovec, 2> pieces = {iovec{const_cast<char*>(head.data()), head.size()},
                                 iovec{const_cast<char*>(body.data()), body.size()}};
  for (std::size_t first = 0; first < pieces.size();) {
    msghdr message{};
    message.msg_iov = &pieces[first];
    message.msg_iovlen = pieces.size() - first;
    const ssize_t result = sendmsg(socket_.descriptor(), &message, MSG_NOSIGNAL);
    if (result < 0 && errno == EINTR) continue;
    if (result < 0) return false;
    auto sent = static_cast<std::size_t>(result);
    while (first < pieces.size() && sent >= pieces[first].iov_len) sent -= pieces[first++].iov_len;
    if (first == pieces.size()) break;
    pieces[first].iov_base = static_cast<char*>(pieces[first].iov_base) + sent;
    pieces[first].iov_len -= sent;
  }
  return true;
}

bool HttpClient::ReadResponse(Response* response) {
  std::string line;
  if (!ReadLine(&line) || !line.starts_with("HTTP/1.1 ")) return false;
  Head head;
  head.status = std::atoi(line.c_str() + 9);
  while (true) {
    if (!ReadLine(&line)) return false;
    if (line.empty()) break;
    head.Take(line);
  }
  needles_.TakeCount();
  if (!(head.chunked ? ReadChunks(response) : ReadBytes(head.content_length, response))) {
    return false;
  }
  response->status = head.status;
  response->needles = needles_.TakeCount();
  if (head.close) socket_.Close();
  return true;
}

bool HttpClient::ReadLine(std::string* line) {
  std::size_t end = 0;
  while ((end = received_.find("\r\n", read_)) == std::string::npos) {
    if (!Receive()) return false;
  }
  line->assign(received_, read_, end - read_);
  read_ = end + 2;
  return true;
}

bool HttpClient::ReadBytes(std::uint64_t count, Response* response) {
  while (count > 0) {
    if (read_ == received_.size() && !Receive()) return false;
    const auto piece =
        static_cast<std::size_t>(std::min<std::uint64_t>(count, received_.size() - read_));
    needles_.Feed(std::string_view(received_).substr(read_, piece));
    response->body_bytes += piece;
    read_ += piece;
    count -= piece;
  }
  return true;
}

bool HttpClient::ReadChunks(Response* response) {
  std::string line;
  while (ReadLine(&line)) {
    const std::uint64_t size = std::strtoull(line.c_str(), nullptr, 16);
    if (!ReadBytes(size, response) || !ReadLine(&line)) return false;
    if (size == 0) return true;
  }
  return false;
}

bool HttpClient::Receive() {
  received_.erase(0, read_);
  read_ = 0;
  ssize_t result = 0;
  do {
    result = recv(socket_.descriptor(), buffer_.data(), buffer_.size(), 0);
  } while (result < 0 && errno == EINTR);
  if (result <= 0) return false;
  received_.append(buffer_.data(), static_cast<std::size_t>(result));
  return true;
}

}  // namespace tocsin::load
