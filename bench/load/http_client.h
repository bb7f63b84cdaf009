#pragma once

// A blocking HTTP/1.1 client with one connection that is kept. A response's body is counted as it
// comes, not kept. One thread.

#include "bench/load/socket.h"
#include "bench/load/text_search.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::load {

class HttpClient {
 public:
  struct Response {
    int status = 0;  // 0: none came.
    std::uint64_t body_bytes = 0;
    std::uint64_t needles = 0;  // How often the needle was in the body.
  };

  // `address` is IPV4:PORT.
  explicit HttpClient(std::string address, std::string needle = "")
      : address_(std::move(address)), needles_(std::move(needle)) {}

  Response Get(std::string_view path);
  Response PostJson(std::string_view path, std::string_view body);

 private:
  // On a connection that the server has closed meanwhile, once more on a new one.
  Response Exchange(std::string_view head, std::string_view body);
  bool Send(std::string_view head, std::string_view body);
  // These read on; false if the connection ends first.
  bool ReadResponse(Response* response);
  bool ReadLine(std::string* line);
  bool ReadBytes(std::uint64_t count, Response* response);
  bool ReadChunks(Response* response);
  bool Receive();

  std::string address_;
  PieceCounter needles_;
  Socket socket_;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);  // Of one recv().
  std::string received_;
  std::size_t read_ = 0;  // Bytes of received_ that have been used.
};

}  // namespace tocsin::load
