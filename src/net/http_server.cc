#include "net/http_server.h"

#include "base/log.h"
#include "base/thread_name.h"
#include "net/http_session.h"
#include "net/listen_address.h"
#include "net/thread_signals.h"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace tocsin::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr Duration kAcceptRetry = std::chrono::milliseconds(100);
constexpr Duration kCrowdedPause = std::chrono::milliseconds(10);
// Clients over the limit that are being told so at the same time.
constexpr std::uint64_t kRefusalsMax = 64;

std::string FormatEndpoint(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(endpoint.port());
}

// One IPv6 socket that takes IPv4 as well, or IPv4 alone where the system has no IPv6.
error_code ListenEverywhere(const ListenAddress& address, tcp::acceptor* acceptor) {
  const auto port = static_cast<std::uint16_t>(std::stoul(address.port));
  error_code error;
  acceptor->open(tcp::v6(), error);
  if (!error) acceptor->set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind({tcp::v6(), port}, error);
  if (!error || error == asio::error::address_in_use || error == asio::error::access_denied) {
    return error;
  }
  error_code ignored;
  acceptor->close(ignored);
  acceptor->open(tcp::v4(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind({tcp::v4(), port}, error);
  return error;
}

error_code ListenOn(const ListenAddress& address, tcp::acceptor* acceptor) {
  tcp::resolver resolver(acceptor->get_executor());
  error_code error;
  const auto found = resolver.resolve(address.host, address.port, tcp::resolver::passive, error);
  if (error) return error;
  // `localhost` is both; IPv4 is what more clients try.
  const auto v4 = std::find_if(found.begin(), found.end(), [](const auto& entry) {
    return entry.endpoint().protocol() == tcp::v4();
  });
  const tcp::endpoint endpoint = (v4 != found.end() ? v4 : found.begin())->endpoint();
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  return error;
}

Result<tcp::acceptor> Listen(const std::string& text, asio::io_context* loop) {
  const Result<ListenAddress> address = ParseListenAddress(text);
  if (!address) return tl::unexpected(address.error());
  tcp::acceptor acceptor(*loop);
  error_code error =
      address->host.empty() ? ListenEverywhere(*address, &acceptor) : ListenOn(*address, &acceptor);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return Fail("listen on " + text + ": " + error.message());
  return acceptor;
}

// A socket that somebody else has bound, service managers for example.
Result<tcp::acceptor> ListenOn(int socket, asio::io_context* loop) {
  const std::string name = "socket " + std::to_string(socket);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return Fail(name + ": " + std::generic_category().message(errno));
  }
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) {
    return Fail(name + " is not a TCP socket");
  }
  tcp::acceptor acceptor(*loop);
  error_code error;
  acceptor.assign(address.ss_family == AF_INET ? tcp::v4() : tcp::v6(), socket, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return Fail(name + ": " + error.message());
  return acceptor;
}

// Accepts on the first worker's thread and deals the connections out to all workers in turn.
class Listener {
 public:
  Listener(tcp::acceptor acceptor, const std::vector<std::unique_ptr<Worker>>* workers,
           std::shared_ptr<HttpServerState> state)
      : acceptor_(std::move(acceptor)),
        pause_(acceptor_.get_executor()),
        workers_(workers),
        state_(std::move(state)) {}

  std::string address() const {
    error_code ignored;
    return FormatEndpoint(acceptor_.local_endpoint(ignored));
  }

  void Accept() {
    // Too many to tell each; the next ones wait in the socket's queue.
    if (state_->connections() >= state_->options.connections_max + kRefusalsMax) {
      return AcceptAfter(kCrowdedPause);
    }
    Worker* worker = (*workers_)[next_++ % workers_->size()].get();
    acceptor_.async_accept(worker->io, [this, worker](const error_code& error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) return Retry(error);
      failing_ = false;
      HandOver(std::move(socket), worker);
      Accept();
    });
  }

  void Close() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

 private:
  // Mostly out of descriptors, which others will give back.
  void Retry(const error_code& cause) {
    if (!failing_) {
      log::Err("Accepting an HTTP connection failed", {{"err", cause.message()}});
    }
    failing_ = true;
    AcceptAfter(kAcceptRetry);
  }

  void AcceptAfter(Duration pause) {
    pause_.expires_after(pause);
    pause_.async_wait([this](const error_code&) {
      if (acceptor_.is_open()) Accept();
    });
  }

  void HandOver(tcp::socket socket, Worker* worker) {
    const bool full = state_->connections() >= state_->options.connections_max;
    state_->accepted.fetch_add(1, std::memory_order_relaxed);
    state_->AddConnection();
    asio::post(worker->io, [worker, full, state = state_, moved = std::move(socket)]() mutable {
      const auto connection = MakeConnection(std::move(moved), worker, state);
      worker->connections.insert(connection);
      if (full && !Displace(worker, state.get())) {
        state->refused.fetch_add(1, std::memory_order_relaxed);
        connection->Refuse();
      } else {
        connection->Start();
      }
    });
  }

  // Those who only keep a connection open must not lock the others out, nor those who take their
  // time over a request.
  static bool Displace(Worker* worker, HttpServerState* state) {
    const bool is_idle = !worker->idle.empty();
    const auto& waiting = is_idle ? worker->idle : worker->stalled;
    if (waiting.empty()) return false;
    const auto since = waiting.front().since;
    if (!is_idle && LazyTimer::Clock::now() - since < state->options.stalled_timeout) return false;
    state->displaced.fetch_add(1, std::memory_order_relaxed);
    waiting.front().connection->Close();
    return true;
  }

  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  const std::vector<std::unique_ptr<Worker>>* workers_;
  std::shared_ptr<HttpServerState> state_;
  std::size_t next_ = 0;
  bool failing_ = false;
};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Options options, Handler handler)
      : state_(std::make_shared<HttpServerState>(std::move(options), std::move(handler))) {
    const int threads = std::max(1, state_->options.threads);
    for (int i = 0; i < threads; ++i) workers_.push_back(std::make_unique<Worker>());
  }

  tocsin::Status Open() {
    asio::io_context* const loop = &workers_.front()->io;
    for (const int socket : state_->options.listen_sockets) {
      if (tocsin::Status status = Add(ListenOn(socket, loop)); !status) return status;
    }
    for (const std::string& address : state_->options.listen_addresses) {
      if (tocsin::Status status = Add(Listen(address, loop)); !status) return status;
    }
    if (listeners_.empty()) return Fail("no address to listen on");
    return {};
  }

  void Run() {
    for (const auto& listener : listeners_) listener->Accept();
    for (const auto& worker : workers_) {
      worker->thread = std::thread([raw = worker.get()] {
        BlockAsynchronousSignals();
        NameThisThread("http");
        raw->io.run();
      });
    }
    running_ = true;
  }

  void Stop(Duration grace) {
    if (!std::exchange(running_, false)) return;
    state_->draining = true;
    workers_.front()->gate->Post([this] {
      for (const auto& listener : listeners_) listener->Close();
    });
    ForEachConnection([](Connection* connection) { connection->Drain(); });
    state_->WaitForConnections(grace);
    ForEachConnection([](Connection* connection) { connection->Close(); });
    for (const auto& worker : workers_) {
      worker->gate->Close();
      worker->work.reset();
    }
    for (const auto& worker : workers_) worker->thread.join();
  }

  const std::vector<std::string>& addresses() const { return addresses_; }

  Stats stats() const {
    Stats stats;
    stats.connections = state_->connections();
    stats.connections_max = state_->options.connections_max;
    stats.body_bytes = state_->bodies->used();
    stats.response_bytes = state_->responses->used() + state_->operational_responses->used();
    stats.connections_accepted = state_->accepted;
    stats.connections_refused = state_->refused;
    stats.connections_displaced = state_->displaced;
    stats.handshakes_failed = state_->handshakes_failed;
    stats.requests = state_->requests;
    stats.requests_refused = state_->requests_refused;
    stats.responses_refused = state_->responses_refused;
    return stats;
  }

  bool TakesLargeResponses() const { return !state_->IsCrowded(); }

  void SetBodyBytesMax(std::size_t bytes) { state_->body_bytes_max = bytes; }

 private:
  tocsin::Status Add(Result<tcp::acceptor> acceptor) {
    if (!acceptor) return tl::unexpected(acceptor.error());
    listeners_.push_back(std::make_unique<Listener>(std::move(*acceptor), &workers_, state_));
    addresses_.push_back(listeners_.back()->address());
    return {};
  }

  void ForEachConnection(void (*action)(Connection*)) {
    for (const auto& worker : workers_) {
      worker->gate->Post([raw = worker.get(), action] {
        // A copy, because closing takes it out of the set.
        const auto connections = raw->connections;
        for (const auto& connection : connections) action(connection.get());
      });
    }
  }

  std::shared_ptr<HttpServerState> state_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Listener>> listeners_;  // On the first worker; goes first.
  std::vector<std::string> addresses_;
  bool running_ = false;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
  Stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(Options options, Handler handler) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  if (tocsin::Status status = impl->Open(); !status) return tl::unexpected(status.error());
  impl->Run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

const std::vector<std::string>& HttpServer::addresses() const {
  return impl_->addresses();
}

HttpServer::Stats HttpServer::stats() const {
  return impl_->stats();
}

bool HttpServer::TakesLargeResponses() const {
  return impl_->TakesLargeResponses();
}

void HttpServer::SetBodyBytesMax(std::size_t bytes) {
  impl_->SetBodyBytesMax(bytes);
}

void HttpServer::Stop(Duration grace) {
  impl_->Stop(grace);
}

}  // namespace tocsin::net
