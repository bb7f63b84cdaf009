#pragma once

// What the tests of the HTTP client share: a server that answers as a test wants, and a fixture.

#include "net/curl_client.h"
#include "net/http_server.h"
#include "tests/net/script_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tocsin::net {

// Our own server, with the requests it has seen and a function for the answers.
class Imposter {
 public:
  using Answer = std::function<HttpResponse(const ServerRequest&)>;

  explicit Imposter(Answer answer) : answer_(std::move(answer)) {
    HttpServer::Options options;
    options.listen_addresses = {"127.0.0.1:0"};
    server_ =
        std::move(*HttpServer::Start(options, [this](ServerRequest request, Responder respond) {
          const HttpResponse response = answer_(request);
          {
            const std::lock_guard lock(mutex_);
            requests_.push_back(std::move(request));
            if (response.status == 0) {
              held_.push_back(std::move(respond));
              changed_.notify_all();
              return;
            }
          }
          respond(response);
        }));
  }
  ~Imposter() {
    ReleaseHeld();
    server_->Stop(std::chrono::milliseconds(10));
  }

  std::string url(const std::string& path = "/", const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + PortOf(server_->addresses()[0]) + path;
  }
  std::vector<ServerRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  // Requests that were answered with status 0 are held; waits until there are so many.
  void WaitForHeld(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return held_.size() >= count; });
  }
  void ReleaseHeld() {
    const std::lock_guard lock(mutex_);
    for (const Responder& respond : held_) respond(HttpResponse());
    held_.clear();
  }
  std::size_t connections() const { return server_->stats().connections_accepted; }

 private:
  Answer answer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ServerRequest> requests_;
  std::vector<Responder> held_;
  std::unique_ptr<HttpServer> server_;
};

inline HttpResponse Reply(int status, std::string body = "", std::vector<HttpHeader> headers = {}) {
  return HttpResponse{status, std::move(headers), std::move(body)};
}
inline HttpResponse Hold() {
  return Reply(0);
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    const int fd = mkstemp(path_);
    close(fd);
    Write(content);
  }
  ~TemporaryFile() { std::remove(path_); }
  void Write(const std::string& content) const { std::ofstream(path_) << content; }
  std::string path() const { return path_; }

 private:
  char path_[32] = "/tmp/tocsin_net_test.XXXXXX";
};

// Collects the result of one call.
class Pending {
 public:
  HttpCallback callback() {
    return [promise = promise_](HttpResult result) { promise->set_value(std::move(result)); };
  }
  HttpResult Get() {
    if (future_.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
      ADD_FAILURE() << "no callback";
      return tl::unexpected(HttpFailure{});
    }
    return future_.get();
  }

 private:
  std::shared_ptr<std::promise<HttpResult>> promise_ = std::make_shared<std::promise<HttpResult>>();
  std::future<HttpResult> future_ = promise_->get_future();
};

class CurlClientTest : public ::testing::Test {
 protected:
  HttpResult Send(HttpCall call) {
    Pending pending;
    client_->Send(std::move(call), pending.callback());
    return pending.Get();
  }
  static HttpCall Get(const std::string& url) {
    HttpCall call;
    call.request.url = Secret(url);
    return call;
  }
  static HttpCall Get(const std::string& url, const config::HttpClientConfig& client) {
    HttpCall call = Get(url);
    call.client = std::make_shared<const config::HttpClientConfig>(client);
    return call;
  }
  void Restart(CurlClient::Options options) {
    client_.reset();
    client_ = std::make_unique<CurlClient>(&thread_, std::move(options));
  }

  NetThread thread_;
  std::unique_ptr<CurlClient> client_ =
      std::make_unique<CurlClient>(&thread_, CurlClient::Options{});
};

}  // namespace tocsin::net
