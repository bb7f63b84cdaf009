#pragma once

// A server, requests and handlers for the tests of net/http_server.h.

#include "net/http_server.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::net {

inline HttpResponse Ok(std::string body) {
  HttpResponse response;
  response.headers.push_back({"Content-Type", "text/plain"});
  response.body = std::move(body);
  return response;
}

inline std::string Describe(const ServerRequest& request) {
  std::string text = request.method + " " + request.path;
  for (const QueryParam& param : request.query) text += " " + param.name + "=" + param.value;
  return text + " " + std::to_string(request.body.size());
}

inline void Echo(const ServerRequest& request, const Responder& respond) {
  respond(Ok(Describe(request)));
}

inline HttpServer::Options Defaults() {
  HttpServer::Options options;
  options.listen_addresses = {"127.0.0.1:0"};
  return options;
}

inline std::unique_ptr<HttpServer> StartServer(HttpServer::Handler handler = Echo,
                                               HttpServer::Options options = Defaults()) {
  auto server = HttpServer::Start(std::move(options), std::move(handler));
  EXPECT_TRUE(server) << server.error().message;
  return std::move(*server);
}

inline std::string Post(std::size_t size, const std::string& more = "") {
  return "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n" + more +
         "\r\n";
}

// Keeps responders for answering later, and lets the test wait for one.
class Parked {
 public:
  HttpServer::Handler handler() {
    return [this](ServerRequest request, Responder responder) {
      const std::lock_guard lock(mutex_);
      bodies_ += request.body.size();
      responders_.push_back(std::move(responder));
      changed_.notify_all();
    };
  }
  Responder Take() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [this] { return !responders_.empty(); });
    Responder responder = std::move(responders_.front());
    responders_.erase(responders_.begin());
    return responder;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Responder> responders_;
  std::size_t bodies_ = 0;
};

}  // namespace tocsin::net
