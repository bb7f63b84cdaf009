#pragma once

// An HTTP client without a network.

#include "net/http_client.h"

#include <string>
#include <utility>
#include <vector>

namespace tocsin::datasource {

// Keeps what is sent until the test answers it.
class FakeHttpClient final : public net::HttpClient {
 public:
  struct Sent {
    net::HttpCall call;
    net::HttpCallback done;
    bool cancelled = false;
  };

  net::CallHandle Send(net::HttpCall call, net::HttpCallback done) override {
    sent_.push_back({std::move(call), std::move(done)});
    return net::CallHandle([this, i = sent_.size() - 1] { sent_[i].cancelled = true; });
  }

  Sent& operator[](std::size_t i) { return sent_.at(i); }
  std::size_t size() const { return sent_.size(); }

  // Answers call `i`, as the client's thread would.
  void Answer(std::size_t i, net::HttpResult result) {
    net::HttpCallback done = std::move(sent_.at(i).done);
    sent_[i].done = nullptr;
    done(std::move(result));
  }
  void AnswerFailure(std::size_t i, net::HttpFailure::Kind kind, std::string message) {
    Answer(i, tl::unexpected(net::HttpFailure{kind, std::move(message), 0}));
  }

 private:
  std::vector<Sent> sent_;
};

}  // namespace tocsin::datasource
